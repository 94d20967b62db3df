package io.sendflowr.gateway.http;

/**
 * Why a request was not done.
 *
 * @param status of HTTP
 * @param code stable, for programs
 * @param detail one sentence for people, with nothing personal in it
 */
record Problem(int status, String code, String detail) {
  static final Problem UNAUTHORIZED =
      new Problem(
          401,
          "unauthorized",
          "A valid token is needed: send the header Authorization: Bearer <token>.");
  static final Problem BAD_SIGNATURE =
      new Problem(401, "bad_signature", "The request carries no valid proof of where it is from.");
  static final Problem STALE =
      new Problem(
          401, "stale_signature", "The signature is valid, but was made too long ago or ahead.");
  static final Problem NOT_FOUND = new Problem(404, "not_found", "There is nothing here.");
  static final Problem OFF =
      new Problem(404, "platform_off", "No secret is configured for this platform, so it is off.");
  static final Problem UNKNOWN_PLATFORM =
      new Problem(404, "unknown_platform", "There is no platform of this name.");
  static final Problem METHOD =
      new Problem(405, "method_not_allowed", "See the header Allow for what can be done here.");
  static final Problem SLOW = new Problem(408, "request_timeout", "The body did not come in time.");
  static final Problem TOO_LARGE =
      new Problem(413, "too_large", "The body is larger than is read; split it.");
  static final Problem BUSY =
      new Problem(429, "busy", "Too much is being worked on at the moment; try again.");
  static final Problem UNAVAILABLE =
      new Problem(
          503, "unavailable", "Kafka did not confirm that it has the record; send it again.");
  static final Problem UNCHECKED =
      new Problem(
          503, "unavailable", "What the signature is checked with cannot be had now; send again.");

  static Problem badRequest(String code, String detail) {
    return new Problem(400, code, detail);
  }

  /** Whether the same request may well be done a little later. */
  boolean passes() {
    return status == 429 || status == 503 || status == 504;
  }
}
