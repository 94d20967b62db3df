package io.sendflowr.connectors;

import io.sendflowr.flow.Inbound;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/**
 * How far event time has come by what a source reads (SPEC section 2, "Event time"). The strategies
 * are for {@code fromSource}, where Flink keeps one generator a partition; assigned after a source,
 * watermarks would overtake slower partitions.
 */
public final class EventTime {
  /** Finer steps would cost more than they bring. */
  private static final Duration SHORTEST_STEP = Duration.ofMillis(20);

  /** Flink's own, which nobody notices beside an out-of-orderness of seconds. */
  private static final Duration LONGEST_STEP = Duration.ofMillis(200);

  private static final int STEPS = 5;

  private EventTime() {}

  /**
   * For files: every record moves event time at once, so that which records are late is a function
   * of the file.
   *
   * @param outOfOrderness how much later than its successors a record may stand
   */
  public static WatermarkStrategy<Inbound> ofFiles(Duration outOfOrderness) {
    return WatermarkStrategy.<Inbound>forGenerator(
            context -> new FileWatermarks(outOfOrderness.toMillis()))
        .withTimestampAssigner((record, ignored) -> record.clock());
  }

  /**
   * For live topics: event time follows the records of a partition in small steps. Where there are
   * none to read, the source itself says so ({@link
   * io.sendflowr.connectors.kafka.KafkaLiveSource}).
   *
   * @param outOfOrderness how much later than its successors a record may arrive
   */
  public static WatermarkStrategy<Inbound> live(Duration outOfOrderness) {
    return WatermarkStrategy.<Inbound>forGenerator(
            context -> new LiveWatermarks(outOfOrderness.toMillis()))
        .withTimestampAssigner((record, ignored) -> record.clock());
  }

  /**
   * In which steps event time goes on in live topics. A decision waits for the out-of-orderness and
   * then for the next step, so a step is a fifth of it where that is short.
   *
   * @param outOfOrderness how much later than its successors a record may arrive
   */
  public static Duration liveStep(Duration outOfOrderness) {
    Duration share = outOfOrderness.dividedBy(STEPS);
    if (share.compareTo(SHORTEST_STEP) < 0) {
      return SHORTEST_STEP;
    }
    return share.compareTo(LONGEST_STEP) > 0 ? LONGEST_STEP : share;
  }

  /**
   * What is known once everything that had been received by an instant has been read: nothing
   * stamped at or before this watermark is still to come.
   *
   * @param instant epoch ms
   * @param outOfOrderness ms that a record may take to arrive
   */
  public static Watermark watermarkAt(long instant, long outOfOrderness) {
    return new Watermark(instant - outOfOrderness - 1);
  }

  /** Follows the records of a file. */
  private static final class FileWatermarks implements WatermarkGenerator<Inbound> {
    private final long outOfOrderness;
    private long reached = Inbound.NO_CLOCK;

    FileWatermarks(long outOfOrderness) {
      this.outOfOrderness = outOfOrderness;
    }

    @Override
    public void onEvent(Inbound record, long timestamp, WatermarkOutput output) {
      if (timestamp > reached) {
        reached = timestamp;
        output.emitWatermark(watermarkAt(reached, outOfOrderness));
      }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {}
  }

  /** Follows the records of a partition, at the pace at which Flink asks. */
  private static final class LiveWatermarks implements WatermarkGenerator<Inbound> {
    private final long outOfOrderness;
    private long reached = Inbound.NO_CLOCK;

    LiveWatermarks(long outOfOrderness) {
      this.outOfOrderness = outOfOrderness;
    }

    @Override
    public void onEvent(Inbound record, long timestamp, WatermarkOutput output) {
      reached = Math.max(reached, timestamp);
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      if (reached != Inbound.NO_CLOCK) {
        output.emitWatermark(watermarkAt(reached, outOfOrderness));
      }
    }
  }
}
