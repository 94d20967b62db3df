package io.sendflowr.gateway.http;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.LongSupplier;

/** What the gateway counts, in the text format of Prometheus. */
public final class GatewayMetrics {
  private static final double[] SECONDS = {
    .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20
  };

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final Counter requests =
      Counter.builder()
          .name("sendflowr_gateway_requests_total")
          .help("Requests answered, by route and status.")
          .labelNames("route", "status")
          .register(registry);
  private final Histogram seconds =
      Histogram.builder()
          .name("sendflowr_gateway_request_seconds")
          .help("Time from a request's first byte to its answer.")
          .labelNames("route")
          .classicOnly()
          .classicUpperBounds(SECONDS)
          .register(registry);
  private final Counter webhooks =
      Counter.builder()
          .name("sendflowr_gateway_webhooks_total")
          .help("Webhooks by platform and what became of them.")
          .labelNames("platform", "outcome")
          .register(registry);
  private final Counter records =
      Counter.builder()
          .name("sendflowr_gateway_records_total")
          .help("Records sent to Kafka, by topic and whether the brokers confirmed them.")
          .labelNames("topic", "outcome")
          .register(registry);

  /**
   * Shows a number as it is at the moment.
   *
   * @param name after {@code sendflowr_gateway_}
   * @param help what it is
   * @param value read whenever somebody looks
   */
  public void gauge(String name, String help, LongSupplier value) {
    GaugeWithCallback.builder()
        .name("sendflowr_gateway_" + name)
        .help(help)
        .callback(callback -> callback.call((double) value.getAsLong()))
        .register(registry);
  }

  void answered(String route, int status, double took) {
    requests.labelValues(route, Integer.toString(status)).inc();
    seconds.labelValues(route).observe(took);
  }

  void webhook(String platform, String outcome) {
    webhooks.labelValues(platform, outcome).inc();
  }

  void sent(String topic, String outcome) {
    records.labelValues(topic, outcome).inc();
  }

  String contentType() {
    return writer.getContentType();
  }

  byte[] scrape() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      writer.write(text, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("Bytes in memory cannot fail", e);
    }
    return text.toByteArray();
  }
}
