package io.sendflowr.identity;

import java.io.Serializable;
import java.util.List;

/**
 * One line of the audit trail: that identifiers belong to another universal id than before, or that
 * a link or an identifier was found not to tell people apart (SPEC section 4).
 *
 * @param kind what happened
 * @param person key of the universal id that stays or appears
 * @param previous key of the universal id before
 * @param identifiers which identifiers moved, ascending; of a quarantined link its two ends
 * @param cause the link or unlink that made it happen; null if it was an erasure, which leaves
 *     nothing to name
 * @param time epoch ms
 */
public record IdentityChange(
    Kind kind,
    long person,
    long previous,
    List<Identifier> identifiers,
    LinkChange cause,
    long time)
    implements Serializable {

  /** What happened. */
  public enum Kind {
    /** All identifiers of the previous universal id belong to another one now. */
    MERGED,
    /** Some identifiers of the previous universal id belong to another one now, others do not. */
    SPLIT,
    /**
     * An identifier turned out to be shared (rule 2), or a link would have made a person too large
     * (rule 5): it joins nobody.
     */
    QUARANTINED
  }

  public IdentityChange {
    identifiers = List.copyOf(identifiers);
  }
}
