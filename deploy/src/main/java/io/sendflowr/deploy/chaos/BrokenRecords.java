package io.sendflowr.deploy.chaos;

import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.deploy.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/**
 * Records that cannot be used, of every kind that was ever seen on a topic, each unlike all others.
 */
final class BrokenRecords {
  /** Long ones are few, or they would be most of the stream. */
  private static final int LONG_EVERY = 250;

  private static final int DEPTH = 5_000;

  private static final List<String> TIMES =
      List.of(
          "\"yesterday\"",
          "\"2026-13-01T00:00:00Z\"",
          "\"2026-02-30T00:00:00Z\"",
          "\"2026-01-10 12:00:00\"",
          "\"2026-01-10T25:00:00Z\"",
          "\"10/01/2026\"",
          "\"\"",
          "\" \"",
          "1768046400",
          "1768046400.5",
          "-1",
          "true",
          "{}",
          "[]",
          "\"+1000000000-01-01T00:00:00Z\"",
          "\"2034-05-24T10:13:34Z\"");

  private final Random random;

  BrokenRecords(Random random) {
    this.random = random;
  }

  /**
   * A record that cannot be used.
   *
   * @param number no other record has it
   * @param received when the record was received, as far as it says
   */
  ChaosStream.Entry record(int number, Instant received) {
    if (number % LONG_EVERY == 0) {
      return entry(tooLong(number, received));
    }
    return switch (random.nextInt(14)) {
      case 0 -> entry(truncated(number, received));
      case 1 -> entry("{\"event_id\":\"x%d\",\"event_type\":7}".formatted(number));
      case 2 -> entry("[\"x%d\"]".formatted(number));
      case 3 -> entry("\"x%d\"".formatted(number));
      case 4 -> entry("x%d".formatted(number));
      case 5 -> entry("[".repeat(DEPTH) + number);
      case 6 -> entry(deep(number, received));
      case 7 -> invalidUtf8(number);
      case 8 -> entry("\0\0{\"event_id\":\"x%d\"}\0".formatted(number));
      case 9 -> entry(event(number, received, TIMES.get(random.nextInt(TIMES.size())), NOBODY));
      case 10 -> entry(event(number, received, quoted(received), NOBODY));
      case 11 -> entry(event(number, received, quoted(received), FLOAT));
      case 12 -> request(number, received);
      default -> link(number, received);
    };
  }

  private static final String NOBODY = "{\"email\":\"noreply@example.com\",\"device_id\":\"0\"}";
  private static final String FLOAT = "{\"shopify_customer_id\":1.5e300}";

  private static String event(int number, Instant received, String time, String identifiers) {
    return """
        {"event_id":"x%d","event_type":"product_view","source":"shop","received_at":"%s","timestamp":%s,"identifiers":%s}"""
        .formatted(number, received, time, identifiers);
  }

  private String truncated(int number, Instant received) {
    String whole = event(number, received, quoted(received), "{\"klaviyo_id\":\"k_1\"}");
    return whole.substring(0, 20 + random.nextInt(whole.length() - 21));
  }

  private static String deep(int number, Instant received) {
    return event(number, received, quoted(received), "{\"klaviyo_id\":")
        + "{\"a\":".repeat(DEPTH)
        + "1"
        + "}".repeat(DEPTH + 2);
  }

  private static String tooLong(int number, Instant received) {
    return event(
        number,
        received,
        quoted(received),
        "{\"klaviyo_id\":\"" + "k".repeat(RecordReader.MAX_BYTES) + "\"}");
  }

  private static ChaosStream.Entry invalidUtf8(int number) {
    byte[] value = "{\"event_id\":\"x%d??\"}".formatted(number).getBytes(StandardCharsets.UTF_8);
    value[value.length - 3] = (byte) 0xC3;
    value[value.length - 4] = (byte) 0xFF;
    return new ChaosStream.Entry(Topics.EVENTS, number, value);
  }

  private ChaosStream.Entry request(int number, Instant received) {
    String window =
        switch (random.nextInt(3)) {
          case 0 -> "\"send_before\":\"2020-01-01T00:00:00Z\"";
          case 1 -> "\"latency_estimate_seconds\":-3";
          default -> "\"latency_estimate_seconds\":\"soon\"";
        };
    return new ChaosStream.Entry(
        Topics.SEND_REQUESTS,
        number,
        """
        {"request_id":"x%d","timestamp":"%s","klaviyo_id":"k_1",%s}"""
            .formatted(number, received, window)
            .getBytes(StandardCharsets.UTF_8));
  }

  private ChaosStream.Entry link(int number, Instant received) {
    String weight =
        switch (random.nextInt(3)) {
          case 0 -> "1.5";
          case 1 -> "0";
          default -> "\"heavy\"";
        };
    return new ChaosStream.Entry(
        Topics.LINKS,
        number,
        """
        {"identifier_a":"x%d","type_a":"klaviyo_id","identifier_b":"y%d","type_b":"esp_user_id",\
        "weight":%s,"timestamp":"%s"}"""
            .formatted(number, number, weight, received)
            .getBytes(StandardCharsets.UTF_8));
  }

  private static String quoted(Instant time) {
    return "\"" + time + "\"";
  }

  private ChaosStream.Entry entry(String value) {
    String topic = random.nextInt(4) == 0 ? Topics.WEBHOOKS : Topics.EVENTS;
    return new ChaosStream.Entry(
        topic, random.nextInt(1000), value.getBytes(StandardCharsets.UTF_8));
  }
}
