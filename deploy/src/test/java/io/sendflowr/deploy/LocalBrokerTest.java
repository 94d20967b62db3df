package io.sendflowr.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class LocalBrokerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Test
  void servesAndLeavesNothingBehind() throws Exception {
    LocalBroker broker = LocalBroker.start();
    try (broker) {
      Topics.create(broker.bootstrapServers());
      assertThat(roundTrip(broker)).isEqualTo("hello");
      assertListensOnLoopbackOnly(broker);
    }

    assertThat(broker.process().isAlive()).isFalse();
    assertThat(broker.onExit()).isDone();
    assertThat(broker.folder()).doesNotExist();
    assertThat(broker.logTail()).isEmpty();
  }

  @Test
  void comesBackWithWhatItHad() throws Exception {
    try (LocalBroker broker = LocalBroker.start()) {
      Topics.create(broker.bootstrapServers());
      assertThat(roundTrip(broker)).isEqualTo("hello");
      String address = broker.bootstrapServers();
      broker.kill();
      broker.restart();

      assertThat(broker.bootstrapServers()).isEqualTo(address);
      assertThat(first(broker)).isEqualTo("hello");
    }
  }

  @Test
  void topicsAreLaidOutOnceAndForAll() throws Exception {
    try (LocalBroker broker = LocalBroker.start();
        Admin admin =
            Admin.create(
                Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()))) {
      Topics.create(broker.bootstrapServers());
      Topics.create(broker.bootstrapServers());

      assertThat(admin.listTopics().names().get())
          .containsExactlyInAnyOrderElementsOf(
              Stream.concat(Topics.INPUTS.stream(), Topics.OUTPUTS.stream()).toList());
      assertThat(cleanup(admin, Topics.SEND_SCHEDULES)).isEqualTo("compact");
      assertThat(cleanup(admin, Topics.EXPLANATIONS)).isEqualTo("delete");
    }
  }

  @Test
  void brokerThatDoesNotStartSaysSo() {
    assertThatThrownBy(() -> LocalBroker.start("false"))
        .isInstanceOf(IOException.class)
        .hasMessage("The Kafka broker ended with status 1");
  }

  @Test
  void commandThatIsNotThereLeavesNothingBehind() throws IOException {
    List<Path> before = folders();

    assertThatThrownBy(() -> LocalBroker.start("no-such-java")).isInstanceOf(IOException.class);
    assertThat(folders()).isSubsetOf(before);
  }

  @Test
  void brokerThatDiesIsNoticed() throws Exception {
    try (LocalBroker broker = LocalBroker.start()) {
      broker.process().destroyForcibly();
      await().atMost(PATIENCE).until(broker.onExit()::isDone);
    }
  }

  @Test
  void endsWithItsOwnerEvenIfThatIsKilled() throws Exception {
    Process owner =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                System.getProperty("java.class.path"),
                Owner.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String[] started;
    try (BufferedReader said =
        new BufferedReader(new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8))) {
      started = said.readLine().split(" ", 2);
      owner.destroyForcibly();
    }

    ProcessHandle broker = ProcessHandle.of(Long.parseLong(started[0])).orElseThrow();
    await().atMost(PATIENCE).until(() -> !broker.isAlive());
    assertThat(Path.of(started[1])).doesNotExist();
  }

  /** Somebody who needs a broker and does not live to close it. */
  static final class Owner {
    private Owner() {}

    /** Says which process the broker is, and what its folder, and waits to be killed. */
    public static void main(String[] args) throws Exception {
      LocalBroker broker = LocalBroker.start();
      System.out.println(broker.process().pid() + " " + broker.folder());
      broker.onExit().join();
    }
  }

  private static String roundTrip(LocalBroker broker) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new StringSerializer(),
            new StringSerializer())) {
      producer.send(new ProducerRecord<>(Topics.EVENTS, 0, "key", "hello")).get();
    }
    return first(broker);
  }

  private static String first(LocalBroker broker) {
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest"),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.assign(List.of(new TopicPartition(Topics.EVENTS, 0)));
      ConsumerRecords<String, String> records =
          await()
              .atMost(PATIENCE)
              .until(() -> consumer.poll(Duration.ofMillis(100)), polled -> !polled.isEmpty());
      return records.iterator().next().value();
    }
  }

  private static void assertListensOnLoopbackOnly(LocalBroker broker) throws IOException {
    String[] address = broker.bootstrapServers().split(":", 2);
    assertThat(address[0]).isEqualTo("127.0.0.1");
    try (Socket elsewhere = new Socket()) {
      InetSocketAddress other = new InetSocketAddress("127.0.0.2", Integer.parseInt(address[1]));
      assertThatThrownBy(() -> elsewhere.connect(other, 1_000)).isInstanceOf(IOException.class);
    }
  }

  private static String cleanup(Admin admin, String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return admin
        .describeConfigs(List.of(resource))
        .values()
        .get(resource)
        .get()
        .get(TopicConfig.CLEANUP_POLICY_CONFIG)
        .value();
  }

  private static List<Path> folders() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files.filter(file -> file.getFileName().toString().startsWith("sendflowr-")).toList();
    }
  }
}
