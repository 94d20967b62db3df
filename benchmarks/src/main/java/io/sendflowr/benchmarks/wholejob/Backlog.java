package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.benchmarks.wholejob.Workload.Entry;
import java.time.Duration;
import java.util.function.ObjLongConsumer;

/**
 * What is in the topics before a subject reads them: links, then an event of everybody if they are
 * to be known, then what people do.
 *
 * @param records events and send requests
 * @param people whom they are about
 * @param exponent of Zipf's law, by which a few do much
 * @param links that are there first, of others
 * @param known whether everybody was heard of once before
 */
record Backlog(long records, int people, double exponent, int links, boolean known) {
  private static final long SEED = 2026;

  /** On two processors the compilers have not caught up sooner. */
  private static final int WARM_UP_SHARE = 2;

  /** Over which records are spread; the last is of the end. */
  private static final Duration LENGTH = Duration.ofHours(6);

  /** Over which links are spread, and over which everybody is heard of. */
  private static final Duration BEFORE = Duration.ofHours(1);

  /** How many records there are, of whatever kind. */
  long size() {
    return ahead() + records;
  }

  /** How many are read before anything is timed. */
  long untimed() {
    return ahead() + records / WARM_UP_SHARE;
  }

  private long ahead() {
    return links + (known ? people : 0L);
  }

  /**
   * Writes it in the order of its times.
   *
   * @param end when it ends, epoch ms
   * @param out takes each record and its time, epoch ms
   */
  void write(long end, ObjLongConsumer<Entry> out) {
    Workload workload = new Workload(SEED, people, exponent);
    long begin = end - LENGTH.toMillis();
    long linked = begin - BEFORE.toMillis();
    for (int i = 0; i < links; i++) {
      long time = time(i, links, linked, BEFORE);
      out.accept(workload.link(i, time), time);
    }
    for (int i = 0; known && i < people; i++) {
      long time = time(i, people, begin, BEFORE);
      out.accept(workload.first(i, time), time);
    }
    for (long i = 0; i < records; i++) {
      long time = time(i, records, end, LENGTH);
      out.accept(workload.next(time), time);
    }
  }

  /** The instant of the i-th of so many records that are spread over a time that ends then. */
  private static long time(long i, long records, long end, Duration length) {
    return end - length.toMillis() + length.toMillis() * i / records;
  }
}
