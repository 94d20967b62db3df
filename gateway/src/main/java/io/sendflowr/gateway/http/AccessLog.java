package io.sendflowr.gateway.http;

import java.time.Instant;

/** Is told of every request that was answered. Nothing that it is told is personal. */
public interface AccessLog {
  /** Keeps no log. */
  AccessLog NONE = (at, method, route, status, bytes, millis) -> {};

  /**
   * Takes note of a request.
   *
   * @param at when it was answered
   * @param method of HTTP; {@code -} if it is none that we know
   * @param route which part of the gateway it was for, such as {@code /webhooks/shopify}; never the
   *     path or query as they came
   * @param status of the answer
   * @param bytes of the body that were read
   * @param millis it took
   */
  void answered(Instant at, String method, String route, int status, long bytes, long millis);
}
