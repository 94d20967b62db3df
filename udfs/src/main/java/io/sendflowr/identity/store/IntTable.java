package io.sendflowr.identity.store;

import java.util.Arrays;

/** From a number that is not negative to another one: open addressing. */
final class IntTable {
  static final int NONE = -1;

  private static final int FIRST_CAPACITY = 16;
  // Multiplicative hashing after Knuth, TAOCP 6.4: 2^32 divided by the golden ratio.
  private static final int SPREAD = 0x9e3779b9;

  // A slot holds key + 1, so that 0 is free.
  private int[] keys = new int[FIRST_CAPACITY];
  private int[] values = new int[FIRST_CAPACITY];
  private int size;

  int get(int key) {
    int at = find(key);
    return keys[at] == 0 ? NONE : values[at];
  }

  void put(int key, int value) {
    int at = find(key);
    if (keys[at] == 0) {
      if (size >= keys.length >> 1) {
        grow();
        at = find(key);
      }
      keys[at] = key + 1;
      size++;
    }
    values[at] = value;
  }

  void remove(int key) {
    int hole = find(key);
    if (keys[hole] == 0) {
      return;
    }
    int mask = keys.length - 1;
    int i = hole;
    while (true) {
      i = (i + 1) & mask;
      if (keys[i] == 0) {
        break;
      }
      int home = home(keys[i] - 1);
      boolean reaches = hole <= i ? (home <= hole || home > i) : (home <= hole && home > i);
      if (reaches) {
        keys[hole] = keys[i];
        values[hole] = values[i];
        hole = i;
      }
    }
    keys[hole] = 0;
    size--;
  }

  int size() {
    return size;
  }

  void clear() {
    if (size > 0) {
      Arrays.fill(keys, 0);
      size = 0;
    }
  }

  long bytes() {
    return 2L * Integer.BYTES * keys.length;
  }

  private int find(int key) {
    int mask = keys.length - 1;
    int i = home(key);
    while (keys[i] != 0 && keys[i] != key + 1) {
      i = (i + 1) & mask;
    }
    return i;
  }

  private int home(int key) {
    return (key * SPREAD) >>> (Integer.numberOfLeadingZeros(keys.length) + 1);
  }

  private void grow() {
    int[] oldKeys = keys;
    int[] oldValues = values;
    keys = new int[oldKeys.length * 2];
    values = new int[oldKeys.length * 2];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int at = find(oldKeys[i] - 1);
        keys[at] = oldKeys[i];
        values[at] = oldValues[i];
      }
    }
  }
}
