package io.sendflowr.deploy.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.sendflowr.deploy.Topics;
import io.sendflowr.deploy.chaos.ChaosStream.Entry;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * Live: while topics are silent, and then everything is, requests are decided and timers fire, each
 * within out-of-orderness and two seconds (SPEC section 2, "Event time").
 */
final class Silence {
  private static final Duration OUT_OF_ORDERNESS = Duration.ofSeconds(1);
  private static final Duration ALLOWED = OUT_OF_ORDERNESS.plusSeconds(2);
  private static final Duration ABANDONED_AFTER = Duration.ofMinutes(60);

  /** Old enough that an abandoned cart weighs more. */
  private static final Duration CLICK_AGE = Duration.ofHours(156);

  private static final Duration SILENCE = Duration.ofSeconds(30);

  /** Carts are abandoned so far apart, one of them in the silence whenever that begins. */
  private static final Duration BETWEEN_CARTS = Duration.ofSeconds(10);

  private static final int CARTS = 60;

  private static final int REQUESTS = 5;

  private final Duration patience;
  private final PrintWriter out;
  private final List<Duration> delays = new ArrayList<>();

  Silence(Duration patience, PrintWriter out) {
    this.patience = patience;
    this.out = out;
  }

  /**
   * Goes through it.
   *
   * @return whether every decision came in time
   */
  boolean run() throws Exception {
    try (Ground ground = Ground.start(1, patience)) {
      Instant start = now();
      List<Entry> history = new ArrayList<>();
      for (int i = 0; i < CARTS; i++) {
        String person = waiting(i);
        history.add(event("click-" + person, "clicked", start.minus(CLICK_AGE), person));
        history.add(event(person, "cart_add", end(start, i).minus(ABANDONED_AFTER), person));
        history.add(request(person, start.minus(Duration.ofMinutes(10)), person));
      }
      ground.produce(history);
      ground.submit(
          2, "--out-of-orderness", OUT_OF_ORDERNESS.toString(), "--delivery", "AT_LEAST_ONCE");
      ground.awaitSchedule(schedule -> id(schedule).equals(waiting(0)), patience);

      for (int i = 0; i < REQUESTS; i++) {
        for (int view = 0; view < 10; view++) {
          ground.produce(List.of(event("view-" + i + "-" + view, "site_visit", now(), "viewer")));
        }
        askAndWait(ground, "busy-" + i);
      }
      out.println("  all topics but one silent: %s".formatted(described()));

      Instant silentFrom = now();
      int cart = 0;
      while (end(start, cart).isBefore(silentFrom.plus(BETWEEN_CARTS))) {
        cart++;
      }
      Instant abandoned = end(start, cart);
      String person = waiting(cart);
      JsonNode revised =
          ground.awaitSchedule(
              schedule -> id(schedule).equals(person) && schedule.path("revision").asInt() == 1,
              Duration.between(silentFrom, abandoned).plus(patience));
      delays.add(Duration.between(abandoned, now()));
      if (!Instant.parse(revised.path("created_at_utc").asText()).equals(abandoned)
          || !revised.path("debug").toString().contains("cart_abandonment")) {
        throw new TimeoutException("a cart was abandoned, and what came is " + revised);
      }
      Duration left = SILENCE.minus(Duration.between(silentFrom, now()));
      if (!left.isNegative()) {
        Thread.sleep(left.toMillis());
      }
      askAndWait(ground, "after-silence");
      out.println(
          "  everything silent for %d s, a cart abandoned in it: %s"
              .formatted(Duration.between(silentFrom, now()).toSeconds(), described()));
      boolean inTime = delays.stream().allMatch(delay -> delay.compareTo(ALLOWED) <= 0);
      if (!inTime) {
        out.println("  FAILED: more than " + ALLOWED.toMillis() + " ms are not allowed");
      }
      return inTime;
    } catch (TimeoutException e) {
      out.println("  FAILED: " + e.getMessage());
      return false;
    }
  }

  private void askAndWait(Ground ground, String id) throws Exception {
    Instant asked = now();
    ground.produce(List.of(request(id, asked, "asker")));
    JsonNode decision = ground.awaitSchedule(schedule -> id(schedule).equals(id), patience);
    delays.add(Duration.between(asked, now()));
    if (!Instant.parse(decision.path("created_at_utc").asText()).equals(asked)) {
      throw new TimeoutException("a request that was not late was taken for late: " + decision);
    }
  }

  private String described() {
    return "from an instant to what was decided at it "
        + delays.stream().map(delay -> delay.toMillis() + " ms").toList();
  }

  private static String waiting(int cart) {
    return "waiting-" + cart;
  }

  private static Instant end(Instant start, int cart) {
    return start.plus(BETWEEN_CARTS.multipliedBy(cart));
  }

  private static String id(JsonNode schedule) {
    return schedule.path("request_id").asText();
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS);
  }

  private static Entry event(String id, String type, Instant time, String person) {
    return entry(
        Topics.EVENTS,
        """
        {"event_id":"%s","event_type":"%s","timestamp":"%s","source":"shop","identifiers":{"klaviyo_id":"%s"}}"""
            .formatted(id, type, time, person));
  }

  private static Entry request(String id, Instant time, String person) {
    return entry(
        Topics.SEND_REQUESTS,
        """
        {"request_id":"%s","timestamp":"%s","latency_estimate_seconds":60,"klaviyo_id":"%s"}"""
            .formatted(id, time, person));
  }

  private static Entry entry(String topic, String value) {
    return new Entry(topic, 0, value.getBytes(StandardCharsets.UTF_8));
  }
}
