package io.sendflowr.benchmarks.wholejob;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** Counts what the sources of the one job in this JVM have read. */
public final class ReadCounter implements MetricReporter {
  private static final List<Counter> COUNTERS = new CopyOnWriteArrayList<>();

  /** Flink finds it by this. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(java.util.Properties properties) {
      return new ReadCounter();
    }
  }

  /** How many records were read since the last {@link #reset}. */
  static long read() {
    return COUNTERS.stream().mapToLong(Counter::getCount).sum();
  }

  /** Forgets what a job counted that has ended. */
  static void reset() {
    COUNTERS.clear();
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    String operator = group.getAllVariables().getOrDefault("<operator_name>", "");
    if (metric instanceof Counter counter
        && name.equals("numRecordsIn")
        && operator.startsWith("Source: ")) {
      COUNTERS.add(counter);
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}
}
