package io.sendflowr.timing;

/** The week as 10,080 minute slots in UTC; slot 0 is Monday 00:00 (SPEC section 6, "Time grid"). */
public final class WeekGrid {
  /** Slots of a week. */
  public static final int SLOTS = 7 * 24 * 60;

  /** Milliseconds of a minute. */
  public static final long MINUTE = 60_000L;

  // 1970-01-01 was a Thursday.
  private static final long EPOCH_SLOT = 3 * 24 * 60;

  private WeekGrid() {}

  /** The slot, 0 to 10,079, in which an instant (epoch ms) lies. */
  public static int slot(long instant) {
    return (int) Math.floorMod(Math.floorDiv(instant, MINUTE) + EPOCH_SLOT, (long) SLOTS);
  }

  /**
   * How many whole minutes there are from a whole minute on, before {@code end} (both epoch ms); at
   * least 0.
   */
  public static int minutesBetween(long first, long end) {
    return (int) Math.max(0, -Math.floorDiv(first - end, MINUTE));
  }

  /** The first whole minute (epoch ms) at or after an instant. */
  public static long minuteAtOrAfter(long instant) {
    return -Math.floorDiv(-instant, MINUTE) * MINUTE;
  }
}
