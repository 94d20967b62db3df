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

  /** A person of whom no event is known yet. */
  History history();

  /** What can be derived of one person, as events of that person become known. Not thread-safe. */
  interface History {

    /**
     * Takes an event, in any order; one that takes part in no signal changes nothing.
     *
     * @param event repeats none that was taken before
     */
    void add(Observation event);

    /**
     * When a derived signal of the person was due, up to an instant, of events stamped at or before
     * it.
     *
     * @param signal its name
     * @param now epoch ms
     * @return epoch ms, ascending, each once
     */
    List<Long> due(String signal, long now);

    /**
     * The next instant after {@code now} (epoch ms) at which the events stamped at or before {@code
     * now} yield a derived signal by the mere passing of time; {@link Long#MAX_VALUE} if there is
     * none.
     */
    long nextDue(long now);

    /** What was found at the last look, for a history of the same person that begins anew. */
    Findings findings();

    /**
     * Goes on from what was found before. It counts only as far as it was found of the very events
     * that are known here, so it changes no answer.
     */
    void recall(Findings findings);
  }

  /** What was found, without the events that it was found in. Immutable. */
  interface Findings {
    /** How much memory it takes, in longs. */
    int size();
  }
}
