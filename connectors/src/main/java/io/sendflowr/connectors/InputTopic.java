package io.sendflowr.connectors;

/** The topics that the job reads (SPEC section 2). */
public enum InputTopic {
  /** Deliveries of platforms, as received. */
  WEBHOOKS("webhooks"),
  /** Canonical events. */
  EVENTS("events"),
  /** Identity links and unlinks, and whom to forget. */
  LINKS("links"),
  /** Timing requests, their withdrawals, and the question who somebody is. */
  SEND_REQUESTS("send-requests");

  private final String defaultName;

  InputTopic(String defaultName) {
    this.defaultName = defaultName;
  }

  /**
   * Its name unless configured otherwise; in replay the name of its file, before {@code .jsonl}.
   */
  public String defaultName() {
    return defaultName;
  }
}
