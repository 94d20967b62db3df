package io.sendflowr.signal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Of one event that was reported several times the earliest stamp stands, for as long as its effect
 * lasts (SPEC section 3). A report stamped later than that is a new event.
 */
public final class DistinctEvents {
  private DistinctEvents() {}

  private record EventKey(String source, String eventId) {}

  /**
   * The reports that stand.
   *
   * @param reports in any order
   * @param order {@link Observation#ORDER}, or an order that refines it
   * @param observation the event of a report
   * @param horizon how long events act
   * @return in {@code order}
   */
  public static <T> List<T> of(
      List<T> reports, Comparator<T> order, Function<T, Observation> observation, Horizon horizon) {
    List<T> sorted = new ArrayList<>(reports);
    sorted.sort(order);
    List<T> distinct = new ArrayList<>(sorted.size());
    Map<EventKey, Observation> standing = new HashMap<>(2 * sorted.size());
    for (T report : sorted) {
      Observation event = observation.apply(report);
      EventKey key = new EventKey(event.source(), event.eventId());
      Observation first = standing.putIfAbsent(key, event);
      if (first == null) {
        distinct.add(report);
      } else if (event.time() >= horizon.of(first)) {
        standing.put(key, event);
        distinct.add(report);
      }
    }
    return distinct;
  }
}
