package io.sendflowr.signal.cep;

import io.sendflowr.signal.DerivedSignals.Derivation;
import io.sendflowr.signal.Observation;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Set;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.Quantifier.ConsumingStrategy;

/**
 * A derived signal as a pattern over the events of one person.
 *
 * <p>A match is stamped with the instant at which it is known: that of its last event or, where the
 * pattern ends with what must not follow, the first at which that can no longer come in time.
 */
public final class DerivedPattern {
  private final String signal;
  private final List<String> types;
  private final Map<String, Integer> indexByType = new HashMap<>();
  private final int beginnings;
  private final Duration within;
  private final Pattern<Observation, ?> pattern;

  /**
   * @param signal name of the derived signal
   * @param types types of the events that the pattern sees. A match begins with one of the first
   *     type; events of one instant are seen in the order of this list
   * @param beginnings how many events of the first type make a match, at least 1: no more, and
   *     those that follow each other
   * @param within longest time from the first event of a match to its stamp, inclusive
   * @param pattern what a match is, without its time. Its conditions ask nothing but types and
   *     times of the event and of the events matched before it
   */
  DerivedPattern(
      String signal,
      List<String> types,
      int beginnings,
      Duration within,
      Pattern<Observation, ?> pattern) {
    this.signal = signal;
    this.types = List.copyOf(types);
    for (int i = 0; i < types.size(); i++) {
      indexByType.put(types.get(i), i);
    }
    this.beginnings = beginnings;
    this.within = within;
    // Flink's bound is exclusive, in ms.
    this.pattern = pattern.within(within.plusMillis(1));
  }

  /** Name of the derived signal. */
  public String signal() {
    return signal;
  }

  /** What CEP has to look for in the events of {@link #types}. */
  public Pattern<Observation, ?> pattern() {
    return pattern;
  }

  /**
   * Types of the events that the pattern sees, in the order in which it sees those of an instant.
   */
  public List<String> types() {
    return types;
  }

  /**
   * When a match is known.
   *
   * @param match its events, by the names that the pattern gives them
   * @return epoch ms
   */
  public long stamp(Map<String, List<Observation>> match) {
    LongSummaryStatistics times =
        match.values().stream()
            .flatMap(List::stream)
            .mapToLong(Observation::time)
            .summaryStatistics();
    return endsByTime() ? due(times.getMin()) : times.getMax();
  }

  /** When a match that begins at an instant is known at the latest, all in epoch ms. */
  long due(long beginning) {
    return beginning + within.toMillis();
  }

  /** Whether a match is known by the mere passing of time. */
  boolean endsByTime() {
    return pattern.getQuantifier().getConsumingStrategy() == ConsumingStrategy.NOT_FOLLOW;
  }

  /** The place of a type among {@link #types}; negative if the pattern does not see it. */
  int indexOf(String type) {
    return indexByType.getOrDefault(type, -1);
  }

  /** Whether a match may begin with such an event. */
  boolean beginsWith(Observation event) {
    return event.type().equals(types.get(0));
  }

  /** How many events of the first type, one after the other, make a match. */
  int beginnings() {
    return beginnings;
  }

  Derivation derivation() {
    return new Derivation(signal, Set.copyOf(types), within.toMillis());
  }
}
