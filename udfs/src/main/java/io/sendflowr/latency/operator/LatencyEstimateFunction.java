package io.sendflowr.latency.operator;

import io.sendflowr.flink.Metrics;
import io.sendflowr.flink.States;
import io.sendflowr.latency.Latency;
import io.sendflowr.latency.LatencyCounts;
import io.sendflowr.latency.LatencyEstimate;
import io.sendflowr.latency.LatencyRule;
import io.sendflowr.latency.LatencySample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Estimates the latency of a provider, keyed by provider, at the whole minutes at which the samples
 * of the last hour are others than before, and tells of it if it has changed.
 *
 * <p>The estimate of a whole minute is made one millisecond earlier: all samples before the minute
 * are known then, and whoever waits for the watermark to reach the minute has heard of the
 * estimate.
 *
 * <p>Of each minute it is kept how many samples there are in each page, a second of latency, and of
 * each page how many of each latency. So a sample costs what is in its page, however many there
 * are, and to find the middle of an hour only the pages are read in which it lies.
 */
public final class LatencyEstimateFunction
    extends KeyedProcessFunction<String, LatencySample, LatencyEstimate> {
  private static final long serialVersionUID = 1L;

  /** Latencies of a page, in ms. There are fewer pages than milliseconds of a minute. */
  private static final long PAGE = 1000;

  /**
   * Providers of a subtask that have a metric of their own. A provider is what events name as their
   * source, which may be anything, and a metric stays as long as its task.
   */
  private static final int SHOWN = 50;

  private transient MapState<Long, long[]> pages;
  private transient MapState<Long, long[]> latencies;
  private transient ValueState<Latency> told;
  private transient MetricGroup metrics;
  private transient Map<String, AtomicLong> shown;

  @Override
  public void open(OpenContext context) {
    pages = getRuntimeContext().getMapState(States.latencyPages());
    latencies = getRuntimeContext().getMapState(States.latencyCounts());
    told = getRuntimeContext().getState(States.latencyTold());
    metrics = Metrics.of(getRuntimeContext().getMetricGroup());
    shown = new HashMap<>();
  }

  @Override
  public void processElement(LatencySample sample, Context context, Collector<LatencyEstimate> out)
      throws Exception {
    long minute = LatencyRule.minuteOf(sample.deliveredAt());
    long latency = LatencyRule.counted(sample.latencyMillis());
    long page = latency / PAGE;
    long[] ofMinute = pages.get(minute);
    if (ofMinute == null) {
      ofMinute = LatencyCounts.NONE;
      context.timerService().registerEventTimeTimer(LatencyRule.countsFrom(minute) - 1);
      context.timerService().registerEventTimeTimer(LatencyRule.countsUntil(minute) - 1);
    }
    pages.put(minute, LatencyCounts.plus(ofMinute, page));
    long[] ofPage = latencies.get(key(minute, page));
    latencies.put(
        key(minute, page),
        LatencyCounts.plus(ofPage == null ? LatencyCounts.NONE : ofPage, latency));
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<LatencyEstimate> out)
      throws Exception {
    long wholeMinute = timestamp + 1;
    forget(wholeMinute - LatencyRule.WINDOW - LatencyRule.MINUTE);
    Latency latency = estimate(wholeMinute);
    show(context.getCurrentKey(), latency);
    if (!Objects.equals(latency, told.value())) {
      told.update(latency);
      out.collect(new LatencyEstimate(context.getCurrentKey(), wholeMinute, latency));
    }
  }

  private void show(String provider, Latency latency) {
    AtomicLong millis = shown.get(provider);
    if (millis == null && latency != null && shown.size() < SHOWN) {
      millis = new AtomicLong();
      shown.put(provider, millis);
      metrics.addGroup("provider", provider).gauge("latencyEstimate", millis::get);
    }
    if (millis != null) {
      millis.set(latency == null ? 0 : latency.millis());
    }
  }

  private void forget(long minute) throws Exception {
    long[] ofMinute = pages.get(minute);
    if (ofMinute != null) {
      for (long page : LatencyCounts.numbers(ofMinute)) {
        latencies.remove(key(minute, page));
      }
      pages.remove(minute);
    }
  }

  /** The estimate of a whole minute; null if there are too few samples. */
  private Latency estimate(long wholeMinute) throws Exception {
    List<Long> minutes = new ArrayList<>();
    List<long[]> ofMinutes = new ArrayList<>();
    for (long minute = wholeMinute - LatencyRule.WINDOW;
        minute < wholeMinute;
        minute += LatencyRule.MINUTE) {
      long[] ofMinute = pages.get(minute);
      if (ofMinute != null) {
        minutes.add(minute);
        ofMinutes.add(ofMinute);
      }
    }
    long[] all = LatencyCounts.merged(ofMinutes);
    long samples = LatencyCounts.total(all);
    return samples < LatencyRule.MIN_SAMPLES
        ? null
        : new Latency(
            LatencyRule.median(
                latency(minutes, all, (samples - 1) / 2), latency(minutes, all, samples / 2)),
            samples);
  }

  /** The latency that has so many others before it. */
  private long latency(List<Long> minutes, long[] all, long rank) throws Exception {
    long page = LatencyCounts.at(all, rank);
    List<long[]> ofPage = new ArrayList<>();
    for (long minute : minutes) {
      long[] counts = latencies.get(key(minute, page));
      if (counts != null) {
        ofPage.add(counts);
      }
    }
    return LatencyCounts.at(LatencyCounts.merged(ofPage), rank - LatencyCounts.below(all, page));
  }

  private static long key(long minute, long page) {
    return minute + page;
  }
}
