package io.sendflowr.identity;

/** Mixing of 64-bit keys that are already hashes. */
final class Hashes {
  private static final long FIRST = 0xff51afd7ed558ccdL;
  private static final long SECOND = 0xc4ceb9fe1a85ec53L;
  private static final int SHIFT = 33;

  private Hashes() {}

  /** Spreads every bit over all (the finaliser of MurmurHash3, 64 bits). */
  static long spread(long key) {
    long hash = key;
    hash = (hash ^ (hash >>> SHIFT)) * FIRST;
    hash = (hash ^ (hash >>> SHIFT)) * SECOND;
    return hash ^ (hash >>> SHIFT);
  }

  /** One key of two, whose order matters. */
  static long pair(long first, long second) {
    return spread(spread(first) + second);
  }
}
