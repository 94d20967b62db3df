package io.sendflowr.deploy;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.kafka.KafkaEnds;
import io.sendflowr.job.KafkaAdmin;
import io.sendflowr.job.KafkaConnection;
import io.sendflowr.job.KafkaSetupException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

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

  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(100);

  private Topics() {}

  /**
   * Creates the topics that are missing, and returns when every partition of every topic answers.
   * Those that exist are left as they are.
   *
   * @param bootstrapServers where the broker answers
   * @throws KafkaSetupException if the broker refuses, for another reason than that a topic is
   *     there already
   */
  public static void create(String bootstrapServers) {
    create(bootstrapServers, PARTITIONS);
  }

  /**
   * The same, with another number of partitions.
   *
   * @param partitions of each topic that is created, at least 1
   */
  public static void create(String bootstrapServers, int partitions) {
    List<String> names = Stream.concat(INPUTS.stream(), OUTPUTS.stream()).toList();
    try (KafkaAdmin admin = KafkaAdmin.connect(new KafkaConnection(bootstrapServers))) {
      create(
          admin,
          names.stream().map(name -> topic(name, partitions)).toList(),
          admin.existing(names));
    }
  }

  /**
   * Creates the topics that are missing, and returns when every partition of every topic answers.
   *
   * <p>A broker tells of a new partition a moment before it leads it. An idempotent producer whose
   * first batch falls into that moment, and whose second does not, has the first refused as out of
   * sequence until its delivery times out.
   *
   * @param topics all that are wanted
   * @param existing those of them that exist
   */
  static void create(
      KafkaAdmin admin, Collection<NewTopic> topics, Map<String, TopicDescription> existing) {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    List<NewTopic> missing = new ArrayList<>();
    for (NewTopic topic : topics) {
      TopicDescription found = existing.get(topic.name());
      if (found == null) {
        missing.add(topic);
      }
      int partitions = found == null ? topic.numPartitions() : found.partitions().size();
      for (int partition = 0; partition < partitions; partition++) {
        ends.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
      }
    }
    for (KafkaFuture<Void> created :
        admin
            .ask(asked -> KafkaFuture.completedFuture(asked.createTopics(missing).values()))
            .values()) {
      try {
        admin.ask(asked -> created);
      } catch (KafkaSetupException e) {
        // Somebody else may have created it since we looked, which is as good.
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
      }
    }
    awaitAnswers(admin, ends);
  }

  /** Asks until every partition answers: not every broker knows of a new topic at once. */
  private static void awaitAnswers(KafkaAdmin admin, Map<TopicPartition, OffsetSpec> ends) {
    long start = System.nanoTime();
    while (true) {
      try {
        admin.ask(asked -> asked.listOffsets(ends).all());
        return;
      } catch (KafkaSetupException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)
            || System.nanoTime() - start > KafkaAdmin.TIMEOUT.toNanos()) {
          throw e;
        }
      }
      LockSupport.parkNanos(BETWEEN_QUESTIONS.toNanos());
    }
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
