package io.sendflowr.identity.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A part of a graph as it was at one moment: what is written to state. Its pages are those that the
 * graph works with, which copies a page before it changes it after; so to take a snapshot costs
 * next to nothing, however many links there are.
 *
 * @param kind what it holds
 * @param first number of the first row or page
 * @param rows number of rows or pages
 * @param slices the bytes; nobody changes them
 */
public record Chunk(int kind, int first, int rows, List<Slice> slices) {
  public Chunk {
    slices = List.copyOf(slices);
  }

  /** The beginning of an array that may be longer. */
  @SuppressWarnings("ArrayRecordComponent") // compared by its content
  public record Slice(byte[] bytes, int length) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Slice slice
          && Arrays.equals(bytes, 0, length, slice.bytes, 0, slice.length);
    }

    @Override
    public int hashCode() {
      return ByteBuffer.wrap(bytes, 0, length).hashCode();
    }
  }

  /** A chunk of one slice that is whole. */
  public static Chunk of(int kind, byte[] bytes) {
    return new Chunk(kind, 0, 0, List.of(new Slice(bytes, bytes.length)));
  }
}
