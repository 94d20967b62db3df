package io.sendflowr.signal;

import java.time.Duration;

/**
 * When it is a key's turn to be looked after: every so often, and for each key at another time. If
 * all keys had theirs at the same instants, nothing else would be done until all of them were
 * through: with 600,000 identifiers the whole job stood still for twenty seconds four times a day.
 *
 * <p>It was like that in the first version, where turns began at 0 o'clock UTC; savepoints of it
 * hold timers of such instants, so these are turns of every key as well, though none is set there
 * any more.
 */
public final class Turns {
  private final long step;

  /**
   * @param step time from a turn of a key to its next, at least 1 ms
   * @throws IllegalArgumentException if it is shorter
   */
  public Turns(Duration step) {
    this.step = step.toMillis();
    if (this.step < 1) {
      throw new IllegalArgumentException("Turns are at least a millisecond apart, not " + step);
    }
  }

  /** The first turn of a key at or after an instant; epoch ms. */
  public long atOrAfter(long key, long instant) {
    long phase = Math.floorMod(key * 0x9E3779B97F4A7C15L, step);
    return firstVersionAtOrAfter(instant - phase) + phase;
  }

  /** When that would have been in the first version. */
  public long firstVersionAtOrAfter(long instant) {
    return -Math.floorDiv(-instant, step) * step;
  }

  /** Whether it is a key's turn at an instant (epoch ms). */
  public boolean isAt(long key, long instant) {
    return atOrAfter(key, instant) == instant || firstVersionAtOrAfter(instant) == instant;
  }
}
