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
 * @param dropped of each presented value that is no identifier why not, as a sentence
 */
public record ResolveRequest(
    String requestId,
    long time,
    long reportedTime,
    List<Identifier> identifiers,
    long personKey,
    List<String> dropped)
    implements Serializable {
  public ResolveRequest {
    identifiers = List.copyOf(identifiers);
    dropped = List.copyOf(dropped);
  }

  /** A question all of whose values are identifiers. */
  public ResolveRequest(
      String requestId,
      long time,
      long reportedTime,
      List<Identifier> identifiers,
      long personKey) {
    this(requestId, time, reportedTime, identifiers, personKey, List.of());
  }

  /** The same, used as of another time because it came late. */
  public ResolveRequest stamped(long effectiveTime) {
    return new ResolveRequest(
        requestId, effectiveTime, reportedTime, identifiers, personKey, dropped);
  }
}
