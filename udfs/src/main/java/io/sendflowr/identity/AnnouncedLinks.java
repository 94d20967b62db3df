package io.sendflowr.identity;

import java.util.Arrays;

/**
 * For each pair one link that was passed on lately: when it was stamped and its weight. A cache of
 * bounded size: the pairs asked for or announced last are in it, at least as many as its capacity
 * and at most twice as many.
 *
 * <p>Two generations of open addressing over primitive arrays: when the young one is full it
 * becomes the old one, and what the former old one held and nobody asked for is forgotten. So there
 * is neither an object nor a list of the recently used for each of millions of pairs: 24 bytes a
 * slot, and 1.5 to 3 slots for each pair of either generation. Not thread-safe.
 */
final class AnnouncedLinks {
  private static final long FREE = 0;

  private final int capacity;
  private Generation young;
  private Generation old;

  /**
   * @param capacity most pairs of a generation, in [1, 2^28]
   */
  AnnouncedLinks(int capacity) {
    if (capacity < 1 || capacity > 1 << 28) {
      throw new IllegalArgumentException("capacity must be in [1, 2^28], not " + capacity);
    }
    this.capacity = capacity;
    int slots = Integer.highestOneBit(capacity + (capacity + 1) / 2) << 1;
    young = new Generation(slots);
    old = new Generation(slots);
  }

  /**
   * Where the announced link of a pair is: a handle that is good until the next call of this method
   * or of {@link #put}.
   *
   * @param pair a key of {@link LinkReducer#pairKey}
   * @return negative if no link of the pair is remembered
   */
  int find(long pair) {
    int slot = young.find(pair);
    if (young.keys[slot] == pair) {
      return slot;
    }
    int former = old.find(pair);
    return old.keys[former] == pair ? insert(pair, old.times[former], old.weights[former]) : -1;
  }

  /** Stamp of the link at a handle, epoch ms. */
  long time(int handle) {
    return young.times[handle];
  }

  /** Weight of the link at a handle; 0 once it is revoked. */
  double weight(int handle) {
    return young.weights[handle];
  }

  /** Makes the link at a handle stand for nothing. */
  void revoke(int handle) {
    young.weights[handle] = 0;
  }

  /** Remembers this link of the pair and no other. */
  void put(long pair, long time, double weight) {
    int slot = young.find(pair);
    if (young.keys[slot] == pair) {
      young.set(slot, pair, time, weight);
    } else {
      insert(pair, time, weight);
    }
  }

  private int insert(long pair, long time, double weight) {
    if (young.size == capacity) {
      Generation forgotten = old;
      old = young;
      young = forgotten;
      young.clear();
    }
    int slot = young.find(pair);
    young.set(slot, pair, time, weight);
    young.size++;
    return slot;
  }

  private static final class Generation {
    final long[] keys;
    final long[] times;
    final double[] weights;
    int size;

    Generation(int slots) {
      keys = new long[slots];
      times = new long[slots];
      weights = new double[slots];
    }

    /** The slot of the pair, or the free one where it would be. */
    int find(long pair) {
      int mask = keys.length - 1;
      int slot = (int) pair & mask;
      while (keys[slot] != pair && keys[slot] != FREE) {
        slot = (slot + 1) & mask;
      }
      return slot;
    }

    void set(int slot, long pair, long time, double weight) {
      keys[slot] = pair;
      times[slot] = time;
      weights[slot] = weight;
    }

    void clear() {
      Arrays.fill(keys, FREE);
      size = 0;
    }
  }
}
