package io.sendflowr.signal;

import static io.sendflowr.signal.Histories.START;
import static io.sendflowr.signal.Histories.event;
import static io.sendflowr.signal.Histories.hours;
import static io.sendflowr.signal.Histories.minutes;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.signal.cep.CepSignals;
import io.sendflowr.signal.cep.DerivedPatterns;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HorizonTest {
  private static final Catalogue BUILT_IN = CatalogueReader.builtIn();
  private static final DerivedSignals DERIVED = new CepSignals();

  /** Everything that the built-in catalogue ends after a time is for good, or for one channel. */
  private static final Catalogue HARSH =
      CatalogueReader.read(
          "harsh.yaml",
          """
          identifiers: []
          aliases: []
          placeholders: []
          hot_paths:
            - {type: browse_surge, amplitude: 3, tau_minutes: 15, fresh_minutes: 30, effect_minutes: 60}
          circuit_breakers:
            - {type: repeated_bounces, permanent: true}
            - {type: fatigue, window_hours: 24, permanent_channel: email, ended_by: [clicked]}
            - {type: cart_abandonment, window_hours: 1, permanent_channel: sms}
          clicks: []
          other: [product_view, bounced, delivered, cart_add, clicked]
          """);

  @Test
  void isWhereAnEventCeasesToAct() {
    Horizon horizon = new Horizon(BUILT_IN, DerivedPatterns.derivations());

    assertThat(horizon.of(event("never_heard_of", START))).isEqualTo(START);
    assertThat(horizon.of(event("opened", START))).isEqualTo(START);
    assertThat(horizon.of(event("spam_report", START))).isEqualTo(Horizon.FOREVER);
    assertThat(horizon.of(event("unsubscribed", START))).isEqualTo(Horizon.FOREVER);
    assertThat(horizon.of(event("resubscribed", START))).isEqualTo(Horizon.FOREVER);
    assertThat(horizon.of(event("complaint", START)))
        .isBetween(START + hours(48), START + hours(48) + 1);
    assertThat(horizon.of(event("site_visit", START)))
        .isBetween(START + minutes(30), START + minutes(30) + 1);
    // The first of three bounces: 72 h to the last, and 168 h from there.
    assertThat(horizon.of(event("bounced", START)))
        .isBetween(START + hours(240), START + hours(240) + 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bounced", "delivered", "clicked", "cart_add"})
  void whatIsPartOfASignalForGoodActsForGood(String type) {
    assertThat(new Horizon(HARSH, DerivedPatterns.derivations()).of(event(type, START)))
        .isEqualTo(Horizon.FOREVER);
  }

  @Test
  void checksAreWithinSixHours() {
    long key = 7;
    long check = Horizon.checkAfter(key, START);

    assertThat(check - START).isBetween(0L, hours(6) - 1);
    assertThat(Horizon.checkAfter(key, check)).isEqualTo(check);
    assertThat(Horizon.isCheck(key, check)).isTrue();
    assertThat(Horizon.isCheck(key, check + 1)).isFalse();
  }

  @Test
  void lookAtAnEventOnceItActsNoMore() {
    Horizon horizon = new Horizon(BUILT_IN, DerivedPatterns.derivations());
    long key = 7;
    Observation visit = event("site_visit", START);
    Observation report = event("spam_report", START);

    assertThat(horizon.nextCheck(key, visit)).isEqualTo(Horizon.checkAfter(key, horizon.of(visit)));
    assertThat(horizon.nextCheck(key, report)).isEqualTo(Horizon.checkAfter(key, START + 1));
    assertThat(horizon.firstVersionNextCheck(visit))
        .isEqualTo(Horizon.firstVersionCheckAfter(horizon.of(visit)));
  }

  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE, seed = "40")
  void whatIsBeyondItsHorizonIsNotMissed(
      @ForAll("personEvents") List<PersonEvent> events,
      @ForAll("times") long now,
      @ForAll("laters") long later) {
    assertNotMissed(BUILT_IN, events, now, now + later);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE, seed = "41")
  void norWithAnotherCatalogue(
      @ForAll("personEvents") List<PersonEvent> events,
      @ForAll("times") long now,
      @ForAll("laters") long later) {
    assertNotMissed(HARSH, events, now, now + later);
  }

  /** A report that repeats an event must not take its place once it is forgotten. */
  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE, seed = "42")
  void norDoesARepetitionTakeItsPlace(
      @ForAll("personEvents") List<PersonEvent> events,
      @ForAll("times") long now,
      @ForAll("laters") long later,
      @ForAll long choice) {
    Random random = new Random(choice);
    List<PersonEvent> repeated = new ArrayList<>();
    for (PersonEvent event : events) {
      Observation o = event.observation();
      repeated.add(
          new PersonEvent(
              new Observation(
                  o.source(), "e" + random.nextInt(3), o.type(), o.time(), o.reportedTime()),
              event.guardOnly()));
    }
    Horizon horizon = new Horizon(BUILT_IN, DerivedPatterns.derivations());
    List<PersonEvent> distinct =
        DistinctEvents.of(repeated, PersonEvent.ORDER, PersonEvent::observation, horizon);
    assertThat(
            new SignalReader(BUILT_IN, DERIVED).at(distinct, now + later, now + later).of("email"))
        .isEqualTo(
            new SignalReader(BUILT_IN, DERIVED).at(repeated, now + later, now + later).of("email"));
    assertNotMissed(BUILT_IN, distinct, now, now + later);
  }

  private static void assertNotMissed(
      Catalogue catalogue, List<PersonEvent> events, long now, long later) {
    SignalReader reader = new SignalReader(catalogue, DERIVED);
    Horizon horizon = reader.horizon();
    List<PersonEvent> kept =
        events.stream().filter(e -> horizon.of(e.observation()) > now).toList();
    for (String channel : List.of("email", "sms")) {
      for (long stampedUpTo : new long[] {later, later - 1}) {
        assertThat(reader.at(kept, stampedUpTo, later).of(channel))
            .isEqualTo(reader.at(events, stampedUpTo, later).of(channel));
      }
    }
  }

  @Provide
  Arbitrary<List<PersonEvent>> personEvents() {
    return Histories.personEvents();
  }

  @Provide
  Arbitrary<Long> times() {
    return Histories.times();
  }

  @Provide
  Arbitrary<Long> laters() {
    return Arbitraries.of(
        0L, 1L, minutes(10), minutes(30), hours(1), hours(24), hours(72), hours(168), hours(2000));
  }
}
