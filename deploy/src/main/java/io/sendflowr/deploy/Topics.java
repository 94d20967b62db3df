package io.sendflowr.deploy;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.kafka.KafkaEnds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * The topics of SendFlowr under their default names (SPEC section 2), laid out for one local
 * broker.
 */
public final class Topics {
  /** Webhooks as received. */
  public static final String WEBHOOKS = InputTopic.WEBHOOKS.defaultName();

  /** Canonical events. */
  public static final String EVENTS = InputTopic.EVENTS.defaultName();

  /** Identity links and unlinks, and whom to forget. */
  public static final String LINKS = InputTopic.LINKS.defaultName();

  /** Timing requests, their withdrawals, and the question who somebody is. */
  public static final String SEND_REQUESTS = InputTopic.SEND_REQUESTS.defaultName();

  /** Decisions and revisions, compacted by request id. */
  public static final String SEND_SCHEDULES = OutputTopic.SEND_SCHEDULES.defaultName();

  /** Everything needed to reconstruct a decision. */
  public static final String EXPLANATIONS = OutputTopic.EXPLANATIONS.defaultName();

  /** Merges, splits and quarantines. */
  public static final String IDENTITY_CHANGES = OutputTopic.IDENTITY_CHANGES.defaultName();

  /** Answers to the question who somebody is. */
  public static final String RESOLUTIONS = OutputTopic.RESOLUTIONS.defaultName();

  /** What could not be used. */
  public static final String DEAD_LETTERS = OutputTopic.DEAD_LETTERS.defaultName();

  /** The topics that the job reads. */
  public static final List<String> INPUTS = List.of(WEBHOOKS, EVENTS, LINKS, SEND_REQUESTS);

  /** The topics that the job writes. */
  public static final List<String> OUTPUTS =
      List.of(SEND_SCHEDULES, EXPLANATIONS, IDENTITY_CHANGES, RESOLUTIONS, DEAD_LETTERS);

  /** Partitions of every topic. */
  static final int PARTITIONS = 2;

  private static final short REPLICATION = 1;

  private Topics() {}

  /**
   * Creates the topics that are missing, and returns when every partition of every topic answers.
   * Those that exist are left as they are.
   *
   * <p>A broker tells of a new partition a moment before it leads it. An idempotent producer whose
   * first batch falls into that moment, and whose second does not, has the first refused as out of
   * sequence until its delivery times out.
   *
   * @param bootstrapServers where the broker answers
   * @throws InterruptedException if interrupted while the broker works
   * @throws ExecutionException if the broker refuses, for another reason than that a topic is there
   *     already
   */
  public static void create(String bootstrapServers)
      throws InterruptedException, ExecutionException {
    create(bootstrapServers, PARTITIONS);
  }

  /**
   * The same, with another number of partitions.
   *
   * @param partitions of each topic that is created, at least 1
   */
  public static void create(String bootstrapServers, int partitions)
      throws InterruptedException, ExecutionException {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      Set<String> missing = all();
      missing.removeAll(admin.listTopics().names().get());
      List<NewTopic> topics = new ArrayList<>();
      missing.forEach(name -> topics.add(topic(name, partitions)));
      for (var created : admin.createTopics(topics).values().values()) {
        try {
          created.get();
        } catch (ExecutionException e) {
          // Somebody else may have created it since we looked, which is as good.
          if (!(e.getCause() instanceof TopicExistsException)) {
            throw e;
          }
        }
      }
      admin.listOffsets(ends(admin)).all().get();
    }
  }

  private static Set<String> all() {
    Set<String> names = new HashSet<>(INPUTS);
    names.addAll(OUTPUTS);
    return names;
  }

  private static Map<TopicPartition, OffsetSpec> ends(Admin admin)
      throws InterruptedException, ExecutionException {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (TopicDescription topic : admin.describeTopics(all()).allTopicNames().get().values()) {
      for (TopicPartitionInfo partition : topic.partitions()) {
        ends.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest());
      }
    }
    return ends;
  }

  private static NewTopic topic(String name, int partitions) {
    String cleanup =
        name.equals(SEND_SCHEDULES)
            ? TopicConfig.CLEANUP_POLICY_COMPACT
            : TopicConfig.CLEANUP_POLICY_DELETE;
    return new NewTopic(name, partitions, REPLICATION)
        .configs(
            Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                cleanup,
                // Records carry the time of what they tell; history is older than the default
                // retention.
                TopicConfig.RETENTION_MS_CONFIG,
                "-1",
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                Integer.toString(KafkaEnds.MAX_OUTPUT_BYTES)));
  }
}
