package io.sendflowr.connectors;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.flow.Inbound;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.InstantiationUtil;
import org.apache.flink.util.clock.ManualClock;
import org.apache.flink.util.clock.RelativeClock;
import org.junit.jupiter.api.Test;

class EventTimeTest {
  private static final Duration OUT_OF_ORDERNESS = Duration.ofSeconds(5);
  private static final long T = 1_768_046_400_000L;

  private final List<String> told = new ArrayList<>();

  @Test
  void stepsOfLiveTopicsAreAShareOfTheOutOfOrderness() {
    assertThat(EventTime.liveStep(Duration.ofMillis(200))).hasMillis(40);
    assertThat(EventTime.liveStep(Duration.ofSeconds(5))).hasMillis(200);
    assertThat(EventTime.liveStep(Duration.ZERO)).hasMillis(20);
  }

  @Test
  void ofFilesMovesAtOnceWithEveryRecordThatIsAhead() {
    Partition file = new Partition(EventTime.ofFiles(OUT_OF_ORDERNESS));
    file.read(cancel(T));
    file.read(cancel(T - 1));
    file.read(cancel(T));
    file.read(cancel(T + 10_000));
    assertThat(told).containsExactly(mark(T - 5_001), mark(T + 4_999));
  }

  @Test
  void ofFilesNeverGoesBack() {
    Partition file = new Partition(EventTime.ofFiles(OUT_OF_ORDERNESS));
    file.read(cancel(T));
    file.read(cancel(T - 3_600_000));
    file.tick();
    file.read(cancel(T - 1_000));
    file.tick();
    assertThat(told).containsOnly(mark(T - 5_001));
  }

  @Test
  void ofFilesStandsWhereDeadLettersTellNoTime() {
    Partition file = new Partition(EventTime.ofFiles(OUT_OF_ORDERNESS));
    file.read(deadLetter());
    file.tick();
    assertThat(told).isEmpty();
    file.read(cancel(T));
    file.read(deadLetter());
    assertThat(told).containsExactly(mark(T - 5_001));
  }

  @Test
  void ofFilesMayAllowNoDisorder() {
    Partition file = new Partition(EventTime.ofFiles(Duration.ZERO));
    file.read(cancel(T));
    assertThat(told).containsExactly(mark(T - 1));
  }

  @Test
  void isThatOfTheRecordsClockAndNotOfKafka() {
    Partition file = new Partition(EventTime.ofFiles(OUT_OF_ORDERNESS));
    file.read(new Inbound.Cancel("r", T + 240_000, T));
    assertThat(told).containsExactly(mark(T - 5_001));
  }

  @Test
  void liveFollowsTheRecordsInSteps() {
    Partition partition = new Partition(EventTime.live(OUT_OF_ORDERNESS));
    partition.read(cancel(T));
    partition.read(cancel(T + 10_000));
    partition.read(cancel(T + 7_000));
    assertThat(told).isEmpty();
    partition.tick();
    assertThat(told).containsExactly(mark(T + 4_999));
    partition.read(cancel(T + 1_000));
    partition.tick();
    assertThat(told).containsExactly(mark(T + 4_999), mark(T + 4_999));
  }

  @Test
  void liveSaysNothingBeforeTheFirstRecord() {
    Partition partition = new Partition(EventTime.live(OUT_OF_ORDERNESS));
    partition.tick();
    partition.read(deadLetter());
    partition.tick();
    assertThat(told).isEmpty();
  }

  @Test
  void partitionsAreIndependent() {
    WatermarkStrategy<Inbound> strategy = EventTime.ofFiles(OUT_OF_ORDERNESS);
    new Partition(strategy).read(cancel(T));
    new Partition(strategy).read(cancel(T - 60_000));
    assertThat(told).containsExactly(mark(T - 5_001), mark(T - 65_001));
  }

  @Test
  void travelsToWhereItIsUsed() throws Exception {
    Partition partition = new Partition(InstantiationUtil.clone(EventTime.live(OUT_OF_ORDERNESS)));
    partition.read(cancel(T));
    partition.tick();
    assertThat(told).containsExactly(mark(T - 5_001));
  }

  private static Inbound cancel(long clock) {
    return new Inbound.Cancel("r", clock, clock);
  }

  private static Inbound deadLetter() {
    return new Inbound.Unusable(
        new DeadLetter(
            new Origin("events", 0, 0, new byte[0], T),
            DeadLetterReason.MALFORMED_JSON,
            "It is empty.",
            T));
  }

  private static String mark(long time) {
    return "mark " + time;
  }

  /** What Flink does with the strategy for one partition. */
  private final class Partition implements WatermarkOutput {
    private final WatermarkGenerator<Inbound> generator;
    private final TimestampAssigner<Inbound> assigner;

    Partition(WatermarkStrategy<Inbound> strategy) {
      Context context = new Context(new ManualClock(0));
      generator = strategy.createWatermarkGenerator(context);
      assigner = strategy.createTimestampAssigner(context);
    }

    void read(Inbound record) {
      long kafkaTimestamp = T + 1_000_000_000L;
      generator.onEvent(record, assigner.extractTimestamp(record, kafkaTimestamp), this);
    }

    void tick() {
      generator.onPeriodicEmit(this);
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      told.add(mark(watermark.getTimestamp()));
    }

    @Override
    public void markIdle() {
      told.add("idle");
    }

    @Override
    public void markActive() {
      told.add("active");
    }
  }

  private record Context(RelativeClock getInputActivityClock)
      implements WatermarkGeneratorSupplier.Context, TimestampAssignerSupplier.Context {
    @Override
    public MetricGroup getMetricGroup() {
      return new UnregisteredMetricsGroup();
    }
  }
}
