package io.sendflowr.connectors.platform;

/** A delivery or an item of it becomes no record. Has no stack trace: bad input is no surprise. */
final class UnmappedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;

  UnmappedException(String code, String detail) {
    super(detail, null, false, false);
    this.code = code;
  }

  Rejection rejection() {
    return new Rejection(code, getMessage());
  }
}
