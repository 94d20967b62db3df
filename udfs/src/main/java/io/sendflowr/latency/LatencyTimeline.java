package io.sendflowr.latency;

import java.util.ArrayList;
import java.util.List;

/**
 * What was estimated of one provider over some time. Immutable.
 *
 * @param estimates ascending by the minute from which they hold
 */
public record LatencyTimeline(List<LatencyEstimate> estimates) {
  /** Nothing was ever estimated. */
  public static final LatencyTimeline EMPTY = new LatencyTimeline(List.of());

  public LatencyTimeline {
    estimates = List.copyOf(estimates);
  }

  /** The same with one estimate more, which holds from later on than all others. */
  public LatencyTimeline with(LatencyEstimate estimate) {
    List<LatencyEstimate> more = new ArrayList<>(estimates.size() + 1);
    more.addAll(estimates);
    more.add(estimate);
    return new LatencyTimeline(more);
  }

  /** The latency that is known at an instant (epoch ms), or null. */
  public Latency at(long instant) {
    int last = lastAt(instant);
    return last < 0 ? null : estimates.get(last).latency();
  }

  /** What of it is needed at an instant (epoch ms) and later: empty if that is nothing. */
  public LatencyTimeline since(long instant) {
    int first = Math.max(0, lastAt(instant));
    while (first < estimates.size() && estimates.get(first).latency() == null) {
      first++;
    }
    return first == 0 ? this : new LatencyTimeline(estimates.subList(first, estimates.size()));
  }

  /** Index of the estimate that holds at an instant; −1 if none does. */
  private int lastAt(long instant) {
    int last = estimates.size() - 1;
    while (last >= 0 && estimates.get(last).from() > instant) {
      last--;
    }
    return last;
  }
}
