package io.sendflowr.connectors;

/** The topics that the job writes (SPEC section 2). */
public enum OutputTopic {
  /** Decisions and revisions, keyed by request id. */
  SEND_SCHEDULES("send-schedules", "io.sendflowr.send_schedule.v1"),
  /** Why each decision is as it is, keyed by {@code explanation_ref}. */
  EXPLANATIONS("explanations", "io.sendflowr.explanation.v1"),
  /** Merges, splits and quarantines, keyed by universal id. */
  IDENTITY_CHANGES("identity-changes", "io.sendflowr.identity_change.v1"),
  /** Answers to the question who somebody is, keyed by request id. */
  RESOLUTIONS("resolutions", "io.sendflowr.resolution.v1"),
  /** What could not be used, whole, and why. */
  DEAD_LETTERS("dead-letters", "io.sendflowr.dead_letter.v1");

  private final String defaultName;
  private final String eventType;

  OutputTopic(String defaultName, String eventType) {
    this.defaultName = defaultName;
    this.eventType = eventType;
  }

  /**
   * Its name unless configured otherwise; in replay the name of its file, before {@code .jsonl}.
   */
  public String defaultName() {
    return defaultName;
  }

  /**
   * Type of its records as CloudEvents. Fields may be added to a version; anything else is a new
   * one.
   */
  public String eventType() {
    return eventType;
  }
}
