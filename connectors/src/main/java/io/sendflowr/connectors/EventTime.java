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
  private EventTime() {}

  /**
   * For files: every record moves event time at once, so that which records are late is a function
   * of the file.
   *
   * @param outOfOrderness how much later than its successors a record may stand
   */
  public static WatermarkStrategy<Inbound> ofFiles(Duration outOfOrderness) {
    return strategy(outOfOrderness, true);
  }

  /**
   * For live topics: event time moves in small steps, and a partition that yields nothing holds
   * nothing back. While none yields anything, the source says that it is idle; to follow the wall
   * clock then is left to the operator behind it, because the generator that Flink asks for a
   * source as a whole cannot know of its partitions.
   *
   * @param outOfOrderness how much later than its successors a record may arrive
   * @param quiet after this long without a record a partition counts as idle
   */
  public static WatermarkStrategy<Inbound> live(Duration outOfOrderness, Duration quiet) {
    return strategy(outOfOrderness, false).withIdleness(quiet);
  }

  private static WatermarkStrategy<Inbound> strategy(Duration outOfOrderness, boolean atOnce) {
    return WatermarkStrategy.<Inbound>forGenerator(
            context -> new RecordWatermarks(outOfOrderness.toMillis(), atOnce))
        .withTimestampAssigner((record, ignored) -> record.clock());
  }

  /** Follows the records. */
  private static final class RecordWatermarks implements WatermarkGenerator<Inbound> {
    private final long outOfOrderness;
    private final boolean atOnce;
    private long reached = Inbound.NO_CLOCK;

    RecordWatermarks(long outOfOrderness, boolean atOnce) {
      this.outOfOrderness = outOfOrderness;
      this.atOnce = atOnce;
    }

    @Override
    public void onEvent(Inbound record, long timestamp, WatermarkOutput output) {
      if (timestamp > reached) {
        reached = timestamp;
        if (atOnce) {
          emit(output);
        }
      }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      if (reached != Inbound.NO_CLOCK) {
        emit(output);
      }
    }

    private void emit(WatermarkOutput output) {
      output.emitWatermark(new Watermark(reached - outOfOrderness - 1));
    }
  }
}
