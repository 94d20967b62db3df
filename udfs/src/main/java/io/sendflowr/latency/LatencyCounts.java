package io.sendflowr.latency;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * How often each of some numbers occurs: pairs of a number and its count, ascending, in an array
 * that nobody changes.
 */
public final class LatencyCounts {
  /** Nothing occurs. */
  public static final long[] NONE = {};

  private LatencyCounts() {}

  /** The same with a number once more. */
  public static long[] plus(long[] counts, long number) {
    int at = 0;
    while (at < counts.length && counts[at] < number) {
      at += 2;
    }
    if (at < counts.length && counts[at] == number) {
      long[] more = counts.clone();
      more[at + 1]++;
      return more;
    }
    long[] more = Arrays.copyOf(counts, counts.length + 2);
    System.arraycopy(counts, at, more, at + 2, counts.length - at);
    more[at] = number;
    more[at + 1] = 1;
    return more;
  }

  /** All of them together. */
  public static long[] merged(List<long[]> parts) {
    List<long[]> pairs = new ArrayList<>();
    for (long[] part : parts) {
      for (int at = 0; at < part.length; at += 2) {
        pairs.add(new long[] {part[at], part[at + 1]});
      }
    }
    pairs.sort(Comparator.comparingLong(pair -> pair[0]));
    long[] merged = new long[2 * pairs.size()];
    int end = 0;
    for (long[] pair : pairs) {
      if (end > 0 && merged[end - 2] == pair[0]) {
        merged[end - 1] += pair[1];
      } else {
        merged[end++] = pair[0];
        merged[end++] = pair[1];
      }
    }
    return Arrays.copyOf(merged, end);
  }

  /** The numbers that occur, ascending. */
  public static long[] numbers(long[] counts) {
    long[] numbers = new long[counts.length / 2];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = counts[2 * i];
    }
    return numbers;
  }

  /** How many there are. */
  public static long total(long[] counts) {
    return below(counts, Long.MAX_VALUE);
  }

  /** How many are less than a number. */
  public static long below(long[] counts, long number) {
    long below = 0;
    for (int at = 0; at < counts.length && counts[at] < number; at += 2) {
      below += counts[at + 1];
    }
    return below;
  }

  /**
   * The number that has so many others before it.
   *
   * @param rank from 0 to less than {@link #total}
   */
  public static long at(long[] counts, long rank) {
    long before = 0;
    for (int at = 0; at < counts.length; at += 2) {
      before += counts[at + 1];
      if (rank < before) {
        return counts[at];
      }
    }
    throw new IllegalArgumentException("There are " + before + " numbers, none of rank " + rank);
  }
}
