package io.sendflowr.gateway.kafka;

/** What became of a record that was sent. */
public enum Sent {
  /** The brokers have it, all of them that have to. */
  WRITTEN,
  /** It is larger than the brokers or we allow. */
  TOO_LARGE,
  /** Nobody knows: the brokers did not say so in time. It may be sent again. */
  UNCERTAIN
}
