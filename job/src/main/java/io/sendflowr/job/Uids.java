package io.sendflowr.job;

/**
 * The uid of every operator: the address of its state in savepoints. A uid, once released, is never
 * changed and never used for anything else.
 */
final class Uids {
  static final String SOURCE_PREFIX = "source-";
  static final String ROUTE_PREFIX = "route-";
  static final String SINK_PREFIX = "sink-";
  static final String IDENTITY = "identity-resolution";
  static final String LINK_REDUCTION = "link-reduction";
  static final String RESOLUTIONS = "resolutions";
  static final String LATENCY_SAMPLES = "latency-samples";
  static final String LATENCY_ESTIMATES = "latency-estimates";
  static final String DECISIONS = "send-decisions";
  static final String REVISIONS = "revisions";

  private Uids() {}
}
