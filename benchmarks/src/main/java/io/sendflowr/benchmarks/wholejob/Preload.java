package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.benchmarks.wholejob.Workload.Entry;
import io.sendflowr.deploy.Topics;
import java.time.Duration;
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

  /** Over which the events are spread; the last is of now. */
  private static final Duration LENGTH = Duration.ofHours(6);

  /** Over which links are spread that are there before the first event. */
  private static final Duration LINKS_LENGTH = Duration.ofHours(1);

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
   * Writes records that end at an instant.
   *
   * @param end epoch ms
   */
  static void fill(String bootstrapServers, Workload workload, long records, int links, long end) {
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer = producer(bootstrapServers)) {
      for (int i = 0; i < links; i++) {
        long time = Workload.time(i, links, end - LENGTH.toMillis(), LINKS_LENGTH);
        send(producer, workload.link(i, time), time, failure);
      }
      for (long i = 0; i < records; i++) {
        long time = Workload.time(i, records, end, LENGTH);
        send(producer, workload.next(time), time, failure);
      }
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
            new ProducerRecord<>(
                entry.topic(), entry.person() % PARTITIONS, time, null, entry.value()),
            (metadata, exception) -> {
              if (exception != null) {
                failure.set(exception);
              }
            });
  }

  static KafkaProducer<byte[], byte[]> producer(String bootstrapServers) {
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
