package io.sendflowr.signal;

import java.io.Serializable;
import java.util.Comparator;

/**
 * An event as it counts for one person.
 *
 * @param observation the event
 * @param guardOnly whether it counts only as a circuit breaker or as the end of one, because it was
 *     seen on an identifier that several people share (SPEC section 4, rule 4)
 * @param lastingOnly whether only what it suppresses for good counts, because all else of it was
 *     erased (SPEC section 5)
 */
public record PersonEvent(Observation observation, boolean guardOnly, boolean lastingOnly)
    implements Serializable {

  /** An event that nobody erased. */
  public PersonEvent(Observation observation, boolean guardOnly) {
    this(observation, guardOnly, false);
  }

  /** As the observations; an event that counts in full before the same one that does not. */
  public static final Comparator<PersonEvent> ORDER =
      (one, other) -> {
        int order = Observation.ORDER.compare(one.observation(), other.observation());
        if (order == 0) {
          order = Boolean.compare(one.guardOnly(), other.guardOnly());
        }
        return order == 0 ? Boolean.compare(one.lastingOnly(), other.lastingOnly()) : order;
      };
}
