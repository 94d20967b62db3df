package io.sendflowr.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the demo shows of a record on {@code send-schedules} (SPEC section 6).
 *
 * @param requestId request
 * @param revision 0 for the first answer
 * @param status {@code scheduled}, {@code suppressed}, {@code unreachable} or {@code cancelled}
 * @param cancelReason of a cancelled one
 * @param universalId person
 * @param target minute to aim at, of a scheduled one
 * @param trigger when to send, of a scheduled one
 * @param decidedAt event time of the decision
 * @param peakSlot slot of the week in which the person clicks most: minutes from Monday 00:00 UTC
 * @param boosts live hot paths
 * @param suppression the active suppression that ends last
 */
record ScheduleRecord(
    String requestId,
    int revision,
    String status,
    Optional<String> cancelReason,
    String universalId,
    Optional<Instant> target,
    Optional<Instant> trigger,
    Instant decidedAt,
    int peakSlot,
    List<Boost> boosts,
    Optional<Suppression> suppression) {

  static final String SCHEDULED = "scheduled";
  static final String SUPPRESSED = "suppressed";
  static final String CANCELLED = "cancelled";

  /**
   * A hot path.
   *
   * @param signal event type
   * @param factor by which it raised the score of the minute of the decision
   */
  record Boost(String signal, double factor) {}

  /**
   * A circuit breaker.
   *
   * @param reason event type
   * @param until its end; empty if it is permanent
   */
  record Suppression(String reason, Optional<Instant> until) {}

  /**
   * Reads a record.
   *
   * @throws IllegalArgumentException if it is not what SPEC says
   */
  static ScheduleRecord read(JsonNode json) {
    List<Boost> boosts = new ArrayList<>();
    for (JsonNode weight : json.path("debug").path("applied_weights")) {
      double omega = weight.path("weight").asDouble();
      if (omega > 0) {
        boosts.add(new Boost(weight.path("signal").asText(), 1 + omega));
      }
    }
    JsonNode suppression = json.path("suppression");
    return new ScheduleRecord(
        Fields.text(json, "request_id"),
        json.path("revision").asInt(),
        Fields.text(json, "status"),
        Fields.optionalText(json, "cancel_reason"),
        Fields.text(json, "universal_id"),
        Fields.optionalTime(json, "target_timestamp_utc"),
        Fields.optionalTime(json, "trigger_timestamp_utc"),
        Fields.time(json, "created_at_utc"),
        json.path("debug").path("base_curve_peak_minute").asInt(),
        List.copyOf(boosts),
        suppression.path("active").asBoolean()
            ? Optional.of(
                new Suppression(
                    Fields.text(suppression, "reason"), Fields.optionalTime(suppression, "until")))
            : Optional.empty());
  }

  boolean isScheduled() {
    return status.equals(SCHEDULED);
  }
}
