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
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

class KafkaEndsTest {
  private static final RecordReaderFactory READERS =
      new RecordReaderFactory(CatalogueReader.builtIn(), "US", List.of());
  private static final URI SOURCE = URI.create("/sendflowr/eu");
  private static final long NOW = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();

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
  void readersOfMuchWaitForAPartOfAStepUnlessSomebodySaidForHowLong() {
    Properties said = new Properties();
    said.setProperty("fetch.max.wait.ms", "3");
    Duration outOfOrderness = Duration.ofMillis(200);

    for (InputTopic topic : List.of(InputTopic.EVENTS, InputTopic.WEBHOOKS)) {
      assertThat(KafkaEnds.consumer(new Properties(), topic, outOfOrderness))
          .containsEntry("fetch.min.bytes", "16384")
          .containsEntry("fetch.max.wait.ms", "10");
      assertThat(KafkaEnds.consumer(said, topic, outOfOrderness))
          .containsEntry("fetch.max.wait.ms", "3");
    }
    // Hardly anything comes there: with a short wait brokers would mostly say that there is
    // nothing.
    for (InputTopic topic : List.of(InputTopic.LINKS, InputTopic.SEND_REQUESTS)) {
      assertThat(KafkaEnds.consumer(new Properties(), topic, outOfOrderness)).isEmpty();
    }
  }

  @Test
  void recordsLingerOnlyWhereNobodySeesThemAndNobodySaidForHowLong() {
    Properties said = new Properties();
    said.setProperty("linger.ms", "3");
    Duration timeout = Duration.ofMinutes(14);

    assertThat(KafkaEnds.producer(new Properties(), DeliveryGuarantee.EXACTLY_ONCE, timeout))
        .containsEntry("linger.ms", "100")
        .containsEntry("transaction.timeout.ms", "840000");
    assertThat(KafkaEnds.producer(new Properties(), DeliveryGuarantee.AT_LEAST_ONCE, timeout))
        .doesNotContainKey("linger.ms");
    assertThat(KafkaEnds.producer(said, DeliveryGuarantee.EXACTLY_ONCE, timeout))
        .containsEntry("linger.ms", "3");
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
    KafkaLiveSource source =
        InstantiationUtil.clone(
            KafkaEnds.source(
                client,
                "group",
                InputTopic.EVENTS,
                "our-events",
                Duration.ofSeconds(30),
                READERS,
                Duration.ofSeconds(5)));
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
