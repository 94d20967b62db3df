package io.sendflowr.identity.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A long array of numbers of one width, in pages of bytes: it grows without copying what is there,
 * has at most one page of slack, and is copied at memory speed.
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
    pages[row >>> BITS][row & MASK] = (byte) value;
  }

  int getInt(int row) {
    return (int) INTS.get(pages[row >>> BITS], (row & MASK) << INT_SHIFT);
  }

  void setInt(int row, int value) {
    INTS.set(pages[row >>> BITS], (row & MASK) << INT_SHIFT, value);
  }

  long getLong(int row) {
    return (long) LONGS.get(pages[row >>> BITS], (row & MASK) << LONG_SHIFT);
  }

  void setLong(int row, long value) {
    LONGS.set(pages[row >>> BITS], (row & MASK) << LONG_SHIFT, value);
  }

  /** Makes room up to and including a row. */
  void reach(int row) {
    while (row >>> BITS >= used) {
      if (used == pages.length) {
        pages = Arrays.copyOf(pages, used + (used >> 1));
      }
      pages[used++] = new byte[PAGE_ROWS << shift];
    }
  }

  /** Copies rows from {@code first}, at most a page, into {@code target} at {@code offset}. */
  void copy(int first, int rows, byte[] target, int offset) {
    System.arraycopy(pages[first >>> BITS], (first & MASK) << shift, target, offset, rows << shift);
  }

  /** Takes back what {@link #copy} gave. */
  void paste(byte[] source, int offset, int first, int rows) {
    System.arraycopy(source, offset, pages[first >>> BITS], (first & MASK) << shift, rows << shift);
  }

  /** Heap bytes of all pages. */
  long bytes() {
    return ((long) used * PAGE_ROWS) << shift;
  }
}
