package io.sendflowr.timing;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.signal.DerivedSignals;
import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.NaiveSignals;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.signal.Signal;
import io.sendflowr.signal.SignalReader;
import io.sendflowr.signal.Suppression;
import io.sendflowr.signal.cep.CepSignals;
import io.sendflowr.timing.Decision.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.LongRange;

/** What holds of every decision, from the events of a person to the target. */
class DecisionPropertiesTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final DerivedSignals DERIVED = new CepSignals();
  private static final DecisionEngine ENGINE = new DecisionEngine(CATALOGUE);
  private static final long NOW = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();
  private static final long MINUTE = 60_000;
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long PERSON = 7;

  /** Circuit breakers that do nothing else, and their windows. */
  private static final Map<String, Long> WINDOWS =
      Map.of(
          "complaint", 48 * HOUR,
          "survey_negative", 48 * HOUR,
          "zendesk_ticket_created", 48 * HOUR,
          "payment_failed", 24 * HOUR,
          "ticket_closed_unsatisfied", 168 * HOUR,
          "unsubscribe_request", 168 * HOUR);

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE, seed = "80")
  void aTargetIsInsideTheWindowOutsideEverySuppressionAndCanBeReached(
      @ForAll("requests") SendRequest request,
      @ForAll("events") List<PersonEvent> events,
      @ForAll @LongRange(min = 0, max = MINUTE - 1) long seconds) {
    long now = NOW + seconds;
    String channel = request.effectiveChannel();
    List<Suppression> active =
        NaiveSignals.effective(CATALOGUE, events, now, now, channel).suppressions();

    Decision decision = decide(request, signals(events, now, channel), now);

    if (decision.status() == Status.SCHEDULED) {
      assertThat(decision.target())
          .isGreaterThanOrEqualTo(request.sendAfter())
          .isLessThan(request.sendBefore());
      assertThat(decision.target() - request.latencyMillis()).isGreaterThanOrEqualTo(now);
      assertThat(active).noneMatch(suppression -> suppression.covers(decision.target()));
    }
    assertThat(decision.isSuppressionActive()).isEqualTo(!active.isEmpty());
  }

  /** It only makes minutes within its effect likelier. */
  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE, seed = "81")
  void aBoostMovesATargetLaterByLessThanItsEffect(
      @ForAll("requests") SendRequest request,
      @ForAll("events") List<PersonEvent> events,
      @ForAll("boosts") Signal boost) {
    EffectiveSignals effective = signals(events, NOW, request.effectiveChannel());
    List<Signal> others =
        effective.hotPaths().stream().filter(s -> !s.type().equals(boost.type())).toList();
    List<Signal> all =
        Stream.concat(others.stream(), Stream.of(boost))
            .sorted((one, other) -> one.type().compareTo(other.type()))
            .toList();

    Decision without = decide(request, with(effective, others), NOW);
    Decision boosted = decide(request, with(effective, all), NOW);

    assertThat(boosted.status()).isEqualTo(without.status());
    assertThat(boosted.target() - without.target())
        .isLessThan(CATALOGUE.hotPath(boost.type()).effectMillis());
    if (boosted.target() > without.target()) {
      assertThat(boosted.target()).isLessThan(NOW + CATALOGUE.hotPath(boost.type()).effectMillis());
    }
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE, seed = "82")
  void aSuppressionThatIsOverChangesNothing(
      @ForAll("requests") SendRequest request,
      @ForAll("events") List<PersonEvent> events,
      @ForAll("breakers") String breaker,
      @ForAll("agos") long ago) {
    long start = NOW - WINDOWS.get(breaker) - ago;
    List<PersonEvent> more = new ArrayList<>(events);
    more.add(new PersonEvent(new Observation("desk", "over", breaker, start, start), ago % 2 == 1));
    String channel = request.effectiveChannel();

    assertThat(decide(request, signals(more, NOW, channel), NOW))
        .isEqualTo(decide(request, signals(events, NOW, channel), NOW));
  }

  private static Decision decide(SendRequest request, EffectiveSignals signals, long now) {
    return ENGINE.decide(request, request.ownLatency(), PERSON, 1.0, signals, now);
  }

  private static EffectiveSignals signals(List<PersonEvent> events, long now, String channel) {
    return new SignalReader(CATALOGUE, DERIVED).at(events, now, now).of(channel);
  }

  private static EffectiveSignals with(EffectiveSignals effective, List<Signal> hotPaths) {
    return new EffectiveSignals(hotPaths, effective.suppressions(), effective.clicks());
  }

  @Provide
  Arbitrary<SendRequest> requests() {
    return Combinators.combine(
            Arbitraries.longs().between(-DAY, 2 * DAY),
            Arbitraries.oneOf(
                Arbitraries.longs().between(1, 2 * HOUR), Arbitraries.longs().between(1, 8 * DAY)),
            Arbitraries.of(0L, 5 * MINUTE, 600_500L, HOUR),
            Arbitraries.of("email", "sms", "push"))
        .as(
            (after, length, latency, channel) ->
                new SendRequest(
                    "r",
                    NOW,
                    NOW,
                    List.of(),
                    PERSON,
                    NOW + after,
                    NOW + after + length,
                    latency,
                    channel,
                    null,
                    null,
                    null,
                    null,
                    null));
  }

  @Provide
  Arbitrary<List<PersonEvent>> events() {
    Arbitrary<String> types =
        Arbitraries.frequencyOf(
            Tuple.of(
                4,
                Arbitraries.of(
                    "clicked", "sms_clicked", "product_view", "cart_add", "delivered", "bounced")),
            Tuple.of(1, Arbitraries.of("complaint", "payment_failed", "unsubscribed")),
            Tuple.of(
                1, Arbitraries.of("ticket_closed_satisfied", "payment_succeeded", "resubscribed")));
    Arbitrary<Long> ages =
        Arbitraries.oneOf(
            Arbitraries.longs().between(-HOUR, HOUR), Arbitraries.longs().between(0, 8 * DAY));
    return Combinators.combine(types, ages)
        .as((type, age) -> new Observation("shop", "", type, NOW - age, NOW - age))
        .list()
        .ofMaxSize(12)
        .map(DecisionPropertiesTest::numbered);
  }

  @Provide
  Arbitrary<Signal> boosts() {
    return Combinators.combine(
            Arbitraries.of("browse_surge", "site_visit", "sms_clicked", "ticket_closed_satisfied"),
            Arbitraries.longs().between(0, 30 * MINUTE - 1))
        .as((type, age) -> new Signal(type, NOW - age));
  }

  @Provide
  Arbitrary<String> breakers() {
    return Arbitraries.of(WINDOWS.keySet().stream().sorted().toList());
  }

  @Provide
  Arbitrary<Long> agos() {
    return Arbitraries.oneOf(Arbitraries.of(0L, 1L), Arbitraries.longs().between(0, 30 * DAY));
  }

  private static List<PersonEvent> numbered(List<Observation> events) {
    List<PersonEvent> numbered = new ArrayList<>();
    for (Observation e : events) {
      numbered.add(
          new PersonEvent(
              new Observation(e.source(), "e" + numbered.size(), e.type(), e.time(), e.time()),
              false));
    }
    return numbered;
  }
}
