package io.sendflowr.latency;

/**
 * How long a message took.
 *
 * @param provider who delivered it
 * @param deliveredAt effective event time, epoch ms
 * @param latencyMillis from 0
 */
public record LatencySample(String provider, long deliveredAt, long latencyMillis) {}
