package io.sendflowr.identity.store;

/**
 * From a 64-bit key, which is a hash, to a number: open addressing, sharded like {@link KeyIndex}.
 */
public final class LongTable {
  private static final int SHARD_BITS = 8;
  private static final int FIRST_CAPACITY = 4;
  private static final int HALF_BITS = 32;

  private final long[][] keys = new long[1 << SHARD_BITS][];
  private final long[][] values = new long[1 << SHARD_BITS][];
  private final int[] sizes = new int[1 << SHARD_BITS];
  private int size;

  /** Takes the entries of a table. */
  @FunctionalInterface
  public interface Sink {
    /** Takes one entry. */
    void accept(long key, long value);
  }

  /**
   * The number kept for a key.
   *
   * @param missing what to answer if there is none
   */
  public long get(long key, long missing) {
    int shard = shard(key);
    int at = find(shard, key);
    return at < 0 ? missing : values[shard][at];
  }

  /** Keeps a number for a key, or the greater one if there is one. */
  public void raise(long key, long value) {
    // 0 marks a free slot; a key that is 0 shares the place of another one, as a collision would.
    long kept = key == 0 ? 1 : key;
    int shard = shard(kept);
    int at = find(shard, kept);
    if (at >= 0) {
      values[shard][at] = Math.max(values[shard][at], value);
      return;
    }
    if (keys[shard] == null) {
      keys[shard] = new long[FIRST_CAPACITY];
      values[shard] = new long[FIRST_CAPACITY];
    } else if (sizes[shard] >= keys[shard].length - (keys[shard].length >> 2)) {
      grow(shard);
    }
    place(shard, kept, value);
    sizes[shard]++;
    size++;
  }

  /** Forgets a key. */
  public void remove(long key) {
    int shard = shard(key);
    int hole = find(shard, key);
    if (hole < 0) {
      return;
    }
    long[] slots = keys[shard];
    int i = hole;
    while (true) {
      i = next(i, slots.length);
      if (slots[i] == 0) {
        break;
      }
      int home = home(slots[i], slots.length);
      boolean reaches = hole <= i ? (home <= hole || home > i) : (home <= hole && home > i);
      if (reaches) {
        slots[hole] = slots[i];
        values[shard][hole] = values[shard][i];
        hole = i;
      }
    }
    slots[hole] = 0;
    values[shard][hole] = 0;
    sizes[shard]--;
    size--;
  }

  /** Hands over all entries, in no particular order. */
  public void forEach(Sink sink) {
    for (int shard = 0; shard < keys.length; shard++) {
      for (int i = 0; keys[shard] != null && i < keys[shard].length; i++) {
        if (keys[shard][i] != 0) {
          sink.accept(keys[shard][i], values[shard][i]);
        }
      }
    }
  }

  /** Number of entries. */
  public int size() {
    return size;
  }

  /** Whether there is no entry. */
  public boolean isEmpty() {
    return size == 0;
  }

  private int find(int shard, long key) {
    long[] slots = keys[shard];
    if (slots == null) {
      return -1;
    }
    long kept = key == 0 ? 1 : key;
    for (int i = home(kept, slots.length); slots[i] != 0; i = next(i, slots.length)) {
      if (slots[i] == kept) {
        return i;
      }
    }
    return -1;
  }

  private void grow(int shard) {
    long[] oldKeys = keys[shard];
    long[] oldValues = values[shard];
    int capacity = oldKeys.length + Math.max(FIRST_CAPACITY, oldKeys.length >> 2);
    keys[shard] = new long[capacity];
    values[shard] = new long[capacity];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        place(shard, oldKeys[i], oldValues[i]);
      }
    }
  }

  private void place(int shard, long key, long value) {
    long[] slots = keys[shard];
    int i = home(key, slots.length);
    while (slots[i] != 0) {
      i = next(i, slots.length);
    }
    slots[i] = key;
    values[shard][i] = value;
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
