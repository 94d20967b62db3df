package io.sendflowr.signal.cep;

import io.sendflowr.signal.DerivedSignals.Derivation;
import io.sendflowr.signal.Observation;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.IterativeCondition;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;

/**
 * Every derived signal there is (SPEC section 3, "Derived signals"). To add one, write its pattern
 * and list it; what it does to decisions stands in the catalogue under its name.
 */
public final class DerivedPatterns {
  private static final String FIRST = "first";
  private static final String SECOND = "second";
  private static final String THIRD = "third";

  private static final String CART_ADD = "cart_add";
  private static final String DELIVERED = "delivered";
  private static final String CLICKED = "clicked";

  private static final List<Derivation> DERIVATIONS =
      all().stream().map(DerivedPattern::derivation).toList();

  private DerivedPatterns() {}

  /** All patterns; the caller's own, for conditions belong to one NFA. */
  public static List<DerivedPattern> all() {
    return List.of(
        cartAbandonment(),
        threeInARow("browse_surge", "product_view", Duration.ofMinutes(10)),
        threeInARow("repeated_bounces", "bounced", Duration.ofHours(72)),
        fatigue());
  }

  /** What the signals are made of. */
  public static List<Derivation> derivations() {
    return DERIVATIONS;
  }

  /** A cart was filled and nothing followed. */
  private static DerivedPattern cartAbandonment() {
    List<String> answers = List.of(CART_ADD, "order_placed", "payment_succeeded");
    return new DerivedPattern(
        "cart_abandonment",
        answers,
        1,
        Duration.ofHours(1),
        Pattern.<Observation>begin(FIRST)
            .where(new OfType(CART_ADD))
            .notFollowedBy("answer")
            .where(new AfterFirst()));
  }

  /** An event with the two of its type before it. */
  private static DerivedPattern threeInARow(String signal, String type, Duration within) {
    return new DerivedPattern(
        signal,
        List.of(type),
        3,
        within,
        Pattern.<Observation>begin(FIRST)
            .where(new OfType(type))
            .next(SECOND)
            .where(new OfType(type))
            .next(THIRD)
            .where(new OfType(type)));
  }

  /**
   * Three messages were delivered and none was clicked strictly between the first and the third.
   * Deliveries of an instant come before clicks of it, so that the third is there before a click
   * that does not stand before it.
   */
  private static DerivedPattern fatigue() {
    return new DerivedPattern(
        "fatigue",
        List.of(DELIVERED, CLICKED),
        3,
        Duration.ofHours(24),
        Pattern.<Observation>begin(FIRST)
            .where(new OfType(DELIVERED))
            .notFollowedBy("click before the second")
            .where(new OfType(CLICKED))
            .where(new AfterFirst())
            .followedBy(SECOND)
            .where(new OfType(DELIVERED))
            .notFollowedBy("click before the third")
            .where(new OfType(CLICKED))
            .where(new AfterFirst())
            .followedBy(THIRD)
            .where(new OfType(DELIVERED)));
  }

  private static final class OfType extends SimpleCondition<Observation> {
    private static final long serialVersionUID = 1L;

    private final String type;

    OfType(String type) {
      this.type = type;
    }

    @Override
    public boolean filter(Observation event) {
      return event.type().equals(type);
    }
  }

  /** Later than the first event of the match, by its stamp. */
  private static final class AfterFirst extends IterativeCondition<Observation> {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean filter(Observation event, Context<Observation> context) throws Exception {
      Iterator<Observation> first = context.getEventsForPattern(FIRST).iterator();
      // There is none when the NFA asks of the first event itself.
      return first.hasNext() && event.time() > first.next().time();
    }
  }
}
