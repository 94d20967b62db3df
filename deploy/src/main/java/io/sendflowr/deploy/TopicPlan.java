package io.sendflowr.deploy;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.kafka.KafkaEnds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.TopicConfig;

/**
 * How a topic of a live installation is to be set up. The reason of each setting is in
 * docs/kafka.md.
 *
 * @param name with its prefix
 * @param partitions how many
 * @param replication how many brokers hold each of them
 * @param configs settings of the topic that are not left to the brokers
 * @param compactable whether compaction takes nothing away that somebody needs
 * @param minMessageBytes what {@code max.message.bytes} must not be below, or a record that is
 *     written could stop the job
 * @param maxMessageBytes what it must not be above, or the dead letter of a record that is read
 *     could
 */
record TopicPlan(
    String name,
    int partitions,
    short replication,
    Map<String, String> configs,
    boolean compactable,
    int minMessageBytes,
    int maxMessageBytes) {
  private static final Duration INPUTS_KEPT = Duration.ofDays(28);
  private static final Duration SEGMENT = Duration.ofDays(1);

  /** Replicas from which on one may be missing and records still have two. */
  private static final int SAFE_REPLICATION = 3;

  /**
   * A setting that is not as planned.
   *
   * @param what in words
   * @param breaks whether a promise of the job does not hold with it
   */
  record Difference(String what, boolean breaks) {}

  /** The nine topics, inputs first. */
  static List<TopicPlan> all(String prefix, int partitions, short replication) {
    List<TopicPlan> plans = new ArrayList<>();
    for (InputTopic topic : InputTopic.values()) {
      plans.add(
          new TopicPlan(
              prefix + topic.defaultName(),
              partitions,
              replication,
              configs(replication, input()),
              false,
              0,
              KafkaEnds.MAX_INPUT_BYTES));
    }
    for (OutputTopic topic : OutputTopic.values()) {
      plans.add(
          new TopicPlan(
              prefix + topic.defaultName(),
              partitions,
              replication,
              configs(replication, output(topic)),
              topic == OutputTopic.SEND_SCHEDULES,
              KafkaEnds.maxRecordBytes(topic),
              Integer.MAX_VALUE));
    }
    return plans;
  }

  NewTopic newTopic() {
    return new NewTopic(name, partitions, replication).configs(configs);
  }

  /** How a topic that exists differs. */
  List<Difference> differences(TopicDescription topic, Config config) {
    List<Difference> differences = new ArrayList<>();
    compare(differences, "partitions", Integer.toString(topic.partitions().size()), partitions);
    compare(differences, "replication", Integer.toString(replication(topic)), replication);
    configs.forEach(
        (key, planned) -> {
          ConfigEntry entry = config.get(key);
          String actual = entry == null ? "unknown" : entry.value();
          if (!actual.equals(planned)) {
            differences.add(difference(key, actual, planned));
          }
        });
    return differences;
  }

  /** How many brokers hold the partitions of a topic; where they differ, the fewest. */
  static int replication(TopicDescription topic) {
    return topic.partitions().stream().mapToInt(one -> one.replicas().size()).min().orElse(0);
  }

  private static void compare(
      List<Difference> differences, String what, String actual, int planned) {
    if (!actual.equals(Integer.toString(planned))) {
      differences.add(new Difference(what + " is " + actual + ", planned " + planned, false));
    }
  }

  private Difference difference(String key, String actual, String planned) {
    String what = key + " is " + actual + ", planned " + planned;
    if (key.equals(TopicConfig.CLEANUP_POLICY_CONFIG)
        && !compactable
        && actual.contains(TopicConfig.CLEANUP_POLICY_COMPACT)) {
      return new Difference(what + ": compaction loses records", true);
    }
    if (key.equals(TopicConfig.MAX_MESSAGE_BYTES_CONFIG)
        && Long.parseLong(actual) < minMessageBytes) {
      return new Difference(what + ": a larger record would stop the job", true);
    }
    if (key.equals(TopicConfig.MAX_MESSAGE_BYTES_CONFIG)
        && Long.parseLong(actual) > maxMessageBytes) {
      return new Difference(what + ": the dead letter of a larger record could stop the job", true);
    }
    return new Difference(what, false);
  }

  private static Map<String, String> input() {
    Map<String, String> input = deleted(INPUTS_KEPT);
    input.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(KafkaEnds.MAX_INPUT_BYTES));
    input.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
    return input;
  }

  private static Map<String, String> output(OutputTopic topic) {
    Map<String, String> output =
        switch (topic) {
          case SEND_SCHEDULES ->
              new TreeMap<>(
                  Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT));
          case EXPLANATIONS -> deleted(Duration.ofDays(90));
          case IDENTITY_CHANGES -> deleted(Duration.ofDays(365));
          case RESOLUTIONS -> deleted(Duration.ofDays(7));
          case DEAD_LETTERS -> deleted(INPUTS_KEPT);
        };
    output.put(
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(KafkaEnds.maxRecordBytes(topic)));
    return output;
  }

  private static Map<String, String> deleted(Duration after) {
    Map<String, String> deleted = new TreeMap<>();
    deleted.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    deleted.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(after.toMillis()));
    deleted.put(TopicConfig.SEGMENT_MS_CONFIG, Long.toString(SEGMENT.toMillis()));
    return deleted;
  }

  private static Map<String, String> configs(short replication, Map<String, String> configs) {
    configs.put(
        TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, replication >= SAFE_REPLICATION ? "2" : "1");
    return configs;
  }
}
