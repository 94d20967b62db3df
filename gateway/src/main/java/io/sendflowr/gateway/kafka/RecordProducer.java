package io.sendflowr.gateway.kafka;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.json.RecordReader;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes records to the job's input topics, and says of each when the brokers have it. */
public final class RecordProducer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecordProducer.class);

  /** As long as platforms wait for an answer, or not much longer. */
  private static final Duration DELIVERY_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(4);

  private static final long LOOK_INTERVAL = TimeUnit.MILLISECONDS.toNanos(20);
  private static final int LINGER_MILLIS = 5;
  private static final int MAX_REQUEST_BYTES = 2 * RecordReader.MAX_BYTES;
  private static final long COMPLAINT_INTERVAL = TimeUnit.SECONDS.toNanos(10);

  private final KafkaSettings settings;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicLong lastComplaint;

  /**
   * Connects. The topics have to be there, and every partition has to have answered.
   *
   * @param settings how to reach Kafka
   * @param bufferBytes of records that the brokers have not yet
   */
  public RecordProducer(KafkaSettings settings, long bufferBytes) {
    this.settings = settings;
    this.lastComplaint = new AtomicLong(System.nanoTime() - COMPLAINT_INTERVAL);
    Map<String, Object> properties = settings.client();
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) DELIVERY_TIMEOUT.toMillis());
    properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) REQUEST_TIMEOUT.toMillis());
    // What is sent is sent by a thread that others wait for: if there is no room, or no broker that
    // knows the partitions, that is the answer.
    properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 0L);
    // What is known of a topic is else forgotten after 5 minutes of silence, and the next record
    // would have to wait for it.
    properties.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, TimeUnit.DAYS.toMillis(365));
    properties.put(ProducerConfig.LINGER_MS_CONFIG, LINGER_MILLIS);
    properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, bufferBytes);
    properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
    properties.put(ProducerConfig.CLIENT_ID_CONFIG, "sendflowr-gateway");
    this.producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * Asks for the partitions of the topics, so that no request has to wait for them.
   *
   * @param patience how long at most
   * @throws KafkaException if they cannot be had in that time
   */
  public void warmUp(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    for (InputTopic topic : InputTopic.values()) {
      boolean known = false;
      while (!known) {
        try {
          known = !producer.partitionsFor(settings.topic(topic.defaultName())).isEmpty();
        } catch (TimeoutException e) {
          if (System.nanoTime() - end > 0) {
            throw e;
          }
          LockSupport.parkNanos(LOOK_INTERVAL);
        }
      }
    }
  }

  /**
   * Sends a record.
   *
   * @param topic where to
   * @param key null if it may go to any partition
   * @param time of the record, epoch ms
   * @param value the record
   * @param then told what became of it, once, within about 10 seconds, by a thread of Kafka's that
   *     must not be held up; or by this one, before this returns
   */
  public void send(InputTopic topic, byte[] key, long time, byte[] value, Consumer<Sent> then) {
    try {
      // The callback hears of a failure.
      var unused =
          producer.send(
              new ProducerRecord<>(settings.topic(topic.defaultName()), null, time, key, value),
              (metadata, failure) -> then.accept(outcome(failure)));
    } catch (KafkaException e) {
      then.accept(outcome(e));
    }
  }

  private Sent outcome(Exception failure) {
    if (failure == null) {
      return Sent.WRITTEN;
    }
    if (failure instanceof RecordTooLargeException) {
      return Sent.TOO_LARGE;
    }
    long last = lastComplaint.get();
    long now = System.nanoTime();
    if (now - last >= COMPLAINT_INTERVAL && lastComplaint.compareAndSet(last, now)) {
      LOG.warn("Kafka did not take a record: {}", failure.getMessage());
    }
    return Sent.UNCERTAIN;
  }

  /** Waits for what is under way, as long as that can take, and disconnects. */
  @Override
  public void close() {
    producer.close(DELIVERY_TIMEOUT);
  }
}
