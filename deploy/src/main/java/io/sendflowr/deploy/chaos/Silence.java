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
  private static final Duration TICKET_WINDOW = Duration.ofHours(48);
  private static final Duration SILENCE = Duration.ofSeconds(30);

  /** When the ticket's window ends: in the middle of the silence. */
  private static final Duration TICKET_ENDS_IN = Duration.ofSeconds(60);

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
      Instant ticketEnds = now().plus(TICKET_ENDS_IN);
      ground.produce(
          List.of(
              event("ticket", "support_ticket", ticketEnds.minus(TICKET_WINDOW), "waiting"),
              request("waiting", now().minus(Duration.ofHours(1)), "waiting")));
      ground.submit(
          2, "--out-of-orderness", OUT_OF_ORDERNESS.toString(), "--delivery", "AT_LEAST_ONCE");
      ground.awaitSchedule(schedule -> id(schedule).equals("waiting"), patience);

      for (int i = 0; i < REQUESTS; i++) {
        for (int view = 0; view < 10; view++) {
          ground.produce(List.of(event("view-" + i + "-" + view, "site_visit", now(), "viewer")));
        }
        askAndWait(ground, "busy-" + i);
      }
      out.println("  all topics but one silent: %s".formatted(described()));

      Instant silentFrom = now();
      JsonNode revised =
          ground.awaitSchedule(
              schedule -> id(schedule).equals("waiting") && schedule.path("revision").asInt() == 1,
              Duration.between(silentFrom, ticketEnds).plus(patience));
      delays.add(Duration.between(ticketEnds, now()));
      if (!Instant.parse(revised.path("created_at_utc").asText()).equals(ticketEnds)
          || revised.at("/suppression/active").asBoolean()) {
        throw new TimeoutException("a ticket's window ended, and what came is " + revised);
      }
      Duration left = SILENCE.minus(Duration.between(silentFrom, now()));
      if (!left.isNegative()) {
        Thread.sleep(left.toMillis());
      }
      askAndWait(ground, "after-silence");
      out.println(
          "  everything silent for %d s, a ticket's window ended in it: %s"
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
        {"request_id":"%s","timestamp":"%s","klaviyo_id":"%s"}"""
            .formatted(id, time, person));
  }

  private static Entry entry(String topic, String value) {
    return new Entry(topic, 0, value.getBytes(StandardCharsets.UTF_8));
  }
}
