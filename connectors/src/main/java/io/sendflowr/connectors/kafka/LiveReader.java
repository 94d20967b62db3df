package io.sendflowr.connectors.kafka;

import io.sendflowr.connectors.EventTime;
import io.sendflowr.flow.Inbound;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads partitions by Flink's Kafka reader, and says of those that have been read up to their end
 * that they are as far as the instant at which the end was looked up ({@link KafkaLiveSource}).
 */
final class LiveReader implements SourceReader<Inbound, KafkaPartitionSplit> {
  private final SourceReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> kafka;
  private final RecordIntake intake;
  private final Ends ends;
  private final long outOfOrderness;
  private final Map<String, Partition> partitions = new HashMap<>();
  private final AtomicReference<CompletableFuture<Void>> woken =
      new AtomicReference<>(new CompletableFuture<>());

  private CompletableFuture<Void> awaited;
  private ReaderOutput<Inbound> output;
  private Sight applied = Sight.NONE;
  private long reached = Long.MIN_VALUE;
  private boolean resumed = true;

  /**
   * @param kafka reads the partitions
   * @param intake reads the records
   * @param ends begins to look up where partitions end, given what to call after each look
   * @param outOfOrderness how long after its time a record may arrive
   */
  LiveReader(
      SourceReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> kafka,
      RecordIntake intake,
      Function<Runnable, Ends> ends,
      Duration outOfOrderness) {
    this.kafka = kafka;
    this.intake = intake;
    this.outOfOrderness = outOfOrderness.toMillis();
    this.ends = ends.apply(this::wake);
  }

  /** Who looks up where partitions end. */
  interface Ends {
    /** Includes a partition from the next look on. */
    void add(PartitionProgress progress);

    /**
     * What was seen at the latest look; {@link Sight#NONE} before the first.
     *
     * @throws IOException if there will be no further look
     */
    Sight latest() throws IOException;

    /** Ends it. */
    void close() throws InterruptedException;
  }

  /**
   * Where partitions ended.
   *
   * @param at an instant at which they ended there or before, epoch ms
   * @param ends offset after the last record, of the partitions that were looked at
   */
  record Sight(long at, Map<TopicPartition, Long> ends) {
    static final Sight NONE = new Sight(Long.MIN_VALUE, Map.of());

    Sight {
      ends = Map.copyOf(ends);
    }
  }

  @Override
  public void start() {
    kafka.start();
  }

  @Override
  public InputStatus pollNext(ReaderOutput<Inbound> output) throws Exception {
    this.output = output;
    if (!resumed) {
      // Before any record: whether one is late depends on it.
      resumed = true;
      partitions.values().forEach(Partition::resume);
    }
    if (woken.get().isDone()) {
      woken.set(new CompletableFuture<>());
    }
    InputStatus status = kafka.pollNext(partitionOutputs);
    Sight sight = ends.latest();
    // What was not read to its end at the last look may be by now, when there is no more to read.
    if (sight.at() != applied.at() || status == InputStatus.NOTHING_AVAILABLE) {
      applied = sight;
      partitions.values().forEach(partition -> partition.apply(sight));
    }
    return status;
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    CompletableFuture<Void> kafkas = kafka.isAvailable();
    if (kafkas.isDone()) {
      return kafkas;
    }
    // One that is awaited for hours must be asked once: what waits for a future stays with it.
    if (kafkas != awaited) {
      awaited = kafkas;
      CompletableFuture<Void> unused = kafkas.thenRun(this::wake);
    }
    return woken.get();
  }

  private void wake() {
    woken.get().complete(null);
  }

  @Override
  public void addSplits(List<KafkaPartitionSplit> splits) {
    for (KafkaPartitionSplit split : splits) {
      PartitionProgress progress =
          new PartitionProgress(split.getTopicPartition(), split.getStartingOffset());
      partitions.put(
          split.splitId(), new Partition(split.splitId(), progress, LiveSplit.reached(split)));
      ends.add(progress);
    }
    resumed = false;
    kafka.addSplits(splits);
  }

  @Override
  public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
    // What all partitions here had reached is what those behind have seen, and they must not see
    // less of a partition because it was read by somebody else before.
    reached =
        Math.max(
            reached,
            partitions.values().stream()
                .mapToLong(Partition::reached)
                .min()
                .orElse(Long.MIN_VALUE));
    List<KafkaPartitionSplit> splits = new ArrayList<>();
    for (KafkaPartitionSplit split : kafka.snapshotState(checkpointId)) {
      splits.add(
          new LiveSplit(split, Math.max(reached, partitions.get(split.splitId()).reached())));
    }
    return splits;
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    kafka.notifyCheckpointComplete(checkpointId);
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) throws Exception {
    kafka.notifyCheckpointAborted(checkpointId);
  }

  @Override
  public void notifyNoMoreSplits() {
    kafka.notifyNoMoreSplits();
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    kafka.handleSourceEvents(event);
  }

  @Override
  public void pauseOrResumeSplits(Collection<String> pause, Collection<String> resume) {
    kafka.pauseOrResumeSplits(pause, resume);
  }

  @Override
  public void close() throws Exception {
    try {
      ends.close();
    } finally {
      kafka.close();
    }
  }

  /** A partition, as Kafka's reader writes to it. */
  private final class Partition implements SourceOutput<ConsumerRecord<byte[], byte[]>> {
    private final String splitId;
    private final PartitionProgress progress;
    private final long resumedAt;
    private long clock = Inbound.NO_CLOCK;
    private long caughtUp = Long.MIN_VALUE;
    private ReaderOutput<Inbound> reader;
    private SourceOutput<Inbound> out;

    Partition(String splitId, PartitionProgress progress, long resumedAt) {
      this.splitId = splitId;
      this.progress = progress;
      this.resumedAt = resumedAt;
    }

    /** The watermark that what was read, and where it was read to, come to. */
    long reached() {
      long instant = Math.max(clock, caughtUp);
      return instant == Long.MIN_VALUE
          ? resumedAt
          : Math.max(resumedAt, EventTime.watermarkAt(instant, outOfOrderness).getTimestamp());
    }

    void resume() {
      if (resumedAt != Long.MIN_VALUE) {
        out().emitWatermark(new Watermark(resumedAt));
      }
    }

    void apply(Sight sight) {
      Long end = sight.ends().get(progress.partition());
      if (end != null && sight.at() > caughtUp && progress.isAt(end)) {
        caughtUp = sight.at();
        out().emitWatermark(EventTime.watermarkAt(caughtUp, outOfOrderness));
      }
    }

    private SourceOutput<Inbound> out() {
      if (reader != output) {
        reader = output;
        out = output.createOutputForSplit(splitId);
      }
      return out;
    }

    @Override
    public void collect(ConsumerRecord<byte[], byte[]> record) {
      intake.read(record, this::emit);
      progress.read(record.offset());
    }

    private void emit(Inbound read) {
      clock = Math.max(clock, read.clock());
      out().collect(read);
    }

    @Override
    public void collect(ConsumerRecord<byte[], byte[]> record, long timestamp) {
      // Its time is inside, and not Kafka's.
      collect(record);
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      out().emitWatermark(watermark);
    }

    @Override
    public void markIdle() {
      out().markIdle();
    }

    @Override
    public void markActive() {
      out().markActive();
    }
  }

  private final ReaderOutput<ConsumerRecord<byte[], byte[]>> partitionOutputs =
      new ReaderOutput<>() {
        @Override
        public SourceOutput<ConsumerRecord<byte[], byte[]>> createOutputForSplit(String splitId) {
          return partitions.get(splitId);
        }

        @Override
        public void releaseOutputForSplit(String splitId) {
          output.releaseOutputForSplit(splitId);
        }

        @Override
        public void collect(ConsumerRecord<byte[], byte[]> record) {
          throw new IllegalStateException("Kafka's records belong to a partition");
        }

        @Override
        public void collect(ConsumerRecord<byte[], byte[]> record, long timestamp) {
          collect(record);
        }

        @Override
        public void emitWatermark(Watermark watermark) {
          output.emitWatermark(watermark);
        }

        @Override
        public void markIdle() {
          output.markIdle();
        }

        @Override
        public void markActive() {
          output.markActive();
        }
      };
}
