package io.sendflowr.benchmarks.wholejob;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sendflowr.benchmarks.wholejob.Probes.Seen;
import io.sendflowr.deploy.Topics;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads schedules as they are written, on a thread of its own, and hands them to the probes. */
final class ScheduleWatch implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration POLL = Duration.ofMillis(50);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final AtomicReference<Probes> probes = new AtomicReference<>(new Probes());
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Thread thread = new Thread(this::run, "schedule-watch");

  private ScheduleWatch(KafkaConsumer<byte[], byte[]> consumer) {
    this.consumer = consumer;
  }

  /**
   * Begins to read what is written from now on.
   *
   * @param isolation which records it sees: {@code read_committed} or {@code read_uncommitted}
   */
  static ScheduleWatch start(String bootstrapServers, String isolation) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                isolation),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (int i = 0; i < Preload.PARTITIONS; i++) {
      partitions.add(new TopicPartition(Topics.SEND_SCHEDULES, i));
    }
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    partitions.forEach(consumer::position);
    ScheduleWatch started = new ScheduleWatch(consumer);
    started.thread.setDaemon(true);
    started.thread.start();
    return started;
  }

  /** From now on schedules go to other probes. */
  void watchFor(Probes others) {
    probes.set(others);
  }

  /**
   * Throws if schedules are not read any more.
   *
   * @throws RuntimeException with the reason
   */
  void check() {
    RuntimeException failed = failure.get();
    if (failed != null) {
      throw failed;
    }
  }

  private void run() {
    try (consumer) {
      while (!closed.get()) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          probes.get().seen(seen(record.value()), System.nanoTime());
        }
      }
    } catch (RuntimeException e) {
      failure.set(e);
    }
  }

  private static Seen seen(byte[] value) {
    try {
      JsonNode schedule = JSON.readTree(value);
      return new Seen(
          schedule.get("request_id").asText(),
          schedule.get("revision").asInt(),
          schedule.get("status").asText(),
          millis(schedule.get("created_at_utc")),
          millis(schedule.get("trigger_timestamp_utc")));
    } catch (IOException e) {
      throw new IllegalStateException("The job writes JSON", e);
    }
  }

  private static long millis(JsonNode instant) {
    return instant.isNull() ? 0 : Instant.parse(instant.asText()).toEpochMilli();
  }

  @Override
  public void close() throws InterruptedException {
    closed.set(true);
    thread.join();
  }
}
