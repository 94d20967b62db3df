package io.sendflowr.identity.store;

import io.sendflowr.identity.store.Chunk.Slice;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A long array of numbers of one width, in pages of bytes: it grows without copying what is there,
 * has at most one page of slack, and a snapshot of it shares its pages until they change.
 */
final class Column {
  /** Rows of a page. */
  static final int PAGE_ROWS = 1 << 13;

  private static final int BITS = 13;
  private static final int MASK = PAGE_ROWS - 1;
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int INT_SHIFT = 2;
  private static final int LONG_SHIFT = 3;

  private final int shift;
  private byte[][] pages = new byte[4][];
  private boolean[] shared = new boolean[4];
  private int used;

  private Column(int shift) {
    this.shift = shift;
  }

  static Column ofBytes() {
    return new Column(0);
  }

  static Column ofInts() {
    return new Column(INT_SHIFT);
  }

  static Column ofLongs() {
    return new Column(LONG_SHIFT);
  }

  int getByte(int row) {
    return pages[row >>> BITS][row & MASK];
  }

  void setByte(int row, int value) {
    own(row)[row & MASK] = (byte) value;
  }

  int getInt(int row) {
    return (int) INTS.get(pages[row >>> BITS], (row & MASK) << INT_SHIFT);
  }

  void setInt(int row, int value) {
    INTS.set(own(row), (row & MASK) << INT_SHIFT, value);
  }

  long getLong(int row) {
    return (long) LONGS.get(pages[row >>> BITS], (row & MASK) << LONG_SHIFT);
  }

  void setLong(int row, long value) {
    LONGS.set(own(row), (row & MASK) << LONG_SHIFT, value);
  }

  /** Makes room up to and including a row. */
  void reach(int row) {
    while (row >>> BITS >= used) {
      if (used == pages.length) {
        pages = Arrays.copyOf(pages, used + (used >> 1));
        shared = Arrays.copyOf(shared, pages.length);
      }
      pages[used++] = new byte[PAGE_ROWS << shift];
    }
  }

  /**
   * The page with some rows as it is now, at most a page from {@code first} on. It will not change
   * any more: what is written after is written to a copy.
   */
  Slice share(int first, int rows) {
    int page = first >>> BITS;
    shared[page] = true;
    return new Slice(pages[page], rows << shift);
  }

  /** Takes back what {@link #share} gave. */
  void restore(Slice slice, int first) {
    reach(first);
    pages[first >>> BITS] = Arrays.copyOf(slice.bytes(), PAGE_ROWS << shift);
  }

  private byte[] own(int row) {
    int page = row >>> BITS;
    if (shared[page]) {
      pages[page] = pages[page].clone();
      shared[page] = false;
    }
    return pages[page];
  }

  /** Heap bytes of all pages. */
  long bytes() {
    return ((long) used * PAGE_ROWS) << shift;
  }
}
