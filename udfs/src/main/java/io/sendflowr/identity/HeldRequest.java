package io.sendflowr.identity;

import io.sendflowr.timing.SendRequest;
import java.util.List;

/**
 * A send request that presented an identifier, and what the identifier said of it last.
 *
 * @param request the request
 * @param place place of the identifier among those presented, from 0; the first holds the request,
 *     and so does the one that a presented universal id was made from
 * @param placed whether the request's own time has come and the person was told
 * @param person key of that person
 * @param members fingerprint of the identifiers that person had then
 * @param confidences where the request is held, by place, how sure each presented identifier is of
 *     that person by itself, 0 to 1, as read when the person's identifiers changed last; else empty
 */
public record HeldRequest(
    SendRequest request,
    int place,
    boolean placed,
    long person,
    long members,
    List<Double> confidences) {
  public HeldRequest {
    confidences = List.copyOf(confidences);
  }

  /** Whether the identifier holds it; else it only says whom it leads to. */
  public boolean isFirst() {
    return place == 0;
  }

  /** A request whose time has not come. */
  public static HeldRequest waiting(SendRequest request, int place) {
    return new HeldRequest(request, place, false, 0, 0, List.of());
  }
}
