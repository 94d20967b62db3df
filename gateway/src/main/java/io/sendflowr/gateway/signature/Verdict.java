package io.sendflowr.gateway.signature;

/** What became of the check of a signature. */
public enum Verdict {
  /** It is the platform's. */
  VALID,
  /** There is none, or it is not the platform's, or not of this request. */
  INVALID,
  /** It is the platform's, but made too long ago, or too far ahead: somebody may replay it. */
  STALE,
  /** It cannot be checked now, as what it is checked with cannot be had. */
  UNKNOWN
}
