package io.sendflowr.signal;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CircuitBreaker;
import io.sendflowr.catalogue.HotPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Reads what is effective from a person's events. For one thread, as what derives signals is. */
public final class SignalReader {
  private static final Role NO_ROLE = new Role(null, null, false, false, false, 0);

  private final DerivedSignals derived;
  private final Horizon horizon;
  private final Map<String, Role> roles = new HashMap<>();
  private final Map<String, Role> derivedRoles = new TreeMap<>();

  /**
   * @param catalogue what event types do
   * @param derived finds derived signals
   */
  public SignalReader(Catalogue catalogue, DerivedSignals derived) {
    this.derived = derived;
    this.horizon = new Horizon(catalogue, derived.derivations());
    Set<String> parts = new HashSet<>();
    derived.derivations().forEach(derivation -> parts.addAll(derivation.types()));
    Set<String> types = new HashSet<>(parts);
    types.addAll(catalogue.actingTypes());
    derived
        .derivations()
        .forEach(one -> derivedRoles.put(one.signal(), Role.of(one.signal(), catalogue, false)));
    types.forEach(type -> roles.put(type, Role.of(type, catalogue, parts.contains(type))));
  }

  /**
   * What a type does.
   *
   * @param hotPath null if it is none
   * @param breaker null if it is none
   * @param click whether it feeds the base curve
   * @param ending whether it ends suppressions
   * @param part whether signals are derived from it
   * @param reachMillis how long it acts by itself
   */
  record Role(
      HotPath hotPath,
      CircuitBreaker breaker,
      boolean click,
      boolean ending,
      boolean part,
      long reachMillis) {
    static Role of(String type, Catalogue catalogue, boolean part) {
      return new Role(
          catalogue.hotPath(type),
          catalogue.circuitBreaker(type),
          catalogue.isClick(type),
          catalogue.isEnding(type),
          part,
          Horizon.ownReachMillis(catalogue, type));
    }

    /** Whether one that happened at an instant acts no more by itself at another (epoch ms). */
    boolean isOver(long time, long now) {
      return now - time > reachMillis;
    }
  }

  /** How long events act. */
  public Horizon horizon() {
    return horizon;
  }

  /** A person of whom no event is known yet. */
  public SignalIndex index() {
    return new SignalIndex(this);
  }

  /**
   * What counts for a person.
   *
   * @param events all of the person's events, in any order, repetitions and later ones included
   * @param stampedUpTo only events stamped at or before it count, epoch ms
   * @param now the instant of the decision, epoch ms
   */
  public PersonSignals at(List<PersonEvent> events, long stampedUpTo, long now) {
    return distinct(events, stampedUpTo).at(stampedUpTo, now);
  }

  /** Those of a person's events that are stamped up to an instant (epoch ms) and repeat none. */
  public SignalIndex distinct(List<PersonEvent> events, long stampedUpTo) {
    List<PersonEvent> stamped = new ArrayList<>(events.size());
    for (PersonEvent event : events) {
      if (event.observation().time() <= stampedUpTo) {
        stamped.add(event);
      }
    }
    SignalIndex index = index();
    DistinctEvents.of(stamped, PersonEvent.ORDER, PersonEvent::observation, horizon)
        .forEach(event -> index.add(Counted.always(event)));
    return index;
  }

  DerivedSignals derived() {
    return derived;
  }

  /** By name, what derived signals do. */
  Map<String, Role> derivedRoles() {
    return derivedRoles;
  }

  /** What events of a type do. */
  Role role(String type) {
    return roles.getOrDefault(type, NO_ROLE);
  }
}
