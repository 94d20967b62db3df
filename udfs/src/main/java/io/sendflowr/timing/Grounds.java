package io.sendflowr.timing;

import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Lead;
import io.sendflowr.signal.Observation;
import java.util.List;

/**
 * Why a request was decided as it was (SPEC section 6, "Explanation"): together with the request,
 * the decision and the catalogue all that the decision was computed from.
 *
 * @param members identifiers of the person, ascending
 * @param leads how the presented identifiers that lead to the person do so, in the order in which
 *     they were presented
 * @param boosts live hot paths, by name
 * @param holds active suppressions, in the order in which they end
 * @param clicks when the clicks that count were made, ascending, epoch ms
 * @param ranking how the candidate minutes compare
 */
public record Grounds(
    List<Identifier> members,
    List<Lead> leads,
    List<Boost> boosts,
    List<Hold> holds,
    List<Long> clicks,
    Ranking ranking) {

  /** Source of a signal that no platform reported: it was derived from several events. */
  public static final String DERIVED = "derived";

  public Grounds {
    members = List.copyOf(members);
    leads = List.copyOf(leads);
    boosts = List.copyOf(boosts);
    holds = List.copyOf(holds);
    clicks = List.copyOf(clicks);
  }

  /**
   * Where a signal comes from.
   *
   * @param source platform that reported it, or {@link #DERIVED}
   * @param eventId id of the event there; null if the signal was derived
   * @param reportedTime the event's own time, epoch ms: earlier than it counts if it came late
   */
  public record Origin(String source, String eventId, long reportedTime) {

    /** The origin of a signal that is an event. */
    public static Origin of(Observation event) {
      return new Origin(event.source(), event.eventId(), event.reportedTime());
    }

    /** The origin of a signal that was derived from several events. */
    public static Origin derived(long time) {
      return new Origin(DERIVED, null, time);
    }
  }

  /**
   * A live hot path.
   *
   * @param signal event type or derived signal
   * @param time from when it counts, epoch ms
   * @param weight ω at the instant of the decision
   * @param origin where it comes from
   */
  public record Boost(String signal, long time, double weight, Origin origin) {}

  /**
   * An active suppression.
   *
   * @param reason event type or derived signal
   * @param start epoch ms
   * @param end epoch ms, {@link Long#MAX_VALUE} if it does not end by itself
   * @param origin where it comes from
   */
  public record Hold(String reason, long start, long end, Origin origin) {}
}
