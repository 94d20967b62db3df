package io.sendflowr.signal;

import static io.sendflowr.signal.Histories.START;
import static io.sendflowr.signal.Histories.event;
import static io.sendflowr.signal.Histories.hours;
import static io.sendflowr.signal.Histories.minutes;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.catalogue.CircuitBreaker;
import io.sendflowr.signal.cep.CepSignals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EffectiveSignalsTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final SignalReader READER = new SignalReader(CATALOGUE, new CepSignals());
  private static final long FOR_GOOD = CircuitBreaker.PERMANENT;

  @Test
  void aHotPathIsLiveWhileFresh() {
    Observation view = event("product_view", START);

    assertThat(at(START - 1, view).hotPaths()).isEmpty();
    assertThat(at(START, view).hotPaths()).containsExactly(new Signal("product_view", START));
    assertThat(at(START + minutes(30) - 1, view).hotPaths()).hasSize(1);
    assertThat(at(START + minutes(30), view).hotPaths()).isEmpty();
  }

  @Test
  void aHotPathIsReinforcedNotPiledUp() {
    assertThat(
            at(
                    START + minutes(12),
                    event("site_visit", START + minutes(10)),
                    event("site_visit", START),
                    event("app_opened", START + minutes(1)),
                    event("site_visit", START + minutes(13)))
                .hotPaths())
        .containsExactly(
            new Signal("app_opened", START + minutes(1)),
            new Signal("site_visit", START + minutes(10)));
  }

  @Test
  void aSuppressionHoldsFromItsStartUntilBeforeItsEnd() {
    Observation complaint = event("complaint", START);

    assertThat(at(START - 1, complaint).isSuppressed()).isFalse();
    assertThat(at(START, complaint).suppressions())
        .containsExactly(new Suppression("complaint", START, START + hours(48)));
    assertThat(at(START + hours(48) - 1, complaint).isSuppressed()).isTrue();
    assertThat(at(START + hours(48), complaint).isSuppressed()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "ticket_created, ticket_closed_satisfied",
    "support_ticket, ticket_closed_satisfied",
    "payment_failed, payment_succeeded",
    "unsubscribe_request, resubscribed",
    "unsubscribed, resubscribed",
    "sms_unsubscribed, resubscribed"
  })
  void anEndingEndsWhatStartedUpToItsOwnInstant(String breaker, String ending) {
    long ended = START + hours(2);
    Observation end = event(ending, ended);

    EffectiveSignals before = at(ended - 1, event(breaker, START), end);
    assertThat(before.isSuppressed()).isTrue();
    assertThat(at(ended, event(breaker, START), end).isSuppressed()).isFalse();
    assertThat(at(ended, event(breaker, ended), end).isSuppressed()).isFalse();
    assertThat(at(ended + 1, event(breaker, ended + 1), end).isSuppressed()).isTrue();
  }

  /** At the instant itself; what is stamped later is not known to a decision before it. */
  @Test
  void anEndThatIsYetToComeIsNotKnown() {
    EffectiveSignals before =
        at(START + 1, event("ticket_created", START), event("ticket_closed_satisfied", START + 2));

    assertThat(before.leadingSuppression().end()).isEqualTo(START + hours(48));
  }

  @Test
  void anEndingEndsOnlyItsOwnKind() {
    assertThat(
            at(
                    START + hours(3),
                    event("complaint", START),
                    event("unsubscribed", START),
                    event("ticket_created", START),
                    event("ticket_closed_satisfied", START + hours(1)))
                .suppressions())
        .extracting(Suppression::reason)
        .containsExactly("complaint", "unsubscribed");
  }

  @ParameterizedTest
  @CsvSource({"unsubscribed, email, sms", "sms_unsubscribed, sms, email"})
  void aWithdrawnConsentDoesNotComeBackByItself(String type, String channel, String other) {
    List<PersonEvent> events = own(event(type, START));
    long muchLater = START + hours(24 * 3650);

    assertThat(at(events, START, other).leadingSuppression().end()).isEqualTo(START + hours(168));
    assertThat(at(events, START, channel).leadingSuppression())
        .isEqualTo(new Suppression(type, START, FOR_GOOD));
    assertThat(at(events, START + hours(168), other).isSuppressed()).isFalse();
    assertThat(at(events, muchLater, channel).leadingSuppression().isPermanent()).isTrue();

    events.add(new PersonEvent(event("resubscribed", START + hours(500)), false));
    assertThat(at(events, START + hours(500) - 1, channel).isSuppressed()).isTrue();
    assertThat(at(events, START + hours(500), channel).isSuppressed()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"spam_report", "marked_spam"})
  void aSpamReportIsForGood(String type) {
    for (String channel : List.of("email", "sms", "push")) {
      List<PersonEvent> events = own(event(type, START), event("resubscribed", START + 1));
      assertThat(at(events, START + hours(24 * 3650), channel).suppressions())
          .containsExactly(new Suppression(type, START, FOR_GOOD));
    }
  }

  @Test
  void theLeadingSuppressionEndsLastThenStartedLastThenIsTheFirstByName() {
    assertThat(leading(event("complaint", START), event("payment_failed", START + hours(23))))
        .isEqualTo("complaint");
    // Both end 168 h after the first; the ticket's 48 h started later.
    assertThat(
            leading(
                event("unsubscribe_request", START - hours(120)), event("support_ticket", START)))
        .isEqualTo("support_ticket");
    assertThat(leading(event("survey_negative", START), event("complaint", START)))
        .isEqualTo("complaint");
    assertThat(leading(event("spam_report", START - hours(1)), event("complaint", START)))
        .isEqualTo("spam_report");
    assertThat(leading(event("spam_report", START), event("marked_spam", START)))
        .isEqualTo("marked_spam");
  }

  private static String leading(Observation... events) {
    return at(START + hours(23), events).leadingSuppression().reason();
  }

  @Test
  void whatASharedIdentifierHoldsOnlyGuards() {
    long now = START + minutes(5);
    List<PersonEvent> shared = new ArrayList<>();
    for (String type : List.of("complaint", "site_visit", "clicked", "cart_add")) {
      shared.add(new PersonEvent(event(type, START), true));
    }
    for (int i = 0; i < 3; i++) {
      shared.add(new PersonEvent(event("delivered", START + i), true));
      shared.add(new PersonEvent(event("product_view", START + i), true));
    }

    EffectiveSignals effective = at(shared, now, "email");
    assertThat(effective.hotPaths()).isEmpty();
    assertThat(effective.clicks()).isEmpty();
    assertThat(effective.suppressions())
        .extracting(Suppression::reason)
        .containsExactly("complaint");
    assertThat(at(shared, START + hours(1), "email").hotPaths()).isEmpty();
  }

  @Test
  void anEndingThatASharedIdentifierHoldsEndsThePersonsOwnSuppression() {
    List<PersonEvent> events = own(event("ticket_created", START));
    events.add(new PersonEvent(event("ticket_closed_satisfied", START + 1), true));

    assertThat(at(events, START + 1, "email").isSuppressed()).isFalse();
    assertThat(at(events, START + 1, "email").hotPaths()).isEmpty();
  }

  @Test
  void derivedSignalsActLikeOthers() {
    EffectiveSignals tired =
        at(
            START + hours(3),
            event("delivered", START),
            event("delivered", START + 1),
            event("delivered", START + hours(2)));
    assertThat(tired.suppressions())
        .containsExactly(new Suppression("fatigue", START + hours(2), START + hours(26)));

    EffectiveSignals abandoned = at(START + minutes(65), event("cart_add", START));
    assertThat(abandoned.hotPaths())
        .containsExactly(new Signal("cart_abandonment", START + hours(1)));
  }

  @Test
  void ofOneEventReportedTwiceTheEarlierStampStands() {
    Observation first = new Observation("shop", "e", "complaint", START, START);
    Observation again = new Observation("shop", "e", "complaint", START + hours(1), START);
    Observation elsewhere = new Observation("desk", "e", "complaint", START + hours(1), START);

    for (List<PersonEvent> events : List.of(own(first, again), own(again, first))) {
      assertThat(at(events, START + hours(2), "email").suppressions())
          .containsExactly(new Suppression("complaint", START, START + hours(48)));
    }
    assertThat(at(START + hours(2), first, elsewhere).suppressions()).hasSize(2);
    // Before the earlier stamp was known, the later one stood.
    assertThat(at(START + hours(1), again).suppressions()).hasSize(1);
  }

  @Test
  void anEventIsOneOnlyAsLongAsItsEffectLasts() {
    Observation first = new Observation("shop", "e", "complaint", START, START);
    Observation within = new Observation("shop", "e", "complaint", START + hours(48), START);
    Observation after = new Observation("shop", "e", "complaint", START + hours(49), START);

    assertThat(at(START + hours(48), first, within).isSuppressed()).isFalse();
    assertThat(at(START + hours(49), first, within, after).suppressions())
        .containsExactly(new Suppression("complaint", START + hours(49), START + hours(97)));
  }

  @Test
  void theNewestClicksCountInTheirOrder() {
    List<PersonEvent> events =
        own(
            IntStream.range(0, 300)
                .mapToObj(i -> event("clicked", START + i))
                .toArray(Observation[]::new));
    Collections.shuffle(events, new Random(1));

    List<Observation> clicks = at(events, START + 299, "email").clicks();
    assertThat(clicks).hasSize(256).isSortedAccordingTo(Observation.ORDER);
    assertThat(clicks.get(0).time()).isEqualTo(START + 44);
    assertThat(at(events, START + 100, "email").clicks()).hasSize(101);
  }

  @Test
  void clicksOfOneInstantStandBySourceThenEventId() {
    Observation a = new Observation("a", "2", "clicked", START, START);
    Observation b = new Observation("b", "1", "sms_click", START, START);
    Observation c = new Observation("b", "2", "sms_clicked", START, START);

    assertThat(at(START, c, b, a).clicks()).containsExactly(a, b, c);
  }

  @Test
  void opensAreNoClicks() {
    assertThat(at(START, event("opened", START)).clicks()).isEmpty();
  }

  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE, seed = "30")
  void areWhatTheContractSays(
      @ForAll("personEvents") List<PersonEvent> events, @ForAll("times") long now) {
    for (String channel : List.of("email", "sms", "push")) {
      for (long stampedUpTo : new long[] {now, now - 1}) {
        assertThat(READER.at(events, stampedUpTo, now).of(channel))
            .isEqualTo(NaiveSignals.effective(CATALOGUE, events, stampedUpTo, now, channel));
      }
    }
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE, seed = "31")
  void neitherOrderNorRepetitionMatters(
      @ForAll("personEvents") List<PersonEvent> events,
      @ForAll("times") long now,
      @ForAll long shuffle) {
    Random random = new Random(shuffle);
    List<PersonEvent> mixed = new ArrayList<>(events);
    events.stream().filter(e -> random.nextBoolean()).forEach(mixed::add);
    Collections.shuffle(mixed, random);

    assertThat(at(mixed, now, "email")).isEqualTo(at(events, now, "email"));
  }

  private static EffectiveSignals at(long now, Observation... events) {
    return at(own(events), now, "email");
  }

  private static EffectiveSignals at(List<PersonEvent> events, long now, String channel) {
    return READER.at(events, now, now).of(channel);
  }

  private static List<PersonEvent> own(Observation... events) {
    return new ArrayList<>(
        Arrays.stream(events).map(event -> new PersonEvent(event, false)).toList());
  }

  @Provide
  Arbitrary<List<PersonEvent>> personEvents() {
    return Histories.personEvents();
  }

  @Provide
  Arbitrary<Long> times() {
    return Histories.times();
  }
}
