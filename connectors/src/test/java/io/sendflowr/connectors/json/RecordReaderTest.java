package io.sendflowr.connectors.json;

import static io.sendflowr.connectors.InputTopic.EVENTS;
import static io.sendflowr.connectors.InputTopic.LINKS;
import static io.sendflowr.connectors.InputTopic.SEND_REQUESTS;
import static io.sendflowr.connectors.InputTopic.WEBHOOKS;
import static io.sendflowr.connectors.json.Readings.CANCEL;
import static io.sendflowr.connectors.json.Readings.EMAIL_HASH;
import static io.sendflowr.connectors.json.Readings.ERASE;
import static io.sendflowr.connectors.json.Readings.EVENT;
import static io.sendflowr.connectors.json.Readings.LINK;
import static io.sendflowr.connectors.json.Readings.NOW;
import static io.sendflowr.connectors.json.Readings.REQUEST;
import static io.sendflowr.connectors.json.Readings.RESOLVE;
import static io.sendflowr.connectors.json.Readings.WEBHOOK;
import static io.sendflowr.connectors.json.Readings.at;
import static io.sendflowr.connectors.json.Readings.deadLetter;
import static io.sendflowr.connectors.json.Readings.live;
import static io.sendflowr.connectors.json.Readings.only;
import static io.sendflowr.connectors.json.Readings.read;
import static io.sendflowr.connectors.json.Readings.replayed;
import static io.sendflowr.connectors.json.Readings.utf8;
import static io.sendflowr.connectors.json.Readings.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.latency.DeliveryMetadata;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordReaderTest {
  private static final Identifier USER = new Identifier(100, EMAIL_HASH);
  private static final Identifier PROFILE = new Identifier(500, "k-1");
  private static final Identifier SUBSCRIBER = new Identifier(700, "ps_sub_abc123");
  private static final int SHOPIFY = 900;
  private static final long DAY = Duration.ofDays(1).toMillis();

  @Nested
  class DeadLetters {
    static Stream<Arguments> badFields() {
      return Stream.of(
              Stream.of("null", "\"\"", "\" \"", "{}", "[\"e\"]", null)
                  .flatMap(
                      value ->
                          Stream.of(
                              bad(EVENTS, "event_id", value, "missing_field"),
                              bad(EVENTS, "event_type", value, "missing_field"),
                              bad(LINKS, "type_a", value, "missing_field"),
                              bad(LINKS, "type_b", value, "missing_field"),
                              bad(SEND_REQUESTS, "request_id", value, "missing_field"))),
              Stream.of("\"a@x.example\"", "[\"a@x.example\"]", "7", "true", "null", null)
                  .map(value -> bad(EVENTS, "identifiers", value, "missing_field")),
              Stream.of("null", null)
                  .flatMap(
                      value ->
                          Stream.of(
                              bad(EVENTS, "timestamp", value, "missing_field"),
                              bad(LINKS, "timestamp", value, "missing_field"),
                              bad(LINKS, "identifier_a", value, "missing_field"),
                              bad(LINKS, "identifier_b", value, "missing_field"),
                              bad(SEND_REQUESTS, "timestamp", value, "missing_field"))),
              Stream.of("{}", "[]")
                  .flatMap(
                      value ->
                          Stream.of(
                              bad(EVENTS, "source", value, "bad_value"),
                              bad(LINKS, "source", value, "bad_value"),
                              bad(SEND_REQUESTS, "channel", value, "bad_value"),
                              bad(SEND_REQUESTS, "template", value, "bad_value"))),
              Stream.of(
                      "\"2018-19-12T22:20:32.000Z\"",
                      "\"2026-02-30T12:00:00Z\"",
                      "\"2026-01-10T24:00:00Z\"",
                      "\"2026-01-10T12:00:60Z\"",
                      "\"2026-01-10T12:00:00\"",
                      "\"2026-01-10\"",
                      "\"10.01.2026\"",
                      "\"\"",
                      "\"1768046400\"",
                      "1768046400",
                      "1768046400000",
                      "1.5",
                      "true",
                      "{}",
                      "[\"2026-01-10T12:00:00Z\"]")
                  .flatMap(
                      value ->
                          Stream.of(
                              bad(EVENTS, "timestamp", value, "bad_timestamp"),
                              bad(LINKS, "timestamp", value, "bad_timestamp"),
                              bad(SEND_REQUESTS, "timestamp", value, "bad_timestamp"),
                              bad(SEND_REQUESTS, "send_after", value, "bad_timestamp"),
                              bad(SEND_REQUESTS, "send_before", value, "bad_timestamp"))),
              Stream.of(
                      "\"2034-01-01T00:00:00Z\"",
                      "\"2026-01-10T12:05:00.001Z\"",
                      "\"2026-01-10T14:05:01+02:00\"")
                  .flatMap(
                      value ->
                          Stream.of(
                              bad(EVENTS, "timestamp", value, "future_timestamp"),
                              bad(LINKS, "timestamp", value, "future_timestamp"),
                              bad(SEND_REQUESTS, "timestamp", value, "future_timestamp"))),
              Stream.of("0", "-0.5", "1.1", "1e400", "1e-400", "\"NaN\"", "\"0.5\"", "true", "[1]")
                  .map(value -> bad(LINKS, "weight", value, "bad_value")),
              Stream.of("-1", "3601", "3600.001", "1e400", "\"NaN\"", "\"300\"", "true", "{}")
                  .map(value -> bad(SEND_REQUESTS, "latency_estimate_seconds", value, "bad_value")),
              Stream.of(
                  bad(LINKS, "op", "\"merge\"", "bad_value"),
                  bad(SEND_REQUESTS, "op", "\"repeat\"", "bad_value"),
                  bad(SEND_REQUESTS, "universal_id", "\"sf_12\"", "bad_value"),
                  bad(SEND_REQUESTS, "universal_id", "\"sf_000000000000000g\"", "bad_value"),
                  bad(SEND_REQUESTS, "universal_id", "\"sf-0000000000000001\"", "bad_value"),
                  bad(EVENTS, "event_id", "\"half \\ud83d\"", "bad_value"),
                  bad(SEND_REQUESTS, "template", "\"half \\ude00\"", "bad_value")),
              Stream.of(
                      "\"2026-01-11T00:00:00Z\"",
                      "\"2026-01-10T23:59:59.999Z\"",
                      "\"2026-02-08T00:00:00.001Z\"",
                      "\"9999-12-31T00:00:00Z\"")
                  .map(value -> bad(SEND_REQUESTS, "send_before", value, "bad_window")),
              Stream.of("\"guest\"", "\"\"", "0", "7.0", "7e3", "true", "{}", "[]", "[[\"s\"]]")
                  .map(value -> bad(LINKS, "identifier_b", value, "no_identifier")),
              Stream.of(
                  bad(LINKS, "type_a", "\"loyalty_id\"", "no_identifier", "identifier_a"),
                  bad(LINKS, "identifier_a", "[\"a@x.example\",\"b@x.example\"]", "no_identifier")))
          .flatMap(rows -> rows);
    }

    private static Arguments bad(InputTopic topic, String field, String value, String code) {
      return bad(topic, field, value, code, field);
    }

    private static Arguments bad(
        InputTopic topic, String field, String value, String code, String named) {
      return arguments(topic, field, value, code, named);
    }

    @ParameterizedTest(name = "{0} {1}={2} is {3}")
    @MethodSource("badFields")
    void nameTheFieldThatIsWrong(
        InputTopic topic, String field, String value, String code, String named) {
      String json = with(Readings.valid(topic), field, value);
      DeadLetter letter = deadLetter(live(topic, json));
      assertThat(letter.reason().code()).isEqualTo(code);
      assertSentence(letter.detail());
      assertThat(letter.detail()).contains("\"" + named + "\"");
      assertWhole(letter, topic, utf8(json));
    }

    static Stream<Arguments> malformed() {
      return Stream.of(
          arguments("empty", new byte[0]),
          arguments("blank", utf8(" \t ")),
          arguments("a list", utf8("[" + EVENT + "]")),
          arguments("a text", utf8("\"event\"")),
          arguments("a number", utf8("7")),
          arguments("null", utf8("null")),
          arguments("true", utf8("true")),
          arguments("no JSON", utf8("event_id=e-1")),
          arguments("truncated", utf8(EVENT.strip().substring(0, EVENT.length() / 2))),
          arguments("without its last bracket", utf8(EVENT.strip().replaceFirst("}$", ""))),
          arguments("an open string", utf8("{\"event_id\":\"e-1")),
          arguments("garbage behind it", utf8(EVENT + "x")),
          arguments("a second object behind it", utf8(EVENT + EVENT)),
          arguments("a bracket behind it", utf8(EVENT + "}")),
          arguments("single quotes", utf8(EVENT.replace('"', '\''))),
          arguments("a bare NaN", utf8(with(EVENT, "value", "NaN"))),
          arguments("a raw line break in a text", utf8("{\"event_id\":\"e\n1\"}")),
          arguments("an endless number", utf8(with(EVENT, "value", "9".repeat(2000)))),
          arguments("NUL bytes alone", new byte[64]),
          arguments("a NUL byte in a text", utf8(EVENT.replace("e-1", "e\0001"))),
          arguments("a NUL byte in front", utf8("\0" + EVENT)),
          arguments("NUL bytes behind it", utf8(EVENT + "\0\0\0")),
          arguments("a stray continuation byte", broken(0x80)),
          arguments(
              "Latin-1", EVENT.replace("e-1", "\u00e9").getBytes(StandardCharsets.ISO_8859_1)),
          arguments("an overlong quotation", broken(0xC0, 0xA2)),
          arguments("an overlong three byte form", broken(0xE0, 0x82, 0xA9)),
          arguments("half of a surrogate pair in bytes", broken(0xED, 0xA0, 0xBD)),
          arguments("beyond Unicode", broken(0xF5, 0x80, 0x80, 0x80)),
          arguments("a cut character", broken(0xF0, 0x9F, 0x98)),
          arguments("UTF-16 big end first", EVENT.getBytes(StandardCharsets.UTF_16BE)),
          arguments("UTF-16 with a mark", EVENT.getBytes(StandardCharsets.UTF_16)),
          arguments("UTF-16 little end first", EVENT.getBytes(StandardCharsets.UTF_16LE)),
          arguments("deep lists", utf8("[".repeat(100_000))),
          arguments("deep objects", utf8("{\"a\":".repeat(100_000))),
          arguments(
              "deep, but closed",
              utf8(with(EVENT, "value", "[".repeat(100_000) + "]".repeat(100_000)))));
    }

    /** A valid event, but for these bytes in a field that is not even looked at. */
    private static byte[] broken(int... bytes) {
      ByteArrayOutputStream value = new ByteArrayOutputStream();
      value.writeBytes(utf8("{\"note\":\"a"));
      for (int one : bytes) {
        value.write(one);
      }
      value.writeBytes(utf8("b\"," + EVENT.substring(1)));
      return value.toByteArray();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void ofWhatIsNoJsonObjectInUtf8(String name, byte[] value) {
      for (InputTopic topic : InputTopic.values()) {
        DeadLetter letter = deadLetter(only(read(Readings.factory().create(), topic, value, NOW)));
        assertThat(letter.reason()).isEqualTo(DeadLetterReason.MALFORMED_JSON);
        assertSentence(letter.detail());
        assertWhole(letter, topic, value);
      }
    }

    @Test
    void sayWhereTheJsonBreaks() {
      DeadLetter letter = deadLetter(live(EVENTS, "{\n\"event_id\": e-1}"));
      assertThat(letter.detail()).contains("line 2").contains("column");
    }

    @Test
    void sayInWordsOfTheirOwnThatTheJsonIsCutOff() {
      DeadLetter letter = deadLetter(live(EVENTS, "{"));
      assertThat(letter.detail())
          .isEqualTo(
              "The record is not valid JSON: Unexpected end-of-input: expected close marker for"
                  + " Object (line 1, column 2).");
    }

    @ParameterizedTest
    @EnumSource(InputTopic.class)
    void ofRecordsThatAreTooLarge(InputTopic topic) {
      String padding = with(Readings.valid(topic), "padding", "\"\"");
      int room = RecordReader.MAX_BYTES - utf8(padding).length;
      byte[] fits = utf8(with(Readings.valid(topic), "padding", "\"" + "x".repeat(room) + "\""));
      assertThat(fits).hasSize(1 << 20);
      assertThat(read(Readings.factory().create(), topic, fits, NOW))
          .doesNotHaveAnyElementsOfTypes(Inbound.Unusable.class);

      byte[] large = Arrays.copyOf(fits, fits.length + 1);
      large[fits.length] = ' ';
      DeadLetter letter = deadLetter(only(read(Readings.factory().create(), topic, large, NOW)));
      assertThat(letter.reason()).isEqualTo(DeadLetterReason.TOO_LARGE);
      assertThat(letter.detail()).contains("1048577").contains("1048576");
      assertSentence(letter.detail());
      assertWhole(letter, topic, large);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "LINKS | merge | must be link, unlink or erase, not merge",
          "LINKS | cancel | must be link, unlink or erase, not cancel",
          "LINKS | Erase | must be link, unlink or erase, not Erase",
          "SEND_REQUESTS | repeat | must be cancel or resolve, or left out for a request, not repeat",
          "SEND_REQUESTS | erase | must be cancel or resolve, or left out for a request, not erase"
        })
    void nameTheOpsThereAre(InputTopic topic, String op, String detail) {
      DeadLetter letter =
          deadLetter(live(topic, with(Readings.valid(topic), "op", "\"" + op + "\"")));
      assertThat(letter.reason()).isEqualTo(DeadLetterReason.BAD_VALUE);
      assertThat(letter.detail()).isEqualTo("\"op\" " + detail + ".");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{}",
          "{'loyalty_id':'l7'}",
          "{'shopify_customer_id':null}",
          "{'shopify_customer_id':''}",
          "{'shopify_customer_id':' '}",
          "{'shopify_customer_id':' NULL '}",
          "{'shopify_customer_id':'Undefined'}",
          "{'shopify_customer_id':'none'}",
          "{'shopify_customer_id':'N/A'}",
          "{'shopify_customer_id':'na'}",
          "{'shopify_customer_id':'unknown'}",
          "{'shopify_customer_id':'anonymous'}",
          "{'shopify_customer_id':'Guest'}",
          "{'shopify_customer_id':'test'}",
          "{'shopify_customer_id':0}",
          "{'shopify_customer_id':'000'}",
          "{'shopify_customer_id':'00000000-0000-0000-0000-000000000000'}",
          "{'shopify_customer_id':-1}",
          "{'shopify_customer_id':'-1'}",
          "{'shopify_customer_id':123.0}",
          "{'shopify_customer_id':1.23e2}",
          "{'shopify_customer_id':9007199254740993.0}",
          "{'shopify_customer_id':true}",
          "{'shopify_customer_id':{'id':7}}",
          "{'shopify_customer_id':[]}",
          "{'shopify_customer_id':[['7']]}",
          "{'email':'test@test.com'}",
          "{'email':' NoReply@Example.com'}",
          "{'email':'user'}",
          "{'email':'@example.com'}",
          "{'email':'user@'}",
          "{'email':'a@b@c'}",
          "{'phone':'555'}",
          "{'phone':'+1 415'}",
          "{'phone_number':'call me'}"
        })
    void ofRecordsAboutNobody(String identifiers) {
      String json = identifiers.replace('\'', '"');
      for (InputTopic topic : List.of(EVENTS, SEND_REQUESTS)) {
        assertAboutNobody(topic, with(Readings.valid(topic), "identifiers", json));
      }
      assertAboutNobody(SEND_REQUESTS, with(RESOLVE, "identifiers", json));
      assertAboutNobody(LINKS, with(ERASE, "identifiers", json));
    }

    private static void assertAboutNobody(InputTopic topic, String json) {
      DeadLetter letter = deadLetter(live(topic, json));
      assertThat(letter.reason()).isEqualTo(DeadLetterReason.NO_IDENTIFIER);
      assertThat(letter.detail()).containsIgnoringCase("identifier");
      assertSentence(letter.detail());
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "email|user@example.com|email| USER@Example.com ",
          "email|user@example.com|email_hash|" + EMAIL_HASH,
          "phone|(415) 555-2671|phone_number|+14155552671",
          "shopify_customer_id|123|shopify_customer_id|' 123 '"
        })
    void ofLinksOfAnIdentifierWithItself(String typeA, String a, String typeB, String b) {
      String json =
          with(
              with(
                  with(with(LINK, "type_a", "\"" + typeA + "\""), "identifier_a", "\"" + a + "\""),
                  "type_b",
                  "\"" + typeB + "\""),
              "identifier_b",
              "\"" + b + "\"");
      DeadLetter letter = deadLetter(live(LINKS, json));
      assertThat(letter.reason()).isEqualTo(DeadLetterReason.BAD_VALUE);
      assertThat(letter.detail()).contains("\"identifier_b\"");
      assertSentence(letter.detail());
    }

    @Test
    void withoutReceiptInReplayHaveNoTime() {
      Inbound inbound = replayed(EVENTS, with(EVENT, "event_id", null));
      assertThat(deadLetter(inbound).timestamp()).isEqualTo(Origin.UNKNOWN_TIME);
      assertThat(inbound.clock()).isEqualTo(Inbound.NO_CLOCK);
    }

    @Test
    void inReplayBearTheTimeOfReceiptButDoNotMoveEventTime() {
      String received = with(EVENT, "received_at", "\"2026-01-10T12:00:01Z\"");
      Inbound inbound = replayed(EVENTS, with(received, "event_id", null));
      assertThat(deadLetter(inbound).timestamp()).isEqualTo(at("2026-01-10T12:00:01Z"));
      assertThat(inbound.clock()).isEqualTo(Inbound.NO_CLOCK);
    }

    @Test
    void fromKafkaBearTheTimeOfReceiptButDoNotMoveEventTime() {
      Inbound inbound = live(EVENTS, with(EVENT, "event_id", null));
      assertThat(deadLetter(inbound).timestamp()).isEqualTo(NOW);
      assertThat(inbound.clock()).isEqualTo(Inbound.NO_CLOCK);
    }

    private static void assertWhole(DeadLetter letter, InputTopic topic, byte[] value) {
      assertThat(letter.origin().value()).isEqualTo(value);
      assertThat(letter.origin().topic()).isEqualTo(topic.defaultName());
      assertThat(letter.origin().partition()).isEqualTo(3);
      assertThat(letter.origin().offset()).isEqualTo(42);
      assertThat(letter.timestamp()).isEqualTo(NOW);
    }
  }

  private static void assertSentence(String detail) {
    assertThat(detail).matches("[\"A-Z][^\n\r]*\\.");
  }

  @Nested
  class Clocks {
    @ParameterizedTest
    @EnumSource(
        value = InputTopic.class,
        names = {"EVENTS", "LINKS", "SEND_REQUESTS"})
    void mayBeFiveMinutesAheadOfKafka(InputTopic topic) {
      String json = with(Readings.valid(topic), "timestamp", "\"2026-01-10T12:05:00Z\"");
      Inbound inbound = live(topic, json);
      assertThat(timeOf(inbound)).isEqualTo(at("2026-01-10T12:05:00Z"));
      // Its own time stands, but event time does not run ahead with it.
      assertThat(inbound.clock()).isEqualTo(NOW);
    }

    @ParameterizedTest
    @EnumSource(
        value = InputTopic.class,
        names = {"EVENTS", "LINKS", "SEND_REQUESTS"})
    void areJudgedByTimeOfReceiptInReplay(InputTopic topic) {
      String received = with(Readings.valid(topic), "received_at", "\"2026-01-10T13:00:00+01:00\"");
      Inbound allowed = replayed(topic, with(received, "timestamp", "\"2026-01-10T12:05:00Z\""));
      assertThat(timeOf(allowed)).isEqualTo(at("2026-01-10T12:05:00Z"));
      assertThat(allowed.clock()).isEqualTo(NOW);
      DeadLetter letter =
          deadLetter(replayed(topic, with(received, "timestamp", "\"2034-01-01T00:00:00Z\"")));
      assertThat(letter.reason()).isEqualTo(DeadLetterReason.FUTURE_TIMESTAMP);
      assertThat(letter.detail())
          .contains("\"timestamp\"", "2034-01-01T00:00:00Z", "2026-01-10T12:00:00Z");
      assertThat(letter.timestamp()).isEqualTo(NOW);
    }

    @ParameterizedTest
    @EnumSource(
        value = InputTopic.class,
        names = {"EVENTS", "LINKS", "SEND_REQUESTS"})
    void areTrustedInReplayWithoutTimeOfReceipt(InputTopic topic) {
      String json = with(Readings.valid(topic), "timestamp", "\"2034-01-01T00:00:00Z\"");
      Inbound inbound = replayed(topic, with(json, "received_at", "null"));
      assertThat(timeOf(inbound)).isEqualTo(at("2034-01-01T00:00:00Z"));
      assertThat(inbound.clock()).isEqualTo(at("2034-01-01T00:00:00Z"));
    }

    @Test
    void mayBeBehindByAnyTime() {
      Inbound inbound = live(EVENTS, with(EVENT, "timestamp", "\"2019-01-01T00:00:00Z\""));
      assertThat(timeOf(inbound)).isEqualTo(at("2019-01-01T00:00:00Z"));
      assertThat(inbound.clock()).isEqualTo(at("2019-01-01T00:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1768046400000", "\"yesterday\"", "{}"})
    void ofReceiptMustBeTimestampsInWebhooksAndAreUnknownFieldsElsewhere(String receivedAt) {
      for (InputTopic topic : InputTopic.values()) {
        Inbound read = replayed(topic, with(Readings.valid(topic), "received_at", receivedAt));
        if (topic == InputTopic.WEBHOOKS) {
          assertThat(deadLetter(read).reason()).isEqualTo(DeadLetterReason.BAD_TIMESTAMP);
          assertThat(deadLetter(read).detail()).contains("\"received_at\"");
        } else {
          assertThat(read).isNotInstanceOf(Inbound.Unusable.class);
        }
      }
    }

    @Test
    void ofRecordsWithTooManyIdentifiersAreRefused() {
      String json = with(EVENT, "identifiers", cookies(51));
      assertThat(deadLetter(live(EVENTS, json)).reason()).isEqualTo(DeadLetterReason.BAD_VALUE);
      assertThat(live(EVENTS, with(EVENT, "identifiers", cookies(50))))
          .isInstanceOf(Inbound.Event.class);
    }

    @Test
    void ofTextsThatAreTooLongAreRefused() {
      String json = with(EVENT, "event_id", "\"" + "e".repeat(1025) + "\"");
      assertThat(deadLetter(live(EVENTS, json)).reason()).isEqualTo(DeadLetterReason.BAD_VALUE);
    }

    @Test
    void ofKafkaOutrankReceivedAt() {
      String json = with(EVENT, "received_at", "\"2034-01-01T00:00:00Z\"");
      assertThat(
              deadLetter(live(EVENTS, with(json, "timestamp", "\"2034-01-01T00:00:00Z\"")))
                  .reason())
          .isEqualTo(DeadLetterReason.FUTURE_TIMESTAMP);
      assertThat(live(EVENTS, with(EVENT, "received_at", "7"))).isInstanceOf(Inbound.Event.class);
    }

    private static long timeOf(Inbound inbound) {
      if (inbound instanceof Inbound.Event event) {
        assertThat(event.observation().reportedTime()).isEqualTo(event.observation().time());
        return event.observation().time();
      }
      if (inbound instanceof Inbound.Request request) {
        assertThat(request.request().reportedTime()).isEqualTo(request.request().time());
        return request.request().time();
      }
      assertThat(inbound).isInstanceOf(Inbound.Link.class);
      return ((Inbound.Link) inbound).change().time();
    }
  }

  @Nested
  class Events {
    @Test
    void areReadWhole() {
      assertThat(live(EVENTS, EVENT))
          .isEqualTo(
              new Inbound.Event(
                  new Observation("shopify", "e-1", "product_view", NOW, NOW), List.of(USER), NOW));
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "sent | {\"message_id\":\"m-1\"} | m-1 | -1",
          "delivered | {\"message_id\":\" m-1 \",\"other\":1} | m-1 | -1",
          "delivered | {\"message_id\":9007199254740993} | 9007199254740993 | -1",
          "delivered | {\"message_id\":7.5,\"latency_seconds\":\"3\"} | 7.5 | -1",
          "delivered | {\"latency_seconds\":1.5} | '' | 1500",
          "delivered | {\"message_id\":\"\",\"latency_seconds\":0} | '' | 0",
          "delivered | {\"message_id\":\"m\",\"latency_seconds\":0.0004} | m | 0",
          "delivered | {\"message_id\":\"m\",\"latency_seconds\":-0.001} | m | -1",
          "delivered | {\"message_id\":\"m\",\"latency_seconds\":1e999} | m | -1",
          "delivered | {\"message_id\":\"m\",\"latency_seconds\":1e300} | m | 9223372036854775807",
          "delivered | {\"message_id\":\"m\",\"latency_seconds\":null} | m | -1"
        })
    void sayWhenMessagesWereSentAndDelivered(
        String type, String metadata, String messageId, long latencyMillis) {
      assertThat(delivery(type, metadata))
          .isEqualTo(new DeliveryMetadata(messageId, latencyMillis));
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "opened | {\"message_id\":\"m-1\",\"latency_seconds\":3}",
          "delivered | {}",
          "delivered | null",
          "delivered | [1]",
          "delivered | \"m-1\"",
          "delivered | {\"message_id\":{},\"latency_seconds\":[3]}",
          "delivered | {\"message_id\":true,\"latency_seconds\":true}",
          "sent | {\"message_id\":null}"
        })
    void sayNothingOfMessagesElsewhere(String type, String metadata) {
      assertThat(delivery(type, metadata)).isNull();
    }

    /** The ids of internet mail look like addresses, and tell the names of mailboxes. */
    @Test
    void keepNoAddressOfAMessage() {
      String id = delivery("sent", "{\"message_id\":\"<7.ann@mail.example>\"}").messageId();
      assertThat(id).hasSize(64).matches("[0-9a-f]+");
      assertThat(delivery("delivered", "{\"message_id\":\"<7.ann@mail.example>\"}").messageId())
          .isEqualTo(id);
      assertThat(delivery("delivered", "{\"message_id\":\"" + "7".repeat(2000) + "\"}").messageId())
          .hasSize(64);
    }

    private DeliveryMetadata delivery(String type, String metadata) {
      return ((Inbound.Event)
              live(EVENTS, with(with(EVENT, "event_type", '"' + type + '"'), "metadata", metadata)))
          .delivery();
    }

    @Test
    void needNoSource() {
      assertThat(event(with(EVENT, "source", null)).observation().source()).isEmpty();
      assertThat(event(with(EVENT, "source", "null")).observation().source()).isEmpty();
    }

    @Test
    void mayHaveNumbersAsIds() {
      assertThat(event(with(EVENT, "event_id", "9007199254740993")).observation().eventId())
          .isEqualTo("9007199254740993");
    }

    @Test
    void ofUnknownTypesAreAccepted() {
      assertThat(event(with(EVENT, "event_type", "\"teleported\"")).observation().type())
          .isEqualTo("teleported");
    }

    @Test
    void mayHaveFieldsThatNobodyKnows() {
      String json = with(with(EVENT, "extra", "{\"a\":[1,null,{\"b\":1e400}]}"), "", "[]");
      assertThat(live(EVENTS, json)).isEqualTo(live(EVENTS, EVENT));
    }

    @Test
    void mayBeginWithAByteOrderMark() {
      assertThat(live(EVENTS, "\ufeff" + EVENT)).isEqualTo(live(EVENTS, EVENT));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "9007199254740993",
          "\"9007199254740993\"",
          "18446744073709551617",
          "\"18446744073709551617\"",
          "123456789012345678901234567890",
          "\" gid://shopify/Customer/Ab7 \""
        })
    void keepEveryDigitAndLetterOfAnId(String id) {
      assertThat(event(with(EVENT, "identifiers", "{\"shopify_customer_id\":" + id + "}")))
          .extracting(Inbound.Event::identifiers)
          .isEqualTo(List.of(new Identifier(SHOPIFY, id.replace("\"", "").strip())));
    }

    @Test
    void takeListsOfIdentifiersOnceEachAndInOrder() {
      String identifiers =
          """
          {"shopify_customer_id":[30,"20","30",null,"guest",10.5,{"id":1},["40"]],
           "device_id":"d-1","phone":["(415) 555-2671","nonsense"],
           "email":["USER@example.com"," user@example.com "],
           "email_hash":"%s"}
          """
              .formatted(EMAIL_HASH.toUpperCase(Locale.ROOT));
      assertThat(event(with(EVENT, "identifiers", identifiers)).identifiers())
          .containsExactly(
              USER,
              new Identifier(200, "+14155552671"),
              new Identifier(SHOPIFY, "20"),
              new Identifier(SHOPIFY, "30"),
              new Identifier(1700, "d-1"));
    }

    @Test
    void goOnWithoutUnknownTypesAndPlaceholders() {
      String identifiers =
          """
          {"loyalty_id":"l-7","Email":"other@example.com","cookie_id":"undefined",
           "email":"user@example.com"}
          """;
      assertThat(event(with(EVENT, "identifiers", identifiers)).identifiers())
          .containsExactly(USER);
    }

    private static Inbound.Event event(String json) {
      Inbound inbound = live(EVENTS, json);
      assertThat(inbound).isInstanceOf(Inbound.Event.class);
      return (Inbound.Event) inbound;
    }
  }

  @Nested
  class Links {
    @Test
    void areReadWhole() {
      assertThat(live(LINKS, LINK))
          .isEqualTo(
              new Inbound.Link(
                  new LinkChange(false, USER, SUBSCRIBER, 0.9, "postscript", NOW), NOW));
    }

    @Test
    void haveDefaults() {
      String json = with(with(with(LINK, "op", "null"), "weight", null), "source", null);
      assertThat(live(LINKS, json))
          .isEqualTo(new Inbound.Link(new LinkChange(false, USER, SUBSCRIBER, 1.0, "", NOW), NOW));
    }

    @Test
    void areTakenBackByUnlinks() {
      assertThat(live(LINKS, with(LINK, "op", "\"unlink\"")))
          .isEqualTo(
              new Inbound.Link(
                  new LinkChange(true, USER, SUBSCRIBER, 0.9, "postscript", NOW), NOW));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1.0, 1", "0.000001, 0.000001", "5e-1, 0.5"})
    void haveWeightsUpToOne(String weight, double read) {
      Inbound inbound = live(LINKS, with(LINK, "weight", weight));
      assertThat(inbound).isInstanceOf(Inbound.Link.class);
      assertThat(((Inbound.Link) inbound).change().weight()).isEqualTo(read);
    }

    @Test
    void keepEveryDigitOfTheirIdentifiers() {
      String json =
          with(with(LINK, "type_b", "\"shopify_customer_id\""), "identifier_b", "9007199254740993");
      Inbound inbound = live(LINKS, json);
      assertThat(inbound).isInstanceOf(Inbound.Link.class);
      assertThat(((Inbound.Link) inbound).change().b())
          .isEqualTo(new Identifier(SHOPIFY, "9007199254740993"));
    }
  }

  @Nested
  class Erasures {
    @Test
    void areReadWhole() {
      Inbound inbound = live(LINKS, ERASE);
      assertThat(inbound).isInstanceOf(Inbound.Erase.class);
      Inbound.Erase erase = (Inbound.Erase) inbound;
      assertThat(erase.erasure())
          .isEqualTo(new Erasure(List.of(USER, PROFILE, new Identifier(500, "k-2")), NOW, NOW));
      assertThat(erase.clock()).isEqualTo(NOW);
      assertThat(erase.origin().value()).isEqualTo(utf8(ERASE));
      assertThat(erase.origin().receivedAt()).isEqualTo(NOW);
    }

    @Test
    void areMeantByWebhooks() {
      String webhook =
          """
          {"platform":"shopify","received_at":"2026-01-10T12:00:00Z",
           "headers":{"x-shopify-topic":"customers/redact"},
           "body":{"customer":{"id":7204518836190423519,"email":"USER@example.com",
             "phone":"555"}}}
          """;
      Inbound inbound = live(WEBHOOKS, webhook);
      assertThat(inbound).isInstanceOf(Inbound.Erase.class);
      Inbound.Erase erase = (Inbound.Erase) inbound;
      assertThat(erase.erasure())
          .isEqualTo(
              new Erasure(List.of(USER, new Identifier(SHOPIFY, "7204518836190423519")), NOW, NOW));
      assertThat(erase.origin().value()).isEqualTo(utf8(webhook));
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "identifiers | | MISSING_FIELD",
          "identifiers | null | MISSING_FIELD",
          "identifiers | \"user@example.com\" | MISSING_FIELD",
          "identifiers | [{\"email\":\"user@example.com\"}] | MISSING_FIELD",
          "timestamp | | MISSING_FIELD",
          "timestamp | 7 | BAD_TIMESTAMP",
          "timestamp | \"2026-01-10T12:05:00.001Z\" | FUTURE_TIMESTAMP",
          "op | [] | MISSING_FIELD"
        })
    void areRefusedBy(String field, String value, DeadLetterReason reason) {
      DeadLetter letter = deadLetter(live(LINKS, with(ERASE, field, value)));
      assertThat(letter.reason()).isEqualTo(reason);
      assertThat(letter.detail()).contains("\"" + field + "\"");
      assertSentence(letter.detail());
    }

    @Test
    void nameTheirIdentifiersInOneFieldOnly() {
      String atTheTop =
          """
          {"op":"erase","email":"user@example.com","timestamp":"2026-01-10T12:00:00Z"}
          """;
      assertThat(deadLetter(live(LINKS, atTheTop)).reason())
          .isEqualTo(DeadLetterReason.MISSING_FIELD);
      Inbound inbound = live(LINKS, with(ERASE, "phone", "\"+14155552671\""));
      assertThat(inbound).isInstanceOf(Inbound.Erase.class);
      assertThat(((Inbound.Erase) inbound).erasure().identifiers())
          .doesNotContain(new Identifier(200, "+14155552671"));
    }

    @Test
    void nameAtMost50Identifiers() {
      assertThat(live(LINKS, with(ERASE, "identifiers", cookies(50))))
          .isInstanceOf(Inbound.Erase.class);
      DeadLetter letter = deadLetter(live(LINKS, with(ERASE, "identifiers", cookies(51))));
      assertThat(letter.reason()).isEqualTo(DeadLetterReason.BAD_VALUE);
      assertThat(letter.detail()).contains("\"identifiers\"", "51", "50");
      assertSentence(letter.detail());
    }
  }

  @Nested
  class Resolves {
    private static final Inbound BY_UNIVERSAL_ID =
        new Inbound.Resolve(
            new ResolveRequest("q-1", NOW, NOW, List.of(), 0x9d9e99e0acf720ccL), NOW);

    @Test
    void areReadWhole() {
      assertThat(live(SEND_REQUESTS, RESOLVE))
          .isEqualTo(
              new Inbound.Resolve(
                  new ResolveRequest(
                      "q-1",
                      NOW,
                      NOW,
                      List.of(USER, PROFILE),
                      UniversalId.keyOf("email_hash:" + EMAIL_HASH)),
                  NOW));
    }

    @Test
    void mayCarryIdentifiersAtTheTop() {
      String json = with(with(RESOLVE, "identifiers", null), "klaviyo_id", "\"k-1\"");
      assertThat(live(SEND_REQUESTS, json))
          .isEqualTo(
              new Inbound.Resolve(
                  new ResolveRequest(
                      "q-1", NOW, NOW, List.of(PROFILE), UniversalId.keyOf("klaviyo_id:k-1")),
                  NOW));
    }

    @Test
    void mayNameAUniversalIdInstead() {
      String json =
          """
          {"op":"resolve","request_id":"q-1","timestamp":"2026-01-10T12:00:00Z",
           "universal_id":"sf_9d9e99e0acf720cc"}
          """;
      assertThat(live(SEND_REQUESTS, json)).isEqualTo(BY_UNIVERSAL_ID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"resolve\"", "null"})
    void linkTheIdentifiersBesideAUniversalIdAsRequestsDo(String op) {
      String json = with(with(RESOLVE, "universal_id", "\"sf_9d9e99e0acf720cc\""), "op", op);
      List<Inbound> all = read(Readings.factory().create(), SEND_REQUESTS, utf8(json), NOW);
      assertThat(all).hasSize(2);
      if (op.equals("null")) {
        assertThat(all.get(0)).isInstanceOf(Inbound.Request.class);
      } else {
        assertThat(all.get(0)).isEqualTo(BY_UNIVERSAL_ID);
      }
      assertThat(all.get(1))
          .isEqualTo(
              new Inbound.Link(
                  new LinkChange(false, USER, PROFILE, 1.0, "send-request", NOW), NOW));
    }

    @Test
    void haveNoWindow() {
      String json =
          with(
              with(RESOLVE, "send_before", "\"2020-01-01T00:00:00Z\""),
              "latency_estimate_seconds",
              "-1");
      assertThat(live(SEND_REQUESTS, json)).isEqualTo(live(SEND_REQUESTS, RESOLVE));
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "request_id | | MISSING_FIELD",
          "request_id | \" \" | MISSING_FIELD",
          "request_id | \"user@example.com\" | BAD_VALUE",
          "timestamp | | MISSING_FIELD",
          "timestamp | 7 | BAD_TIMESTAMP",
          "timestamp | \"2026-01-10T12:05:00.001Z\" | FUTURE_TIMESTAMP",
          "universal_id | \"sf_12\" | BAD_VALUE",
          "universal_id | {} | BAD_VALUE"
        })
    void areRefusedBy(String field, String value, DeadLetterReason reason) {
      DeadLetter letter = deadLetter(live(SEND_REQUESTS, with(RESOLVE, field, value)));
      assertThat(letter.reason()).isEqualTo(reason);
      assertThat(letter.detail()).contains("\"" + field + "\"");
      assertSentence(letter.detail());
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"sf_9d9e99e0acf720cc\""})
    void presentAtMost50Identifiers(String universalId) {
      String json = with(with(RESOLVE, "universal_id", universalId), "identifiers", cookies(51));
      assertThat(deadLetter(live(SEND_REQUESTS, json)).reason())
          .isEqualTo(DeadLetterReason.BAD_VALUE);
    }
  }

  private static String cookies(int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(i -> "\"c" + i + '"')
        .collect(Collectors.joining(",", "{\"cookie_id\":[", "]}"));
  }

  @Nested
  class Requests {
    @Test
    void areReadWhole() {
      Inbound inbound = live(SEND_REQUESTS, REQUEST);
      assertThat(inbound.clock()).isEqualTo(NOW);
      assertThat(((Inbound.Request) inbound).origin().value()).isEqualTo(utf8(REQUEST));
      assertThat(((Inbound.Request) inbound).origin().receivedAt()).isEqualTo(NOW);
      assertThat(request(REQUEST))
          .isEqualTo(
              new SendRequest(
                  "r-1",
                  NOW,
                  NOW,
                  List.of(USER),
                  UniversalId.keyOf("email_hash:" + EMAIL_HASH),
                  at("2026-01-11T00:00:00Z"),
                  at("2026-01-17T00:00:00Z"),
                  60_000,
                  "sms",
                  "klaviyo",
                  "promotional",
                  "promo_jan",
                  "abc123",
                  "t1"));
    }

    @Test
    void haveDefaults() {
      SendRequest request =
          request(
              """
              {"request_id":7,"timestamp":"2026-01-10T12:00:00Z","klaviyo_id":"k-1",
               "send_before":null,"latency_estimate_seconds":null,"op":null}
              """);
      assertThat(request)
          .isEqualTo(
              new SendRequest(
                  "7",
                  NOW,
                  NOW,
                  List.of(new Identifier(500, "k-1")),
                  UniversalId.keyOf("klaviyo_id:k-1"),
                  NOW,
                  NOW + 7 * DAY,
                  300_000,
                  null,
                  null,
                  null,
                  null,
                  null,
                  null));
      assertThat(request.effectiveChannel()).isEqualTo("email");
    }

    @Test
    void endSevenDaysAfterTheyBeginUnlessTheySayWhen() {
      assertThat(request(with(REQUEST, "send_before", null)).sendBefore())
          .isEqualTo(at("2026-01-18T00:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-01-11T00:00:00.001Z", "2026-02-08T00:00:00Z"})
    void mayLastUpTo28Days(String sendBefore) {
      assertThat(request(with(REQUEST, "send_before", "\"" + sendBefore + "\"")).sendBefore())
          .isEqualTo(at(sendBefore));
    }

    @Test
    void areJudgedWithTheDefaultsFilledIn() {
      // The window begins at the request's own time, which is after its end.
      String json =
          with(with(REQUEST, "send_after", null), "send_before", "\"2026-01-10T12:00:00Z\"");
      assertThat(deadLetter(live(SEND_REQUESTS, json)).reason())
          .isEqualTo(DeadLetterReason.BAD_WINDOW);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "3600, 3600000", "300.5, 300500", "0.001, 1", "3.6e3, 3600000"})
    void haveLatenciesUpToAnHour(String seconds, long millis) {
      assertThat(request(with(REQUEST, "latency_estimate_seconds", seconds)).latencyMillis())
          .isEqualTo(millis);
    }

    @Test
    void mayCarryIdentifiersAtTheTopAndNested() {
      SendRequest request =
          request(
              """
              {"request_id":"r","timestamp":"2026-01-10T12:00:00Z","email":"USER@example.com",
               "phone":"+14155552671","klaviyo_id":"k-1","shopify_customer_id":9007199254740993,
               "device_id":"guest","email_hash":["%s"],
               "identifiers":{"klaviyo_id":["k-0","k-1"],"cookie_id":"c"}}
              """
                  .formatted(EMAIL_HASH));
      assertThat(request.identifiers())
          .containsExactly(
              USER,
              new Identifier(200, "+14155552671"),
              new Identifier(500, "k-0"),
              new Identifier(500, "k-1"),
              new Identifier(SHOPIFY, "9007199254740993"),
              new Identifier(1800, "c"));
      assertThat(request.personKey()).isEqualTo(UniversalId.keyOf("email_hash:" + EMAIL_HASH));
    }

    @Test
    void mayNameAUniversalIdInstead() {
      SendRequest request =
          request(
              """
              {"request_id":"r","timestamp":"2026-01-10T12:00:00Z",
               "universal_id":"sf_9d9e99e0acf720cc"}
              """);
      assertThat(request.identifiers()).isEmpty();
      assertThat(request.personKey()).isEqualTo(0x9d9e99e0acf720ccL);
      assertThat(request.personKey()).isEqualTo(UniversalId.keyOf("email_hash:" + EMAIL_HASH));
    }

    @Test
    void canBeCancelled() {
      assertThat(live(SEND_REQUESTS, CANCEL)).isEqualTo(new Inbound.Cancel("r-1", NOW, NOW));
      assertThat(live(SEND_REQUESTS, with(CANCEL, "request_id", "9007199254740993")))
          .isEqualTo(new Inbound.Cancel("9007199254740993", NOW, NOW));
    }

    @ParameterizedTest
    @CsvSource({
      "request_id, , MISSING_FIELD",
      "request_id, '\"\"', MISSING_FIELD",
      "timestamp, , MISSING_FIELD",
      "timestamp, 7, BAD_TIMESTAMP",
      "timestamp, '\"2034-01-01T00:00:00Z\"', FUTURE_TIMESTAMP"
    })
    void cannotBeCancelledBy(String field, String value, DeadLetterReason reason) {
      DeadLetter letter = deadLetter(live(SEND_REQUESTS, with(CANCEL, field, value)));
      assertThat(letter.reason()).isEqualTo(reason);
      assertThat(letter.detail()).contains("\"" + field + "\"");
    }

    private static SendRequest request(String json) {
      Inbound inbound = live(SEND_REQUESTS, json);
      assertThat(inbound).isInstanceOf(Inbound.Request.class);
      return ((Inbound.Request) inbound).request();
    }
  }

  @Nested
  class Webhooks {
    private static final String BATCH =
        """
        platform: acme
        source: acme_mail
        each: /body
        event_id: /item/id
        event_time: /item/at
        identifiers:
          email: /item/email
        rules:
          - when:
              - {at: /item/friend, is: present}
            event_type: clicked
            links:
              - type_a: email
                identifier_a: /item/email
                type_b: email
                identifier_b: /item/friend
                weight: 0.5
          - event_type: clicked
        """;

    private static final String MAIL =
        """
        platform: acme
        event_name: /body/name
        event_time: /body/at
        identifiers: {email: /body/to}
        metadata: {message_id: /body/message, latency_seconds: /body/took}
        rules:
          - {events: [sent], event_type: sent}
          - {events: [arrived], event_type: delivered}
        """;

    /** As many as Klaviyo puts into one. */
    @Test
    void tellOfAThousandEventsAtATime() {
      String events =
          IntStream.range(0, 1000)
              .mapToObj(
                  i ->
                      """
                      {"external_id":"x%d","topic":"event:klaviyo.opened_email","payload":{"data":{
                       "type":"event","id":"x%d","attributes":{"timestamp":1768046400,
                       "event_properties":{},"datetime":"2026-01-10 12:00:00+00:00"},
                       "relationships":{"profile":{"data":{"type":"profile","id":%s}}}}}}
                      """
                          .formatted(i, i, i == 500 ? "null" : "\"01HMIRA" + i + "\""))
              .collect(Collectors.joining(","));
      List<Inbound> all =
          read(
              Readings.factory().create(),
              WEBHOOKS,
              utf8("{\"platform\":\"klaviyo\",\"body\":{\"data\":[" + events + "]}}"),
              NOW);
      assertThat(all).hasSize(1000);
      assertThat(all.stream().filter(Inbound.Event.class::isInstance).distinct()).hasSize(999);
      assertThat(all)
          .filteredOn(Inbound.Unusable.class::isInstance)
          .singleElement()
          .satisfies(
              one -> {
                assertThat(deadLetter(one).reason()).isEqualTo(DeadLetterReason.NO_IDENTIFIER);
                assertThat(deadLetter(one).detail()).contains("item 500");
              });
    }

    @ParameterizedTest
    @CsvSource({"m-1", "<7.ann@mail.example>"})
    void tellOfMessagesAsRecordsOfEventsDo(String id) {
      String body =
          "{\"name\":\"arrived\",\"at\":\"2026-01-10T12:00:00Z\",\"to\":\"user@example.com\","
              + "\"took\":1.5,\"message\":\""
              + id
              + "\"}";
      String event =
          with(
              with(EVENT, "event_type", "\"delivered\""),
              "metadata",
              "{\"message_id\":\"" + id + "\"}");

      Inbound.Event told =
          (Inbound.Event)
              only(
                  read(
                      Readings.factory(List.of(new DescriptorFile("acme.yaml", MAIL))).create(),
                      WEBHOOKS,
                      utf8("{\"platform\":\"acme\",\"body\":" + body + "}"),
                      NOW));

      assertThat(told.delivery().latencyMillis()).isEqualTo(1500);
      assertThat(told.delivery().messageId())
          .isEqualTo(((Inbound.Event) live(EVENTS, event)).delivery().messageId());
    }

    @Test
    void ofAPlatformAreEvents() {
      Inbound inbound = only(read(Readings.factory().create(), WEBHOOKS, utf8(WEBHOOK), NOW));
      assertThat(inbound).isInstanceOf(Inbound.Event.class);
      Inbound.Event event = (Inbound.Event) inbound;
      assertThat(event.observation().source()).isEqualTo("shopify");
      assertThat(event.observation().type()).isEqualTo("payment_succeeded");
      assertThat(event.observation().time()).isEqualTo(at("2026-01-10T11:59:58.877Z"));
      assertThat(event.identifiers())
          .containsExactly(USER, new Identifier(SHOPIFY, "7204518836190423519"));
      assertThat(event.clock()).isEqualTo(at("2026-01-10T11:59:58.877Z"));
    }

    @Test
    void areReadEachItemForItself() {
      List<Inbound> all =
          acme(
              """
              [{"id":"1","at":"2026-01-10T11:59:00Z","email":"user@example.com"},
               {"id":"2","at":"2026-01-10T12:05:01Z","email":"user@example.com"},
               {"id":"3","at":"2026-01-10T11:59:01Z","email":"test@test.com"},
               {"id":"4","at":"2026-01-10T11:59:02Z","email":"user@example.com",
                "friend":"USER@example.com"},
               {"id":"5","at":"2026-01-10T11:59:03Z"},
               {"id":"6","at":"tomorrow","email":"user@example.com"},
               {"id":"7","at":"2026-01-10T11:59:04Z","email":"user@example.com"}]
              """,
              NOW);
      assertThat(
              all.stream()
                  .filter(Inbound.Event.class::isInstance)
                  .map(one -> ((Inbound.Event) one).observation().eventId()))
          .containsExactly("1", "4", "7");
      assertThat(
              all.stream()
                  .filter(Inbound.Unusable.class::isInstance)
                  .map(one -> deadLetter(one).reason()))
          .containsExactly(
              DeadLetterReason.FUTURE_TIMESTAMP,
              DeadLetterReason.NO_IDENTIFIER,
              DeadLetterReason.BAD_VALUE,
              DeadLetterReason.NO_IDENTIFIER,
              DeadLetterReason.BAD_TIMESTAMP);
      assertThat(all)
          .filteredOn(Inbound.Unusable.class::isInstance)
          .allSatisfy(
              one -> {
                assertSentence(deadLetter(one).detail().replaceFirst("^acme", "Acme"));
                assertThat(deadLetter(one).timestamp()).isEqualTo(NOW);
                assertThat(one.clock()).isEqualTo(Inbound.NO_CLOCK);
              });
    }

    @Test
    void moveEventTimeOnceWhateverTheOrderOfTheirItems() {
      List<Inbound> all =
          acme(
              """
              [{"id":"1","at":"2026-01-10T11:59:30Z","email":"user@example.com"},
               {"id":"2","at":"2026-01-10T11:58:00Z","email":"user@example.com"},
               {"id":"3","at":"2026-01-10T11:59:00Z","email":"user@example.com"},
               {"id":"4","at":"2026-01-10T11:59:59Z","email":"test@test.com"}]
              """,
              NOW);
      assertThat(all.stream().filter(Inbound.Event.class::isInstance).map(Inbound::clock))
          .containsExactly(Inbound.NO_CLOCK, Inbound.NO_CLOCK, at("2026-01-10T11:59:30Z"));
      assertThat(
              all.stream()
                  .filter(Inbound.Event.class::isInstance)
                  .map(one -> ((Inbound.Event) one).observation().time()))
          .containsExactly(
              at("2026-01-10T11:59:30Z"), at("2026-01-10T11:58:00Z"), at("2026-01-10T11:59:00Z"));
    }

    @Test
    void canBeLinks() {
      List<Inbound> all =
          acme(
              """
              [{"id":"1","at":"2026-01-10T11:59:00Z","email":"user@example.com",
                "friend":"friend@example.com"}]
              """,
              NOW);
      assertThat(all).hasSize(2);
      assertThat(all.get(0)).isInstanceOf(Inbound.Event.class);
      assertThat(all.get(1)).isInstanceOf(Inbound.Link.class);
      LinkChange change = ((Inbound.Link) all.get(1)).change();
      assertThat(change.a()).isEqualTo(USER);
      assertThat(change.weight()).isEqualTo(0.5);
      assertThat(change.source()).isEqualTo("acme_mail");
      assertThat(change.time()).isEqualTo(at("2026-01-10T11:59:00Z"));
    }

    @Test
    void inReplayAreMeasuredByTheirReceipt() {
      List<Inbound> all =
          acme(
              """
              [{"id":"1","at":"2034-01-10T11:59:00Z","email":"user@example.com"}]
              """,
              Origin.UNKNOWN_TIME);
      DeadLetter letter = deadLetter(only(all));
      assertThat(letter.reason()).isEqualTo(DeadLetterReason.FUTURE_TIMESTAMP);
      assertThat(letter.timestamp()).isEqualTo(at("2026-01-10T12:00:03Z"));
      assertThat(all.get(0).clock()).isEqualTo(Inbound.NO_CLOCK);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "platform | \"acne\" | UNKNOWN_PLATFORM | acne",
          "platform | | MISSING_FIELD | platform",
          "platform | {} | MISSING_FIELD | platform",
          "headers | {\"x-shopify-topic\":\"carts/teleport\"} | UNMAPPED_PAYLOAD | carts/teleport",
          "headers | | UNMAPPED_PAYLOAD | x-shopify-topic",
          "body | | MISSING_FIELD | body",
          "body | \"{\\\"id\\\":\" | MALFORMED_JSON | /body",
          "body | {\"id\":1} | NO_IDENTIFIER | email"
        })
    void areRefusedWithAReason(String field, String value, DeadLetterReason reason, String named) {
      DeadLetter letter = deadLetter(live(WEBHOOKS, with(WEBHOOK, field, value)));
      assertThat(letter.reason()).isEqualTo(reason);
      assertThat(letter.detail()).contains(named).endsWith(".").doesNotContain("\n");
      assertThat(letter.timestamp()).isEqualTo(NOW);
    }

    @Test
    void mayHoldATextOfManyBrackets() {
      DeadLetter letter =
          deadLetter(live(WEBHOOKS, with(WEBHOOK, "body", "\"" + "[".repeat(100_000) + "\"")));
      assertThat(letter.reason()).isEqualTo(DeadLetterReason.MALFORMED_JSON);
    }

    private static List<Inbound> acme(String body, long receivedAt) {
      return read(
          Readings.factory(List.of(new DescriptorFile("acme.yaml", BATCH))).create(),
          WEBHOOKS,
          utf8(
              "{\"platform\":\"acme\",\"received_at\":\"2026-01-10T12:00:03Z\",\"body\":"
                  + body
                  + "}"),
          receivedAt);
    }
  }

  @Nested
  class Addresses {
    @ParameterizedTest
    @ValueSource(
        strings = {"user@example.com", "opened:user@example.com:7", "<User+x@mail.example.com>"})
    void inTheTextsOfEventsAndLinksAreHidden(String text) {
      String quoted = "\"" + text + "\"";
      for (String field : List.of("event_id", "event_type", "source")) {
        assertThat(live(EVENTS, with(EVENT, field, quoted)))
            .isInstanceOf(Inbound.Event.class)
            .isEqualTo(live(EVENTS, with(EVENT, field, quoted)))
            .isNotEqualTo(live(EVENTS, with(EVENT, field, "\"other@example.com\"")))
            .extracting(Object::toString)
            .asString()
            .doesNotContain("example.com");
      }
      assertThat(live(LINKS, with(LINK, "source", quoted)))
          .isInstanceOf(Inbound.Link.class)
          .extracting(Object::toString)
          .asString()
          .doesNotContain("example.com");
    }

    @Test
    void asPlatformIdsAreHiddenButStillIdentify() {
      Inbound one =
          live(EVENTS, with(EVENT, "identifiers", "{\"intercom_user_id\":\" user@example.com \"}"));
      assertThat(one).isInstanceOf(Inbound.Event.class);
      assertThat(((Inbound.Event) one).identifiers())
          .containsExactly(new Identifier(1500, EMAIL_HASH));
      assertThat(
              live(
                  LINKS,
                  with(with(LINK, "type_b", "\"oauth_sub\""), "identifier_b", "\"a@x.example\"")))
          .isInstanceOf(Inbound.Link.class)
          .extracting(Object::toString)
          .asString()
          .doesNotContain("x.example");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "request_id",
          "channel",
          "provider",
          "campaign_type",
          "intent_id",
          "campaign_id",
          "template"
        })
    void inWhatRequestsPassThroughAreRefused(String field) {
      DeadLetter letter =
          deadLetter(live(SEND_REQUESTS, with(REQUEST, field, "\"jan-user@example.com\"")));
      assertThat(letter.reason()).isEqualTo(DeadLetterReason.BAD_VALUE);
      assertThat(letter.detail()).contains("\"" + field + "\"");
      assertSentence(letter.detail());
    }

    @Test
    void inTheIdOfACancelAreRefused() {
      DeadLetter letter =
          deadLetter(live(SEND_REQUESTS, with(CANCEL, "request_id", "\"user@example.com\"")));
      assertThat(letter.reason()).isEqualTo(DeadLetterReason.BAD_VALUE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"welcome@2", "template@v1.2", "@home", "a @ b.com", "user at x.com"})
    void areNotSeenInEveryAtSign(String text) {
      String quoted = "\"" + text + "\"";
      Inbound request = live(SEND_REQUESTS, with(REQUEST, "template", quoted));
      assertThat(request).isInstanceOf(Inbound.Request.class);
      assertThat(((Inbound.Request) request).request().template()).isEqualTo(text);
      Inbound event = live(EVENTS, with(EVENT, "event_id", quoted));
      assertThat(((Inbound.Event) event).observation().eventId()).isEqualTo(text);
    }
  }
}
