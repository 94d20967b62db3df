package io.sendflowr.signal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** What happens to a person, with times that lie on, just before and just after every bound. */
final class Histories {
  /** Monday, 2026-01-05T00:00:00Z. */
  static final long START = 1_767_571_200_000L;

  private static final List<String> TYPES =
      List.of(
          "cart_add",
          "order_placed",
          "payment_succeeded",
          "product_view",
          "bounced",
          "delivered",
          "clicked",
          "sms_clicked",
          "complaint",
          "unsubscribed",
          "sms_unsubscribed",
          "resubscribed",
          "spam_report",
          "ticket_created",
          "ticket_closed_satisfied",
          "payment_failed",
          "fatigue",
          "sent",
          "never_heard_of");

  private Histories() {}

  static long minutes(long minutes) {
    return Duration.ofMinutes(minutes).toMillis();
  }

  static long hours(long hours) {
    return Duration.ofHours(hours).toMillis();
  }

  /** An event that nothing else reports. */
  static Observation event(String type, long time) {
    return new Observation("shop", type + "@" + time, type, time, time);
  }

  static Arbitrary<Long> times() {
    return Combinators.combine(
            Arbitraries.of(0, 0, 0, 0, 24, 48, 72, 168),
            Arbitraries.of(0, 5, 10, 15, 20, 30, 60, 90, 120),
            Arbitraries.of(0, 0, -1, 1))
        .as((hours, minutes, millis) -> START + hours(hours) + minutes(minutes) + millis);
  }

  /** Events without repetitions, of few types, so that patterns come about. */
  static Arbitrary<List<Observation>> events() {
    return Arbitraries.of(TYPES)
        .set()
        .ofMinSize(1)
        .ofMaxSize(4)
        .flatMap(
            types ->
                Combinators.combine(
                        Arbitraries.of(types.stream().sorted().toList()),
                        times(),
                        Arbitraries.of("shop", "esp"))
                    .as((type, time, source) -> new Observation(source, "", type, time, time))
                    .list()
                    .ofMaxSize(14))
        .map(Histories::numbered);
  }

  /** Many events at few instants, those of one pattern, around its bound. */
  static Arbitrary<List<Observation>> crowds() {
    return Arbitraries.of(
            Tuple.of(List.of("cart_add", "order_placed", "payment_succeeded"), hours(1)),
            Tuple.of(List.of("product_view"), minutes(10)),
            Tuple.of(List.of("bounced"), hours(72)),
            Tuple.of(List.of("delivered", "delivered", "clicked"), hours(24)))
        .flatMap(
            pattern ->
                Combinators.combine(
                        Arbitraries.of(pattern.get1()),
                        Arbitraries.of(0L, 0L, 1L, 2L, pattern.get2() / 2),
                        Arbitraries.of(0L, 0L, pattern.get2(), 2 * pattern.get2()),
                        Arbitraries.of("shop", "esp", "crm"))
                    .as(
                        (type, offset, bounds, source) ->
                            new Observation(
                                source, "", type, START + offset + bounds, START + offset + bounds))
                    .list()
                    .ofMaxSize(24))
        .map(Histories::numbered);
  }

  static Arbitrary<List<PersonEvent>> personEvents() {
    Arbitrary<Boolean> guardOnly = Arbitraries.frequency(Tuple.of(4, false), Tuple.of(1, true));
    return events()
        .flatMap(
            events ->
                guardOnly
                    .list()
                    .ofSize(events.size())
                    .map(
                        guards -> {
                          List<PersonEvent> result = new ArrayList<>();
                          for (int i = 0; i < events.size(); i++) {
                            result.add(new PersonEvent(events.get(i), guards.get(i)));
                          }
                          return result;
                        }));
  }

  private static List<Observation> numbered(List<Observation> events) {
    List<Observation> numbered = new ArrayList<>();
    for (Observation e : events) {
      numbered.add(
          new Observation(e.source(), "e" + numbered.size(), e.type(), e.time(), e.reportedTime()));
    }
    return numbered;
  }
}
