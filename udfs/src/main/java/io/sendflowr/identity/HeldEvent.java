package io.sendflowr.identity;

import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import java.util.List;

/**
 * An event that an identifier holds, and for whom it counts at present.
 *
 * @param observation the event
 * @param lastingOnly whether only what it suppresses for good counts, because all else of it was
 *     erased
 * @param shares persons for whom it counts, ascending
 */
public record HeldEvent(Observation observation, boolean lastingOnly, List<Share> shares) {

  /** An event that nobody erased. */
  public HeldEvent(Observation observation, List<Share> shares) {
    this(observation, false, shares);
  }

  /** The same, counting for others. */
  public HeldEvent sharedBy(List<Share> others) {
    return new HeldEvent(observation, lastingOnly, others);
  }

  /** The event as it counts for one of those who share it. */
  public PersonEvent as(Share share) {
    return new PersonEvent(observation, share.guardOnly(), lastingOnly);
  }

  /**
   * That an event counts for a person.
   *
   * @param person key of the person
   * @param guardOnly whether only as a circuit breaker or the end of one (SPEC section 4, rule 4)
   */
  public record Share(long person, boolean guardOnly) {}

  public HeldEvent {
    shares = List.copyOf(shares);
  }
}
