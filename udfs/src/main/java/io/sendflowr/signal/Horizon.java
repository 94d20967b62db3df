package io.sendflowr.signal;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CircuitBreaker;
import io.sendflowr.catalogue.HotPath;
import io.sendflowr.signal.DerivedSignals.Derivation;
import io.sendflowr.timing.BaseCurve;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How long an event can act on decisions, and therefore has to be kept. */
public final class Horizon {
  /** The event acts for good. */
  public static final long FOREVER = Long.MAX_VALUE;

  /**
   * What is over is kept so much longer at most. A look at a person's events reads and writes all
   * of them, so one look is made for those of hours.
   */
  private static final Turns CHECKS = new Turns(Duration.ofHours(6));

  private final Map<String, Long> reachByType = new HashMap<>();

  /**
   * @param catalogue what event types do by themselves
   * @param derivations what they do as part of a derived signal
   */
  public Horizon(Catalogue catalogue, List<Derivation> derivations) {
    catalogue.actingTypes().forEach(t -> reachByType.put(t, ownReachMillis(catalogue, t)));
    for (Derivation derivation : derivations) {
      long derivedActs = ownReachMillis(catalogue, derivation.signal());
      long reach = derivedActs == FOREVER ? FOREVER : derivation.reachMillis() + derivedActs;
      derivation.types().forEach(type -> reachByType.merge(type, reach, Math::max));
    }
  }

  /**
   * The instant (epoch ms) from which an event no longer acts on any decision; its own time if it
   * never does, {@link #FOREVER} if it does for good.
   */
  public long of(Observation event) {
    long reach = reachByType.getOrDefault(event.type(), 0L);
    // An interval that ends at its reach inclusively is over one millisecond later.
    return reach == 0 ? event.time() : reach == FOREVER ? FOREVER : event.time() + reach + 1;
  }

  /**
   * When to look for events of a key that no longer act, so that one that ends at {@code end} is
   * found: at most six hours later. All in epoch ms.
   */
  public static long checkAfter(long key, long end) {
    return CHECKS.atOrAfter(key, end);
  }

  /** Whether it is looked at an instant (epoch ms) for events of a key that no longer act. */
  public static boolean isCheck(long key, long instant) {
    return CHECKS.isAt(key, instant);
  }

  /**
   * When to look at an event again: when it no longer acts, or, if it acts for good, soon, in case
   * it is a repetition that need not be kept.
   *
   * @param key of who holds it
   */
  public long nextCheck(long key, Observation event) {
    return checkAfter(key, checkedFrom(event));
  }

  /** When {@link #checkAfter} was in the first version, of which timers may be left; epoch ms. */
  public static long firstVersionCheckAfter(long end) {
    return CHECKS.firstVersionAtOrAfter(end);
  }

  /** When {@link #nextCheck} was in the first version, of which timers may be left; epoch ms. */
  public long firstVersionNextCheck(Observation event) {
    return firstVersionCheckAfter(checkedFrom(event));
  }

  private long checkedFrom(Observation event) {
    long end = of(event);
    return end == FOREVER ? event.time() + 1 : end;
  }

  /** How long a signal acts by itself, in ms. */
  static long ownReachMillis(Catalogue catalogue, String type) {
    long reach = catalogue.endingReachMillis(type);
    HotPath hotPath = catalogue.hotPath(type);
    if (hotPath != null) {
      reach = Math.max(reach, hotPath.freshMillis());
    }
    CircuitBreaker breaker = catalogue.circuitBreaker(type);
    if (breaker != null) {
      reach = Math.max(reach, breaker.longestMillis());
    }
    if (catalogue.isClick(type)) {
      reach = Math.max(reach, BaseCurve.MEMORY_MILLIS);
    }
    return reach;
  }
}
