package io.sendflowr.connectors.kafka;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.flow.Inbound;
import io.sendflowr.record.Origin;
import java.time.Clock;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads our records out of Kafka's. Belongs to one thread. */
final class RecordIntake {
  private static final byte[] EMPTY = {};

  private final InputTopic topic;
  private final RecordReader reader;
  private final Clock clock;

  /**
   * @param topic which of our topics it is
   * @param reader how records are read
   * @param clock the wall clock
   */
  RecordIntake(InputTopic topic, RecordReader reader, Clock clock) {
    this.topic = topic;
    this.reader = reader;
    this.clock = clock;
  }

  /**
   * Reads a record.
   *
   * @param out takes what it tells, at least one thing
   */
  void read(ConsumerRecord<byte[], byte[]> record, Consumer<Inbound> out) {
    byte[] value = record.value() == null ? EMPTY : record.value();
    reader.read(
        topic,
        new Origin(record.topic(), record.partition(), record.offset(), value, receivedAt(record)),
        out);
  }

  /**
   * A topic may keep the time that a producer says. Nothing was received later than now: a producer
   * whose clock is far ahead would take everybody's event time with it.
   */
  private long receivedAt(ConsumerRecord<byte[], byte[]> record) {
    return record.timestamp() == ConsumerRecord.NO_TIMESTAMP
        ? Origin.UNKNOWN_TIME
        : Math.min(record.timestamp(), clock.millis());
  }
}
