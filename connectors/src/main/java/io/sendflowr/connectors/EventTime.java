package io.sendflowr.connectors;

import io.sendflowr.flow.Inbound;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.util.clock.RelativeClock;

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
    return WatermarkStrategy.<Inbound>forGenerator(
            context -> new FileWatermarks(outOfOrderness.toMillis()))
        .withTimestampAssigner((record, ignored) -> record.clock());
  }

  /**
   * For live topics: event time moves in small steps, and a partition that yields nothing that can
   * be used holds nothing back. While none yields anything, the source says that it is idle; to
   * follow the wall clock then is left to the operator behind it, because the generator that Flink
   * asks for a source as a whole cannot know of its partitions.
   *
   * @param outOfOrderness how much later than its successors a record may arrive
   * @param quiet after this long without a record a partition counts as idle
   */
  public static WatermarkStrategy<Inbound> live(Duration outOfOrderness, Duration quiet) {
    return WatermarkStrategy.<Inbound>forGenerator(
            context ->
                new LiveWatermarks(
                    outOfOrderness.toMillis(), quiet.toMillis(), context.getInputActivityClock()))
        .withTimestampAssigner((record, ignored) -> record.clock());
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
        output.emitWatermark(new Watermark(reached - outOfOrderness - 1));
      }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {}
  }

  /**
   * Follows the records of a partition, and is idle while there are none. Flink's own idleness
   * counts every record; here one that cannot be used is none, or a partition full of them would
   * hold everybody back.
   */
  private static final class LiveWatermarks implements WatermarkGenerator<Inbound> {
    private final long outOfOrderness;
    private final long quiet;
    private final RelativeClock activity;
    private long reached = Inbound.NO_CLOCK;
    private long lastRecord;

    LiveWatermarks(long outOfOrderness, long quiet, RelativeClock activity) {
      this.outOfOrderness = outOfOrderness;
      this.quiet = quiet;
      this.activity = activity;
      this.lastRecord = activity.relativeTimeMillis();
    }

    @Override
    public void onEvent(Inbound record, long timestamp, WatermarkOutput output) {
      if (timestamp != Inbound.NO_CLOCK) {
        reached = Math.max(reached, timestamp);
        lastRecord = activity.relativeTimeMillis();
      }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      if (activity.relativeTimeMillis() - lastRecord > quiet) {
        output.markIdle();
      } else if (reached != Inbound.NO_CLOCK) {
        output.emitWatermark(new Watermark(reached - outOfOrderness - 1));
      }
    }
  }
}
