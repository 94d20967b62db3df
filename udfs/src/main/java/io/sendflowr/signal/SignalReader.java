package io.sendflowr.signal;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CircuitBreaker;
import io.sendflowr.catalogue.HotPath;
import io.sendflowr.timing.BaseCurve;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Reads what is effective from a person's events. For one thread, as what derives signals is. */
public final class SignalReader {
  private static final Rule NO_RULE = new Rule(null, null, false, false, false);

  private final DerivedSignals derived;
  private final Horizon horizon;
  private final Map<String, Rule> rules = new HashMap<>();

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
    types.forEach(type -> rules.put(type, Rule.of(type, catalogue, parts.contains(type))));
  }

  /**
   * What a type does, found by one look for each event.
   *
   * @param hotPath null if it is none
   * @param breaker null if it is none
   * @param click whether it feeds the base curve
   * @param ending whether it ends suppressions
   * @param part whether signals are derived from it
   */
  private record Rule(
      HotPath hotPath, CircuitBreaker breaker, boolean click, boolean ending, boolean part) {
    static Rule of(String type, Catalogue catalogue, boolean part) {
      return new Rule(
          catalogue.hotPath(type),
          catalogue.circuitBreaker(type),
          catalogue.isClick(type),
          catalogue.isEnding(type),
          part);
    }
  }

  /** How long events act. */
  public Horizon horizon() {
    return horizon;
  }

  /**
   * What counts for a person.
   *
   * @param events all of the person's events, in any order, repetitions and later ones included
   * @param stampedUpTo only events stamped at or before it count, epoch ms
   * @param now the instant of the decision, epoch ms
   */
  public PersonSignals at(List<PersonEvent> events, long stampedUpTo, long now) {
    List<PersonEvent> stamped = new ArrayList<>(events.size());
    for (PersonEvent event : events) {
      if (event.observation().time() <= stampedUpTo) {
        stamped.add(event);
      }
    }
    return ofDistinct(
        DistinctEvents.of(stamped, PersonEvent.ORDER, PersonEvent::observation, horizon),
        stampedUpTo,
        now);
  }

  /**
   * What counts for a person of whose events none repeats another.
   *
   * @param events all of the person's events that are stamped up to {@code stampedUpTo}, in {@link
   *     PersonEvent#ORDER}
   * @param stampedUpTo epoch ms
   * @param now the instant of the decision, epoch ms
   */
  public PersonSignals ofDistinct(List<PersonEvent> events, long stampedUpTo, long now) {
    List<Observation> own = new ArrayList<>();
    List<Observation> clicks = new ArrayList<>();
    Map<String, Long> hotPaths = new TreeMap<>();
    List<PersonSignals.Guard> guards = new ArrayList<>();
    Map<String, List<Long>> endings = new HashMap<>();
    for (PersonEvent event : events) {
      Observation observation = event.observation();
      String type = observation.type();
      Rule rule = rules.getOrDefault(type, NO_RULE);
      if (!event.guardOnly() && !event.lastingOnly()) {
        if (rule.part()) {
          own.add(observation);
        }
        if (rule.click() && now - observation.time() <= BaseCurve.MEMORY_MILLIS) {
          clicks.add(observation);
        }
        heat(rule, type, observation.time(), now, hotPaths);
      }
      guard(rule, type, observation.time(), event.lastingOnly(), guards);
      if (rule.ending()) {
        endings.computeIfAbsent(type, t -> new ArrayList<>()).add(observation.time());
      }
    }
    for (Signal signal : derived.derive(own, stampedUpTo)) {
      Rule rule = rules.getOrDefault(signal.type(), NO_RULE);
      heat(rule, signal.type(), signal.time(), now, hotPaths);
      guard(rule, signal.type(), signal.time(), false, guards);
    }
    return new PersonSignals(
        now,
        hotPaths.entrySet().stream().map(e -> new Signal(e.getKey(), e.getValue())).toList(),
        guards,
        endings,
        clicks.subList(Math.max(0, clicks.size() - BaseCurve.MAX_CLICKS), clicks.size()));
  }

  private static void heat(
      Rule rule, String type, long time, long now, Map<String, Long> hotPaths) {
    if (rule.hotPath() != null && rule.hotPath().isLive(time, now)) {
      hotPaths.merge(type, time, Math::max);
    }
  }

  private static void guard(
      Rule rule, String type, long time, boolean lastingOnly, List<PersonSignals.Guard> guards) {
    if (rule.breaker() != null) {
      guards.add(new PersonSignals.Guard(rule.breaker(), type, time, lastingOnly));
    }
  }
}
