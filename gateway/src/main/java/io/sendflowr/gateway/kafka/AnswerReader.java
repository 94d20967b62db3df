package io.sendflowr.gateway.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sendflowr.connectors.OutputTopic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the job's answers: all partitions of the topics, from their ends on, in a thread of its
 * own. So any number of gateways can stand side by side, and each finds what it asked for.
 */
public final class AnswerReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerReader.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<OutputTopic> TOPICS =
      List.of(OutputTopic.RESOLUTIONS, OutputTopic.SEND_SCHEDULES);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Partitions can be added to a topic; nobody tells whoever assigns them by hand. */
  private static final Duration PARTITIONS_INTERVAL = Duration.ofMinutes(1);

  private static final int FETCH_WAIT_MILLIS = 100;

  private final KafkaSettings settings;
  private final PendingAnswers pending;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Connects, and has found the ends of all partitions when it returns: what is asked from now on
   * is answered behind them.
   *
   * @param settings how to reach Kafka; the topics are there
   * @param pending what was asked
   * @throws KafkaException if the ends cannot be found
   */
  public AnswerReader(KafkaSettings settings, PendingAnswers pending) {
    this.settings = settings;
    this.pending = pending;
    Map<String, Object> properties = settings.client();
    properties.put(
        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
        settings.readCommitted() ? "read_committed" : "read_uncommitted");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_WAIT_MILLIS);
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "sendflowr-gateway-answers");
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    try {
      List<TopicPartition> partitions = partitions();
      consumer.assign(partitions);
      consumer.seekToEnd(partitions);
      // Asking for the position is what looks for the end.
      partitions.forEach(consumer::position);
    } catch (KafkaException e) {
      consumer.close();
      throw e;
    }
    this.thread = new Thread(this::run, "gateway-answers");
    this.thread.setDaemon(true);
  }

  /** Begins to read. */
  public void start() {
    thread.start();
  }

  private void run() {
    long looked = System.nanoTime();
    try {
      while (!closed) {
        try {
          if (System.nanoTime() - looked > PARTITIONS_INTERVAL.toNanos()) {
            looked = System.nanoTime();
            readNewPartitions();
          }
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            read(record);
          }
        } catch (WakeupException e) {
          LOG.debug("Woken up to see that it is closed");
        } catch (KafkaException e) {
          LOG.warn("Answers cannot be read now: {}", e.getMessage());
        }
      }
    } finally {
      consumer.close();
    }
  }

  private List<TopicPartition> partitions() {
    List<TopicPartition> partitions = new ArrayList<>();
    for (OutputTopic topic : TOPICS) {
      for (PartitionInfo info : consumer.partitionsFor(settings.topic(topic.defaultName()))) {
        partitions.add(new TopicPartition(info.topic(), info.partition()));
      }
    }
    return partitions;
  }

  private void readNewPartitions() {
    Set<TopicPartition> added = new HashSet<>(partitions());
    added.removeAll(consumer.assignment());
    if (!added.isEmpty()) {
      Set<TopicPartition> all = new HashSet<>(consumer.assignment());
      all.addAll(added);
      consumer.assign(all);
      // All that is in them came after we looked last.
      consumer.seekToBeginning(added);
    }
  }

  private void read(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null || record.value() == null) {
      return;
    }
    for (OutputTopic topic : TOPICS) {
      if (record.topic().equals(settings.topic(topic.defaultName()))) {
        AnswerKey key = new AnswerKey(topic, new String(record.key(), StandardCharsets.UTF_8));
        if (pending.isAsked(key) && isFirst(topic, record.value())) {
          pending.answer(key, record.value());
        }
      }
    }
  }

  /** Later revisions of a schedule are for those who follow the topic. */
  private static boolean isFirst(OutputTopic topic, byte[] value) {
    if (topic != OutputTopic.SEND_SCHEDULES) {
      return true;
    }
    try {
      JsonNode revision = JSON.readTree(value).path("revision");
      return revision.isInt() && revision.intValue() == 0;
    } catch (IOException e) {
      LOG.warn("A schedule that is no JSON was skipped: {}", e.getClass().getSimpleName());
      return false;
    }
  }

  /** Stops reading. */
  @Override
  public void close() {
    closed = true;
    consumer.wakeup();
    try {
      thread.join(PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
