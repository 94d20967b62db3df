package io.sendflowr.record;

import java.util.Locale;

/** Why a record could not be used (SPEC section 8). The lower-case names are stable codes. */
public enum DeadLetterReason {
  /** Not a JSON object. */
  MALFORMED_JSON,
  /** A required field is missing or of the wrong kind. */
  MISSING_FIELD,
  /** A timestamp that is none. */
  BAD_TIMESTAMP,
  /** Stamped more than five minutes after it was received. */
  FUTURE_TIMESTAMP,
  /** Nothing in it says whom it is about. */
  NO_IDENTIFIER,
  /** No descriptor for the platform. */
  UNKNOWN_PLATFORM,
  /** The signature does not fit. */
  BAD_SIGNATURE,
  /** The platform's descriptor does not know what to make of it. */
  UNMAPPED_PAYLOAD,
  /** A send window that is empty or too long. */
  BAD_WINDOW,
  /** A value out of range. */
  BAD_VALUE,
  /** The request id stands for another request. */
  DUPLICATE_REQUEST,
  /** Larger than is read. */
  TOO_LARGE;

  /**
   * The reason of that code.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static DeadLetterReason ofCode(String code) {
    return valueOf(code.toUpperCase(Locale.ROOT));
  }

  /** The code as written. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
