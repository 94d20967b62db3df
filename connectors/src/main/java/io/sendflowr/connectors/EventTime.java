package io.sendflowr.connectors;

import io.sendflowr.flow.Inbound;
import java.io.Serializable;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/**
 * How far event time has come (SPEC section 2, "Event time"). The strategies are for {@code
 * fromSource}, where Flink keeps one generator a partition; assigned after a source, watermarks
 * would overtake slower partitions.
 */
public final class EventTime {
  private EventTime() {}

  /** A clock that travels with the job. */
  public interface SerializableClock extends Supplier<Clock>, Serializable {}

  /**
   * For files: event time is where the records are, and nowhere else. Every record moves it at
   * once, so that which records are late is a function of the file.
   *
   * @param outOfOrderness how much later than its successors a record may stand
   */
  public static WatermarkStrategy<Inbound> ofRecords(Duration outOfOrderness) {
    return WatermarkStrategy.<Inbound>forGenerator(
            context -> new RecordWatermarks(outOfOrderness.toMillis()))
        .withTimestampAssigner((record, ignored) -> record.clock());
  }

  /**
   * For live topics: as the records say, and where none come, as the wall clock says.
   *
   * @param outOfOrderness how much later than its successors a record may arrive
   * @param quiet after this long without a record a partition is taken to be up to date
   * @param clock the wall clock
   */
  public static WatermarkStrategy<Inbound> live(
      Duration outOfOrderness, Duration quiet, SerializableClock clock) {
    return WatermarkStrategy.<Inbound>forGenerator(
            context -> new LiveWatermarks(outOfOrderness.toMillis(), quiet.toMillis(), clock.get()))
        .withTimestampAssigner((record, ignored) -> record.clock());
  }

  /** Follows the records alone. */
  private static final class RecordWatermarks implements WatermarkGenerator<Inbound> {
    private final long outOfOrderness;
    private long reached = Inbound.NO_CLOCK;

    RecordWatermarks(long outOfOrderness) {
      this.outOfOrderness = outOfOrderness;
    }

    @Override
    public void onEvent(Inbound record, long timestamp, WatermarkOutput output) {
      if (timestamp != Inbound.NO_CLOCK && timestamp > reached) {
        reached = timestamp;
        output.emitWatermark(new Watermark(reached - outOfOrderness - 1));
      }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {}
  }

  /** Follows the records, and the wall clock while there are none. */
  static final class LiveWatermarks implements WatermarkGenerator<Inbound> {
    private final long outOfOrderness;
    private final long quiet;
    private final Clock clock;
    private long reached = Inbound.NO_CLOCK;
    private long lastRecord;

    LiveWatermarks(long outOfOrderness, long quiet, Clock clock) {
      this.outOfOrderness = outOfOrderness;
      this.quiet = quiet;
      this.clock = clock;
      this.lastRecord = clock.millis();
    }

    @Override
    public void onEvent(Inbound record, long timestamp, WatermarkOutput output) {
      lastRecord = clock.millis();
      reached = Math.max(reached, timestamp);
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      long now = clock.millis();
      if (now - lastRecord >= quiet) {
        reached = Math.max(reached, now);
      }
      if (reached != Inbound.NO_CLOCK) {
        output.emitWatermark(new Watermark(reached - outOfOrderness - 1));
      }
    }
  }
}
