package io.sendflowr.signal;

import java.io.Serializable;
import java.util.Comparator;

/**
 * An event of a person, reduced to what rules need (SPEC section 3).
 *
 * @param source platform that reported it
 * @param eventId its id there
 * @param type canonical event type
 * @param time effective event time, epoch ms: its own, or, if it came late, the watermark reached
 *     then
 * @param reportedTime its own event time, epoch ms
 */
public record Observation(String source, String eventId, String type, long time, long reportedTime)
    implements Serializable {

  /** Time, then source, then event id: the order in which rules look at events. */
  public static final Comparator<Observation> ORDER =
      (one, other) -> {
        // Nearly always the time tells, and lists of events are sorted at every decision.
        int order = Long.compare(one.time(), other.time());
        if (order == 0) {
          order = one.source().compareTo(other.source());
        }
        if (order == 0) {
          order = one.eventId().compareTo(other.eventId());
        }
        return order == 0 ? one.type().compareTo(other.type()) : order;
      };
}
