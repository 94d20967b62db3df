package io.sendflowr.identity;

import io.sendflowr.timing.SendRequest;

/**
 * A send request that presented an identifier, and what the identifier said of it last.
 *
 * @param request the request
 * @param rank rank of the identifier's type, 0 if a universal id was presented
 * @param placed whether the request's own time has come and the person was told
 * @param person key of that person
 * @param members fingerprint of the identifiers that person had then
 * @param confidence how sure the identifier was by itself when it was asked last, 0 to 1
 */
public record HeldRequest(
    SendRequest request, int rank, boolean placed, long person, long members, double confidence) {

  /** The same with another confidence. */
  public HeldRequest withConfidence(double other) {
    return new HeldRequest(request, rank, placed, person, members, other);
  }

  /** A request whose time has not come. */
  public static HeldRequest waiting(SendRequest request, int rank) {
    return new HeldRequest(request, rank, false, 0, 0, 0);
  }
}
