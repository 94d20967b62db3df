package io.sendflowr.signal;

import static io.sendflowr.signal.Histories.START;
import static io.sendflowr.signal.Histories.event;
import static io.sendflowr.signal.Histories.hours;
import static io.sendflowr.signal.Histories.minutes;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.signal.DerivedSignals.Derivation;
import io.sendflowr.signal.DerivedSignals.History;
import io.sendflowr.signal.cep.CepSignals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DerivedSignalsTest {
  private static final DerivedSignals DERIVED = new CepSignals();
  private static final long LATER = START + hours(1000);

  @ParameterizedTest
  @ValueSource(strings = {"cart_add", "order_placed", "payment_succeeded"})
  void aCartIsNotAbandonedIfSomethingFollowsUpToAnHourLater(String answer) {
    long cart = START;
    Observation added = event("cart_add", cart);
    Signal abandoned = new Signal("cart_abandonment", cart + hours(1));

    assertThat(derive(LATER, added, event(answer, cart + 1))).doesNotContain(abandoned);
    assertThat(derive(LATER, added, event(answer, cart + hours(1)))).doesNotContain(abandoned);
    assertThat(derive(LATER, added, event(answer, cart + hours(1) + 1))).contains(abandoned);
    // What happens at the very instant does not follow.
    assertThat(derive(LATER, added, new Observation("esp", "other", answer, cart, cart)))
        .contains(abandoned);
    assertThat(derive(LATER, event(answer, cart - 1), added)).contains(abandoned);
  }

  @Test
  void aCartIsAbandonedAnHourLaterAndNotSooner() {
    Observation added = event("cart_add", START);

    assertThat(derive(START + hours(1) - 1, added)).isEmpty();
    assertThat(derive(START + hours(1), added))
        .containsExactly(new Signal("cart_abandonment", START + hours(1)));
    assertThat(nextDue(START, added)).isEqualTo(START + hours(1));
    assertThat(nextDue(START + hours(1) - 1, added)).isEqualTo(START + hours(1));
    assertThat(nextDue(START + hours(1), added)).isEqualTo(Long.MAX_VALUE);
    assertThat(nextDue(START, event("delivered", START))).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void whatIsNoAnswerDoesNotSaveACart() {
    assertThat(
            derive(
                LATER,
                event("cart_add", START),
                event("product_view", START + 1),
                event("clicked", START + 2)))
        .containsExactly(new Signal("cart_abandonment", START + hours(1)));
  }

  @Test
  void aSurgeIsThreeViewsWithinTenMinutesInclusive() {
    assertThat(derive(LATER, views(0, minutes(5), minutes(10))))
        .containsExactly(new Signal("browse_surge", START + minutes(10)));
    assertThat(derive(LATER, views(0, minutes(5), minutes(10) + 1))).isEmpty();
    assertThat(derive(LATER, views(0, minutes(5)))).isEmpty();
  }

  @Test
  void matchesOverlap() {
    assertThat(derive(LATER, views(0, minutes(1), minutes(2), minutes(3), minutes(30))))
        .containsExactly(
            new Signal("browse_surge", START + minutes(2)),
            new Signal("browse_surge", START + minutes(3)));
  }

  @Test
  void bouncesRepeatWithinThreeDaysInclusive() {
    assertThat(derive(LATER, three("bounced", hours(72))))
        .containsExactly(new Signal("repeated_bounces", START + hours(72)));
    assertThat(derive(LATER, three("bounced", hours(72) + 1))).isEmpty();
  }

  @Test
  void threeDeliveriesWithinADayInclusiveTire() {
    assertThat(derive(LATER, three("delivered", hours(24))))
        .containsExactly(new Signal("fatigue", START + hours(24)));
    assertThat(derive(LATER, three("delivered", hours(24) + 1))).isEmpty();
  }

  @Test
  void onlyAClickStrictlyBetweenKeepsFromTiring() {
    assertThat(fatigueWithClickAt(0)).isTrue();
    assertThat(fatigueWithClickAt(1)).isFalse();
    assertThat(fatigueWithClickAt(hours(24) - 1)).isFalse();
    assertThat(fatigueWithClickAt(hours(24))).isTrue();
    // The table names one kind of click.
    assertThat(
            derive(
                LATER,
                event("delivered", START),
                event("sms_clicked", START + 1),
                event("delivered", START + 2),
                event("delivered", START + 3)))
        .containsExactly(new Signal("fatigue", START + 3));
  }

  private static boolean fatigueWithClickAt(long offset) {
    return derive(
            LATER,
            event("delivered", START),
            event("delivered", START + 2),
            event("delivered", START + hours(24)),
            event("clicked", START + offset))
        .stream()
        .anyMatch(signal -> signal.type().equals("fatigue"));
  }

  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE, seed = "20")
  void derivesWhatTheContractSays(
      @ForAll("events") List<Observation> events, @ForAll("times") long now) {
    List<Observation> known = events.stream().filter(e -> e.time() <= now).toList();

    assertThat(new HashSet<>(derive(now, known.toArray(Observation[]::new))))
        .isEqualTo(NaiveSignals.derived(known, now));
  }

  /** Events of one instant stand in any order of their types; three instants make a bound. */
  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE, seed = "22")
  void derivesTheSameOfCrowdedInstants(
      @ForAll("crowds") List<Observation> events, @ForAll("waits") long wait) {
    long now = events.stream().mapToLong(Observation::time).max().orElse(START) + wait;

    assertThat(new HashSet<>(derive(now, events.toArray(Observation[]::new))))
        .isEqualTo(NaiveSignals.derived(events, now));
  }

  /**
   * As a person's events come, some of them late, and asked for with and without the last: each
   * time it can go on from what it found before.
   */
  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE, seed = "23")
  void derivesTheSameOneInstantAfterTheOther(
      @ForAll("events") List<Observation> events,
      @ForAll("crowds") List<Observation> crowd,
      @ForAll Random random) {
    for (List<Observation> some : List.of(events, crowd)) {
      List<Observation> coming = new ArrayList<>(some);
      coming.sort(Observation.ORDER);
      History history = DERIVED.history();
      List<Observation> known = new ArrayList<>();
      while (!coming.isEmpty()) {
        Observation next =
            coming.remove(random.nextInt(4) == 0 ? random.nextInt(coming.size()) : 0);
        history.add(next);
        known.add(next);
        for (long now : List.of(next.time(), next.time() - 1, next.time() + hours(1))) {
          List<Observation> stamped = known.stream().filter(e -> e.time() <= now).toList();
          assertThat(due(history, now))
              .doesNotHaveDuplicates()
              .containsExactlyInAnyOrderElementsOf(NaiveSignals.derived(stamped, now));
        }
      }
    }
  }

  /** Found of other events, of which some are the same, or of fewer. */
  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE, seed = "24")
  void whatWasFoundBeforeChangesNoAnswer(
      @ForAll("events") List<Observation> events,
      @ForAll("crowds") List<Observation> crowd,
      @ForAll Random random) {
    for (List<Observation> some : List.of(events, crowd)) {
      History before = DERIVED.history();
      some.stream().filter(e -> random.nextInt(20) > 0).forEach(before::add);
      long then = some.stream().mapToLong(Observation::time).max().orElse(START);
      due(before, then - random.nextInt(2) * minutes(20));
      History history = DERIVED.history();
      some.forEach(history::add);
      history.recall(before.findings());

      for (long now : List.of(then, then - minutes(30), then + hours(1))) {
        assertThat(due(history, now))
            .containsExactlyInAnyOrderElementsOf(
                NaiveSignals.derived(some.stream().filter(e -> e.time() <= now).toList(), now));
      }
    }
  }

  @Test
  void equalMatchesAreOneSignal() {
    assertThat(derive(LATER, views(0, 0, 0, 0))).containsExactly(new Signal("browse_surge", START));
    assertThat(
            derive(
                LATER,
                new Observation("shop", "a", "cart_add", START, START),
                new Observation("shop", "b", "cart_add", START, START)))
        .containsExactly(new Signal("cart_abandonment", START + hours(1)));
  }

  /** The horizon of an event is reckoned from it. */
  @Test
  void saysWhatItDerivesFrom() {
    assertThat(DERIVED.derivations())
        .containsExactly(
            new Derivation(
                "cart_abandonment",
                Set.of("cart_add", "order_placed", "payment_succeeded"),
                hours(1)),
            new Derivation("browse_surge", Set.of("product_view"), minutes(10)),
            new Derivation("repeated_bounces", Set.of("bounced"), hours(72)),
            new Derivation("fatigue", Set.of("delivered", "clicked"), hours(24)));
  }

  /** Otherwise an operator would sleep through a signal. */
  @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE, seed = "21")
  void nothingIsDerivedByTimeAloneBeforeTheNextDueInstant(
      @ForAll("events") List<Observation> events, @ForAll("times") long now) {
    Observation[] known = events.stream().filter(e -> e.time() <= now).toArray(Observation[]::new);
    long due = nextDue(now, known);

    assertThat(due).isGreaterThan(now);
    long justBefore = due == Long.MAX_VALUE ? now + hours(1000) : due - 1;
    assertThat(derive(justBefore, known)).isEqualTo(derive(now, known));
  }

  private static List<Signal> derive(long now, Observation... events) {
    return due(history(events), now);
  }

  private static List<Signal> due(History history, long now) {
    List<Signal> due = new ArrayList<>();
    for (Derivation derivation : DERIVED.derivations()) {
      List<Long> stamps = history.due(derivation.signal(), now);
      assertThat(stamps).isSorted();
      stamps.forEach(stamp -> due.add(new Signal(derivation.signal(), stamp)));
    }
    return due;
  }

  private static long nextDue(long now, Observation... events) {
    return history(events).nextDue(now);
  }

  private static History history(Observation... events) {
    History history = DERIVED.history();
    Arrays.stream(events).forEach(history::add);
    return history;
  }

  private static Observation[] views(long... offsets) {
    return Arrays.stream(offsets)
        .mapToObj(offset -> event("product_view", START + offset))
        .toArray(Observation[]::new);
  }

  private static Observation[] three(String type, long apart) {
    return new Observation[] {
      event(type, START), event(type, START + 1), event(type, START + apart)
    };
  }

  @Provide
  Arbitrary<List<Observation>> crowds() {
    return Histories.crowds();
  }

  @Provide
  Arbitrary<Long> waits() {
    return Arbitraries.of(0L, 1L, hours(1) - 1, hours(1), hours(1) + 1);
  }

  @Provide
  Arbitrary<List<Observation>> events() {
    return Histories.events();
  }

  @Provide
  Arbitrary<Long> times() {
    return Histories.times();
  }
}
