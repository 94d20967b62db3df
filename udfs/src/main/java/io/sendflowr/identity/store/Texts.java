package io.sendflowr.identity.store;

import io.sendflowr.identity.store.Chunk.Slice;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The values of identifiers, packed into pages of bytes: hex digits and decimal digits two to a
 * byte, everything else as UTF-8. A reference to a value is an int.
 *
 * <p>An entry is a byte for the type, a byte for the form and the length, more length if that is
 * not enough, and the bytes. What is removed leaves a hole; a page that is mostly holes is given
 * back once its owner has moved what is left.
 */
final class Texts {
  /** An entry whose type is this is a hole. */
  private static final int HOLE = 0xff;

  static final int PAGE_BITS = 16;
  private static final int PAGE_SIZE = 1 << PAGE_BITS;
  private static final int OFFSET_MASK = PAGE_SIZE - 1;

  private static final int PLAIN = 0;
  private static final int HEX = 1;
  private static final int DECIMAL = 2;
  private static final int PLUS_DECIMAL = 3;
  private static final int FORM_SHIFT = 6;
  private static final int LONG_LENGTH = (1 << FORM_SHIFT) - 1;
  private static final int VARINT_BITS = 7;
  private static final int VARINT_MASK = (1 << VARINT_BITS) - 1;
  private static final int NO_DIGIT = 0xf;
  private static final int NO_PAGE = -1;

  private byte[][] pages = new byte[4][];
  private int[] live = new int[4];
  private boolean[] shared = new boolean[4];
  private int pageCount;
  private int page = NO_PAGE;
  private int end;

  // Filled by header(): the entry that was looked at last.
  private int form;
  private int length;
  private int start;

  /**
   * Keeps a value.
   *
   * @param type 0 to 254
   * @return its reference
   */
  int add(int type, String value) {
    int valueForm = formOf(value);
    byte[] bytes = pack(valueForm, value);
    int count = valueForm == PLAIN ? bytes.length : value.length();
    int extra = count < LONG_LENGTH ? 0 : varintSize(count - LONG_LENGTH);
    int size = 2 + extra + bytes.length;
    if (page == NO_PAGE || end + size > PAGE_SIZE) {
      openPage();
    }
    byte[] target = own(page);
    int ref = (page << PAGE_BITS) | end;
    target[end] = (byte) type;
    target[end + 1] = (byte) ((valueForm << FORM_SHIFT) | Math.min(count, LONG_LENGTH));
    int at = end + 2;
    if (extra > 0) {
      int rest = count - LONG_LENGTH;
      for (; rest > VARINT_MASK; rest >>>= VARINT_BITS) {
        target[at++] = (byte) ((rest & VARINT_MASK) | (1 << VARINT_BITS));
      }
      target[at++] = (byte) rest;
    }
    System.arraycopy(bytes, 0, target, at, bytes.length);
    end += size;
    live[page] += size;
    return ref;
  }

  /** The type of a value. */
  int type(int ref) {
    return pages[ref >>> PAGE_BITS][ref & OFFSET_MASK] & 0xff;
  }

  /** A value as it was kept. */
  String value(int ref) {
    byte[] source = pages[ref >>> PAGE_BITS];
    header(source, ref & OFFSET_MASK);
    switch (form) {
      case PLAIN -> {
        return new String(source, start, length, StandardCharsets.UTF_8);
      }
      default -> {
        StringBuilder text = new StringBuilder(length);
        if (form == PLUS_DECIMAL) {
          text.append('+');
        }
        int digits = form == PLUS_DECIMAL ? length - 1 : length;
        for (int i = 0; i < digits; i++) {
          int pair = source[start + (i >> 1)] & 0xff;
          text.append(Character.forDigit((i & 1) == 0 ? pair >> 4 : pair & NO_DIGIT, 16));
        }
        return text.toString();
      }
    }
  }

  /** Gives up a value; its reference is void. */
  void remove(int ref) {
    byte[] source = own(ref >>> PAGE_BITS);
    int offset = ref & OFFSET_MASK;
    int size = sizeAt(source, offset);
    // Nothing of a value that was erased may stay behind, not even in a hole.
    Arrays.fill(source, start, offset + size, (byte) 0);
    source[offset] = (byte) HOLE;
    live[ref >>> PAGE_BITS] -= size;
  }

  /** Whether the page of a value, just removed, is worth clearing. */
  boolean isSparse(int pageIndex) {
    return pageIndex != page && pages[pageIndex] != null && live[pageIndex] < PAGE_SIZE / 2;
  }

  /**
   * Hands over the reference of every value in a page, for its owner to add it again elsewhere, and
   * gives the page back.
   */
  void clear(int pageIndex, IntConsumer move) {
    byte[] source = pages[pageIndex];
    int offset = 0;
    while (offset < PAGE_SIZE - 1 && (source[offset] != 0 || source[offset + 1] != 0)) {
      int size = sizeAt(source, offset);
      if ((source[offset] & 0xff) != HOLE) {
        move.accept((pageIndex << PAGE_BITS) | offset);
      }
      offset += size;
    }
    pages[pageIndex] = null;
    live[pageIndex] = 0;
  }

  int pageCount() {
    return pageCount;
  }

  /** A page as it is now, null if it is given back. It will not change any more. */
  Slice share(int pageIndex) {
    if (pages[pageIndex] == null) {
      return null;
    }
    shared[pageIndex] = true;
    return new Slice(pages[pageIndex], pageIndex == page ? end : PAGE_SIZE);
  }

  private byte[] own(int pageIndex) {
    if (shared[pageIndex]) {
      pages[pageIndex] = pages[pageIndex].clone();
      shared[pageIndex] = false;
    }
    return pages[pageIndex];
  }

  /** Puts a page back where it was; no value is added before all pages and values are adopted. */
  void restore(int pageIndex, Slice slice) {
    while (pageIndex >= pages.length) {
      pages = Arrays.copyOf(pages, pages.length + (pages.length >> 1));
      live = Arrays.copyOf(live, pages.length);
      shared = Arrays.copyOf(shared, pages.length);
    }
    pages[pageIndex] = Arrays.copyOf(slice.bytes(), PAGE_SIZE);
    pageCount = Math.max(pageCount, pageIndex + 1);
    if (slice.length() < PAGE_SIZE) {
      // Only the page that was open is not written whole; were it not to go on, every restart would
      // leave one behind.
      page = pageIndex;
      end = slice.length();
    }
  }

  /** Counts in a value of a page that was put back, and gives it its present type. */
  void adopt(int ref, int type) {
    byte[] source = pages[ref >>> PAGE_BITS];
    source[ref & OFFSET_MASK] = (byte) type;
    live[ref >>> PAGE_BITS] += sizeAt(source, ref & OFFSET_MASK);
  }

  /** Heap bytes of all pages. */
  long bytes() {
    long bytes = 0;
    for (int i = 0; i < pageCount; i++) {
      bytes += pages[i] == null ? 0 : PAGE_SIZE;
    }
    return bytes;
  }

  private void openPage() {
    page = 0;
    while (page < pageCount && pages[page] != null) {
      page++;
    }
    if (page == pageCount) {
      if (pageCount == pages.length) {
        pages = Arrays.copyOf(pages, pageCount + (pageCount >> 1));
        live = Arrays.copyOf(live, pages.length);
        shared = Arrays.copyOf(shared, pages.length);
      }
      pageCount++;
    }
    pages[page] = new byte[PAGE_SIZE];
    shared[page] = false;
    end = 0;
  }

  private int sizeAt(byte[] source, int offset) {
    header(source, offset);
    int digits = form == PLUS_DECIMAL ? length - 1 : length;
    return start - offset + (form == PLAIN ? length : (digits + 1) >> 1);
  }

  private void header(byte[] source, int offset) {
    int head = source[offset + 1] & 0xff;
    form = head >>> FORM_SHIFT;
    length = head & LONG_LENGTH;
    start = offset + 2;
    if (length == LONG_LENGTH) {
      int shift = 0;
      int next;
      do {
        next = source[start++];
        length += (next & VARINT_MASK) << shift;
        shift += VARINT_BITS;
      } while (next < 0);
    }
  }

  private static int varintSize(int value) {
    int size = 1;
    for (int rest = value; rest > VARINT_MASK; rest >>>= VARINT_BITS) {
      size++;
    }
    return size;
  }

  private static int formOf(String value) {
    boolean decimal = true;
    boolean plus = value.length() > 1 && value.charAt(0) == '+';
    for (int i = plus ? 1 : 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c >= '0' && c <= '9') {
        continue;
      }
      if (plus || c < 'a' || c > 'f') {
        return PLAIN;
      }
      decimal = false;
    }
    return plus ? PLUS_DECIMAL : decimal ? DECIMAL : HEX;
  }

  private static byte[] pack(int valueForm, String value) {
    if (valueForm == PLAIN) {
      return value.getBytes(StandardCharsets.UTF_8);
    }
    int first = valueForm == PLUS_DECIMAL ? 1 : 0;
    int digits = value.length() - first;
    byte[] bytes = new byte[(digits + 1) >> 1];
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(value.charAt(first + i), 16);
      bytes[i >> 1] |= (byte) ((i & 1) == 0 ? digit << 4 : digit);
    }
    return bytes;
  }
}
