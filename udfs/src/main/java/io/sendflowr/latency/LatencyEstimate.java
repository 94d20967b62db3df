package io.sendflowr.latency;

/**
 * What is known of a provider's latency from a whole minute on, until another estimate is made.
 *
 * @param provider whose
 * @param from whole minute, epoch ms
 * @param latency the median of the last hour's samples; null if there are too few
 */
public record LatencyEstimate(String provider, long from, Latency latency) {}
