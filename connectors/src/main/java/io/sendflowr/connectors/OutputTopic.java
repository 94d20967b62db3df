package io.sendflowr.connectors;

/** The topics that the job writes (SPEC section 2). */
public enum OutputTopic {
  /** Decisions and revisions, keyed by request id. */
  SEND_SCHEDULES("send-schedules"),
  /** Why each decision is as it is, keyed by {@code explanation_ref}. */
  EXPLANATIONS("explanations"),
  /** Merges, splits and quarantines, keyed by universal id. */
  IDENTITY_CHANGES("identity-changes"),
  /** Answers to the question who somebody is, keyed by request id. */
  RESOLUTIONS("resolutions"),
  /** What could not be used, whole, and why. */
  DEAD_LETTERS("dead-letters");

  private final String defaultName;

  OutputTopic(String defaultName) {
    this.defaultName = defaultName;
  }

  /**
   * Its name unless configured otherwise; in replay the name of its file, before {@code .jsonl}.
   */
  public String defaultName() {
    return defaultName;
  }
}
