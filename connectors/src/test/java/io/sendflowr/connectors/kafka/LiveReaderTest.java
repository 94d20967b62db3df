package io.sendflowr.connectors.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.flow.Inbound;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LiveReaderTest {
  private static final long NOW = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();
  private static final TopicPartition P0 = new TopicPartition("send-requests", 0);
  private static final TopicPartition P1 = new TopicPartition("send-requests", 1);

  private final FakeKafka kafka = new FakeKafka();
  private final FakeEnds ends = new FakeEnds();
  private final FakeOutput output = new FakeOutput();
  private final LiveReader reader = reader(kafka, ends);

  private static LiveReader reader(FakeKafka kafka, FakeEnds ends) {
    return new LiveReader(
        kafka,
        new RecordIntake(
            InputTopic.SEND_REQUESTS,
            new RecordReaderFactory(CatalogueReader.builtIn(), "US", List.of()).create(),
            Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC)),
        wake -> {
          ends.wake = wake;
          return ends;
        },
        Duration.ofSeconds(5));
  }

  @AfterEach
  void close() throws Exception {
    reader.close();
    assertThat(kafka.closed).isTrue();
    assertThat(ends.closed).isTrue();
  }

  @Test
  void aPartitionReadToItsEndIsAsFarAsTheInstantOfTheLook() throws Exception {
    assign(P0, 7);
    poll();
    assertThat(output.told).as("nobody has looked yet").isEmpty();
    ends.see(NOW, Map.of(P0, 7L));
    poll();
    assertThat(output.told).containsExactly("0: to " + (NOW - 5_001));
    ends.see(NOW + 200, Map.of(P0, 7L));
    poll();
    assertThat(output.told).endsWith("0: to " + (NOW - 4_801)).hasSize(2);
    poll();
    assertThat(output.told).as("nobody has looked again").hasSize(2);
  }

  @Test
  void aBacklogIsReadBeforeTimeGoesOn() throws Exception {
    assign(P0, 7);
    ends.see(NOW, Map.of(P0, 9L));
    poll();
    ends.see(NOW + 60_000, Map.of(P0, 9L));
    poll();
    assertThat(output.told).as("there is something to read, though none comes").isEmpty();
    kafka.yields(P0, 7);
    poll();
    assertThat(output.told).containsExactly("0: r7");
    kafka.yields(P0, 8);
    poll();
    poll();
    assertThat(output.told)
        .as("as of the look after which it was read to the end")
        .containsExactly("0: r7", "0: r8", "0: to " + (NOW + 60_000 - 5_001));
  }

  @Test
  void partitionsAreIndependent() throws Exception {
    assign(P0, 0);
    assign(P1, 3);
    ends.see(NOW, Map.of(P0, 0L, P1, 4L));
    poll();
    assertThat(output.told).containsExactly("0: to " + (NOW - 5_001));
    kafka.yields(P1, 3);
    poll();
    poll();
    assertThat(output.told).endsWith("1: r3", "1: to " + (NOW - 5_001));
  }

  @Test
  void whatNobodyIsGivenIsNotWaitedFor() throws Exception {
    PartitionProgress progress = assign(P0, KafkaPartitionSplit.COMMITTED_OFFSET);
    ends.see(NOW, Map.of(P0, 3L));
    poll();
    assertThat(output.told).isEmpty();
    progress.isEmpty(KafkaPartitionSplit.COMMITTED_OFFSET, 3);
    poll();
    assertThat(output.told).containsExactly("0: to " + (NOW - 5_001));

    kafka.yields(P0, 3);
    poll();
    ends.see(NOW + 1_000, Map.of(P0, 5L));
    poll();
    assertThat(output.told).as("what is there after it may be a record").endsWith("0: r3");
    progress.isEmpty(4, 5);
    poll();
    assertThat(output.told).endsWith("0: to " + (NOW - 4_001));
  }

  @Test
  void aPartitionThatWasNotLookedAtWaits() throws Exception {
    assign(P0, 0);
    ends.see(NOW, Map.of(P1, 0L));
    poll();
    assertThat(output.told).isEmpty();
  }

  /** Else a late record that is read after a restart would be taken for timely. */
  @Test
  void eventTimeGoesOnWhereItWasWhenAPartitionIsReadByAnother() throws Exception {
    assign(P0, 7);
    assign(P1, 3);
    ends.see(NOW + 60_000, Map.of(P0, 9L, P1, 3L));
    kafka.yields(P0, 7);
    poll();
    List<KafkaPartitionSplit> splits = throughState(reader.snapshotState(1));
    assertThat(splits)
        .extracting(KafkaPartitionSplit::getTopicPartition, LiveSplit::reached)
        .containsExactlyInAnyOrder(tuple(P0, NOW - 5_001), tuple(P1, NOW + 60_000 - 5_001));

    FakeKafka otherKafka = new FakeKafka();
    FakeOutput otherOutput = new FakeOutput();
    FakeEnds otherEnds = new FakeEnds();
    LiveReader other = reader(otherKafka, otherEnds);
    other.addSplits(splits);
    otherKafka.yields(P0, 8);
    other.pollNext(otherOutput);
    assertThat(otherOutput.told)
        .containsExactlyInAnyOrder(
            "0: to " + (NOW - 5_001), "1: to " + (NOW + 60_000 - 5_001), "0: r8")
        .as("event time before any record")
        .endsWith("0: r8");
    assertThat(LiveSplit.reached(throughState(other.snapshotState(2)).get(1)))
        .isEqualTo(NOW + 60_000 - 5_001);
    other.close();
  }

  @Test
  void whatOneSubtaskHasSeenOfAllItsPartitionsHoldsForANewOne() throws Exception {
    reader.addSplits(List.of(new LiveSplit(new KafkaPartitionSplit(P0, 0), NOW)));
    ends.see(NOW - 60_000, Map.of());
    poll();
    reader.snapshotState(1);
    assign(P1, KafkaPartitionSplit.EARLIEST_OFFSET);
    assertThat(reader.snapshotState(2)).extracting(LiveSplit::reached).containsOnly(NOW);
  }

  private static List<KafkaPartitionSplit> throughState(List<KafkaPartitionSplit> splits)
      throws IOException {
    LiveSplit.Serializer serializer = new LiveSplit.Serializer();
    List<KafkaPartitionSplit> read = new ArrayList<>();
    for (KafkaPartitionSplit split : splits) {
      KafkaPartitionSplit one =
          serializer.deserialize(serializer.getVersion(), serializer.serialize(split));
      assertThat(one).isEqualTo(split);
      read.add(one);
    }
    return read;
  }

  @Test
  void readsNoPartitionOfAnotherForm() throws Exception {
    LiveSplit.Serializer serializer = new LiveSplit.Serializer();
    byte[] written = serializer.serialize(new KafkaPartitionSplit(P0, 3));
    assertThat(LiveSplit.reached(serializer.deserialize(1, written))).isEqualTo(Long.MIN_VALUE);
    assertThatThrownBy(() -> serializer.deserialize(2, written))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("form 2");
  }

  @Test
  void isWokenByALookAndByKafka() throws Exception {
    assign(P0, 0);
    poll();
    CompletableFuture<Void> available = reader.isAvailable();
    assertThat(available).isNotDone();
    assertThat(reader.isAvailable()).isSameAs(available);
    ends.see(NOW, Map.of(P0, 0L));
    assertThat(available).isDone();

    poll();
    available = reader.isAvailable();
    assertThat(available).isNotDone();
    assertThat(kafka.available.getNumberOfDependents())
        .as("what waits for Kafka, however often it was looked meanwhile")
        .isEqualTo(1);
    kafka.available.complete(null);
    assertThat(available).isDone();
    assertThat(reader.isAvailable()).isDone();
  }

  @Test
  void failsWhenNobodyCanLookAnyMore() throws Exception {
    assign(P0, 0);
    ends.failure = new IOException("not authorised");
    assertThatThrownBy(this::poll).hasMessage("not authorised");
  }

  private PartitionProgress assign(TopicPartition partition, long offset) {
    reader.addSplits(List.of(new KafkaPartitionSplit(partition, offset)));
    assertThat(kafka.splits).endsWith(KafkaPartitionSplit.toSplitId(partition));
    return ends.looked.get(ends.looked.size() - 1);
  }

  private void poll() throws Exception {
    reader.pollNext(output);
  }

  /** What Flink's reader of Kafka does, record by record. */
  private static final class FakeKafka
      implements SourceReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> {
    private final Queue<ConsumerRecord<byte[], byte[]>> queue = new ArrayDeque<>();
    private final List<String> splits = new ArrayList<>();
    private final Map<String, KafkaPartitionSplit> state = new LinkedHashMap<>();
    private final CompletableFuture<Void> available = new CompletableFuture<>();
    private boolean closed;

    void yields(TopicPartition partition, long offset) {
      String value =
          "{\"op\":\"cancel\",\"request_id\":\"r%d\",\"timestamp\":\"2026-01-10T12:00:00Z\"}"
              .formatted(offset);
      queue.add(
          new ConsumerRecord<>(
              partition.topic(), partition.partition(), offset, null, value.getBytes(UTF_8)));
    }

    @Override
    public void start() {}

    @Override
    public InputStatus pollNext(ReaderOutput<ConsumerRecord<byte[], byte[]>> output) {
      ConsumerRecord<byte[], byte[]> record = queue.poll();
      if (record == null) {
        return InputStatus.NOTHING_AVAILABLE;
      }
      output
          .createOutputForSplit(
              KafkaPartitionSplit.toSplitId(new TopicPartition(record.topic(), record.partition())))
          .collect(record, record.timestamp());
      return InputStatus.MORE_AVAILABLE;
    }

    @Override
    public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
      return List.copyOf(state.values());
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return available;
    }

    @Override
    public void addSplits(List<KafkaPartitionSplit> added) {
      added.forEach(
          split -> {
            splits.add(split.splitId());
            state.put(split.splitId(), split);
          });
    }

    @Override
    public void notifyNoMoreSplits() {}

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final class FakeEnds implements LiveReader.Ends {
    private final List<PartitionProgress> looked = new ArrayList<>();
    private Runnable wake;
    private LiveReader.Sight latest = LiveReader.Sight.NONE;
    private IOException failure;
    private boolean closed;

    void see(long at, Map<TopicPartition, Long> ends) {
      latest = new LiveReader.Sight(at, ends);
      wake.run();
    }

    @Override
    public void add(PartitionProgress progress) {
      looked.add(progress);
    }

    @Override
    public LiveReader.Sight latest() throws IOException {
      if (failure != null) {
        throw failure;
      }
      return latest;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  /** Keeps what is said of each partition. */
  private static final class FakeOutput implements ReaderOutput<Inbound> {
    private final List<String> told = new ArrayList<>();
    private final Map<String, SourceOutput<Inbound>> splits = new HashMap<>();

    @Override
    public SourceOutput<Inbound> createOutputForSplit(String splitId) {
      return splits.computeIfAbsent(splitId, FakeSplit::new);
    }

    @Override
    public void releaseOutputForSplit(String splitId) {
      splits.remove(splitId);
    }

    @Override
    public void collect(Inbound record) {
      throw new AssertionError("of no partition");
    }

    @Override
    public void collect(Inbound record, long timestamp) {
      throw new AssertionError("of no partition");
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      throw new AssertionError("of no partition");
    }

    @Override
    public void markIdle() {
      throw new AssertionError("never idle");
    }

    @Override
    public void markActive() {
      throw new AssertionError("always active");
    }

    private final class FakeSplit implements SourceOutput<Inbound> {
      private final String name;

      FakeSplit(String splitId) {
        this.name = splitId.substring(splitId.lastIndexOf('-') + 1) + ": ";
      }

      @Override
      public void collect(Inbound record) {
        told.add(name + ((Inbound.Cancel) record).requestId());
      }

      @Override
      public void collect(Inbound record, long timestamp) {
        throw new AssertionError("Its time is its own");
      }

      @Override
      public void emitWatermark(Watermark watermark) {
        told.add(name + "to " + watermark.getTimestamp());
      }

      @Override
      public void markIdle() {
        throw new AssertionError("never idle");
      }

      @Override
      public void markActive() {
        throw new AssertionError("always active");
      }
    }
  }
}
