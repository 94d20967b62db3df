package io.sendflowr.timing.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.flink.FirstVersionTimers;
import io.sendflowr.flink.States;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.ClaimWithdrawn;
import io.sendflowr.flow.PersonChange.Claimed;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.flow.PersonChange.RequestErased;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.flow.PersonChange.RequestWithdrawn;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.RevisionInput.Decided;
import io.sendflowr.identity.Claim;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Lead;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.latency.Latency;
import io.sendflowr.latency.LatencyEstimate;
import io.sendflowr.latency.LatencyTimeline;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Decision.AppliedWeight;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SendDecisionOperatorTest {
  private static final long NOON = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long PERSON = 7;
  private static final long HOLDER = 8;

  private KeyedTwoInputStreamOperatorTestHarness<Long, PersonChange, LatencyEstimate, RevisionInput>
      harness;

  @BeforeEach
  void open() throws Exception {
    harness = harness();
    harness.open();
  }

  private static KeyedTwoInputStreamOperatorTestHarness<
          Long, PersonChange, LatencyEstimate, RevisionInput>
      harness() throws Exception {
    KeyedTwoInputStreamOperatorTestHarness<Long, PersonChange, LatencyEstimate, RevisionInput>
        made =
            new KeyedTwoInputStreamOperatorTestHarness<>(
                new SendDecisionOperator(CatalogueReader.builtIn()),
                PersonChange::person,
                null,
                BasicTypeInfo.LONG_TYPE_INFO);
    made.setup(new Types.RevisionInputSerializer());
    return made;
  }

  private OperatorSubtaskState checkpoint() throws Exception {
    harness.prepareSnapshotPreBarrier(1);
    return harness.snapshot(1, 1);
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void decidesWhenTheWatermarkReachesTheRequest() throws Exception {
    give("product_view", NOON - 5 * MINUTE);
    ask(request("r", NOON), NOON);
    advance(NOON - 1);
    assertThat(decisions()).isEmpty();

    advance(NOON);

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
    give("clicked", NOON + 3 * HOUR - 14 * DAY);
    ask(request("r", NOON + 10 * MINUTE, NOON), NOON);
    give("product_view", NOON + MINUTE);
    give("opened", NOON + 2 * MINUTE);
    give("support_ticket", NOON + 3 * MINUTE);
    give("ticket_closed_satisfied", NOON + 4 * MINUTE);
    advance(NOON + HOUR);

    assertThat(decisions())
        .extracting(Decision::decidedAt)
        .containsExactly(NOON, NOON + MINUTE, NOON + 3 * MINUTE, NOON + 4 * MINUTE);
  }

  /** What came before a barrier has a timer of Flink, what comes after it waits in memory. */
  @Test
  void anInstantIsLookedAtOnceThoughACheckpointLiesBetweenWhatCameOfIt() throws Exception {
    give("product_view", NOON - 5 * MINUTE);
    ask(request("r", NOON), NOON);
    OperatorSubtaskState checkpoint = checkpoint();
    give("support_ticket", NOON);
    advance(NOON);
    assertThat(decisions())
        .singleElement()
        .satisfies(decision -> assertThat(decision.isSuppressionActive()).isTrue());

    close();
    harness = harness();
    harness.initializeState(checkpoint);
    harness.open();
    advance(NOON);
    assertThat(decisions())
        .singleElement()
        .satisfies(decision -> assertThat(decision.isSuppressionActive()).isFalse());
  }

  @Test
  void anAbandonedCartIsNoticedByTheMerePassingOfTime() throws Exception {
    give("clicked", NOON + 3 * HOUR - 14 * DAY);
    give("cart_add", NOON - 30 * MINUTE);
    ask(request("r", NOON + 40 * MINUTE, NOON), NOON);
    advance(NOON + HOUR);

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
    advance(NOON + HOUR);

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
    advance(NOON + HOUR);

    assertThat(decisions()).extracting(Decision::decidedAt).containsExactly(NOON);
  }

  @Test
  void whatPresentedIdentifiersClaimIsPutTogetherWhereThePersonIs() throws Exception {
    SendRequest request = request("r", NOON + 2 * DAY, NOON);
    claim(request, 1, NOON);
    claim(request("other", NOON), 2, NOON);
    give(request, NOON, WEAK, PLATFORM, PLATFORM);
    // Given again one identifier later, when another platform knows the person, too.
    give(request, NOON + MINUTE, WEAK, PLATFORM, PLATFORM);
    claim(request, 2, NOON + MINUTE);
    give(request, NOON + 2 * MINUTE, WEAK, PLATFORM, PLATFORM);
    process(new ClaimWithdrawn(PERSON, request, 2, NOON + 2 * MINUTE));
    process(new ClaimWithdrawn(PERSON, request, 1, NOON + 3 * MINUTE));
    give(request, NOON + 4 * MINUTE, WEAK, PLATFORM, PLATFORM);
    complainInMinutes(1, 2, 4);
    advance(NOON + HOUR);

    assertThat(decisions())
        .extracting(Decision::identityConfidence)
        .containsExactly(0.85, 1.0, 0.85, 0.7);
  }

  @Test
  void aRequestThatMovesInAloneIsReadByWhatWasClaimedBeforeItCame() throws Exception {
    SendRequest request = request("r", NOON + 2 * DAY, NOON);
    claim(request, 1, NOON);
    advance(NOON + MINUTE);
    // As of later, but told before.
    claim(request, 2, NOON + 3 * MINUTE);
    give(request, NOON + 2 * MINUTE, WEAK, PLATFORM, PLATFORM);
    // It goes away and comes back, again alone.
    process(new RequestWithdrawn(PERSON, request, NOON + 4 * MINUTE));
    give(request, NOON + 5 * MINUTE, WEAK, PLATFORM, PLATFORM);
    advance(NOON + HOUR);

    assertThat(decisions())
        .extracting(Decision::decidedAt, Decision::identityConfidence)
        .containsExactly(tuple(NOON + 2 * MINUTE, 0.85), tuple(NOON + 5 * MINUTE, 1.0));
  }

  @Test
  void aClaimByItselfReadsNothing() throws Exception {
    SendRequest request = request("r", NOON + 2 * DAY, NOON);
    give(request, NOON, WEAK, PLATFORM);
    claim(request, 1, NOON + MINUTE);
    complainInMinutes(1, 2);
    process(new ClaimWithdrawn(PERSON, request, 1, NOON + 3 * MINUTE));
    advance(NOON + HOUR);

    assertThat(decisions()).isNotEmpty().allMatch(one -> one.identityConfidence() == 0.7);
  }

  @Test
  void aClaimReplacesTheEarlierOneOfTheSameIdentifier() throws Exception {
    SendRequest request = request("r", NOON + 2 * DAY, NOON);
    LiveLink link = new LiveLink(new Identifier(1, "a"), new Identifier(2, "b"), 1, "s", NOON, 0);
    claim(request, 1, NOON);
    // It is seen with somebody else, by a link to the same person.
    process(new ClaimWithdrawn(PERSON, request, 1, NOON + MINUTE));
    process(new Claimed(PERSON, request, 1, link, NOON + MINUTE));
    give(request, NOON + MINUTE, WEAK, PLATFORM);
    advance(NOON + HOUR);

    assertThat(decided())
        .singleElement()
        .extracting(one -> one.grounds().leads())
        .isEqualTo(List.of(WEAK, PLATFORM.ownedBy(link)));
  }

  @Test
  void anErasedRequestIsPassedOnAndNotDecidedAnyMore() throws Exception {
    SendRequest request = request("r", NOON + 2 * DAY, NOON);
    ask(request, NOON);
    give("support_ticket", NOON + 2 * MINUTE);
    process(new RequestErased(PERSON, request, NOON + MINUTE));
    advance(NOON + HOUR);

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
    advance(NOON + 4 * HOUR);

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
    advance(NOON + 60 * HOUR);

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
    advance(NOON + 50 * HOUR);

    assertThat(decisions())
        .extracting(Decision::suppressedUntil)
        .containsExactly(NOON + 48 * HOUR, NOON + 88 * HOUR);
  }

  @Test
  void whatRepeatsAnEventOfAnotherIdentifierDoesNotTakeItsPlaceWhenItIsOver() throws Exception {
    process(new EventGiven(PERSON, HOLDER, report(NOON), NOON));
    process(new EventGiven(PERSON, HOLDER + 1, report(NOON + 40 * HOUR), NOON + 40 * HOUR));
    ask(request("r", NOON + 3 * DAY, NOON + 60 * HOUR), NOON + 60 * HOUR);
    advance(NOON + 61 * HOUR);
    assertThat(decisions()).extracting(Decision::isSuppressionActive).containsExactly(false);

    advance(NOON + 12 * DAY);
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
    advance(NOON + 4 * HOUR);

    assertThat(decisions()).extracting(Decision::isSuppressionActive).containsExactly(true, false);
  }

  @Test
  void aConsentWithdrawnLongBeforeItMovesInDecidesNothingOfThePastAnew() throws Exception {
    ask(request("r", NOON + 2 * DAY, NOON), NOON);
    give("product_view", NOON + MINUTE);
    advance(NOON + HOUR);
    PersonEvent event = new PersonEvent(observed("unsubscribed", NOON - DAY), false);
    process(new EventGiven(PERSON, HOLDER, event, NOON + 2 * HOUR));
    advance(NOON + 3 * HOUR);

    assertThat(decisions()).extracting(Decision::decidedAt).containsExactly(NOON, NOON + 2 * HOUR);
  }

  private static PersonEvent report(long time) {
    return new PersonEvent(new Observation("z", "1", "complaint", time, NOON), false);
  }

  @Test
  void nothingIsDecidedOnceTheTriggerHasPassed() throws Exception {
    ask(request("r", NOON), NOON);
    give("product_view", NOON + MINUTE);
    advance(NOON + HOUR);

    assertThat(decisions()).extracting(Decision::decidedAt).containsExactly(NOON);
  }

  @Test
  void aChangeAtTheTriggerItselfStillCounts() throws Exception {
    ask(request("r", NOON), NOON);
    long trigger = NOON;
    give("complaint", trigger);
    advance(NOON + HOUR);

    assertThat(decisions())
        .singleElement()
        .extracting(Decision::suppressionReason)
        .isEqualTo("complaint");
  }

  @Test
  void theLatencyIsThatOfTheProviderAtTheInstantOfTheDecision() throws Exception {
    ask(provided("before", NOON - 1, "esp"), NOON - 1);
    ask(provided("r", NOON, "esp"), NOON);
    ask(provided("elsewhere", NOON, "ESP"), NOON);
    ask(request("nowhere", NOON), NOON);
    ask(provided("later", NOON + 2 * MINUTE, "esp"), NOON + 2 * MINUTE);
    estimate(NOON, new Latency(7 * MINUTE, 20));
    estimate(NOON + 2 * MINUTE, null);
    advance(NOON + HOUR);

    Map<String, Latency> latencies = new HashMap<>();
    decided().forEach(d -> latencies.put(d.request().requestId(), d.decision().latency()));
    Latency own = Latency.ofRequest(5 * MINUTE);
    assertThat(latencies)
        .isEqualTo(
            Map.of(
                "before", own,
                "r", new Latency(7 * MINUTE, 20),
                "elsewhere", own,
                "nowhere", own,
                "later", own));
  }

  @Test
  void noDecisionIsMadeBeforeItsEstimateCanHaveCome() throws Exception {
    ask(provided("r", NOON, "esp"), NOON);
    harness.processWatermark1(new Watermark(NOON + HOUR));
    harness.processWatermark2(new Watermark(NOON - 2));
    assertThat(decisions()).isEmpty();
    estimate(NOON, new Latency(7 * MINUTE, 20));

    harness.processWatermark2(new Watermark(NOON));

    assertThat(decisions())
        .extracting(Decision::latency)
        .containsExactly(new Latency(7 * MINUTE, 20));
  }

  @Test
  void anEstimateDecidesNothingByItselfButALaterDecisionKnowsIt() throws Exception {
    ask(provided("r", NOON + 2 * DAY, NOON, "esp"), NOON);
    estimate(NOON + MINUTE, new Latency(7 * MINUTE, 20));
    give("complaint", NOON + 10 * MINUTE);
    advance(NOON + HOUR);

    assertThat(decisions())
        .extracting(Decision::decidedAt, Decision::latencyMillis)
        .containsExactly(tuple(NOON, 5 * MINUTE), tuple(NOON + 10 * MINUTE, 7 * MINUTE));
  }

  /** What is written says the trigger, and a decision that says nothing else is not written. */
  @Test
  void aRequestIsPendingUntilTheTriggerThatWasWritten() throws Exception {
    long peak = NOON + 3 * HOUR;
    give("clicked", peak - 14 * DAY);
    SendRequest request = provided("r", NOON, "esp");
    ask(request, NOON);
    estimate(NOON + MINUTE, new Latency(10 * MINUTE, 20));
    ask(request, NOON + 2 * MINUTE);
    give("complaint", peak - 7 * MINUTE);
    advance(peak);

    assertThat(decisions())
        .extracting(Decision::decidedAt)
        .containsExactly(NOON, peak - 7 * MINUTE);
  }

  @Test
  void whatWasEstimatedIsForgottenBehindTheWatermark() throws Exception {
    estimate(NOON, new Latency(7 * MINUTE, 20));
    estimate(NOON + MINUTE, new Latency(8 * MINUTE, 20));
    estimate(NOON + HOUR, null);
    advance(NOON + 30 * MINUTE);
    harness.processElement2(
        new StreamRecord<>(new LatencyEstimate("other", NOON + 2 * HOUR, null)));
    assertThat(timelines().get("esp").estimates()).hasSize(2);

    advance(NOON + 2 * HOUR);
    harness.processElement2(
        new StreamRecord<>(
            new LatencyEstimate("other", NOON + 3 * HOUR, new Latency(8 * MINUTE, 20))));

    assertThat(timelines().contains("esp")).isFalse();
    assertThat(timelines().get("other").estimates()).hasSize(1);
  }

  @Test
  void nothingIsLeftWhenARequestAndTheSignalsAreOver() throws Exception {
    give("product_view", NOON);
    give("support_ticket", NOON);
    give("cart_add", NOON);
    ask(request("r", NOON), NOON);
    ask(request("unreachable", NOON - DAY, NOON - HOUR, NOON), NOON);
    give(request("claimed", NOON), NOON, WEAK, PLATFORM);
    claim(request("claimed", NOON), 1, NOON);
    claim(request("elsewhere", NOON), 1, NOON + MINUTE);
    assertThat(harness.numKeyedStateEntries()).isPositive();

    advance(NOON + 8 * DAY);

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void aClaimOfARequestThatNeverComesGoesWhenTheRequestIsOver() throws Exception {
    SendRequest request = request("r", NOON);
    claim(request, 1, NOON);
    claim(request, 1, NOON + MINUTE);
    claim(request, 2, NOON + MINUTE);
    advance(request.overAt() - 1);
    assertThat(harness.numKeyedStateEntries()).isEqualTo(1);
    assertThat(harness.numEventTimeTimers()).isEqualTo(1);

    advance(request.overAt());

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void whatIsClaimedOfARequestThatIsClosedGoesWithIt() throws Exception {
    SendRequest request = request("r", NOON);
    SendRequest other = request("other", NOON + 2 * DAY, NOON);
    claim(request, 1, NOON);
    claim(other, 1, NOON);
    give(request, NOON, WEAK, PLATFORM);
    advance(NOON + HOUR);
    assertThat(decisions()).hasSize(1);
    process(new ClaimWithdrawn(PERSON, other, 1, NOON + 2 * HOUR));
    advance(NOON + 2 * HOUR);

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  /** It may come back, with the others still there. */
  @Test
  void whatIsClaimedOfARequestThatMovedAwayStays() throws Exception {
    SendRequest request = request("r", NOON + 2 * DAY, NOON);
    claim(request, 1, NOON);
    give(request, NOON, WEAK, PLATFORM);
    process(new RequestWithdrawn(PERSON, request, NOON + MINUTE));
    advance(NOON + HOUR);
    give(request, NOON + 2 * HOUR, WEAK, PLATFORM);
    advance(NOON + 2 * HOUR);

    assertThat(decisions()).extracting(Decision::identityConfidence).containsExactly(0.85, 0.85);
  }

  /** A timer bears the key of the person, who may be erased. */
  @Test
  void aClaimThatIsWithdrawnLeavesNoTimer() throws Exception {
    SendRequest request = request("r", NOON);
    claim(request, 1, NOON);
    advance(NOON + MINUTE);
    process(new ClaimWithdrawn(PERSON, request, 1, NOON + 2 * MINUTE));
    advance(NOON + 2 * MINUTE);

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
    advance(NOON + MINUTE);
    assertThat(harness.numEventTimeTimers()).isPositive();
    for (Observation event :
        List.of(observed("clicked", NOON), observed("support_ticket", NOON + MINUTE))) {
      process(new EventWithdrawn(PERSON, HOLDER, new PersonEvent(event, false), NOON + 2 * MINUTE));
    }
    process(new RequestErased(PERSON, request, NOON + 2 * MINUTE));
    advance(NOON + 2 * MINUTE);

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  /** An identifier looks for what is over every six hours, a person whenever something leaves. */
  @Test
  void whatIsTakenBackWhenItIsOverAndForgottenLeavesNothing() throws Exception {
    PersonEvent view = new PersonEvent(observed("search_performed", NOON), false);
    PersonEvent other = new PersonEvent(observed("complaint", NOON), false);
    process(new EventGiven(PERSON, HOLDER, view, NOON));
    process(new EventGiven(PERSON, HOLDER + 1, other, NOON));
    process(new EventWithdrawn(PERSON, HOLDER + 1, other, NOON + 40 * MINUTE));
    advance(NOON + 40 * MINUTE);
    process(new EventWithdrawn(PERSON, HOLDER, view, NOON + 50 * MINUTE));
    advance(NOON + 50 * MINUTE);

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void anEventOfAPersonWhomNobodyAsksAboutSetsNoTimerButItsExpiry() throws Exception {
    give("product_view", NOON);
    give("product_view", NOON + MINUTE);
    assertThat(harness.numEventTimeTimers()).isEqualTo(1);
  }

  @Test
  void whatIsOverGoesAtATimerOfTheFirstVersion() throws Exception {
    give("complaint", NOON);
    long check = moveCheckToFirstVersion(observed("complaint", NOON));

    advance(check - 1);
    assertThat(harness.numKeyedStateEntries()).isPositive();
    advance(check);
    assertThat(harness.numKeyedStateEntries()).isZero();
  }

  @Test
  void whatIsWithdrawnLeavesNoTimerOfTheFirstVersion() throws Exception {
    give("complaint", NOON);
    Observation complaint = observed("complaint", NOON);
    moveCheckToFirstVersion(complaint);
    advance(NOON);
    process(
        new EventWithdrawn(PERSON, HOLDER, new PersonEvent(complaint, false), NOON + 2 * MINUTE));
    advance(NOON + 2 * MINUTE);

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  private long moveCheckToFirstVersion(Observation event) {
    return FirstVersionTimers.moveCheck(
        (SendDecisionOperator) harness.getOperator(), "user-timers", PERSON, event);
  }

  private static final Lead CERTAIN = lead(Claim.CERTAIN);
  private static final Lead WEAK = lead(new Claim(IdentifierClass.WEAK, 0.7));
  private static final Lead PLATFORM = lead(new Claim(IdentifierClass.PLATFORM, 0.85));

  private static Lead lead(Claim claim) {
    return new Lead(null, claim, null, List.of());
  }

  private void give(String type, long time) throws Exception {
    process(new EventGiven(PERSON, HOLDER, new PersonEvent(observed(type, time), false), time));
  }

  private void ask(SendRequest request, long at) throws Exception {
    give(request, at, CERTAIN);
  }

  private void give(SendRequest request, long at, Lead... leads) throws Exception {
    process(new RequestGiven(PERSON, request, List.of(), List.of(leads), at));
  }

  private void claim(SendRequest request, int place, long at) throws Exception {
    process(new Claimed(PERSON, request, place, null, at));
  }

  /** So that a decision says something new. */
  private void complainInMinutes(int... minutes) throws Exception {
    for (int minute : minutes) {
      give("complaint", NOON + minute * MINUTE);
    }
  }

  private void process(PersonChange change) throws Exception {
    harness.processElement1(new StreamRecord<>(change, change.at()));
  }

  private void advance(long time) throws Exception {
    harness.processWatermark1(new Watermark(time));
    harness.processWatermark2(new Watermark(time));
  }

  private void estimate(long from, Latency latency) throws Exception {
    harness.processElement2(new StreamRecord<>(new LatencyEstimate("esp", from, latency)));
  }

  private BroadcastState<String, LatencyTimeline> timelines() throws Exception {
    return harness
        .getOperator()
        .getOperatorStateBackend()
        .getBroadcastState(States.latencyTimelines());
  }

  private List<Decision> decisions() {
    return decided().stream().map(Decided::decision).toList();
  }

  private List<Decided> decided() {
    return harness.extractOutputValues().stream()
        .filter(Decided.class::isInstance)
        .map(Decided.class::cast)
        .toList();
  }

  private static SendRequest provided(String id, long time, String provider) {
    return provided(id, time, time, provider);
  }

  private static SendRequest provided(String id, long sendAfter, long time, String provider) {
    return request(id, sendAfter, sendAfter + 7 * DAY, time, provider);
  }

  private static SendRequest request(String id, long time) {
    return request(id, time, time);
  }

  private static SendRequest request(String id, long sendAfter, long time) {
    return request(id, sendAfter, sendAfter + 7 * DAY, time);
  }

  private static SendRequest request(String id, long sendAfter, long sendBefore, long time) {
    return request(id, sendAfter, sendBefore, time, null);
  }

  private static SendRequest request(
      String id, long sendAfter, long sendBefore, long time, String provider) {
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
        provider,
        null,
        null,
        null,
        null);
  }

  private static Observation observed(String type, long time) {
    return new Observation("test", type + time, type, time, time);
  }
}
