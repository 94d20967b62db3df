package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.connectors.json.Timestamps;
import io.sendflowr.flow.Inbound;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The published schemas say what is read and written, no less and no more. */
class SchemasTest {
  private static final Path CASES = Path.of("src/test/resources/conformance");
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final Map<String, String> VALID =
      Map.of(
          "webhooks",
          """
          {"platform":"shopify_web_pixel","received_at":"2026-01-10T12:00:01Z","headers":{},\
          "body":{"id":"1","name":"page_viewed","clientId":"c1"}}""",
          "events",
          """
          {"event_id":"e","event_type":"opened","timestamp":"2026-01-10T12:00:00Z",\
          "identifiers":{"klaviyo_id":"K1"}}""",
          "links",
          """
          {"identifier_a":"K1","type_a":"klaviyo_id","identifier_b":5,"type_b":"esp_user_id",\
          "timestamp":"2026-01-10T12:00:00Z"}""",
          "erasures",
          """
          {"op":"erase","identifiers":{"klaviyo_id":"K1"},"timestamp":"2026-01-10T12:00:00Z"}""",
          "send-requests",
          """
          {"request_id":"r","timestamp":"2026-01-10T12:00:00Z","klaviyo_id":"K1"}""",
          "cancels",
          """
          {"op":"cancel","request_id":"r","timestamp":"2026-01-10T12:00:00Z"}""",
          "questions",
          """
          {"op":"resolve","request_id":"r","timestamp":"2026-01-10T12:00:00Z","klaviyo_id":"K1"}""");

  @TempDir private Path out;

  static Stream<String> cases() throws IOException {
    try (Stream<Path> cases = Files.list(CASES)) {
      return cases.map(path -> path.getFileName().toString()).sorted().toList().stream();
    }
  }

  static Stream<String> documents() {
    return Stream.of(
            Arrays.stream(InputTopic.values()).map(InputTopic::defaultName),
            Arrays.stream(OutputTopic.values()).map(OutputTopic::defaultName),
            Stream.of(Schemas.COMMON))
        .flatMap(names -> names);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aCaseIsReadAndWrittenAsDescribed(String name) throws Exception {
    Path in = CASES.resolve(name);
    for (InputTopic topic : InputTopic.values()) {
      Path file = in.resolve(topic.defaultName() + ".jsonl");
      for (JsonNode record : Files.exists(file) ? Replays.read(file) : List.<JsonNode>of()) {
        assertThat(Schemas.faults(topic.defaultName(), record)).as("%s", record).isEmpty();
      }
    }
    ReplayJob.run(in, out, 2, Duration.ofSeconds(5), CATALOGUE);
    Schemas.assertDescribed(out);
  }

  @ParameterizedTest
  @MethodSource("documents")
  void isASchemaOfItsDraft(String name) throws IOException {
    assertThat(
            JsonSchemaFactory.getInstance(VersionFlag.V202012)
                .getSchema(SchemaLocation.of(SchemaId.V202012))
                .validate(Schemas.document(name)))
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource("documents")
  void describesEveryField(String name) throws IOException {
    List<String> silent = new ArrayList<>();
    JsonNode document = Schemas.document(name);
    assertThat(document.path("description").asText()).isNotEmpty();
    collectSilent(document, silent);
    assertThat(silent).isEmpty();
  }

  /** Fields without a meaning. Conditions only narrow fields that are described elsewhere. */
  private static void collectSilent(JsonNode schema, List<String> sink) {
    for (Map.Entry<String, JsonNode> part : schema.properties()) {
      if (Set.of("if", "then", "else", "not", "anyOf").contains(part.getKey())) {
        continue;
      }
      if (part.getKey().equals("properties")) {
        for (Map.Entry<String, JsonNode> field : part.getValue().properties()) {
          if (!field.getValue().has("description") && !field.getValue().has("$ref")) {
            sink.add(field.getKey());
          }
        }
      }
      collectSilent(part.getValue(), sink);
    }
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "webhooks | /platform | null",
        "webhooks | /platform | \" \"",
        "webhooks | /body | null",
        "webhooks | /body | \"\"",
        "events | /event_id | null",
        "events | /event_id | \" \"",
        "events | /event_id | {}",
        "events | /event_type | null",
        "events | /timestamp | null",
        "events | /timestamp | 1768046400",
        "events | /timestamp | \"2026-01-10T12:00:00\"",
        "events | /source | []",
        "events | /identifiers | null",
        "events | /identifiers | {}",
        "events | /identifiers | \"K1\"",
        "links | /op | \"merge\"",
        "links | /identifier_a | null",
        "links | /type_b | null",
        "links | /weight | 0",
        "links | /weight | 1.01",
        "links | /weight | \"1\"",
        "links | /timestamp | \"yesterday\"",
        "erasures | /identifiers | {}",
        "erasures | /timestamp | null",
        "send-requests | /op | \"ask\"",
        "send-requests | /request_id | null",
        "send-requests | /timestamp | null",
        "send-requests | /send_after | \"2026-01-10\"",
        "send-requests | /send_before | 7",
        "send-requests | /latency_estimate_seconds | -1",
        "send-requests | /latency_estimate_seconds | 3601",
        "send-requests | /latency_estimate_seconds | \"300\"",
        "send-requests | /channel | {}",
        "send-requests | /universal_id | \"sf_1\"",
        "cancels | /request_id | null",
        "cancels | /timestamp | null",
        "questions | /timestamp | null",
      })
  void whatIsDescribedOtherwiseIsNotReadEither(String kind, String field, String value)
      throws IOException {
    assertVerdict(kind, field, value, false);
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "webhooks | /headers | {\"x-topic\":\"a\"}",
        "webhooks | /more | 1",
        "events | /event_id | 17",
        "events | /source | null",
        "events | /identifiers | {\"email\":[\"ann@mail.example\",null],\"shoe_size\":4.5}",
        "events | /metadata | {\"message_id\":7,\"latency_seconds\":1.5,\"more\":[]}",
        "events | /more | {}",
        "links | /op | null",
        "links | /op | \"unlink\"",
        "links | /weight | null",
        "links | /weight | 1",
        "links | /source | null",
        "erasures | /more | null",
        "send-requests | /op | null",
        "send-requests | /identifiers | {\"email\":\"ann@mail.example\"}",
        "send-requests | /universal_id | \"sf_9094c12ab68e7593\"",
        "send-requests | /send_after | null",
        "send-requests | /latency_estimate_seconds | 0.5",
        "send-requests | /latency_estimate_seconds | 3600",
        "send-requests | /template | 12",
        "cancels | /send_after | \"never\"",
        "questions | /universal_id | \"sf_9094c12ab68e7593\"",
        "questions | /identifiers | {\"shoe_size\":44}",
      })
  void whatIsDescribedIsRead(String kind, String field, String value) throws IOException {
    assertVerdict(kind, field, value, true);
  }

  @Test
  void aPersonIsNamedInAnyWayButNamed() throws IOException {
    for (String kind : List.of("send-requests", "questions")) {
      for (String whom :
          List.of(
              "\"email\":\"ann@mail.example\"",
              "\"identifiers\":{\"device_id\":\"d1\"}",
              "\"universal_id\":\"sf_9094c12ab68e7593\"")) {
        String record = VALID.get(kind).replace("\"klaviyo_id\":\"K1\"", whom);
        assertThat(record).contains(whom);
        assertThat(Schemas.faults("send-requests", Replays.JSON.readTree(record))).isEmpty();
        assertThat(isRead("send-requests", record)).isTrue();
      }
      String nobody = VALID.get(kind).replace(",\"klaviyo_id\":\"K1\"", "");
      assertThat(Schemas.faults("send-requests", Replays.JSON.readTree(nobody))).isNotEmpty();
      assertThat(isRead("send-requests", nobody)).isFalse();
    }
  }

  private static void assertVerdict(String kind, String field, String value, boolean good)
      throws IOException {
    String topic =
        switch (kind) {
          case "erasures" -> "links";
          case "cancels", "questions" -> "send-requests";
          default -> kind;
        };
    ObjectNode record = (ObjectNode) Replays.JSON.readTree(VALID.get(kind));
    assertThat(Schemas.faults(topic, record)).isEmpty();
    assertThat(isRead(topic, record.toString())).isTrue();
    record.set(field.substring(1), Replays.JSON.readTree(value));
    assertThat(Schemas.faults(topic, record).isEmpty()).as("schema: %s", record).isEqualTo(good);
    assertThat(isRead(topic, record.toString())).as("reader: %s", record).isEqualTo(good);
  }

  private static boolean isRead(String topicName, String record) {
    InputTopic topic =
        Arrays.stream(InputTopic.values())
            .filter(one -> one.defaultName().equals(topicName))
            .findFirst()
            .orElseThrow();
    RecordReader reader = Defaults.readers(CATALOGUE).create();
    List<Inbound> read = new ArrayList<>();
    byte[] bytes = record.getBytes(StandardCharsets.UTF_8);
    reader.read(topic, new Origin(topicName, 0, 0, bytes, Origin.UNKNOWN_TIME), read::add);
    return read.stream().noneMatch(Inbound.Unusable.class::isInstance);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-10T12:00:00Z",
        "2026-01-10t12:00:00z",
        "2026-01-10T12:00Z",
        "2026-01-10T12:00:00.123456789Z",
        "2026-01-10T12:00:00.Z",
        "2026-01-10T12:00:00+05:30",
        "2026-01-10T12:00:00-0500",
        "2026-01-10T12:00:00-05",
        "2026-01-10T12:00:00.1234567890Z",
        "2026-01-10T12Z",
        "2026-01-10 12:00:00Z",
        "2026-01-10T12:00:00",
        "2026-01-10T12:00:00+5",
        "2026-1-10T12:00:00Z",
        "12026-01-10T12:00:00Z",
        "",
      })
  void aTimestampIsDescribedAsItIsRead(String text) throws IOException {
    String pattern = Schemas.document(Schemas.COMMON).at("/$defs/timestamp/pattern").asText();
    assertThat(Pattern.compile(pattern).matcher(text).find())
        .isEqualTo(Timestamps.parse(text).isPresent());
  }

  @Test
  void identifiersAreThoseOfTheCatalogue() throws IOException {
    JsonNode shared = Schemas.document(Schemas.COMMON).path("$defs");
    Set<String> described = new TreeSet<>();
    shared.at("/identifierFields/properties").fieldNames().forEachRemaining(described::add);
    Set<String> sufficient = new TreeSet<>();
    shared
        .at("/someIdentifier/anyOf")
        .forEach(one -> sufficient.add(one.at("/required/0").asText()));
    assertThat(described).containsExactlyElementsOf(new TreeSet<>(CATALOGUE.inputNames()));
    assertThat(sufficient).isEqualTo(described);
  }

  @Test
  void reasonsAreThoseOfDeadLetters() throws IOException {
    List<String> described = new ArrayList<>();
    Schemas.document("dead-letters")
        .at("/properties/reason/examples")
        .forEach(code -> described.add(code.asText()));
    assertThat(described)
        .containsExactlyElementsOf(
            Arrays.stream(DeadLetterReason.values()).map(DeadLetterReason::code).toList());
  }

  @Test
  void aWrongOutputIsFound() throws Exception {
    Replays replay =
        new Replays(out)
            .given("events", List.of("{}"))
            .given("send-requests", List.of(VALID.get("send-requests")))
            .run(1);
    JsonNode schedule = replay.written("send-schedules").get(0);
    JsonNode explanation = replay.written("explanations").get(0);
    JsonNode letter = replay.written("dead-letters").get(0);
    OutputTopic schedules = OutputTopic.SEND_SCHEDULES;

    assertRefused(schedules, schedule, "", "decision_id", null);
    assertRefused(schedules, schedule, "", "status", "\"open\"");
    assertRefused(schedules, schedule, "", "status", "\"suppressed\"");
    assertRefused(schedules, schedule, "", "trigger_timestamp_utc", "null");
    assertRefused(schedules, schedule, "", "created_at_utc", "\"2026-01-10T12:00:00+01:00\"");
    assertRefused(schedules, schedule, "", "revision", "\"0\"");
    assertRefused(schedules, schedule, "/debug", "suppressed", null);
    assertRefused(OutputTopic.EXPLANATIONS, explanation, "", "clicks", null);
    assertRefused(OutputTopic.EXPLANATIONS, explanation, "/latency", "from", "\"us\"");
    assertRefused(OutputTopic.DEAD_LETTERS, letter, "", "record", null);

    for (String place : List.of("", "/debug", "/suppression")) {
      JsonNode grown = schedule.deepCopy();
      ((ObjectNode) grown.at(place)).put("more", 1);
      assertThat(Schemas.faults(schedules.defaultName(), grown))
          .as("schemas grow, consumers need not know at once")
          .isEmpty();
      assertThat(Schemas.faultsOfOurs(schedules, grown)).as("more in %s", place).isNotEmpty();
    }
  }

  private static void assertRefused(
      OutputTopic topic, JsonNode good, String place, String field, String value)
      throws IOException {
    JsonNode wrong = good.deepCopy();
    ObjectNode object = (ObjectNode) wrong.at(place);
    assertThat(object.remove(field)).isNotNull();
    if (value != null) {
      object.set(field, Replays.JSON.readTree(value));
    }
    assertThat(Schemas.faults(topic.defaultName(), wrong)).as("%s", wrong).isNotEmpty();
  }
}
