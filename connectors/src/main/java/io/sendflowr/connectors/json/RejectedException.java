package io.sendflowr.connectors.json;

import io.sendflowr.record.DeadLetterReason;

/** A record cannot be used; the message is one sentence that names what, where and what to do. */
final class RejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final DeadLetterReason reason;

  RejectedException(DeadLetterReason reason, String detail) {
    // No stack trace: bad records are data, and there can be many.
    super(detail, null, false, false);
    this.reason = reason;
  }

  DeadLetterReason reason() {
    return reason;
  }
}
