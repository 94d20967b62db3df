package io.sendflowr.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.prometheus.PrometheusReporterFactory;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * Flink's reporter for Prometheus, which here goes on to expose the metrics of a job that has
 * ended: a replay is over before anybody could look.
 */
public final class KeptPrometheus implements MetricReporterFactory {
  private static final String NAME = "kept";
  private static final String PORT = "port";

  /** Makes a cluster report at a port. */
  static void configure(Configuration configuration, int port) {
    configuration.setString(
        "metrics.reporter." + NAME + ".factory.class", KeptPrometheus.class.getName());
    configuration.setString("metrics.reporter." + NAME + "." + PORT, String.valueOf(port));
  }

  /** A port that nobody listens at. */
  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public MetricReporter createMetricReporter(Properties properties) {
    return new Kept(new PrometheusReporterFactory().createMetricReporter(properties));
  }

  private record Kept(MetricReporter prometheus) implements MetricReporter {
    @Override
    public void open(MetricConfig config) {
      prometheus.open(config);
    }

    @Override
    public void close() {
      prometheus.close();
    }

    @Override
    public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
      prometheus.notifyOfAddedMetric(metric, name, group);
    }

    @Override
    public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}
  }
}
