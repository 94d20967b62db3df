package io.sendflowr.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.job.KafkaJob;
import io.sendflowr.job.KafkaOptions;
import io.sendflowr.job.ReplayJob;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job against a real broker: what it commits is, byte for byte, what a replay of the same
 * records writes.
 */
class KafkaJobTest {
  static final Path CASE = Path.of("../job/src/test/resources/conformance/world-links");
  static final Duration OUT_OF_ORDERNESS = Duration.ofSeconds(5);
  static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String GROUP = "sendflowr";

  @TempDir private Path folder;

  private int metricsPort;

  @Test
  void commitsWhatAReplayWrites() throws Exception {
    Path replayed = folder.resolve("replayed");
    ReplayJob.run(CASE, replayed, 1, OUT_OF_ORDERNESS, CatalogueReader.builtIn());
    List<String> expected = Files.readAllLines(replayed.resolve("send-schedules.jsonl"));
    int refusals = Files.readAllLines(replayed.resolve("dead-letters.jsonl")).size();

    try (LocalBroker broker = LocalBroker.start()) {
      Topics.create(broker.bootstrapServers());
      long produced;
      try {
        produced = produce(broker.bootstrapServers(), "");
      } catch (ExecutionException e) {
        throw new AssertionError(
            "The broker%s refused a record; its log ends with:%n%s"
                .formatted(broker.onExit().isDone() ? ", which ended," : "", broker.logTail()),
            e);
      }
      metricsPort = freePort();
      JobClient job =
          start(new KafkaOptions(broker.bootstrapServers()), prometheus(metricsPort), folder);
      try (KafkaConsumer<byte[], byte[]> schedules =
              consumer(broker.bootstrapServers(), Topics.SEND_SCHEDULES);
          KafkaConsumer<byte[], byte[]> dead =
              consumer(broker.bootstrapServers(), Topics.DEAD_LETTERS)) {
        List<String> written = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        await()
            .atMost(PATIENCE)
            .until(
                () -> {
                  poll(schedules, written);
                  poll(dead, refused);
                  return written.size() >= expected.size() && refused.size() >= refusals;
                });
        assertThat(written).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(refused).hasSize(refusals);
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> assertThat(committed(broker.bootstrapServers())).isEqualTo(produced));
        poll(schedules, written);
        assertThat(written).as("nothing twice").hasSameSizeAs(expected);
        assertThat(scrape())
            .contains(
                "flink_taskmanager_job_task_operator_pendingRecords{",
                "flink_taskmanager_job_task_operator_KafkaSourceReader_KafkaConsumer_records_lag_max{",
                "flink_taskmanager_job_task_operator_sendflowr_watermarkLag{");
      } finally {
        job.cancel().get();
      }
    }
  }

  /** What Prometheus reads; docs/metrics.md has the names. */
  private String scrape() throws IOException, InterruptedException {
    URI metrics = URI.create("http://127.0.0.1:" + metricsPort + "/metrics");
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString())
        .body();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static Configuration prometheus(int port) {
    Configuration configuration = new Configuration();
    configuration.setString(
        "metrics.reporter.prom.factory.class",
        "org.apache.flink.metrics.prometheus.PrometheusReporterFactory");
    configuration.setString("metrics.reporter.prom.port", String.valueOf(port));
    return configuration;
  }

  /**
   * Starts the job on a cluster in this process.
   *
   * @param configuration further settings of the cluster
   * @param folder where checkpoints are kept
   */
  static JobClient start(KafkaOptions options, Configuration configuration, Path folder)
      throws Exception {
    configuration.set(RestOptions.BIND_PORT, "0");
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    KafkaJob.attach(
        env,
        options
            .withOutOfOrderness(OUT_OF_ORDERNESS)
            .withCheckpointInterval(Duration.ofSeconds(1))
            .withCheckpointDirectory(folder.resolve("checkpoints")));
    return env.executeAsync("kafka-job-test");
  }

  /** Every line of the case's files, in their order, over all partitions. */
  static long produce(String bootstrapServers, String topicPrefix) throws Exception {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                (int) PATIENCE.toMillis()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (String topic : Topics.INPUTS) {
        Path file = CASE.resolve(topic + ".jsonl");
        String name = topicPrefix + topic;
        int partitions = producer.partitionsFor(name).size();
        List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        for (int i = 0; i < lines.size(); i++) {
          byte[] value = lines.get(i).getBytes(StandardCharsets.UTF_8);
          sent.add(producer.send(new ProducerRecord<>(name, i % partitions, null, value)));
        }
      }
      for (Future<RecordMetadata> one : sent) {
        one.get();
      }
    }
    return sent.size();
  }

  private static long committed(String bootstrapServers) throws Exception {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      Map<TopicPartition, OffsetAndMetadata> offsets =
          admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get();
      return offsets.values().stream().mapToLong(OffsetAndMetadata::offset).sum();
    }
  }

  static KafkaConsumer<byte[], byte[]> consumer(String bootstrapServers, String topic) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return consumer;
  }

  static void poll(KafkaConsumer<byte[], byte[]> consumer, List<String> sink) throws IOException {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
      sink.add(new String(record.value(), StandardCharsets.UTF_8));
      assertThat(header(record, "ce_specversion")).isEqualTo("1.0");
      assertThat(header(record, "ce_source")).isEqualTo("sendflowr");
      assertThat(header(record, "content-type")).isEqualTo("application/json");
      if (record.key() != null) {
        assertThat(new String(record.key(), StandardCharsets.UTF_8))
            .isEqualTo(JSON.readTree(record.value()).path("request_id").asText());
        isEventOfADecision(record);
      }
    }
  }

  private static void isEventOfADecision(ConsumerRecord<byte[], byte[]> record) throws IOException {
    JsonNode schedule = JSON.readTree(record.value());
    assertThat(header(record, "ce_type")).isEqualTo("io.sendflowr.send_schedule.v1");
    assertThat(header(record, "ce_id")).isEqualTo(schedule.path("decision_id").asText());
    assertThat(header(record, "ce_time")).isEqualTo(schedule.path("created_at_utc").asText());
    assertThat(header(record, "ce_subject")).isEqualTo(schedule.path("universal_id").asText());
    assertThat(Integer.parseInt(header(record, "ce_sequence")))
        .isEqualTo(schedule.path("revision").asInt());
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }
}
