package io.sendflowr.signal;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CircuitBreaker;
import io.sendflowr.catalogue.HotPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * "Signals" and "Derived signals" of the contract, sentence by sentence, for events of which none
 * is reported twice: what {@link DerivedSignals} and {@link EffectiveSignals} are measured by.
 */
public final class NaiveSignals {
  private NaiveSignals() {}

  static Set<Signal> derived(List<Observation> events, long now) {
    Set<Signal> derived = new HashSet<>();
    long hour = Histories.hours(1);
    for (long cart : timesOf("cart_add", events)) {
      boolean answered =
          events.stream()
              .filter(
                  e -> Set.of("cart_add", "order_placed", "payment_succeeded").contains(e.type()))
              .anyMatch(e -> e.time() > cart && e.time() <= cart + hour);
      if (!answered && cart + hour <= now) {
        derived.add(new Signal("cart_abandonment", cart + hour));
      }
    }
    List<Long> clicks = timesOf("clicked", events);
    for (List<Long> views : threes(timesOf("product_view", events))) {
      if (views.get(2) - views.get(0) <= Histories.minutes(10)) {
        derived.add(new Signal("browse_surge", views.get(2)));
      }
    }
    for (List<Long> bounces : threes(timesOf("bounced", events))) {
      if (bounces.get(2) - bounces.get(0) <= Histories.hours(72)) {
        derived.add(new Signal("repeated_bounces", bounces.get(2)));
      }
    }
    for (List<Long> deliveries : threes(timesOf("delivered", events))) {
      if (deliveries.get(2) - deliveries.get(0) <= Histories.hours(24)
          && clicks.stream().noneMatch(c -> c > deliveries.get(0) && c < deliveries.get(2))) {
        derived.add(new Signal("fatigue", deliveries.get(2)));
      }
    }
    return derived;
  }

  private static List<Long> timesOf(String type, List<Observation> events) {
    return events.stream()
        .filter(e -> e.type().equals(type))
        .map(Observation::time)
        .sorted()
        .toList();
  }

  /** Each one with the two before it. */
  private static List<List<Long>> threes(List<Long> times) {
    List<List<Long>> threes = new ArrayList<>();
    for (int i = 2; i < times.size(); i++) {
      threes.add(times.subList(i - 2, i + 1));
    }
    return threes;
  }

  /** As {@link SignalReader#at}, for one channel. */
  public static EffectiveSignals effective(
      Catalogue catalogue, List<PersonEvent> events, long stampedUpTo, long now, String channel) {
    List<Observation> all = new ArrayList<>();
    List<Observation> own = new ArrayList<>();
    for (PersonEvent event : events) {
      if (event.observation().time() <= stampedUpTo) {
        all.add(event.observation());
        if (!event.guardOnly()) {
          own.add(event.observation());
        }
      }
    }
    Set<Signal> derived = derived(own, stampedUpTo);

    TreeMap<String, Signal> hotPaths = new TreeMap<>();
    for (Signal signal : with(derived, own)) {
      HotPath hotPath = catalogue.hotPath(signal.type());
      if (hotPath != null
          && 0 <= now - signal.time()
          && now - signal.time() < hotPath.freshMillis()) {
        hotPaths.merge(
            signal.type(), signal, (one, other) -> one.time() > other.time() ? one : other);
      }
    }
    Set<Suppression> suppressions = new HashSet<>();
    for (Signal signal : with(derived, all)) {
      CircuitBreaker breaker = catalogue.circuitBreaker(signal.type());
      if (breaker != null) {
        long end =
            breaker.windowMillis() == CircuitBreaker.PERMANENT
                    || breaker.permanentChannel().equals(channel)
                ? Long.MAX_VALUE
                : signal.time() + breaker.windowMillis();
        for (Observation ending : all) {
          if (breaker.endedBy().contains(ending.type()) && signal.time() <= ending.time()) {
            end = Math.min(end, ending.time());
          }
        }
        if (signal.time() <= now && now < end) {
          suppressions.add(new Suppression(signal.type(), signal.time(), end));
        }
      }
    }
    List<Observation> clicks =
        own.stream()
            .filter(e -> Set.of("clicked", "sms_clicked", "sms_click").contains(e.type()))
            .sorted(
                Comparator.comparing(Observation::time)
                    .thenComparing(Observation::source)
                    .thenComparing(Observation::eventId))
            .toList();
    return new EffectiveSignals(
        List.copyOf(hotPaths.values()),
        suppressions.stream()
            .sorted(
                Comparator.comparing(Suppression::end)
                    .thenComparing(Suppression::start)
                    .thenComparing(Suppression::reason, Comparator.reverseOrder()))
            .toList(),
        clicks.subList(Math.max(0, clicks.size() - 256), clicks.size()));
  }

  private static List<Signal> with(Set<Signal> derived, List<Observation> events) {
    List<Signal> signals = new ArrayList<>(derived);
    events.forEach(e -> signals.add(new Signal(e.type(), e.time())));
    return signals;
  }
}
