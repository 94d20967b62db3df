package io.sendflowr.signal;

import java.util.List;

/**
 * What of a person's events is effective at an instant (SPEC section 6, "Revisions"). Two of them
 * that are equal lead to the same decision, but for the passing of time.
 *
 * @param hotPaths latest live signal of each hot path, by name
 * @param suppressions active ones, by {@link Suppression#BY_END}
 * @param clicks the newest clicks that count, in {@link Observation#ORDER}
 */
public record EffectiveSignals(
    List<Signal> hotPaths, List<Suppression> suppressions, List<Observation> clicks) {

  public EffectiveSignals {
    hotPaths = List.copyOf(hotPaths);
    suppressions = List.copyOf(suppressions);
    clicks = List.copyOf(clicks);
  }

  /** Whether the person is suppressed. */
  public boolean isSuppressed() {
    return !suppressions.isEmpty();
  }

  /** The suppression that is given as the reason; only if {@link #isSuppressed}. */
  public Suppression leadingSuppression() {
    return suppressions.get(suppressions.size() - 1);
  }

  /** Whether anything of it begins at an instant (epoch ms), and was not there before. */
  public boolean isNewAt(long instant) {
    // Clicks are in the order of time.
    return (!clicks.isEmpty() && clicks.get(clicks.size() - 1).time() == instant)
        || hotPaths.stream().anyMatch(signal -> signal.time() == instant)
        || suppressions.stream().anyMatch(suppression -> suppression.start() == instant);
  }
}
