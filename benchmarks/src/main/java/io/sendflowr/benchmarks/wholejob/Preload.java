package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.benchmarks.wholejob.Workload.Entry;
import io.sendflowr.deploy.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Lays out the topics and fills those that are read. */
final class Preload {
  static final int PARTITIONS = 4;

  private Preload() {}

  /** Creates all topics. */
  static void createTopics(String bootstrapServers)
      throws InterruptedException, ExecutionException {
    List<NewTopic> topics = new ArrayList<>();
    for (String name : Topics.INPUTS) {
      topics.add(new NewTopic(name, PARTITIONS, (short) 1));
    }
    for (String name : Topics.OUTPUTS) {
      topics.add(new NewTopic(name, PARTITIONS, (short) 1));
    }
    try (Admin admin = admin(bootstrapServers)) {
      admin.createTopics(topics).all().get();
    }
    // They are there by now, but maybe not every partition has a leader that answers.
    Topics.create(bootstrapServers);
  }

  /**
   * Writes all records of a backlog.
   *
   * @param end when it ends, epoch ms
   */
  static void fill(String bootstrapServers, Backlog backlog, long end) {
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer = producer(bootstrapServers)) {
      backlog.write(end, (entry, time) -> send(producer, entry, time, failure));
    }
    if (failure.get() != null) {
      throw new IllegalStateException("The broker does not take the records", failure.get());
    }
  }

  /** How far the partitions of a topic go, together. */
  static long end(String bootstrapServers, String topic)
      throws InterruptedException, ExecutionException {
    try (Admin admin = admin(bootstrapServers)) {
      Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
      for (int i = 0; i < PARTITIONS; i++) {
        partitions.put(new TopicPartition(topic, i), OffsetSpec.latest());
      }
      return admin.listOffsets(partitions).all().get().values().stream()
          .mapToLong(one -> one.offset())
          .sum();
    }
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer,
      Entry entry,
      long time,
      AtomicReference<Exception> failure) {
    var unused =
        producer.send(
            record(entry, time),
            (metadata, exception) -> {
              if (exception != null) {
                failure.set(exception);
              }
            });
  }

  /** What is written of an entry: one person's records are in one partition of each topic. */
  static ProducerRecord<byte[], byte[]> record(Entry entry, long time) {
    return new ProducerRecord<>(
        entry.topic(), entry.person() % PARTITIONS, time, null, entry.value());
  }

  private static KafkaProducer<byte[], byte[]> producer(String bootstrapServers) {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ProducerConfig.ACKS_CONFIG,
            "all",
            ProducerConfig.LINGER_MS_CONFIG,
            20,
            ProducerConfig.BATCH_SIZE_CONFIG,
            128 << 10),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private static Admin admin(String bootstrapServers) {
    return Admin.create(Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
  }
}
