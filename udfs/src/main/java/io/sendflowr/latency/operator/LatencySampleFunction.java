package io.sendflowr.latency.operator;

import io.sendflowr.flink.Metrics;
import io.sendflowr.flink.States;
import io.sendflowr.latency.DeliveryReport;
import io.sendflowr.latency.DeliveryReport.Kind;
import io.sendflowr.latency.DeliveryReports;
import io.sendflowr.latency.DeliveryReports.Deliveries;
import io.sendflowr.latency.LatencySample;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Measures how long messages take, keyed by message: a delivery is looked at by a timer when the
 * watermark has reached it, as what was sent up to it is known then, whatever came first.
 */
public final class LatencySampleFunction
    extends KeyedProcessFunction<String, DeliveryReport, LatencySample> {
  private static final long serialVersionUID = 1L;

  private transient ListState<DeliveryReport> reports;
  private transient Counter samples;
  private transient Counter unmatched;

  @Override
  public void open(OpenContext context) {
    reports = getRuntimeContext().getListState(States.deliveryReports());
    MetricGroup metrics = Metrics.of(getRuntimeContext().getMetricGroup());
    samples = metrics.counter("latencySamples");
    unmatched = metrics.counter("deliveriesWithoutSent");
  }

  @Override
  public void processElement(DeliveryReport report, Context context, Collector<LatencySample> out)
      throws Exception {
    reports.add(report);
    if (report.kind() == Kind.DELIVERED) {
      context.timerService().registerEventTimeTimer(report.time());
    }
    context.timerService().registerEventTimeTimer(DeliveryReports.forgottenAt(report));
  }

  @Override
  public void onTimer(long now, OnTimerContext context, Collector<LatencySample> out)
      throws Exception {
    List<DeliveryReport> all = new ArrayList<>();
    boolean due = false;
    for (DeliveryReport report : reports.get()) {
      all.add(report);
      due |= DeliveryReports.forgottenAt(report) <= now;
    }
    Deliveries deliveries = DeliveryReports.deliveriesAt(all, now);
    unmatched.inc(deliveries.unmatched());
    for (LatencySample sample : deliveries.samples()) {
      samples.inc();
      out.collect(sample);
    }
    if (due) {
      reports.update(DeliveryReports.rememberedAfter(all, now));
    }
  }
}
