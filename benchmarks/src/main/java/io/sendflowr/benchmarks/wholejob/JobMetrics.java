package io.sendflowr.benchmarks.wholejob;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** What the metrics of the one job in this JVM say. */
public final class JobMetrics implements MetricReporter {
  private static final List<Counter> READ = new CopyOnWriteArrayList<>();
  private static final List<Gauge<?>> LINK_BYTES = new CopyOnWriteArrayList<>();
  private static volatile Gauge<?> checkpoints;
  private static volatile Gauge<?> checkpointMillis;

  /** Flink finds it by this. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(java.util.Properties properties) {
      return new JobMetrics();
    }
  }

  /** How many records its sources have read. */
  static long read() {
    return READ.stream().mapToLong(Counter::getCount).sum();
  }

  /** Heap that links take in the subtask where they take most; 0 if the job keeps none. */
  static long linkBytes() {
    return LINK_BYTES.stream().mapToLong(JobMetrics::number).max().orElse(0);
  }

  /** How many checkpoints are complete. */
  static long checkpoints() {
    return number(checkpoints);
  }

  /** How long the latest of them took. */
  static long checkpointMillis() {
    return number(checkpointMillis);
  }

  private static long number(Gauge<?> gauge) {
    return gauge != null && gauge.getValue() instanceof Number value ? value.longValue() : 0;
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
      READ.add(counter);
    } else if (metric instanceof Gauge<?> gauge) {
      switch (name) {
        case "linkBytes" -> LINK_BYTES.add(gauge);
        case "numberOfCompletedCheckpoints" -> checkpoints = gauge;
        case "lastCheckpointDuration" -> checkpointMillis = gauge;
        default -> {
          // Not asked for.
        }
      }
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}
}
