package io.sendflowr.identity.store;

import java.util.Arrays;
import java.util.function.IntToLongFunction;

/**
 * From a 64-bit key to the row that has it: open addressing over ints, where the keys themselves
 * stand in the rows. It is cut into shards by the first bits of the key, which are those of a hash,
 * so that it grows a little here and there and never all at once.
 */
final class KeyIndex {
  static final int NONE = -1;

  private static final int SHARD_BITS = 10;
  private static final int FIRST_CAPACITY = 4;
  private static final int HALF_BITS = 32;
  private static final int ROW_BITS = 27;
  private static final int MAX_ROWS = (1 << ROW_BITS) - 1;
  private static final int TAG_MASK = -(1 << ROW_BITS);

  private final IntToLongFunction keyOf;
  // A slot holds row + 1, so that 0 is free, and some bits of the key, so that few keys of others
  // are read.
  private final int[][] shards = new int[1 << SHARD_BITS][];
  private final int[] sizes = new int[1 << SHARD_BITS];
  private long lastKey;
  private int lastRow;
  private boolean isLastKnown;

  /**
   * @param keyOf the key of a row
   */
  KeyIndex(IntToLongFunction keyOf) {
    this.keyOf = keyOf;
  }

  /**
   * The row that has a key, or {@link #NONE}. An event asks several times in a row for the same
   * one, and where there are many each search waits for memory: together an eighth of what
   * resolving an event took.
   */
  int find(long key) {
    if (key != lastKey || !isLastKnown) {
      lastRow = search(key);
      lastKey = key;
      isLastKnown = true;
    }
    return lastRow;
  }

  private int search(long key) {
    int[] slots = shards[shard(key)];
    if (slots == null) {
      return NONE;
    }
    int tag = tag(key);
    for (int i = home(key, slots.length); slots[i] != 0; i = next(i, slots.length)) {
      if ((slots[i] & TAG_MASK) == tag && keyOf.applyAsLong(row(slots[i])) == key) {
        return row(slots[i]);
      }
    }
    return NONE;
  }

  /**
   * Adds a row whose key no row here has.
   *
   * @throws IllegalStateException if there are more rows than it can tell apart
   */
  void add(long key, int row) {
    if (row >= MAX_ROWS) {
      throw new IllegalStateException(
          "The link graph holds " + MAX_ROWS + " identifiers, and no more fit");
    }
    int shard = shard(key);
    int[] slots = shards[shard];
    if (slots == null) {
      slots = new int[FIRST_CAPACITY];
      shards[shard] = slots;
    } else if (sizes[shard] >= slots.length - (slots.length >> 2)) {
      slots = grown(slots);
      shards[shard] = slots;
    }
    place(slots, key, row);
    sizes[shard]++;
    isLastKnown = false;
  }

  /** Takes out a row that is here. */
  void remove(long key) {
    isLastKnown = false;
    int shard = shard(key);
    int[] slots = shards[shard];
    int hole = home(key, slots.length);
    while (keyOf.applyAsLong(row(slots[hole])) != key) {
      hole = next(hole, slots.length);
    }
    // Whoever stands behind the hole and could stand in it moves up, so that no search ends early.
    int i = hole;
    while (true) {
      i = next(i, slots.length);
      if (slots[i] == 0) {
        break;
      }
      int home = home(keyOf.applyAsLong(row(slots[i])), slots.length);
      boolean reaches = hole <= i ? (home <= hole || home > i) : (home <= hole && home > i);
      if (reaches) {
        slots[hole] = slots[i];
        hole = i;
      }
    }
    slots[hole] = 0;
    sizes[shard]--;
  }

  /** Heap bytes of all shards. */
  long bytes() {
    return Arrays.stream(shards)
        .filter(slots -> slots != null)
        .mapToLong(slots -> (long) slots.length * Integer.BYTES)
        .sum();
  }

  private int[] grown(int[] slots) {
    // By a half only: slack is what costs.
    int[] larger = new int[slots.length + Math.max(FIRST_CAPACITY, slots.length >> 1)];
    for (int slot : slots) {
      if (slot != 0) {
        place(larger, keyOf.applyAsLong(row(slot)), row(slot));
      }
    }
    return larger;
  }

  private static void place(int[] slots, long key, int row) {
    int i = home(key, slots.length);
    while (slots[i] != 0) {
      i = next(i, slots.length);
    }
    slots[i] = tag(key) | (row + 1);
  }

  private static int row(int slot) {
    return (slot & ~TAG_MASK) - 1;
  }

  private static int tag(long key) {
    return (int) (key >>> HALF_BITS) << ROW_BITS;
  }

  private static int shard(long key) {
    return (int) (key >>> (Long.SIZE - SHARD_BITS));
  }

  private static int home(long key, int capacity) {
    return (int) (((key & 0xffffffffL) * capacity) >>> HALF_BITS);
  }

  private static int next(int i, int capacity) {
    return i + 1 == capacity ? 0 : i + 1;
  }
}
