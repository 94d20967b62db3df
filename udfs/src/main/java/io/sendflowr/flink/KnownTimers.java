package io.sendflowr.flink;

/**
 * Timers of an operator that are known to be set. To set one that is set already costs a write to
 * RocksDB, and the events of a busy key ask for the same few again and again: nearly a twentieth of
 * what an event cost. What does not fit is forgotten, and set once more. Not thread-safe.
 */
public final class KnownTimers {
  private static final int BITS = 18;

  private final long[] keys = new long[1 << BITS];
  private final long[] times = new long[1 << BITS];

  /**
   * Notes a timer.
   *
   * @param time in the future, epoch ms, and not 0
   * @return whether it was not known to be set
   */
  public boolean add(long key, long time) {
    int slot = slot(key, time);
    if (keys[slot] == key && times[slot] == time) {
      return false;
    }
    keys[slot] = key;
    times[slot] = time;
    return true;
  }

  /** Notes that a timer was deleted. */
  public void remove(long key, long time) {
    int slot = slot(key, time);
    if (keys[slot] == key) {
      times[slot] = 0;
    }
  }

  private static int slot(long key, long time) {
    return (int) (((key ^ (time * 0x9E3779B97F4A7C15L)) * 0x9E3779B97F4A7C15L) >>> (64 - BITS));
  }
}
