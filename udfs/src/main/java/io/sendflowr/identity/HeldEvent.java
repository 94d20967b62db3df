package io.sendflowr.identity;

import io.sendflowr.signal.Observation;
import java.util.List;

/**
 * An event that an identifier holds, and for whom it counts at present.
 *
 * @param observation the event
 * @param shares persons for whom it counts, ascending
 */
public record HeldEvent(Observation observation, List<Share> shares) {

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
