package io.sendflowr.signal;

import java.util.List;
import java.util.Set;

/**
 * Derived signals (SPEC section 3): functions of the set of one person's events, whoever of their
 * identifiers they were seen on. All bounds are inclusive, and matches may overlap.
 */
public interface DerivedSignals {

  /**
   * What a derived signal is made of.
   *
   * @param signal its name, by which the catalogue knows what it does
   * @param types types of the events that take part
   * @param reachMillis how long before the signal an event that takes part can be stamped, in ms
   */
  record Derivation(String signal, Set<String> types, long reachMillis) {
    public Derivation {
      types = Set.copyOf(types);
    }
  }

  /** Every signal that can be derived, and from what. */
  List<Derivation> derivations();

  /**
   * The derived signals of a person, those that are due up to {@code now}.
   *
   * @param events distinct events of the person stamped at or before {@code now}, in {@link
   *     Observation#ORDER}
   * @param now epoch ms
   * @return each once
   */
  List<Signal> derive(List<Observation> events, long now);

  /**
   * The next instant after {@code now} at which the events known so far may yield a derived signal
   * by the mere passing of time; {@link Long#MAX_VALUE} if none.
   */
  long nextDue(List<Observation> events, long now);
}
