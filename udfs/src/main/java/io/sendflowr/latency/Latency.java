package io.sendflowr.latency;

import java.io.Serializable;

/**
 * How long a message takes from trigger to arrival, and who says so.
 *
 * @param millis from 0; at most 900 s if measured, at most 3600 s if the request says so
 * @param samples how many deliveries of the provider it is the median of, at least {@link
 *     LatencyRule#MIN_SAMPLES}; 0 if it is what the request estimates
 */
public record Latency(long millis, long samples) implements Serializable {

  /** What a request estimates. */
  public static Latency ofRequest(long millis) {
    return new Latency(millis, 0);
  }

  /** Whether it was measured from deliveries of the request's provider. */
  public boolean isMeasured() {
    return samples > 0;
  }
}
