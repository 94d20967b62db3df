package io.sendflowr.signal;

import io.sendflowr.catalogue.Catalogue;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Derived signals (SPEC section 3): functions of the set of one person's events, whoever of their
 * identifiers they were seen on. All bounds are inclusive, and matches may overlap.
 */
public final class Patterns {
  /** A cart was filled and nothing followed. */
  public static final String CART_ABANDONMENT = "cart_abandonment";

  /** Three products were viewed in a short time. */
  public static final String BROWSE_SURGE = "browse_surge";

  /** Three messages bounced. */
  public static final String REPEATED_BOUNCES = "repeated_bounces";

  /** Three messages were delivered and none was clicked. */
  public static final String FATIGUE = "fatigue";

  private static final String CART_ADD = "cart_add";
  private static final Set<String> CART_ANSWERS =
      Set.of(CART_ADD, "order_placed", "payment_succeeded");
  private static final long ABANDONED_AFTER = Duration.ofHours(1).toMillis();
  private static final int RUN_LENGTH = 3;
  private static final Run SURGE =
      new Run(BROWSE_SURGE, "product_view", Duration.ofMinutes(10).toMillis(), "");
  private static final Run BOUNCES =
      new Run(REPEATED_BOUNCES, "bounced", Duration.ofHours(72).toMillis(), "");
  private static final Run UNCLICKED =
      new Run(FATIGUE, "delivered", Duration.ofHours(24).toMillis(), "clicked");
  private static final List<Run> RUNS = List.of(SURGE, BOUNCES, UNCLICKED);

  /**
   * An event with the two of its type before it within a time, and none of another type strictly
   * between.
   */
  private record Run(String derived, String type, long withinMillis, String noneOf) {}

  private Patterns() {}

  /**
   * The derived signals of a person, those that are due up to {@code now}.
   *
   * @param events distinct events of the person stamped at or before {@code now}, in {@link
   *     Observation#ORDER}
   * @param now epoch ms
   */
  public static List<Signal> derive(List<Observation> events, long now) {
    List<Signal> derived = new ArrayList<>();
    abandonedCarts(events, now, (cart, due) -> derived.add(new Signal(CART_ABANDONMENT, due)));
    for (Run run : RUNS) {
      derive(run, events, derived);
    }
    return derived;
  }

  /**
   * The next instant after {@code now} at which the events known so far may yield a derived signal
   * by the mere passing of time; {@link Long#MAX_VALUE} if none.
   */
  public static long nextDue(List<Observation> events, long now) {
    long next = Long.MAX_VALUE;
    for (Observation event : events) {
      long due = event.time() + ABANDONED_AFTER;
      if (event.type().equals(CART_ADD) && due > now && due < next) {
        next = due;
      }
    }
    return next;
  }

  /**
   * How long an event of this type can take part in a derived signal that still acts, in ms; 0 if
   * it is in no pattern.
   *
   * @param signalReach how long a derived signal acts, by its name
   */
  static long reachMillis(String type, Map<String, Long> signalReach) {
    long reach = 0;
    if (CART_ANSWERS.contains(type)) {
      reach = reachThrough(ABANDONED_AFTER, signalReach.getOrDefault(CART_ABANDONMENT, 0L));
    }
    for (Run run : RUNS) {
      if (type.equals(run.type()) || type.equals(run.noneOf())) {
        long through =
            reachThrough(run.withinMillis(), signalReach.getOrDefault(run.derived(), 0L));
        reach = Math.max(reach, through);
      }
    }
    return reach;
  }

  private static long reachThrough(long untilDerived, long derivedActs) {
    return derivedActs == Horizon.FOREVER ? Horizon.FOREVER : untilDerived + derivedActs;
  }

  /** How long each derived signal acts by the catalogue. */
  static Map<String, Long> derivedReach(Catalogue catalogue) {
    Map<String, Long> reach = new HashMap<>();
    for (String derived : List.of(CART_ABANDONMENT, BROWSE_SURGE, REPEATED_BOUNCES, FATIGUE)) {
      reach.put(derived, Horizon.ownReachMillis(catalogue, derived));
    }
    return reach;
  }

  private static void abandonedCarts(
      List<Observation> events, long now, BiConsumer<Observation, Long> sink) {
    Observation open = null;
    for (Observation event : events) {
      if (!CART_ANSWERS.contains(event.type())) {
        continue;
      }
      if (open != null && event.time() > open.time()) {
        if (event.time() > open.time() + ABANDONED_AFTER) {
          sink.accept(open, open.time() + ABANDONED_AFTER);
        }
        open = null;
      }
      if (event.type().equals(CART_ADD)) {
        open = event;
      }
    }
    if (open != null && open.time() + ABANDONED_AFTER <= now) {
      sink.accept(open, open.time() + ABANDONED_AFTER);
    }
  }

  private static void derive(Run run, List<Observation> events, List<Signal> derived) {
    Deque<Observation> window = new ArrayDeque<>();
    List<Long> breaks = new ArrayList<>();
    for (Observation event : events) {
      if (event.type().equals(run.noneOf())) {
        breaks.add(event.time());
      }
      if (!event.type().equals(run.type())) {
        continue;
      }
      window.addLast(event);
      if (window.size() > RUN_LENGTH) {
        window.removeFirst();
      }
      long first = window.getFirst().time();
      long last = event.time();
      if (window.size() == RUN_LENGTH
          && last - first <= run.withinMillis()
          && breaks.stream().noneMatch(b -> first < b && b < last)) {
        derived.add(new Signal(run.derived(), last));
      }
    }
  }
}
