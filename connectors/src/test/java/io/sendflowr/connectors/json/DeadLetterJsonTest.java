package io.sendflowr.connectors.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DeadLetterJsonTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long TIME = Readings.at("2026-01-10T12:00:00.250Z");

  private final DeadLetterJson json = new DeadLetterJson();

  @Test
  void holdsTheRecordAsTextExactly() {
    String record = "{ \"event_id\" : \"e\\u00e9\u00e9\ud83d\ude00\",\t}\r";
    assertThat(written(letter(Readings.utf8(record), "It is broken.", TIME)))
        .isEqualTo(
            """
            {"topic":"events","reason":"malformed_json","detail":"It is broken.","partition":3,\
            "offset":9007199254740993,\
            "record":"{ \\"event_id\\" : \\"e\\\\u00e9\u00e9\\uD83D\\uDE00\\",\\t}\\r",\
            "timestamp":"2026-01-10T12:00:00.250Z"}""");
  }

  @Test
  void holdsWhatIsNoUtf8InBase64() {
    byte[] record = {'{', (byte) 0xff, (byte) 0xfe, 0, '}'};
    assertThat(written(letter(record, "It is broken.", TIME)))
        .isEqualTo(
            """
            {"topic":"events","reason":"malformed_json","detail":"It is broken.","partition":3,\
            "offset":9007199254740993,"record_base64":"e//+AH0=",\
            "timestamp":"2026-01-10T12:00:00.250Z"}""");
  }

  @Test
  void holdsAnEmptyRecordAndNoTime() {
    assertThat(written(letter(new byte[0], "It is empty.", Origin.UNKNOWN_TIME)))
        .isEqualTo(
            """
            {"topic":"events","reason":"malformed_json","detail":"It is empty.","partition":3,\
            "offset":9007199254740993,"record":"","timestamp":null}""");
  }

  @Test
  void survivesHalfACharacterInItsDetail() throws IOException {
    byte[] value = json.value(letter(Readings.utf8("{}"), "Not \ud83d.", TIME));
    assertThat(JSON.readTree(value).path("detail").textValue()).isEqualTo("Not ?.");
  }

  @Test
  void hasNoKey() {
    assertThat(json.key(letter(new byte[0], "It is empty.", TIME))).isNull();
  }

  @Test
  void isAnEventOfNobody() {
    CloudEvent event = json.event(letter(Readings.utf8("{}"), "It is broken.", TIME));
    assertThat(event.topic()).isEqualTo(OutputTopic.DEAD_LETTERS);
    assertThat(event.time()).contains("2026-01-10T12:00:00.250Z");
    assertThat(event.subject()).isEmpty();
    assertThat(event.sequence()).isEmpty();
    assertThat(json.event(letter(new byte[0], "So.", Origin.UNKNOWN_TIME)).time()).isEmpty();
  }

  @Test
  void isNamedByWhereItWasReadAndWhatIsWrongWithIt() {
    DeadLetterReason reason = DeadLetterReason.BAD_VALUE;
    String id = id("events", 3, 12, reason, "So.", TIME);
    // When it was found, and with what watermark, may differ on a replay.
    assertThat(id("events", 3, 12, reason, "So.", TIME + 1)).isEqualTo(id);
    assertThat(
            List.of(
                id("links", 3, 12, reason, "So.", TIME),
                id("events", 31, 2, reason, "So.", TIME),
                id("events", 3, 13, reason, "So.", TIME),
                id("events", 3, 12, DeadLetterReason.BAD_WINDOW, "So.", TIME),
                id("events", 3, 12, reason, "So!", TIME)))
        .doesNotHaveDuplicates()
        .doesNotContain(id);
  }

  private String id(
      String topic, int partition, long offset, DeadLetterReason reason, String detail, long time) {
    Origin origin = new Origin(topic, partition, offset, new byte[0], time);
    return json.event(new DeadLetter(origin, reason, detail, time)).id();
  }

  @ParameterizedTest
  @EnumSource(DeadLetterReason.class)
  void namesEveryReasonByItsCode(DeadLetterReason reason) throws IOException {
    DeadLetter letter =
        new DeadLetter(new Origin("links", 0, 0, new byte[0], TIME), reason, "So.", TIME);
    String code = JSON.readTree(json.value(letter)).path("reason").textValue();
    assertThat(code).matches("[a-z_]+");
    assertThat(DeadLetterReason.ofCode(code)).isEqualTo(reason);
  }

  @Test
  void givesALongTextBack() throws IOException {
    String text = "x" + "\ud83d\ude00\u20ac\u00e9\\\"".repeat(100_000);
    JsonNode read = JSON.readTree(json.value(letter(Readings.utf8(text), "So.", TIME)));
    assertThat(read.path("record").textValue()).isEqualTo(text);
  }

  @Property(seed = "4", tries = 1000)
  void givesAnyBytesBack(@ForAll byte[] record) throws IOException {
    assertThat(bytes(JSON.readTree(json.value(letter(record, "So.", TIME))))).isEqualTo(record);
  }

  @Property(seed = "5", tries = 500)
  void givesAnyTextBack(@ForAll @StringLength(max = 200) String text) throws IOException {
    byte[] record = Readings.utf8(text);
    JsonNode read = JSON.readTree(json.value(letter(record, text, TIME)));
    assertThat(read.path("record").isTextual()).isTrue();
    assertThat(bytes(read)).isEqualTo(record);
  }

  private static byte[] bytes(JsonNode read) throws IOException {
    return read.has("record")
        ? Readings.utf8(read.path("record").textValue())
        : read.path("record_base64").binaryValue();
  }

  private String written(DeadLetter letter) {
    return new String(json.value(letter), StandardCharsets.UTF_8);
  }

  private static DeadLetter letter(byte[] record, String detail, long timestamp) {
    return new DeadLetter(
        new Origin("events", 3, 9_007_199_254_740_993L, record, timestamp),
        DeadLetterReason.MALFORMED_JSON,
        detail,
        timestamp);
  }
}
