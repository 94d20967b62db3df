package io.sendflowr.flink;

import org.apache.flink.metrics.Gauge;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * How far event time is behind the wall clock, in ms, from 0. Before the first watermark it is how
 * long one has been waited for, so that a source that never yields one is noticed like one that
 * yields no more. It is 0 while the input is idle, because what has nothing to read holds nobody
 * back.
 */
public final class WatermarkLag implements Gauge<Long> {
  private final ProcessingTimeService clock;
  private volatile long reached;
  private volatile boolean idle;

  /**
   * @param clock the wall clock; it is read for this metric only
   */
  public WatermarkLag(ProcessingTimeService clock) {
    this.clock = clock;
    this.reached = clock.getCurrentProcessingTime();
  }

  /** Event time has come to a watermark (epoch ms). */
  public void advance(long watermark) {
    reached = watermark;
  }

  /** The input is idle from now on, or no more. */
  public void rest(boolean isIdle) {
    idle = isIdle;
  }

  @Override
  public Long getValue() {
    return idle ? 0 : Math.max(0, clock.getCurrentProcessingTime() - reached);
  }
}
