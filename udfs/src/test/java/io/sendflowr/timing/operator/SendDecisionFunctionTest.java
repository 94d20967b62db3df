package io.sendflowr.timing.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.Claimed;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.flow.PersonChange.RequestErased;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.flow.PersonChange.RequestWithdrawn;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.RevisionInput.Decided;
import io.sendflowr.identity.Claim;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Decision.AppliedWeight;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SendDecisionFunctionTest {
  private static final long NOON = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long PERSON = 7;
  private static final long HOLDER = 8;

  private KeyedOneInputStreamOperatorTestHarness<Long, PersonChange, RevisionInput> harness;

  @BeforeEach
  void open() throws Exception {
    harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new SendDecisionFunction(CatalogueReader.builtIn())),
            PersonChange::person,
            BasicTypeInfo.LONG_TYPE_INFO);
    harness.setup(new Types.RevisionInputSerializer());
    harness.open();
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void decidesWhenTheWatermarkReachesTheRequest() throws Exception {
    give("product_view", NOON - 5 * MINUTE);
    ask(request("r", NOON), NOON);
    harness.processWatermark(new Watermark(NOON - 1));
    assertThat(decisions()).isEmpty();

    harness.processWatermark(new Watermark(NOON));

    assertThat(decisions())
        .singleElement()
        .satisfies(
            decision -> {
              assertThat(decision.status()).isEqualTo(Status.SCHEDULED);
              assertThat(decision.trigger()).isEqualTo(NOON);
              assertThat(decision.appliedWeights())
                  .containsExactly(new AppliedWeight("product_view", 1.4331));
            });
  }

  @Test
  void decidesAgainAtTheInstantsAtWhichSomethingEffectiveChanges() throws Exception {
    ask(request("r", NOON + 2 * DAY, NOON), NOON);
    give("product_view", NOON + MINUTE);
    give("opened", NOON + 2 * MINUTE);
    give("support_ticket", NOON + 3 * MINUTE);
    give("ticket_closed_satisfied", NOON + 4 * MINUTE);
    harness.processWatermark(new Watermark(NOON + HOUR));

    assertThat(decisions())
        .extracting(Decision::decidedAt)
        .containsExactly(NOON, NOON + MINUTE, NOON + 3 * MINUTE, NOON + 4 * MINUTE);
  }

  @Test
  void anAbandonedCartIsNoticedByTheMerePassingOfTime() throws Exception {
    give("cart_add", NOON - 30 * MINUTE);
    ask(request("r", NOON + 2 * DAY, NOON), NOON);
    harness.processWatermark(new Watermark(NOON + HOUR));

    assertThat(decisions())
        .extracting(Decision::decidedAt)
        .containsExactly(NOON, NOON + 30 * MINUTE);
  }

  @Test
  void aMovedEventCountsFromTheInstantOfItsMoveAndNoLongerFromTheNext() throws Exception {
    ask(request("r", NOON + 2 * DAY, NOON), NOON);
    Observation unsubscribed = observed("unsubscribe_request", NOON - DAY);
    PersonEvent event = new PersonEvent(unsubscribed, false);
    process(new EventGiven(PERSON, HOLDER, event, NOON + MINUTE));
    process(new EventWithdrawn(PERSON, HOLDER, event, NOON + 2 * MINUTE));
    harness.processWatermark(new Watermark(NOON + HOUR));

    assertThat(decisions())
        .extracting(Decision::isSuppressionActive)
        .containsExactly(false, true, false);
  }

  @Test
  void aRequestThatMovedAwayIsNotDecidedHereAnyMore() throws Exception {
    SendRequest request = request("r", NOON + 2 * DAY, NOON);
    ask(request, NOON);
    process(new RequestWithdrawn(PERSON, request, NOON + MINUTE));
    give("product_view", NOON + MINUTE);
    harness.processWatermark(new Watermark(NOON + HOUR));

    assertThat(decisions()).extracting(Decision::decidedAt).containsExactly(NOON);
  }

  @Test
  void whatPresentedIdentifiersClaimIsPutTogetherWhereThePersonIs() throws Exception {
    SendRequest request = request("r", NOON + 2 * DAY, NOON);
    Claim weak = new Claim(IdentifierClass.WEAK, 0.7);
    Claim platform = new Claim(IdentifierClass.PLATFORM, 0.85);
    process(new Claimed(PERSON, request, platform, NOON));
    process(new Claimed(PERSON, request("other", NOON), Claim.CERTAIN, NOON));
    process(new RequestGiven(PERSON, request, weak, NOON));
    // Given again one identifier later, when another platform knows the person, too.
    process(new RequestGiven(PERSON, request, platform, NOON + MINUTE));
    process(new Claimed(PERSON, request, platform, NOON + MINUTE));
    process(new RequestGiven(PERSON, request, weak, NOON + 2 * MINUTE));
    // Nobody asks about this one: the person is the same.
    process(new Claimed(PERSON, request, Claim.CERTAIN, NOON + 3 * MINUTE));
    process(new RequestGiven(PERSON, request, weak, NOON + 4 * MINUTE));
    give("product_view", NOON + 5 * MINUTE);
    harness.processWatermark(new Watermark(NOON + HOUR));

    assertThat(decisions())
        .extracting(Decision::identityConfidence)
        .containsExactly(0.85, 1.0, 0.7, 0.7, 0.7);
  }

  @Test
  void anErasedRequestIsPassedOnAndNotDecidedAnyMore() throws Exception {
    SendRequest request = request("r", NOON + 2 * DAY, NOON);
    ask(request, NOON);
    give("support_ticket", NOON + 2 * MINUTE);
    process(new RequestErased(PERSON, request, NOON + MINUTE));
    harness.processWatermark(new Watermark(NOON + HOUR));

    assertThat(decisions()).extracting(Decision::decidedAt).containsExactly(NOON);
    assertThat(harness.extractOutputValues())
        .filteredOn(RevisionInput.Erased.class::isInstance)
        .containsExactly(new RevisionInput.Erased(request, NOON + MINUTE));
  }

  @Test
  void anEventThatLeavesAndComesBackIsNotTakenForARepetition() throws Exception {
    PersonEvent event = new PersonEvent(observed("unsubscribe_request", NOON - HOUR), false);
    process(new EventGiven(PERSON, HOLDER, event, NOON - HOUR));
    process(new EventWithdrawn(PERSON, HOLDER, event, NOON + 2 * HOUR));
    process(new EventGiven(PERSON, HOLDER, event, NOON + 3 * HOUR));
    ask(request("r", NOON + 2 * DAY, NOON), NOON);
    harness.processWatermark(new Watermark(NOON + 4 * HOUR));

    assertThat(decisions())
        .extracting(Decision::isSuppressionActive)
        .containsExactly(true, false, true);
  }

  @Test
  void anEventThatIsReportedAgainDoesNotOutliveItsEffect() throws Exception {
    ask(request("r", NOON + 2 * DAY, NOON), NOON);
    Observation ticket = new Observation("z", "1", "complaint", NOON + MINUTE, NOON + MINUTE);
    Observation again = new Observation("z", "1", "complaint", NOON + 40 * HOUR, NOON + MINUTE);
    for (Observation report : List.of(again, ticket)) {
      process(new EventGiven(PERSON, HOLDER, new PersonEvent(report, false), report.time()));
    }
    ask(request("later", NOON + 60 * HOUR, NOON + 50 * HOUR), NOON + 50 * HOUR);
    harness.processWatermark(new Watermark(NOON + 60 * HOUR));

    assertThat(decisions())
        .extracting(Decision::isSuppressionActive)
        .containsExactly(false, true, false);
  }

  @Test
  void whatIsReportedOnAnotherIdentifierCountsWhenThatOneStays() throws Exception {
    PersonEvent ticket = report(NOON);
    PersonEvent again = report(NOON + 40 * HOUR);
    long other = HOLDER + 1;
    process(new EventGiven(PERSON, HOLDER, ticket, NOON));
    process(new EventGiven(PERSON, other, again, NOON + 40 * HOUR));
    ask(request("r", NOON + 3 * DAY, NOON + 42 * HOUR), NOON + 42 * HOUR);
    process(new EventWithdrawn(PERSON, HOLDER, ticket, NOON + 44 * HOUR));
    harness.processWatermark(new Watermark(NOON + 50 * HOUR));

    assertThat(decisions())
        .extracting(Decision::suppressedUntil)
        .containsExactly(NOON + 48 * HOUR, NOON + 88 * HOUR);
  }

  @Test
  void whatRepeatsAnEventOfAnotherIdentifierDoesNotTakeItsPlaceWhenItIsOver() throws Exception {
    process(new EventGiven(PERSON, HOLDER, report(NOON), NOON));
    process(new EventGiven(PERSON, HOLDER + 1, report(NOON + 40 * HOUR), NOON + 40 * HOUR));
    ask(request("r", NOON + 3 * DAY, NOON + 60 * HOUR), NOON + 60 * HOUR);
    harness.processWatermark(new Watermark(NOON + 61 * HOUR));
    assertThat(decisions()).extracting(Decision::isSuppressionActive).containsExactly(false);

    harness.processWatermark(new Watermark(NOON + 12 * DAY));
    assertThat(harness.numKeyedStateEntries()).isZero();
  }

  @Test
  void whatWasGivenTwiceAndTakenBackTwiceIsGone() throws Exception {
    PersonEvent ticket = report(NOON);
    process(new EventGiven(PERSON, HOLDER, ticket, NOON));
    process(new EventGiven(PERSON, HOLDER, ticket, NOON));
    process(new EventWithdrawn(PERSON, HOLDER, ticket, NOON + HOUR));
    ask(request("r", NOON + 3 * DAY, NOON + 2 * HOUR), NOON + 2 * HOUR);
    process(new EventWithdrawn(PERSON, HOLDER, ticket, NOON + 3 * HOUR));
    harness.processWatermark(new Watermark(NOON + 4 * HOUR));

    assertThat(decisions()).extracting(Decision::isSuppressionActive).containsExactly(true, false);
  }

  @Test
  void aConsentWithdrawnLongBeforeItMovesInDecidesNothingOfThePastAnew() throws Exception {
    ask(request("r", NOON + 2 * DAY, NOON), NOON);
    give("product_view", NOON + MINUTE);
    harness.processWatermark(new Watermark(NOON + HOUR));
    PersonEvent event = new PersonEvent(observed("unsubscribed", NOON - DAY), false);
    process(new EventGiven(PERSON, HOLDER, event, NOON + 2 * HOUR));
    harness.processWatermark(new Watermark(NOON + 3 * HOUR));

    assertThat(decisions())
        .extracting(Decision::decidedAt)
        .containsExactly(NOON, NOON + MINUTE, NOON + 2 * HOUR);
  }

  private static PersonEvent report(long time) {
    return new PersonEvent(new Observation("z", "1", "complaint", time, NOON), false);
  }

  @Test
  void nothingIsDecidedOnceTheTriggerHasPassed() throws Exception {
    ask(request("r", NOON), NOON);
    give("product_view", NOON + MINUTE);
    harness.processWatermark(new Watermark(NOON + HOUR));

    assertThat(decisions()).extracting(Decision::decidedAt).containsExactly(NOON);
  }

  @Test
  void aChangeAtTheTriggerItselfStillCounts() throws Exception {
    ask(request("r", NOON), NOON);
    long trigger = NOON;
    give("complaint", trigger);
    harness.processWatermark(new Watermark(NOON + HOUR));

    assertThat(decisions())
        .singleElement()
        .extracting(Decision::suppressionReason)
        .isEqualTo("complaint");
  }

  @Test
  void nothingIsLeftWhenARequestAndTheSignalsAreOver() throws Exception {
    give("product_view", NOON);
    give("support_ticket", NOON);
    give("cart_add", NOON);
    ask(request("r", NOON), NOON);
    ask(request("unreachable", NOON - DAY, NOON - HOUR, NOON), NOON);
    process(new Claimed(PERSON, request("r", NOON), Claim.CERTAIN, NOON));
    process(new Claimed(PERSON, request("elsewhere", NOON), Claim.CERTAIN, NOON + MINUTE));
    assertThat(harness.numKeyedStateEntries()).isPositive();

    harness.processWatermark(new Watermark(NOON + 8 * DAY));

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  /** A timer bears the key of the person, who may be erased. */
  @Test
  void whatIsWithdrawnLeavesNoTimer() throws Exception {
    SendRequest request = request("r", NOON + 2 * DAY, NOON);
    ask(request, NOON);
    give("clicked", NOON);
    give("support_ticket", NOON + MINUTE);
    harness.processWatermark(new Watermark(NOON + MINUTE));
    assertThat(harness.numEventTimeTimers()).isPositive();
    for (Observation event :
        List.of(observed("clicked", NOON), observed("support_ticket", NOON + MINUTE))) {
      process(new EventWithdrawn(PERSON, HOLDER, new PersonEvent(event, false), NOON + 2 * MINUTE));
    }
    process(new RequestErased(PERSON, request, NOON + 2 * MINUTE));
    harness.processWatermark(new Watermark(NOON + 2 * MINUTE));

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void anEventOfAPersonWhomNobodyAsksAboutSetsNoTimerButItsExpiry() throws Exception {
    give("product_view", NOON);
    give("product_view", NOON + MINUTE);
    assertThat(harness.numEventTimeTimers()).isEqualTo(1);
  }

  private void give(String type, long time) throws Exception {
    process(new EventGiven(PERSON, HOLDER, new PersonEvent(observed(type, time), false), time));
  }

  private void ask(SendRequest request, long at) throws Exception {
    process(new RequestGiven(PERSON, request, Claim.CERTAIN, at));
  }

  private void process(PersonChange change) throws Exception {
    harness.processElement(change, change.at());
  }

  private List<Decision> decisions() {
    return harness.extractOutputValues().stream()
        .filter(Decided.class::isInstance)
        .map(decided -> ((Decided) decided).decision())
        .toList();
  }

  private static SendRequest request(String id, long time) {
    return request(id, time, time);
  }

  private static SendRequest request(String id, long sendAfter, long time) {
    return request(id, sendAfter, sendAfter + 7 * DAY, time);
  }

  private static SendRequest request(String id, long sendAfter, long sendBefore, long time) {
    return new SendRequest(
        id,
        time,
        time,
        List.of(),
        HOLDER,
        sendAfter,
        sendBefore,
        5 * MINUTE,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  private static Observation observed(String type, long time) {
    return new Observation("test", type + time, type, time, time);
  }
}
