package io.sendflowr.latency;

import java.time.Duration;

/** The numbers of SPEC section 7, and what follows from them. */
public final class LatencyRule {
  /** A message that is delivered later than this after it was sent, in ms, is no sample. */
  public static final long LONGEST_DELIVERY = Duration.ofHours(1).toMillis();

  /** Milliseconds during which a sample counts. */
  public static final long WINDOW = Duration.ofMinutes(60).toMillis();

  /** Fewer samples say nothing. */
  public static final int MIN_SAMPLES = 20;

  /** Longest latency that is estimated, in ms. */
  public static final long CAP = Duration.ofSeconds(900).toMillis();

  /** Milliseconds of a minute: estimates are made of whole ones. */
  public static final long MINUTE = Duration.ofMinutes(1).toMillis();

  private LatencyRule() {}

  /** The whole minute (epoch ms) in which an instant (epoch ms) lies. */
  public static long minuteOf(long instant) {
    return Math.floorDiv(instant, MINUTE) * MINUTE;
  }

  /** The first whole minute (epoch ms) whose estimate counts what was delivered in a minute. */
  public static long countsFrom(long minute) {
    return minute + MINUTE;
  }

  /** The first whole minute (epoch ms) whose estimate does not count it any more. */
  public static long countsUntil(long minute) {
    return minute + MINUTE + WINDOW;
  }

  /**
   * The capped median in ms, rounded half up.
   *
   * @param lower the middle one of the samples, or of an even number of them the lower of the two
   * @param upper the same one, or the upper of the two
   */
  public static long median(long lower, long upper) {
    return Math.min((lower + upper + 1) / 2, CAP);
  }

  /**
   * A latency as it is counted. What is twice the cap is capped in the mean with any other, so that
   * longer ones need not be told apart.
   */
  public static long counted(long millis) {
    return Math.min(millis, 2 * CAP);
  }
}
