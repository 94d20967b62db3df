package io.sendflowr.connectors.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.json.CloudEvent;
import io.sendflowr.connectors.json.DeadLetterJson;
import io.sendflowr.connectors.json.JsonOutput;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.Inbound;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class KafkaEndsTest {
  private static final RecordReaderFactory READERS =
      new RecordReaderFactory(CatalogueReader.builtIn(), "US", List.of());
  private static final URI SOURCE = URI.create("/sendflowr/eu");
  private static final long NOW = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();
  private static final String CANCEL =
      "{\"op\":\"cancel\",\"request_id\":\"r\",\"timestamp\":\"2026-01-10T12:00:00Z\"}";

  @Test
  void readsARecordByTheTimeKafkaTookIt() throws Exception {
    assertThat(read(CANCEL, NOW)).containsExactly(new Inbound.Cancel("r", NOW, NOW));
    assertThat(read(CANCEL, NOW - 1_000))
        .containsExactly(new Inbound.Cancel("r", NOW, NOW - 1_000));
    DeadLetter letter = letter(read(CANCEL, NOW - 300_001));
    assertThat(letter.reason()).isEqualTo(DeadLetterReason.FUTURE_TIMESTAMP);
    assertThat(letter.timestamp()).isEqualTo(NOW - 300_001);
  }

  @Test
  void readsARecordThatKafkaHasNoTimeOf() throws Exception {
    assertThat(read(CANCEL, ConsumerRecord.NO_TIMESTAMP))
        .containsExactly(new Inbound.Cancel("r", NOW, NOW));
    String late = CANCEL.replace("}", ",\"received_at\":\"2026-01-10T11:00:00Z\"}");
    assertThat(letter(read(late, ConsumerRecord.NO_TIMESTAMP)).reason())
        .isEqualTo(DeadLetterReason.FUTURE_TIMESTAMP);
    assertThat(letter(read("{", ConsumerRecord.NO_TIMESTAMP)).timestamp())
        .isEqualTo(Origin.UNKNOWN_TIME);
  }

  @Test
  void saysWhereADeadLetterWasRead() throws Exception {
    Origin origin = letter(read("no JSON", NOW)).origin();
    assertThat(origin.topic()).isEqualTo("our-requests");
    assertThat(origin.partition()).isEqualTo(7);
    assertThat(origin.offset()).isEqualTo(9_000_000_000L);
    assertThat(origin.value()).isEqualTo(utf8("no JSON"));
    assertThat(origin.receivedAt()).isEqualTo(NOW);
  }

  @Test
  void makesADeadLetterOfATombstone() throws Exception {
    DeadLetter letter = letter(read(null, NOW));
    assertThat(letter.reason()).isEqualTo(DeadLetterReason.MALFORMED_JSON);
    assertThat(letter.origin().value()).isEmpty();
  }

  @Test
  void writesKeyAndValueAndLeavesTheTimeToTheBroker() {
    KafkaEnds.Serializer<String> serializer =
        new KafkaEnds.Serializer<>("out", new Greeting(), SOURCE);
    ProducerRecord<byte[], byte[]> record = serializer.serialize("you", null, 1L);
    assertThat(record.topic()).isEqualTo("out");
    assertThat(record.partition()).isNull();
    assertThat(record.timestamp()).isNull();
    assertThat(record.key()).isEqualTo(utf8("you"));
    assertThat(record.value()).isEqualTo(utf8("{\"hello\":\"you\"}"));
  }

  @Test
  void writesDeadLettersWithoutKey() {
    DeadLetter letter =
        new DeadLetter(
            new Origin("events", 0, 0, new byte[0], NOW),
            DeadLetterReason.MALFORMED_JSON,
            "It is empty.",
            NOW);
    ProducerRecord<byte[], byte[]> record =
        new KafkaEnds.Serializer<>("dead", new DeadLetterJson(), SOURCE)
            .serialize(letter, null, null);
    assertThat(record.key()).isNull();
    assertThat(record.value()).isEqualTo(new DeadLetterJson().value(letter));
    assertThat(record.headers())
        .extracting(Header::key)
        .as("of nobody, and no revision")
        .doesNotContain("ce_subject", "ce_sequence")
        .contains("ce_time");
  }

  @Test
  void writesTheAttributesOfACloudEventAsHeaders() {
    assertThat(
            new KafkaEnds.Serializer<>("out", new Greeting(), SOURCE)
                .serialize("you", null, null)
                .headers())
        .extracting(header -> header.key() + ": " + new String(header.value(), UTF_8))
        .containsExactly(
            "ce_specversion: 1.0",
            "ce_id: id of you",
            "ce_type: io.sendflowr.resolution.v1",
            "ce_source: /sendflowr/eu",
            "ce_time: 2026-01-10T12:00:00Z",
            "ce_subject: sf_0000000000000001",
            "ce_sequence: 0000000007",
            "content-type: application/json");
  }

  @Test
  void itsEndsTravel() throws Exception {
    Properties client = new Properties();
    client.setProperty("bootstrap.servers", "localhost:9092");
    KafkaSource<Inbound> source =
        InstantiationUtil.clone(
            KafkaEnds.source(
                client, "group", InputTopic.EVENTS, "our-events", Duration.ofSeconds(30), READERS));
    assertThat(source.getBoundedness()).isEqualTo(Boundedness.CONTINUOUS_UNBOUNDED);
    assertThat(source.getProducedType()).isEqualTo(Types.INBOUND);
    assertThat(
            InstantiationUtil.clone(
                KafkaEnds.sink(
                    client,
                    "out",
                    new Greeting(),
                    SOURCE,
                    DeliveryGuarantee.EXACTLY_ONCE,
                    "sendflowr-out",
                    Duration.ofMinutes(15))))
        .isNotNull();
  }

  private static List<Inbound> read(String value, long timestamp) throws Exception {
    KafkaEnds.Deserializer deserializer =
        InstantiationUtil.clone(new KafkaEnds.Deserializer(InputTopic.SEND_REQUESTS, READERS));
    deserializer.open(null);
    List<Inbound> all = new ArrayList<>();
    deserializer.deserialize(
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
        new ListCollector<>(all));
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

  private static final class Greeting implements JsonOutput<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public byte[] key(String value) {
      return utf8(value);
    }

    @Override
    public byte[] value(String value) {
      return utf8("{\"hello\":\"" + value + "\"}");
    }

    @Override
    public CloudEvent event(String value) {
      return new CloudEvent(
          OutputTopic.RESOLUTIONS,
          "id of " + value,
          Optional.of("2026-01-10T12:00:00Z"),
          Optional.of("sf_0000000000000001"),
          Optional.of("0000000007"));
    }
  }
}
