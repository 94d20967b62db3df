package io.sendflowr.connectors.platform;

/**
 * Why a delivery, or some of the items of its batch, became no record.
 *
 * @param code stable code of a dead letter, one of the constants of this class
 * @param detail one sentence that names what, where and what to do; it carries no email address
 */
public record Rejection(String code, String detail) {
  /** No descriptor for the platform. */
  public static final String UNKNOWN_PLATFORM = "unknown_platform";

  /** The platform's descriptor does not know what to make of it, or says that nothing is made. */
  public static final String UNMAPPED_PAYLOAD = "unmapped_payload";

  /** A required field is missing or of the wrong kind. */
  public static final String MISSING_FIELD = "missing_field";

  /** A time that is none. */
  public static final String BAD_TIMESTAMP = "bad_timestamp";

  /** Nothing in it says whom it is about. */
  public static final String NO_IDENTIFIER = "no_identifier";

  /** The body is a string that should be JSON text and is not. */
  public static final String MALFORMED_JSON = "malformed_json";
}
