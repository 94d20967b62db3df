package io.sendflowr.job;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.kafka.KafkaEnds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;

/**
 * What has to hold of the brokers before the job starts. Each of these would else show itself as a
 * job that restarts forever.
 */
public final class KafkaChecks {
  private static final String MAX_TRANSACTION_TIMEOUT = "transaction.max.timeout.ms";

  private final KafkaOptions options;
  private final KafkaAdmin admin;
  private final List<String> warnings = new ArrayList<>();

  private KafkaChecks(KafkaOptions options, KafkaAdmin admin) {
    this.options = options;
    this.admin = admin;
  }

  /**
   * Checks that the brokers answer, that every topic is there and takes what is written to it, and
   * that transactions may last as long as they have to.
   *
   * @return what is not as it should be, or could not be found out, and yet lets the job start; one
   *     line each
   * @throws KafkaSetupException if the job could not run
   */
  public static List<String> run(KafkaOptions options) {
    try (KafkaAdmin admin = KafkaAdmin.connect(options.connection())) {
      return new KafkaChecks(options, admin).run();
    }
  }

  private List<String> run() {
    Set<String> inputs = new TreeSet<>();
    for (InputTopic topic : InputTopic.values()) {
      inputs.add(options.topic(topic.defaultName()));
    }
    Map<String, OutputTopic> outputs = new TreeMap<>();
    for (OutputTopic topic : OutputTopic.values()) {
      outputs.put(options.topic(topic.defaultName()), topic);
    }
    Set<String> all = new TreeSet<>(inputs);
    all.addAll(outputs.keySet());
    admin.topics(all);
    try {
      admin
          .topicConfigs(all)
          .forEach(
              (name, config) -> {
                long max = Long.parseLong(config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value());
                if (inputs.contains(name)) {
                  checkInput(name, max);
                } else {
                  checkOutput(name, max, KafkaEnds.maxRecordBytes(outputs.get(name)));
                }
              });
    } catch (KafkaSetupException e) {
      unknown(e, TopicConfig.MAX_MESSAGE_BYTES_CONFIG + " of the topics");
    }
    if (options.delivery() == DeliveryGuarantee.EXACTLY_ONCE) {
      checkTransactions();
    }
    return warnings;
  }

  private void checkInput(String name, long max) {
    if (max > KafkaEnds.MAX_INPUT_BYTES) {
      warnings.add(
          "%s of topic %s is %d, more than %d: the dead letter of a larger record could stop the job"
              .formatted(
                  TopicConfig.MAX_MESSAGE_BYTES_CONFIG, name, max, KafkaEnds.MAX_INPUT_BYTES));
    }
  }

  private void checkOutput(String name, long max, int needed) {
    if (max < needed) {
      warnings.add(
          "%s of topic %s is %d, and records may have %d bytes: a larger one would stop the job"
              .formatted(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, name, max, needed));
    }
  }

  private void checkTransactions() {
    Duration max;
    try {
      max = maxTransactionTimeout();
    } catch (KafkaSetupException e) {
      unknown(e, MAX_TRANSACTION_TIMEOUT + " of the brokers");
      return;
    }
    if (options.transactionTimeout().compareTo(max) > 0) {
      throw new KafkaSetupException(
          "--transaction-timeout is %s, and the brokers allow %s at most (%s)"
              .formatted(options.transactionTimeout(), max, MAX_TRANSACTION_TIMEOUT));
    }
  }

  private Duration maxTransactionTimeout() {
    Node node = admin.ask(asked -> asked.describeCluster().nodes()).iterator().next();
    ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
    Config config = admin.ask(asked -> asked.describeConfigs(List.of(broker)).values().get(broker));
    return Duration.ofMillis(Long.parseLong(config.get(MAX_TRANSACTION_TIMEOUT).value()));
  }

  /** Not to be allowed to ask for a setting says nothing about it. */
  private void unknown(KafkaSetupException e, String what) {
    if (!(e.getCause() instanceof AuthorizationException)) {
      throw e;
    }
    warnings.add(what + " could not be checked: " + e.getCause().getMessage());
  }
}
