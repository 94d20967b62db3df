package io.sendflowr.identity;

import java.io.Serializable;
import java.util.List;

/**
 * That the person of these identifiers is to be forgotten (SPEC section 5).
 *
 * @param identifiers whom it names: distinct, ascending, at least one
 * @param time effective event time, epoch ms
 * @param reportedTime its own timestamp, epoch ms
 */
public record Erasure(List<Identifier> identifiers, long time, long reportedTime)
    implements Serializable {
  public Erasure {
    identifiers = List.copyOf(identifiers);
  }

  /** The same, used as of another time because it came late. */
  public Erasure stamped(long effectiveTime) {
    return new Erasure(identifiers, effectiveTime, reportedTime);
  }
}
