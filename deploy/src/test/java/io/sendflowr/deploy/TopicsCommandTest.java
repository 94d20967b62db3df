package io.sendflowr.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sendflowr.job.KafkaAdmin;
import io.sendflowr.job.KafkaChecks;
import io.sendflowr.job.KafkaConnection;
import io.sendflowr.job.KafkaOptions;
import io.sendflowr.job.KafkaSetupException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a real broker is asked before the job starts, and what is made of it. */
class TopicsCommandTest {
  private static LocalBroker broker;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void start() throws Exception {
    broker = LocalBroker.start();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void createsWhatIsMissingAsPlannedAndThenHasNothingToDo() {
    assertThat(topics("--topic-prefix", "eu.")).isZero();
    assertThat(lines()).hasSize(10).filteredOn(line -> line.contains(" created ")).hasSize(9);
    assertThat(lines().get(2)).matches("eu\\.events +created +4 +1 +delete +28\\.0 d +2097152");

    try (KafkaAdmin admin = admin()) {
      Map<String, Config> configs =
          admin.topicConfigs(List.of("eu.events", "eu.send-schedules", "eu.dead-letters"));
      assertThat(setting(configs, "eu.events", "message.timestamp.type"))
          .isEqualTo("LogAppendTime");
      assertThat(setting(configs, "eu.events", "retention.ms"))
          .isEqualTo(Long.toString(Duration.ofDays(28).toMillis()));
      assertThat(setting(configs, "eu.send-schedules", "cleanup.policy")).isEqualTo("compact");
      assertThat(setting(configs, "eu.dead-letters", "max.message.bytes")).isEqualTo("16777216");
    }

    out.getBuffer().setLength(0);
    assertThat(topics("--topic-prefix", "eu.")).isZero();
    assertThat(lines()).hasSize(10).filteredOn(line -> line.contains(" as planned ")).hasSize(9);

    assertThat(KafkaChecks.run(options("eu."))).isEmpty();
  }

  @Test
  void aDryRunCreatesNothing() {
    assertThat(topics("--topic-prefix", "dry.", "--dry-run")).isZero();
    assertThat(lines()).filteredOn(line -> line.contains(" to be created ")).hasSize(9);
    try (KafkaAdmin admin = admin()) {
      assertThat(admin.existing(List.of("dry.events", "dry.dead-letters"))).isEmpty();
    }
  }

  @Test
  void whatDiffersIsNamedAndLeftAsItIs() {
    create(new NewTopic("old.events", 2, (short) 1));

    assertThat(topics("--topic-prefix", "old.")).isZero();
    assertThat(lines())
        .anyMatch(line -> line.matches("old\\.events +differs +2 +1 +delete +7\\.00 d +1048588"))
        .contains(
            "old.events: partitions is 2, planned 4",
            "old.events: retention.ms is 604800000, planned 2419200000",
            "old.events: max.message.bytes is 1048588, planned 2097152");
    try (KafkaAdmin admin = admin()) {
      assertThat(admin.topics(List.of("old.events")).get("old.events").partitions()).hasSize(2);
    }
  }

  @Test
  void whatBreaksAPromiseIsAFailure() {
    create(
        new NewTopic("bad.dead-letters", 4, (short) 1),
        new NewTopic("bad.events", 4, (short) 1).configs(Map.of("max.message.bytes", "9000000")),
        new NewTopic("bad.links", 4, (short) 1).configs(Map.of("cleanup.policy", "compact")));

    assertThat(topics("--topic-prefix", "bad.")).isEqualTo(1);
    assertThat(lines())
        .anyMatch(line -> line.matches("bad\\.dead-letters +breaks a promise .*"))
        .contains(
            "bad.events: max.message.bytes is 9000000, planned 2097152: the dead letter of a larger"
                + " record could stop the job",
            "bad.links: cleanup.policy is compact, planned delete: compaction loses records",
            "bad.dead-letters: max.message.bytes is 1048588, planned 16777216: a larger record would"
                + " stop the job");
    assertThat(KafkaChecks.run(options("bad.")))
        .containsExactly(
            "max.message.bytes of topic bad.dead-letters is 1048588, and records may have 16777216"
                + " bytes: a larger one would stop the job",
            "max.message.bytes of topic bad.events is 9000000, more than 2097152: the dead letter of"
                + " a larger record could stop the job");
  }

  @Test
  void moreReplicasThanBrokersAreRefusedInOneLine() {
    assertThat(topics("--topic-prefix", "three.", "--replication", "3")).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("sendflowr topics: the Kafka brokers at " + broker.bootstrapServers())
        .contains("eplication factor")
        .hasLineCount(1);
  }

  @Test
  void theJobNeedsItsTopics() {
    create(new NewTopic("some.events", 1, (short) 1));

    assertThat(failure(() -> KafkaChecks.run(options("some."))))
        .isEqualTo(
            "the Kafka brokers at %s have no topic some.dead-letters, some.explanations, some.identity-changes, some.links, some.resolutions, some.send-requests, some.send-schedules, some.webhooks (deploy/sendflowr topics creates what is missing)"
                .formatted(broker.bootstrapServers()));
  }

  @Test
  void transactionsLastNoLongerThanTheBrokersAllow() {
    assertThat(topics("--topic-prefix", "tx.")).isZero();
    KafkaOptions longer = options("tx.").withTransactionTimeout(Duration.ofMinutes(16));

    assertThat(failure(() -> KafkaChecks.run(longer)))
        .isEqualTo(
            "--transaction-timeout is PT16M, and the brokers allow PT15M at most"
                + " (transaction.max.timeout.ms)");
    assertThat(KafkaChecks.run(longer.withDelivery(DeliveryGuarantee.AT_LEAST_ONCE))).isEmpty();
  }

  @Test
  void aBrokerThatDoesNotAnswerIsNamed() {
    assertThat(failure(() -> KafkaChecks.run(new KafkaOptions("127.0.0.1:1"))))
        .isEqualTo(
            "no Kafka broker answered at 127.0.0.1:1 within 20 s (by security.protocol PLAINTEXT)");
    assertThat(failure(() -> KafkaChecks.run(new KafkaOptions("no-such-host.invalid:9092"))))
        .contains("No resolvable bootstrap urls");
  }

  @Test
  void aSecretThatIsNotThereIsNamed() {
    KafkaConnection connection =
        new KafkaConnection(broker.bootstrapServers())
            .withProperty("ssl.key.password", "${env:SENDFLOWR_NO_SUCH_VARIABLE}");

    assertThat(failure(() -> KafkaChecks.run(new KafkaOptions(connection))))
        .isEqualTo(
            "ssl.key.password refers to ${env:SENDFLOWR_NO_SUCH_VARIABLE}, which is not there on"
                + " this machine");
    assertThat(
            failure(
                () ->
                    KafkaAdmin.connect(
                        new KafkaConnection(broker.bootstrapServers())
                            .withProperty("ssl.key.password", "${file:/no/such/file:key}"))))
        .contains("/no/such/file");
  }

  private static String failure(ThrowingCallable call) {
    Throwable failure = catchThrowable(call);
    assertThat(failure).isInstanceOf(KafkaSetupException.class);
    assertThat(failure.getMessage()).hasLineCount(1);
    return failure.getMessage();
  }

  private static KafkaOptions options(String prefix) {
    return new KafkaOptions(broker.bootstrapServers()).withTopicPrefix(prefix);
  }

  private static KafkaAdmin admin() {
    return KafkaAdmin.connect(new KafkaConnection(broker.bootstrapServers()));
  }

  private static void create(NewTopic... topics) {
    try (KafkaAdmin admin = admin()) {
      admin.ask(asked -> asked.createTopics(Arrays.asList(topics)).all());
    }
  }

  private static String setting(Map<String, Config> configs, String topic, String key) {
    return configs.get(topic).get(key).value();
  }

  private List<String> lines() {
    return out.toString().lines().toList();
  }

  private int topics(String... options) {
    String[] args =
        Stream.concat(
                Stream.of("topics", "--bootstrap-servers", broker.bootstrapServers()),
                Arrays.stream(options))
            .toArray(String[]::new);
    return Sendflowr.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }
}
