package io.sendflowr.identity.store;

import java.util.Arrays;
import java.util.function.IntConsumer;

/** A set of rows, in the order in which they came; empty again at no cost. */
public final class Rows {
  private static final int FEW = 16;

  private int[] rows = new int[FEW];
  private int size;
  // Only once there are many.
  private IntTable places;

  /** Adds a row, unless it is there. */
  public boolean add(int row) {
    if (contains(row)) {
      return false;
    }
    if (size == rows.length) {
      rows = Arrays.copyOf(rows, size * 2);
    }
    rows[size++] = row;
    if (size > FEW) {
      if (places == null) {
        places = new IntTable();
        for (int i = 0; i < size; i++) {
          places.put(rows[i], i);
        }
      } else {
        places.put(row, size - 1);
      }
    }
    return true;
  }

  /** Whether a row is there. */
  public boolean contains(int row) {
    if (places != null) {
      return places.get(row) != IntTable.NONE;
    }
    for (int i = 0; i < size; i++) {
      if (rows[i] == row) {
        return true;
      }
    }
    return false;
  }

  /** How many there are. */
  public int size() {
    return size;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** The row that came as number {@code i}, from 0. */
  public int get(int i) {
    return rows[i];
  }

  /** The number under which a row came; {@link LinkStore#NONE} if it is not there. */
  public int placeOf(int row) {
    if (places != null) {
      return places.get(row);
    }
    for (int i = 0; i < size; i++) {
      if (rows[i] == row) {
        return i;
      }
    }
    return LinkStore.NONE;
  }

  /** Hands over all rows that are there when it begins, in their order. */
  public void forEach(IntConsumer sink) {
    int count = size;
    for (int i = 0; i < count; i++) {
      sink.accept(rows[i]);
    }
  }

  /** Takes out rows. */
  public void removeAll(Rows others) {
    int[] before = Arrays.copyOf(rows, size);
    clear();
    for (int row : before) {
      if (!others.contains(row)) {
        add(row);
      }
    }
  }

  /** Takes out a row. */
  public void remove(int row) {
    if (contains(row)) {
      Rows one = new Rows();
      one.add(row);
      removeAll(one);
    }
  }

  /** Empties the set. */
  public void clear() {
    if (rows.length > FEW) {
      rows = new int[FEW];
    }
    places = null;
    size = 0;
  }

  /** A copy of the rows, in their order. */
  public int[] toArray() {
    return Arrays.copyOf(rows, size);
  }
}
