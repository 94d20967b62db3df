package io.sendflowr.connectors.kafka;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.TopicPartition;

/**
 * How far a partition has been read. Its reader moves it; whoever looks up the partition's end
 * reads it, and tells of stretches that hold no record.
 */
final class PartitionProgress {
  private final TopicPartition partition;
  private final long start;
  private final AtomicLong next = new AtomicLong();
  private final AtomicReference<Gap> gap = new AtomicReference<>(new Gap(-1, -1));

  /**
   * @param partition which
   * @param start offset that reading starts from, or one of Flink's markers (negative)
   */
  PartitionProgress(TopicPartition partition, long start) {
    this.partition = partition;
    this.start = start;
    this.next.set(start);
  }

  TopicPartition partition() {
    return partition;
  }

  /** Offset or marker that reading started from. */
  long start() {
    return start;
  }

  /** Offset after the last record that was read; a marker where none was and none is known. */
  long next() {
    return next.get();
  }

  /** A record has been read, all before it having been. */
  void read(long offset) {
    next.lazySet(offset + 1);
  }

  /**
   * Between two offsets there is no record and there will be none: what is there are marks of
   * transactions, and records of aborted ones.
   *
   * @param from {@link #next()}, as it was found
   * @param to the offset after the gap
   */
  void isEmpty(long from, long to) {
    gap.set(new Gap(from, to));
  }

  /** Whether all records before an offset have been read. */
  boolean isAt(long end) {
    long reached = next.get();
    Gap known = gap.get();
    return (reached >= 0 && reached >= end) || (reached == known.from && known.to >= end);
  }

  /** A stretch without records. */
  private record Gap(long from, long to) {}
}
