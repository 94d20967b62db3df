package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What deliveries do to schedules, from the records of a folder to those of another. */
class LatencyReplayTest {
  private static final Instant NOON = Instant.parse("2026-01-10T12:00:00Z");

  private Replays replays;

  @BeforeEach
  void givenAFolder(@TempDir Path folder) throws Exception {
    replays = new Replays(folder);
  }

  @Test
  void theMedianOfTheProviderTakesThePlaceOfTheRequestsEstimate() throws Exception {
    List<Event> events = new ArrayList<>();
    for (int message = 0; message < 20; message++) {
      // 61 s, 62 s, ... 80 s, so that the middle is between 70 s and 71 s.
      Duration took = Duration.ofSeconds(61 + message);
      Instant delivered = NOON.minusSeconds(60L * message + 1);
      events.add(event("esp", "sent", message, delivered.minus(took)));
      events.add(event("esp", "delivered", message, delivered));
      if (message > 0) {
        events.add(event("nineteen", "sent", message, delivered.minus(took)));
        events.add(event("nineteen", "delivered", message, delivered));
      }
    }
    replays.given("events", inOrder(events));
    replays.given(
        "send-requests",
        List.of(
            request("early", NOON.minusMillis(1), "esp"),
            request("now", NOON, "esp"),
            request("few", NOON, "nineteen"),
            request("other", NOON, "ESP"),
            request("none", NOON, null),
            request("soon", NOON.plusMillis(59_999), "esp"),
            request("still", NOON.plusSeconds(40 * 60 + 59), "esp"),
            request("late", NOON.plusSeconds(41 * 60), "esp")));

    Map<String, JsonNode> schedules = schedules(2);

    assertThat(latency(schedules.get("now"))).isEqualTo(70.5);
    assertThat(schedules.get("now").path("target_timestamp_utc").asText())
        .isEqualTo("2026-01-10T12:02:00Z");
    assertThat(schedules.get("now").path("trigger_timestamp_utc").asText())
        .isEqualTo("2026-01-10T12:00:49.500Z");
    assertThat(latency(schedules.get("soon"))).isEqualTo(70.5);
    assertThat(latency(schedules.get("early"))).as("nineteen before that minute").isEqualTo(240);
    assertThat(latency(schedules.get("still"))).isEqualTo(70.5);
    assertThat(latency(schedules.get("late"))).as("the oldest is too old").isEqualTo(240);
    assertThat(latency(schedules.get("few"))).isEqualTo(240);
    assertThat(latency(schedules.get("other"))).isEqualTo(240);
    assertThat(latency(schedules.get("none"))).isEqualTo(240);
  }

  @Test
  void whatIsWrittenDoesNotDependOnParallelism() throws Exception {
    Random random = new Random(17);
    List<Event> events = new ArrayList<>();
    List<String> requests = new ArrayList<>();
    for (int message = 0; message < 300; message++) {
      String provider = message % 3 == 0 ? "fast" : "esp";
      Instant sent = NOON.plusSeconds(20L * message);
      Duration took =
          Duration.ofMillis(random.nextInt(provider.equals("fast") ? 9_000 : 1_200_000));
      events.add(event(provider, "sent", message, sent));
      events.add(event(provider, "delivered", message, sent.plus(took)));
      requests.add(request("r" + message, sent, provider));
    }
    replays.given("events", inOrder(events));
    replays.given("send-requests", requests);
    Map<String, JsonNode> once = schedules(1);
    assertThat(once).hasSize(300);
    assertThat(once.values().stream().filter(s -> latency(s) != 240).count()).isGreaterThan(100);
    assertThat(once.values().stream().mapToDouble(LatencyReplayTest::latency).distinct().count())
        .isGreaterThan(20);

    for (int parallelism : new int[] {2, 4}) {
      assertThat(schedules(parallelism)).isEqualTo(once);
    }
  }

  /** By request id. */
  private Map<String, JsonNode> schedules(int parallelism) throws Exception {
    Map<String, JsonNode> schedules = new HashMap<>();
    for (JsonNode schedule : replays.run(parallelism).written("send-schedules")) {
      assertThat(schedules.put(schedule.path("request_id").asText(), schedule)).isNull();
    }
    return schedules;
  }

  private static double latency(JsonNode schedule) {
    return schedule.path("latency_estimate_seconds").asDouble();
  }

  private static Event event(String provider, String type, int message, Instant at) {
    String json =
        """
        {"event_id":"%s-%d","event_type":"%s","timestamp":"%s","source":"%s",\
        "identifiers":{"klaviyo_id":"K-%d"},"metadata":{"message_id":%d}}"""
            .formatted(type, message, type, at, provider, message, message);
    return new Event(at, json);
  }

  private record Event(Instant at, String json) {}

  /** What is not in order comes late, and is then used by another time than its own. */
  private static List<String> inOrder(List<Event> events) {
    return events.stream().sorted(Comparator.comparing(Event::at)).map(Event::json).toList();
  }

  private static String request(String id, Instant at, String provider) {
    return """
        {"request_id":"%s","timestamp":"%s","klaviyo_id":"K-0-%s","latency_estimate_seconds":240,\
        "provider":%s}"""
        .formatted(id, at, id, provider == null ? "null" : '"' + provider + '"');
  }
}
