package io.sendflowr.identity;

import java.io.Serializable;
import java.util.List;

/**
 * The question who somebody is (SPEC section 4, "Asking").
 *
 * @param requestId the asker's id
 * @param time effective event time, epoch ms: as of then it is answered
 * @param reportedTime its own timestamp, epoch ms
 * @param identifiers presented identifiers: distinct, ascending; empty if a universal id was
 *     presented
 * @param personKey key of the first identifier, or the one that the universal id was made from
 */
public record ResolveRequest(
    String requestId, long time, long reportedTime, List<Identifier> identifiers, long personKey)
    implements Serializable {
  public ResolveRequest {
    identifiers = List.copyOf(identifiers);
  }

  /** The same, used as of another time because it came late. */
  public ResolveRequest stamped(long effectiveTime) {
    return new ResolveRequest(requestId, effectiveTime, reportedTime, identifiers, personKey);
  }
}
