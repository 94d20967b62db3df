package io.sendflowr.connectors.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.flow.Inbound;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class RecordIntakeTest {
  private static final RecordReaderFactory READERS =
      new RecordReaderFactory(CatalogueReader.builtIn(), "US", List.of());
  private static final long NOW = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();
  private static final String CANCEL =
      "{\"op\":\"cancel\",\"request_id\":\"r\",\"timestamp\":\"2026-01-10T12:00:00Z\"}";

  @Test
  void readsARecordByTheTimeKafkaTookIt() {
    assertThat(read(CANCEL, NOW)).containsExactly(new Inbound.Cancel("r", NOW, NOW));
    assertThat(read(CANCEL, NOW - 1_000))
        .containsExactly(new Inbound.Cancel("r", NOW, NOW - 1_000));
    DeadLetter letter = letter(read(CANCEL, NOW - 300_001));
    assertThat(letter.reason()).isEqualTo(DeadLetterReason.FUTURE_TIMESTAMP);
    assertThat(letter.timestamp()).isEqualTo(NOW - 300_001);
  }

  @Test
  void readsARecordThatKafkaHasNoTimeOf() {
    assertThat(read(CANCEL, ConsumerRecord.NO_TIMESTAMP))
        .containsExactly(new Inbound.Cancel("r", NOW, NOW));
    String late = CANCEL.replace("}", ",\"received_at\":\"2026-01-10T11:00:00Z\"}");
    assertThat(letter(read(late, ConsumerRecord.NO_TIMESTAMP)).reason())
        .isEqualTo(DeadLetterReason.FUTURE_TIMESTAMP);
    assertThat(letter(read("{", ConsumerRecord.NO_TIMESTAMP)).timestamp())
        .isEqualTo(Origin.UNKNOWN_TIME);
  }

  @Test
  void saysWhereADeadLetterWasRead() {
    Origin origin = letter(read("no JSON", NOW)).origin();
    assertThat(origin.topic()).isEqualTo("our-requests");
    assertThat(origin.partition()).isEqualTo(7);
    assertThat(origin.offset()).isEqualTo(9_000_000_000L);
    assertThat(origin.value()).isEqualTo(utf8("no JSON"));
    assertThat(origin.receivedAt()).isEqualTo(NOW);
  }

  @Test
  void makesADeadLetterOfATombstone() {
    DeadLetter letter = letter(read(null, NOW));
    assertThat(letter.reason()).isEqualTo(DeadLetterReason.MALFORMED_JSON);
    assertThat(letter.origin().value()).isEmpty();
  }

  /** Else one producer whose clock is years ahead would make everybody's next records late. */
  @Test
  void takesNothingAsReceivedLaterThanNow() {
    String ahead = CANCEL.replace("2026-01-10", "2027-01-10");
    long aYear = Instant.parse("2027-01-10T12:00:00Z").toEpochMilli();
    DeadLetter letter = letter(read(ahead, aYear, NOW));
    assertThat(letter.reason()).isEqualTo(DeadLetterReason.FUTURE_TIMESTAMP);
    assertThat(letter.timestamp()).isEqualTo(NOW);
    assertThat(read(CANCEL, NOW + 60_000, NOW - 1_000))
        .containsExactly(new Inbound.Cancel("r", NOW, NOW - 1_000));
  }

  private static List<Inbound> read(String value, long timestamp) {
    return read(value, timestamp, NOW + 86_400_000);
  }

  private static List<Inbound> read(String value, long timestamp, long now) {
    List<Inbound> all = new ArrayList<>();
    new RecordIntake(
            InputTopic.SEND_REQUESTS,
            READERS.create(),
            Clock.fixed(Instant.ofEpochMilli(now), ZoneOffset.UTC))
        .read(
            new ConsumerRecord<>(
                "our-requests",
                7,
                9_000_000_000L,
                timestamp,
                TimestampType.CREATE_TIME,
                -1,
                -1,
                null,
                value == null ? null : utf8(value),
                new RecordHeaders(),
                Optional.empty()),
            all::add);
    return all;
  }

  private static DeadLetter letter(List<Inbound> all) {
    assertThat(all).hasSize(1);
    assertThat(all.get(0)).isInstanceOf(Inbound.Unusable.class);
    return ((Inbound.Unusable) all.get(0)).deadLetter();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }
}
