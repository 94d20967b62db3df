package io.sendflowr.identity;

import io.sendflowr.timing.SendRequest;

/**
 * A send request that an identifier holds, and with whom it is at present.
 *
 * @param request the request
 * @param placed whether its own time has come and it was given to a person
 * @param person key of that person
 * @param members fingerprint of the identifiers that person had then
 * @param identityConfidence how sure it is that the request means the person, 0 to 1
 */
public record HeldRequest(
    SendRequest request, boolean placed, long person, long members, double identityConfidence) {

  /** The same with another confidence. */
  public HeldRequest withConfidence(double confidence) {
    return new HeldRequest(request, placed, person, members, confidence);
  }

  /** A request whose time has not come. */
  public static HeldRequest waiting(SendRequest request) {
    return new HeldRequest(request, false, 0, 0, 0);
  }
}
