package io.sendflowr.gateway.http;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;

/** Counts and logs every request that was answered, also those that never came to be routed. */
public final class Answered implements RequestLog {
  private static final String NOWHERE = "-";

  private final GatewayMetrics metrics;
  private final AccessLog log;
  private final InstantSource clock;

  /**
   * @param metrics counts
   * @param log takes a line for each
   * @param clock of now
   */
  public Answered(GatewayMetrics metrics, AccessLog log, InstantSource clock) {
    this.metrics = metrics;
    this.log = log;
    this.clock = clock;
  }

  @Override
  public void log(Request request, Response response) {
    long nanos = System.nanoTime() - request.getBeginNanoTime();
    int status = response.getStatus();
    metrics.answered(
        text(request, Router.ROUTE), status, nanos / (double) TimeUnit.SECONDS.toNanos(1));
    log.answered(
        clock.instant(),
        HttpMethod.fromString(request.getMethod()) == null ? NOWHERE : request.getMethod(),
        text(request, Router.PLACE),
        status,
        Request.getContentBytesRead(request),
        TimeUnit.NANOSECONDS.toMillis(nanos));
  }

  private static String text(Request request, String attribute) {
    return request.getAttribute(attribute) instanceof String text ? text : NOWHERE;
  }
}
