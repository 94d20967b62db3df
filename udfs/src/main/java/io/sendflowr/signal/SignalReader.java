package io.sendflowr.signal;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CircuitBreaker;
import io.sendflowr.catalogue.HotPath;
import io.sendflowr.timing.BaseCurve;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads what is effective from a person's events. For one thread, as what derives signals is. */
public final class SignalReader {
  private final Catalogue catalogue;
  private final DerivedSignals derived;
  private final Horizon horizon;

  /**
   * @param catalogue what event types do
   * @param derived finds derived signals
   */
  public SignalReader(Catalogue catalogue, DerivedSignals derived) {
    this.catalogue = catalogue;
    this.derived = derived;
    this.horizon = new Horizon(catalogue, derived.derivations());
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
    List<Observation> own = new ArrayList<>();
    List<Observation> clicks = new ArrayList<>();
    Map<String, Long> hotPaths = new TreeMap<>();
    List<PersonSignals.Guard> guards = new ArrayList<>();
    Map<String, List<Long>> endings = new HashMap<>();
    for (PersonEvent event :
        DistinctEvents.of(stamped, PersonEvent.ORDER, PersonEvent::observation, horizon)) {
      Observation observation = event.observation();
      String type = observation.type();
      if (!event.guardOnly() && !event.lastingOnly()) {
        own.add(observation);
        if (catalogue.isClick(type) && now - observation.time() <= BaseCurve.MEMORY_MILLIS) {
          clicks.add(observation);
        }
        heat(type, observation.time(), now, hotPaths);
      }
      guard(type, observation.time(), event.lastingOnly(), guards);
      if (catalogue.isEnding(type)) {
        endings.computeIfAbsent(type, t -> new ArrayList<>()).add(observation.time());
      }
    }
    for (Signal signal : derived.derive(own, stampedUpTo)) {
      heat(signal.type(), signal.time(), now, hotPaths);
      guard(signal.type(), signal.time(), false, guards);
    }
    return new PersonSignals(
        now,
        hotPaths.entrySet().stream().map(e -> new Signal(e.getKey(), e.getValue())).toList(),
        guards,
        endings,
        clicks.subList(Math.max(0, clicks.size() - BaseCurve.MAX_CLICKS), clicks.size()));
  }

  private void heat(String type, long time, long now, Map<String, Long> hotPaths) {
    HotPath hotPath = catalogue.hotPath(type);
    if (hotPath != null && hotPath.isLive(time, now)) {
      hotPaths.merge(type, time, Math::max);
    }
  }

  private void guard(
      String type, long time, boolean lastingOnly, List<PersonSignals.Guard> guards) {
    CircuitBreaker breaker = catalogue.circuitBreaker(type);
    if (breaker != null) {
      guards.add(new PersonSignals.Guard(breaker, type, time, lastingOnly));
    }
  }
}
