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
import java.util.TreeSet;

/**
 * What of a person's events is effective at an instant (SPEC section 6, "Revisions"). Two of them
 * that are equal lead to the same decision, but for the passing of time.
 *
 * @param hotPaths latest live signal of each hot path, by name
 * @param suppressions active ones, by {@link Suppression#BY_END}
 * @param clicks the newest clicks that count, in {@link Observation#ORDER}
 */
public record EffectiveSignals(
    List<Signal> hotPaths, List<Suppression> suppressions, List<Observation> clicks) {

  public EffectiveSignals {
    hotPaths = List.copyOf(hotPaths);
    suppressions = List.copyOf(suppressions);
    clicks = List.copyOf(clicks);
  }

  /** Whether the person is suppressed. */
  public boolean isSuppressed() {
    return !suppressions.isEmpty();
  }

  /** The suppression that is given as the reason; only if {@link #isSuppressed}. */
  public Suppression leadingSuppression() {
    return suppressions.get(suppressions.size() - 1);
  }

  /**
   * What is effective.
   *
   * @param catalogue what event types do
   * @param derived finds derived signals
   * @param events all of the person's events, in any order, repetitions and later ones included
   * @param stampedUpTo only events stamped at or before it count, epoch ms
   * @param now the instant of the decision, epoch ms
   * @param channel channel of the request
   */
  public static EffectiveSignals at(
      Catalogue catalogue,
      DerivedSignals derived,
      List<PersonEvent> events,
      long stampedUpTo,
      long now,
      String channel) {
    List<PersonEvent> counting =
        DistinctEvents.of(
            events.stream().filter(e -> e.observation().time() <= stampedUpTo).toList(),
            PersonEvent.ORDER,
            PersonEvent::observation,
            new Horizon(catalogue, derived.derivations()));
    List<Observation> own =
        counting.stream()
            .filter(e -> !e.guardOnly() && !e.lastingOnly())
            .map(PersonEvent::observation)
            .toList();
    List<Signal> signals = new ArrayList<>(derived.derive(own, stampedUpTo));
    List<Signal> guards = new ArrayList<>(signals);
    own.forEach(event -> signals.add(new Signal(event.type(), event.time())));
    Map<String, List<Long>> endings = new HashMap<>();
    for (PersonEvent event : counting) {
      Observation observation = event.observation();
      if (!event.lastingOnly() || isForGood(catalogue, observation, channel)) {
        guards.add(new Signal(observation.type(), observation.time()));
      }
      if (catalogue.isEnding(observation.type())) {
        endings.computeIfAbsent(observation.type(), t -> new ArrayList<>()).add(observation.time());
      }
    }
    List<Observation> clicks =
        own.stream()
            .filter(event -> catalogue.isClick(event.type()))
            .filter(event -> now - event.time() <= BaseCurve.MEMORY_MILLIS)
            .toList();
    TreeMap<String, Long> hotPaths = new TreeMap<>();
    for (Signal signal : signals) {
      HotPath hotPath = catalogue.hotPath(signal.type());
      if (hotPath != null && hotPath.isLive(signal.time(), now)) {
        hotPaths.merge(signal.type(), signal.time(), Math::max);
      }
    }
    TreeSet<Suppression> suppressions = new TreeSet<>(Suppression.BY_END);
    for (Signal signal : guards) {
      CircuitBreaker breaker = catalogue.circuitBreaker(signal.type());
      if (breaker != null) {
        Suppression suppression =
            new Suppression(signal.type(), signal.time(), end(breaker, signal, channel, endings));
        if (suppression.covers(now)) {
          suppressions.add(suppression);
        }
      }
    }
    return new EffectiveSignals(
        hotPaths.entrySet().stream().map(e -> new Signal(e.getKey(), e.getValue())).toList(),
        List.copyOf(suppressions),
        clicks.subList(Math.max(0, clicks.size() - BaseCurve.MAX_CLICKS), clicks.size()));
  }

  private static boolean isForGood(Catalogue catalogue, Observation event, String channel) {
    CircuitBreaker breaker = catalogue.circuitBreaker(event.type());
    return breaker != null && breaker.endFor(event.time(), channel) == CircuitBreaker.PERMANENT;
  }

  private static long end(
      CircuitBreaker breaker, Signal signal, String channel, Map<String, List<Long>> endings) {
    long end = breaker.endFor(signal.time(), channel);
    for (String type : breaker.endedBy()) {
      for (long ending : endings.getOrDefault(type, List.of())) {
        if (ending >= signal.time()) {
          end = Math.min(end, ending);
        }
      }
    }
    return end;
  }
}
