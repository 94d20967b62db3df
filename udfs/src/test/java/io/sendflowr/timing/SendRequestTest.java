package io.sendflowr.timing;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.latency.Latency;
import io.sendflowr.timing.Decision.AppliedWeight;
import io.sendflowr.timing.Decision.Status;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A request, and how long it stays open by what it was answered. */
class SendRequestTest {
  private static final SendRequest REQUEST = request("sms");

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", " "})
  void withoutAChannelItIsForEmail(String channel) {
    assertThat(request(channel).effectiveChannel()).isEqualTo("email");
    assertThat(request(channel).channel()).isEqualTo(channel);
  }

  @Test
  void aChannelIsTakenAsGiven() {
    assertThat(REQUEST.effectiveChannel()).isEqualTo("sms");
  }

  @Test
  void isTheSameWheneverItWasRead() {
    assertThat(REQUEST.stamped(77).time()).isEqualTo(77);
    assertThat(REQUEST.stamped(77).reportedTime()).isEqualTo(REQUEST.reportedTime());
    assertThat(REQUEST.isSameAs(REQUEST.stamped(77))).isTrue();
    assertThat(REQUEST.isSameAs(request("email"))).isFalse();
  }

  @Test
  void isPendingUntilItsTriggerOrTheLastThereCouldBe() {
    assertThat(decision(Status.SCHEDULED, 5000, null, 0).pendingUntil(REQUEST)).isEqualTo(4700);
    assertThat(decision(Status.SUPPRESSED, 0, "complaint", 1).pendingUntil(REQUEST))
        .isEqualTo(9000 - 300);
  }

  @Test
  void isPendingByTheLatencyThatItWasDecidedWith() {
    Decision suppressed = withLatency(Status.SUPPRESSED, new Latency(1500, 20));
    Decision scheduled = withLatency(Status.SCHEDULED, new Latency(1500, 20));

    assertThat(suppressed.pendingUntil(REQUEST)).isEqualTo(9000 - 1500);
    assertThat(scheduled.pendingUntil(REQUEST)).isEqualTo(5000 - 1500);
  }

  @ParameterizedTest
  @EnumSource(names = {"UNREACHABLE", "CANCELLED"})
  void isClosedOnceItIsFinal(Status status) {
    assertThat(decision(status, 0, null, 0).pendingUntil(REQUEST)).isEqualTo(Long.MIN_VALUE);
  }

  @Test
  void onlyWhatTheAskerActsUponMakesANewRevision() {
    Decision last = decision(Status.SCHEDULED, 5000, "complaint", 6000);

    assertThat(copyOf(last, 8, 0.9, List.of(new AppliedWeight("cart_add", 2))).differsFrom(last))
        .isTrue();
    assertThat(copyOf(last, 7, 0.9, List.of(new AppliedWeight("cart_add", 2))).differsFrom(last))
        .isFalse();
    assertThat(decision(Status.SUPPRESSED, 5000, "complaint", 6000).differsFrom(last)).isTrue();
    assertThat(decision(Status.SCHEDULED, 5001, "complaint", 6000).differsFrom(last)).isTrue();
    assertThat(decision(Status.SCHEDULED, 5000, "fatigue", 6000).differsFrom(last)).isTrue();
    assertThat(decision(Status.SCHEDULED, 5000, null, 6000).differsFrom(last)).isTrue();
    assertThat(decision(Status.SCHEDULED, 5000, "complaint", 6001).differsFrom(last)).isTrue();
  }

  @Test
  void aCancelKeepsAllButTargetAndConfidence() {
    Decision last = decision(Status.SCHEDULED, 5000, "complaint", 6000);
    Decision cancelled = last.cancelled(Decision.REQUESTED, 4321);

    assertThat(cancelled)
        .isEqualTo(
            new Decision(
                Status.CANCELLED,
                last.person(),
                0,
                last.latency(),
                0,
                last.identityConfidence(),
                4321,
                last.baseCurvePeak(),
                last.appliedWeights(),
                last.suppressionReason(),
                last.suppressedUntil(),
                Decision.REQUESTED));
  }

  private static Decision copyOf(
      Decision decision, long person, double confidence, List<AppliedWeight> weights) {
    return new Decision(
        decision.status(),
        person,
        decision.target(),
        decision.latency(),
        confidence,
        0.1,
        decision.decidedAt() + 1,
        42,
        weights,
        decision.suppressionReason(),
        decision.suppressedUntil());
  }

  private static Decision decision(Status status, long target, String reason, long until) {
    return new Decision(
        status, 7, target, Latency.ofRequest(300), 0.5, 1.0, 1000, 0, List.of(), reason, until);
  }

  private static Decision withLatency(Status status, Latency latency) {
    return new Decision(status, 7, 5000, latency, 0.5, 1.0, 1000, 0, List.of(), null, 0);
  }

  private static SendRequest request(String channel) {
    return new SendRequest(
        "r", 1000, 1000, List.of(), 7, 2000, 9000, 300, channel, null, null, null, null, null);
  }
}
