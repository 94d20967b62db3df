package io.sendflowr.flink;

import java.util.Optional;
import org.apache.flink.streaming.api.operators.InternalTimeServiceManager;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.watermark.Watermark;

/** Timers of an operator that does things of its own between two of them. */
public final class EventTimers {
  private EventTimers() {}

  /**
   * Fires an operator's timers up to an instant, which may be over: event time never goes back.
   *
   * @param instant epoch ms
   * @param timers tells how far event time has come
   * @param all of the operator
   * @throws Exception as what the timers do
   */
  public static void fireUpTo(
      long instant, InternalTimerService<?> timers, Optional<InternalTimeServiceManager<?>> all)
      throws Exception {
    if (instant > timers.currentWatermark()) {
      all.orElseThrow().advanceWatermark(new Watermark(instant));
    }
  }
}
