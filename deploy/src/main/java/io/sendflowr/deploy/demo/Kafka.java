package io.sendflowr.deploy.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sendflowr.deploy.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The demo's ends of the topics: it writes what goes in, and reads what comes out. */
final class Kafka implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> READ =
      List.of(Topics.SEND_SCHEDULES, Topics.IDENTITY_CHANGES, Topics.DEAD_LETTERS);

  /** A broker on this machine that takes longer is not going to answer. */
  private static final int TIMEOUT_MILLIS = 10_000;

  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final AtomicReference<Exception> refused = new AtomicReference<>();
  private final Map<String, Long> sent = new TreeMap<>();

  /**
   * Opens both ends.
   *
   * @param bootstrapServers where the broker answers; the topics are there
   */
  Kafka(String bootstrapServers) {
    producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                TIMEOUT_MILLIS),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : READ) {
      consumer
          .partitionsFor(topic)
          .forEach(partition -> partitions.add(new TopicPartition(topic, partition.partition())));
    }
    consumer.assign(partitions);
  }

  /**
   * Sends a record, in the background.
   *
   * @throws KafkaException if the broker refused a record sent before
   */
  void send(DemoRecord record) {
    Exception failure = refused.get();
    if (failure != null) {
      throw new KafkaException("Kafka refused a record: " + failure.getMessage(), failure);
    }
    // The callback hears of a failure.
    Future<RecordMetadata> unused =
        producer.send(
            new ProducerRecord<>(
                record.topic(),
                null,
                record.at().toEpochMilli(),
                record.key().getBytes(StandardCharsets.UTF_8),
                record.value().getBytes(StandardCharsets.UTF_8)),
            (metadata, exception) -> {
              if (exception != null) {
                refused.compareAndSet(null, exception);
              }
            });
    sent.merge(record.topic(), 1L, Long::sum);
  }

  /** Waits until everything sent has arrived. */
  void flush() {
    producer.flush();
  }

  /** How many records were sent to each topic. */
  Map<String, Long> sent() {
    return sent;
  }

  /**
   * Reads what has come.
   *
   * @param wait how long to wait if there is nothing
   */
  List<Output> read(Duration wait) {
    List<Output> outputs = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
      try {
        String value = new String(record.value(), StandardCharsets.UTF_8);
        outputs.add(new Output(record.topic(), JSON.readTree(value)));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("The job wrote no JSON to " + record.topic(), e);
      }
    }
    return outputs;
  }

  @Override
  public void close() {
    // What has not arrived by now is of no use to anybody.
    producer.close(Duration.ZERO);
    consumer.close();
  }

  /**
   * A record of the job's.
   *
   * @param topic where it was
   * @param value what it says
   */
  record Output(String topic, JsonNode value) {}
}
