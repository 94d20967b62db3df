package io.sendflowr.deploy.chaos;

import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.deploy.Topics;
import io.sendflowr.deploy.chaos.ChaosStream.Entry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Records that cannot be used, of every kind that was ever seen on a topic, each unlike all others.
 * Kinds take turns, so that a few hundred records have all of them.
 */
final class BrokenRecords {
  /** Long ones are few, or they would be most of the stream. */
  private static final int LONG_EVERY = 250;

  private static final int DEPTH = 5_000;

  /** As long as a text can be in a record that is read at all. */
  private static final int LONG_TEXT = RecordReader.MAX_BYTES - 1_000;

  private static final String NOBODY = "{\"email\":\"noreply@example.com\",\"device_id\":\"0\"}";
  private static final String SOMEBODY = "{\"klaviyo_id\":\"k_1\"}";

  private static final List<String> TIMES =
      List.of(
          "\"yesterday\"",
          "\"2026-13-01T00:00:00Z\"",
          "\"2026-02-30T00:00:00Z\"",
          "\"2018-19-12T22:20:32.000Z\"",
          "\"2026-01-10\"",
          "\"2026-01-10T12:00:00\"",
          "\"2026-01-10 12:00:00\"",
          "\"2026-01-10 12:00:00Z\"",
          "\"2026-01-10T25:00:00Z\"",
          "\"2026-01-10T24:00:00Z\"",
          "\"2026-01-10T12:60:00Z\"",
          "\"2026-01-10T12:00:60Z\"",
          "\"2026-01-10T12:00:00+25:00\"",
          "\"20260110T120000Z\"",
          "\"2026-W02-6T12:00:00Z\"",
          "\"2026-010T12:00:00Z\"",
          "\"10/01/2026\"",
          "\"10.01.2026\"",
          "\"Sat, 10 Jan 2026 12:00:00 GMT\"",
          "\"1768046400\"",
          "\"1768046400000\"",
          "\"\"",
          "\" \"",
          "\"null\"",
          "null",
          "1768046400",
          "1768046400000",
          "1768046400.5",
          "1.7680464e9",
          "-1",
          "true",
          "{}",
          "[]",
          "[\"2026-01-10T12:00:00Z\"]",
          "\"0000-01-01T00:00:00Z\"",
          "\"-0001-01-01T00:00:00Z\"",
          "\"+1000000000-01-01T00:00:00Z\"",
          // Of a broken clock.
          "\"2034-05-24T10:13:34Z\"");

  /** Identifiers of which none can be used: a float, for one, may have lost digits. */
  private static final List<String> NO_IDENTIFIERS =
      List.of(
          NOBODY,
          "{\"shopify_customer_id\":1.5e300}",
          "{\"shopify_customer_id\":7000000000001.0}",
          "{\"shopify_customer_id\":7.5}",
          "{\"shopify_customer_id\":7e12}",
          "{\"klaviyo_id\":-0.0}",
          "{\"klaviyo_id\":[1.5,2.5]}",
          "{\"klaviyo_id\":true}",
          "{\"klaviyo_id\":null}",
          "{\"klaviyo_id\":{\"id\":\"k_1\"}}",
          "{\"klaviyo_id\":[[\"k_1\"]]}",
          "{\"klaviyo_id\":\"k\\u0000_1\"}",
          "{\"klaviyo_id\":\"k\\ud800_1\"}",
          "{\"no_such_type\":\"k_1\"}",
          "{}",
          "[]",
          "[\"k_1\"]",
          "\"k_1\"",
          "7",
          "null");

  private static final List<String> NO_EVENT_TYPES =
      List.of("{}", "[]", "[\"product_view\"]", "null", "\"\"", "\" \"", "\"v\\udc00\"");

  private static final List<String> NO_WEIGHTS =
      List.of("1.5", "0", "-1", "1e400", "\"heavy\"", "\"1\"", "true", "{}", "[1]");

  private static final List<String> NO_WINDOWS =
      List.of(
          "\"send_before\":\"2020-01-01T00:00:00Z\"",
          "\"send_before\":\"2034-01-01T00:00:00Z\"",
          "\"send_before\":\"soon\"",
          "\"send_after\":7",
          "\"latency_estimate_seconds\":-3",
          "\"latency_estimate_seconds\":3601",
          "\"latency_estimate_seconds\":1e400",
          "\"latency_estimate_seconds\":\"soon\"",
          "\"latency_estimate_seconds\":{}",
          "\"channel\":{}",
          "\"provider\":[\"klaviyo\"]",
          "\"template\":\"to ann@example.com\"",
          "\"op\":\"forget\"",
          "\"op\":[]");

  private static final List<Kind> KINDS = kinds();

  private static final List<Kind> LONG_KINDS =
      List.of(
          // Longer than what is read.
          (number, received) ->
              eventOrWebhook(
                  number, event(number, received, identifier("k".repeat(RecordReader.MAX_BYTES)))),
          // And texts that are read, and are too long to be used.
          (number, received) ->
              eventOrWebhook(number, event(number, received, identifier("k".repeat(LONG_TEXT)))),
          (number, received) ->
              eventOrWebhook(
                  number,
                  "{\"event_id\":\"x%d\",\"event_type\":\"%s\",\"timestamp\":\"%s\",\"identifiers\":%s}"
                      .formatted(number, "v".repeat(LONG_TEXT), received, SOMEBODY)),
          (number, received) ->
              on(
                  Topics.SEND_REQUESTS,
                  number,
                  "{\"request_id\":\"x%d%s\",\"timestamp\":\"%s\",\"klaviyo_id\":\"k_1\"}"
                      .formatted(number, "r".repeat(LONG_TEXT), received)));

  private BrokenRecords() {}

  /** A way to be of no use. */
  private interface Kind {
    Entry record(int number, Instant received);
  }

  /**
   * A record that cannot be used.
   *
   * @param number no other record has it
   * @param received when the record was received, as far as it says
   */
  static Entry of(int number, Instant received) {
    if (number % LONG_EVERY == 0) {
      return LONG_KINDS.get(number / LONG_EVERY % LONG_KINDS.size()).record(number, received);
    }
    return KINDS.get(number % KINDS.size()).record(number, received);
  }

  private static List<Kind> kinds() {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(BrokenRecords::truncated);
    kinds.add((number, received) -> eventOrWebhook(number, "[\"x%d\"]".formatted(number)));
    kinds.add((number, received) -> eventOrWebhook(number, "\"x%d\"".formatted(number)));
    kinds.add((number, received) -> eventOrWebhook(number, "x%d".formatted(number)));
    kinds.add((number, received) -> eventOrWebhook(number, "%d".formatted(number)));
    kinds.add(
        (number, received) -> eventOrWebhook(number, "{\"event_id\":\"x%d\",}".formatted(number)));
    kinds.add((number, received) -> eventOrWebhook(number, "{'event_id':'x%d'}".formatted(number)));
    kinds.add(
        (number, received) -> eventOrWebhook(number, "{\"event_id\":\"x%d\"}".formatted(number)));
    kinds.add(
        (number, received) ->
            eventOrWebhook(number, "{\"event_id\":\"x%d\"} {}".formatted(number)));
    kinds.add(
        (number, received) ->
            eventOrWebhook(number, "{\"event_id\":NaN,\"x\":%d}".formatted(number)));
    // Nested deeply, as lists, as objects, and where an identifier should be.
    kinds.add((number, received) -> eventOrWebhook(number, "[".repeat(DEPTH) + number));
    kinds.add(
        (number, received) ->
            eventOrWebhook(number, "{\"a\":".repeat(DEPTH) + number + "}".repeat(DEPTH)));
    kinds.add(
        (number, received) ->
            eventOrWebhook(
                number,
                event(
                    number,
                    received,
                    identifiersOf("{\"a\":".repeat(DEPTH) + "1" + "}".repeat(DEPTH)))));
    // NUL bytes: around it, inside a text, and nothing but them.
    kinds.add(
        (number, received) ->
            eventOrWebhook(number, "\0\0{\"event_id\":\"x%d\"}\0".formatted(number)));
    kinds.add(
        (number, received) -> eventOrWebhook(number, event(number, received, identifier("k\0_1"))));
    kinds.add((number, received) -> eventOrWebhook(number, "\0".repeat(64) + number));
    // Not UTF-8: a lone byte, a surrogate, one that is overlong, and half a character.
    for (byte[] wrong :
        new byte[][] {
          {(byte) 0xFF, (byte) 0xC3},
          {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
          {(byte) 0xC0, (byte) 0xAF},
          {(byte) 0xE2, (byte) 0x82}
        }) {
      kinds.add((number, received) -> invalidUtf8(number, wrong));
    }
    for (String type : NO_EVENT_TYPES) {
      kinds.add(
          (number, received) ->
              on(
                  Topics.EVENTS,
                  number,
                  "{\"event_id\":\"x%d\",\"event_type\":%s,\"timestamp\":\"%s\",\"identifiers\":%s}"
                      .formatted(number, type, received, SOMEBODY)));
    }
    for (String identifiers : NO_IDENTIFIERS) {
      kinds.add(
          (number, received) -> on(Topics.EVENTS, number, event(number, received, identifiers)));
    }
    for (String weight : NO_WEIGHTS) {
      kinds.add(
          (number, received) ->
              on(Topics.LINKS, number, link(number, received, weight, quoted(received))));
    }
    for (String window : NO_WINDOWS) {
      kinds.add(
          (number, received) ->
              on(
                  Topics.SEND_REQUESTS,
                  number,
                  request(number, received, quoted(received), "," + window)));
    }
    for (String time : TIMES) {
      kinds.add(
          (number, received) -> on(Topics.EVENTS, number, event(number, received, time, SOMEBODY)));
      kinds.add((number, received) -> on(Topics.LINKS, number, link(number, received, "1", time)));
      kinds.add(
          (number, received) ->
              on(Topics.SEND_REQUESTS, number, request(number, received, time, "")));
    }
    return kinds;
  }

  private static String event(int number, Instant received, String identifiers) {
    return event(number, received, quoted(received), identifiers);
  }

  private static String event(int number, Instant received, String time, String identifiers) {
    return """
        {"event_id":"x%d","event_type":"product_view","source":"shop","received_at":"%s","timestamp":%s,"identifiers":%s}"""
        .formatted(number, received, time, identifiers);
  }

  private static String link(int number, Instant received, String weight, String time) {
    return """
        {"identifier_a":"x%d","type_a":"klaviyo_id","identifier_b":"y%d","type_b":"esp_user_id",\
        "weight":%s,"received_at":"%s","timestamp":%s}"""
        .formatted(number, number, weight, received, time);
  }

  private static String request(int number, Instant received, String time, String more) {
    return """
        {"request_id":"x%d","received_at":"%s","timestamp":%s,"klaviyo_id":"k_1"%s}"""
        .formatted(number, received, time, more);
  }

  private static String identifier(String value) {
    return identifiersOf("\"" + value + "\"");
  }

  private static String identifiersOf(String value) {
    return "{\"klaviyo_id\":" + value + "}";
  }

  private static Entry truncated(int number, Instant received) {
    String whole = event(number, received, SOMEBODY);
    // Its number stays, because it is that of no other.
    return eventOrWebhook(number, whole.substring(0, 20 + number % (whole.length() - 20)));
  }

  private static Entry invalidUtf8(int number, byte[] wrong) {
    byte[] before = "{\"event_id\":\"x%d".formatted(number).getBytes(StandardCharsets.UTF_8);
    byte[] after = "\"}".getBytes(StandardCharsets.UTF_8);
    byte[] value = new byte[before.length + wrong.length + after.length];
    System.arraycopy(before, 0, value, 0, before.length);
    System.arraycopy(wrong, 0, value, before.length, wrong.length);
    System.arraycopy(after, 0, value, before.length + wrong.length, after.length);
    return Entry.unusable(Topics.EVENTS, number, value);
  }

  private static String quoted(Instant time) {
    return "\"" + time + "\"";
  }

  private static Entry eventOrWebhook(int number, String value) {
    return on(number / 7 % 4 == 0 ? Topics.WEBHOOKS : Topics.EVENTS, number, value);
  }

  private static Entry on(String topic, int number, String value) {
    return Entry.unusable(topic, number, value.getBytes(StandardCharsets.UTF_8));
  }
}
