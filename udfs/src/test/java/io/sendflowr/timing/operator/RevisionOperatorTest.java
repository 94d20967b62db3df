package io.sendflowr.timing.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.flink.RecordedMetrics;
import io.sendflowr.flink.States;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.RevisionInput.Asked;
import io.sendflowr.flow.RevisionInput.Cancelled;
import io.sendflowr.flow.RevisionInput.Decided;
import io.sendflowr.flow.RevisionInput.Erased;
import io.sendflowr.flow.Schedule;
import io.sendflowr.latency.Latency;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.Grounds;
import io.sendflowr.timing.Ranking;
import io.sendflowr.timing.SendRequest;
import io.sendflowr.timing.Standing;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RevisionOperatorTest {
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long T0 = 29_500_000 * MINUTE;
  private static final long LATENCY = 5 * MINUTE;
  private static final SendRequest REQUEST = request("email", T0);

  private final RecordedMetrics metrics = new RecordedMetrics();

  private KeyedOneInputStreamOperatorTestHarness<String, RevisionInput, Schedule> harness;
  private RevisionOperator operator;

  @BeforeEach
  void open() throws Exception {
    operator = new RevisionOperator();
    harness = harness(operator);
    harness.open();
  }

  private KeyedOneInputStreamOperatorTestHarness<String, RevisionInput, Schedule> harness(
      RevisionOperator tested) throws Exception {
    KeyedOneInputStreamOperatorTestHarness<String, RevisionInput, Schedule> made =
        new KeyedOneInputStreamOperatorTestHarness<>(
            tested,
            RevisionInput::requestId,
            BasicTypeInfo.STRING_TYPE_INFO,
            new MockEnvironmentBuilder().setMetricGroup(metrics.ofTask()).build());
    made.setup(new Types.ScheduleSerializer());
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
  void numbersTheDecisionsThatDiffer() throws Exception {
    process(asked(REQUEST), decided(T0, T0 + HOUR), decided(T0 + 1, T0 + HOUR));
    process(decided(T0 + 2, T0 + 2 * HOUR));
    watermark(T0 + MINUTE);

    assertThat(schedules()).extracting(Schedule::revision).containsExactly(0, 1);
    assertThat(schedules())
        .extracting(schedule -> schedule.decision().target())
        .containsExactly(T0 + HOUR, T0 + 2 * HOUR);
  }

  @Test
  void measuresHowLongAfterItsEventTimeADecisionIsWritten() throws Exception {
    harness.setProcessingTime(T0 + 5_500);
    process(asked(REQUEST), decided(T0, T0 + HOUR), decided(T0 + 2_000, T0 + 2 * HOUR));
    watermark(T0 + MINUTE);

    assertThat(metrics.histogram("decisionLag").getStatistics().getValues())
        .containsExactly(5_500, 3_500);
    assertThat(metrics.count("revision", "first", "status", "scheduled", "decisions")).isEqualTo(1);
    assertThat(metrics.count("revision", "later", "status", "scheduled", "decisions")).isEqualTo(1);
  }

  @Test
  void writesTheSameInWhateverOrderThingsArrive() throws Exception {
    process(decided(T0 + 2, T0 + 2 * HOUR), decided(T0, T0 + HOUR), asked(REQUEST));
    watermark(T0 + MINUTE);

    assertThat(schedules())
        .extracting(schedule -> schedule.decision().decidedAt())
        .containsExactly(T0, T0 + 2);
  }

  @Test
  void whatWaitsForItsInstantIsInTheCheckpoint() throws Exception {
    process(asked(REQUEST), decided(T0, T0 + HOUR));
    watermark(T0);
    process(decided(T0 + 1, T0 + 2 * HOUR), decided(T0 + MINUTE, T0 + 3 * HOUR));
    OperatorSubtaskState checkpoint = checkpoint();

    try (var restored = harness(new RevisionOperator())) {
      restored.initializeState(checkpoint);
      restored.open();
      restored.processWatermark(new Watermark(T0 + 2 * MINUTE));

      assertThat(restored.extractOutputValues())
          .extracting(Schedule::revision)
          .containsExactly(1, 2);
    }
    watermark(T0 + 2 * MINUTE);
    assertThat(schedules()).extracting(Schedule::revision).containsExactly(0, 1, 2);
  }

  /** A cancel replaces another revision of its instant, on whichever side of a barrier it comes. */
  @Test
  void whatCameBeforeACheckpointIsReadTogetherWithWhatComesAfterIt() throws Exception {
    process(asked(REQUEST), decided(T0, T0 + HOUR), decided(T0 + 1, T0 + 2 * HOUR));
    checkpoint();
    process(new Cancelled("r", T0 + 1));
    watermark(T0 + MINUTE);

    assertThat(schedules())
        .extracting(schedule -> schedule.decision().status())
        .containsExactly(Status.SCHEDULED, Status.CANCELLED);
  }

  @Test
  void moreMayWaitThanFitsIntoMemory() throws Exception {
    int many = 20_000;
    process(asked(REQUEST));
    for (int i = many; i >= 0; i--) {
      process(decided(T0 + i, T0 + HOUR + i % 2 * MINUTE));
    }
    watermark(T0 + MINUTE);

    assertThat(schedules()).hasSize(many + 1);
    assertThat(schedules())
        .extracting(schedule -> schedule.decision().decidedAt())
        .isSorted()
        .doesNotHaveDuplicates();
  }

  /** Each decision puts off when it is forgotten, or brings it forward. */
  @Test
  void oneTimerIsEnoughForDecisionsThatPutOffWhenTheIdIsFree() throws Exception {
    process(asked(REQUEST), decided(T0, T0 + HOUR));
    process(decided(T0 + 1, T0 + 3 * HOUR), decided(T0 + 2, T0 + 2 * HOUR));
    watermark(T0 + MINUTE);
    assertThat(harness.numEventTimeTimers()).isEqualTo(2);

    watermark(T0 + 7 * DAY + HOUR + 1);
    assertThat(standing()).isNotNull();
    watermark(T0 + 7 * DAY + 2 * HOUR - LATENCY);
    assertThat(standing()).isNotNull();
    watermark(T0 + 7 * DAY + 2 * HOUR - LATENCY + 1);
    assertThat(standing()).isNull();
    watermark(T0 + 8 * DAY);
    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void writesNothingAfterTheTrigger() throws Exception {
    long trigger = T0 + HOUR - LATENCY;
    process(asked(REQUEST), decided(T0, T0 + HOUR));
    process(decided(trigger, T0 + 2 * HOUR), decided(T0 + 2 * HOUR, T0 + 3 * HOUR));
    watermark(T0 + 4 * HOUR);

    assertThat(schedules())
        .extracting(schedule -> schedule.decision().decidedAt())
        .containsExactly(T0, trigger);
  }

  @Test
  void aCancelClosesAPendingRequestAndReplacesOtherRevisionsOfItsInstant() throws Exception {
    process(asked(REQUEST), decided(T0, T0 + HOUR), decided(T0 + 1, T0 + 2 * HOUR));
    process(new Cancelled("r", T0 + 1), decided(T0 + 2, T0 + 3 * HOUR));
    process(new Cancelled("r", T0 + 3));
    watermark(T0 + MINUTE);

    assertThat(schedules())
        .extracting(schedule -> schedule.decision().status())
        .containsExactly(Status.SCHEDULED, Status.CANCELLED);
    assertThat(schedules().get(1).decision().confidence()).isZero();
    assertThat(schedules().get(1).decision().cancelReason()).isEqualTo(Decision.REQUESTED);
  }

  @Test
  void aCancelOfTheRequestsOwnInstantFollowsTheFirstDecision() throws Exception {
    process(new Cancelled("r", T0), asked(REQUEST), decided(T0, T0 + HOUR));
    watermark(T0);

    assertThat(schedules())
        .extracting(schedule -> schedule.decision().status())
        .containsExactly(Status.SCHEDULED, Status.CANCELLED);
  }

  @Test
  void anErasureClosesARequestAndItsIdForgetsWhomItWasFor() throws Exception {
    process(asked(REQUEST), decided(T0, T0 + HOUR));
    process(new Erased(REQUEST, T0 + 1), decided(T0 + 1, T0 + 2 * HOUR));
    process(decided(T0 + 2, T0 + 3 * HOUR), new Cancelled("r", T0 + 3));
    watermark(T0 + MINUTE);

    assertThat(schedules())
        .containsExactly(
            new Schedule(REQUEST, 0, decision(T0, T0 + HOUR)),
            new Schedule(REQUEST, 1, decision(T0, T0 + HOUR).cancelled(Decision.ERASED, T0 + 1)));
    Standing left = standing();
    assertThat(left.request().identifiers()).isEmpty();
    assertThat(left.request().personKey()).isZero();
    assertThat(left.request().channel()).isNull();
    assertThat(left.last().person()).isZero();
    assertThat(left.erasedAt()).isEqualTo(T0 + 1);
  }

  @Test
  void theIdOfAnErasedRequestStaysTakenAndTheRequestReadAgainIsNoDeadLetter() throws Exception {
    process(asked(REQUEST), decided(T0, T0 + HOUR), new Erased(REQUEST, T0 + MINUTE));
    SendRequest again = REQUEST.stamped(T0 + 2 * MINUTE);
    process(asked(again), new Erased(again, again.time()));
    SendRequest later = request("email", T0 + 3 * MINUTE);
    process(asked(later), new Decided(later, decision(later.time(), T0 + HOUR), GROUNDS));
    watermark(T0 + HOUR);

    assertThat(schedules()).extracting(Schedule::revision).containsExactly(0, 1);
    assertThat(harness.getSideOutput(RevisionOperator.REJECTED))
        .singleElement()
        .satisfies(letter -> assertThat(letter.getValue().timestamp()).isEqualTo(later.time()));

    watermark(T0 + 8 * DAY);
    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void aRequestThatIsReadForTheFirstTimeAfterItsPersonWasErasedIsNotAnswered() throws Exception {
    process(asked(REQUEST), new Erased(REQUEST, T0));
    watermark(T0 + MINUTE);

    assertThat(schedules()).isEmpty();
    assertThat(harness.numKeyedStateEntries()).isZero();
  }

  /** Its person was not erased, and nothing tells that it is the one that was. */
  @Test
  void anotherRequestThatIsReadLateDoesNotPassForTheErasedOneOfItsId() throws Exception {
    process(asked(REQUEST), decided(T0, T0 + HOUR), new Erased(REQUEST, T0 + MINUTE));
    SendRequest late = request("sms", T0 + 1).stamped(T0 + 2 * MINUTE);
    process(asked(late), new Decided(late, decision(late.time(), T0 + HOUR), GROUNDS));
    watermark(T0 + HOUR);

    assertThat(schedules()).extracting(Schedule::revision).containsExactly(0, 1);
    assertThat(harness.getSideOutput(RevisionOperator.REJECTED))
        .singleElement()
        .satisfies(letter -> assertThat(letter.getValue().timestamp()).isEqualTo(late.time()));
  }

  @Test
  void anErasureAfterTheTriggerWritesNothingButForgets() throws Exception {
    process(asked(REQUEST), decided(T0, T0 + HOUR), new Erased(REQUEST, T0 + 2 * HOUR));
    watermark(T0 + 3 * HOUR);

    assertThat(schedules()).hasSize(1);
    assertThat(standing().request().personKey()).isZero();
  }

  @Test
  void anErasureOfAnotherRequestWithTheSameIdChangesNothing() throws Exception {
    process(asked(REQUEST), decided(T0, T0 + HOUR));
    process(new Erased(request("sms", T0), T0 + 1));
    watermark(T0 + MINUTE);

    assertThat(schedules()).hasSize(1);
    assertThat(standing().request()).isEqualTo(REQUEST);
  }

  @Test
  void theFirstRequestOfAnIdStandsAndAnotherIsADeadLetter() throws Exception {
    SendRequest later = request("sms", T0 + 1);
    process(asked(later), asked(REQUEST), asked(REQUEST.stamped(T0 + 2)));
    process(decided(T0, T0 + HOUR));
    process(new Decided(later, decision(T0 + 1, T0 + 2 * HOUR), GROUNDS));
    watermark(T0 + MINUTE);

    assertThat(schedules()).extracting(Schedule::request).containsExactly(REQUEST);
    assertThat(harness.getSideOutput(RevisionOperator.REJECTED))
        .singleElement()
        .satisfies(
            letter ->
                assertThat(letter.getValue().reason())
                    .isEqualTo(DeadLetterReason.DUPLICATE_REQUEST));
  }

  @Test
  void anIdIsFreeAgainSevenDaysAfterItsRequestWasClosed() throws Exception {
    long closed = T0 + HOUR - LATENCY;
    SendRequest tooSoon = request("sms", closed + 7 * DAY);
    SendRequest next = request("push", closed + 7 * DAY + 1);
    process(asked(REQUEST), decided(T0, T0 + HOUR), asked(tooSoon), asked(next));
    process(new Decided(next, decision(next.time(), next.time() + HOUR), GROUNDS));
    watermark(next.time());

    assertThat(schedules()).extracting(Schedule::request).containsExactly(REQUEST, next);
    assertThat(schedules()).extracting(Schedule::revision).containsExactly(0, 0);
    assertThat(harness.getSideOutput(RevisionOperator.REJECTED)).hasSize(1);
  }

  @Test
  void nothingIsLeftSevenDaysAfterARequestWasClosed() throws Exception {
    process(asked(REQUEST), decided(T0, T0 + HOUR), new Cancelled("r", T0 + 1));
    process(new Cancelled("unknown", T0));
    watermark(T0 + DAY);
    assertThat(harness.numKeyedStateEntries()).isEqualTo(1);

    watermark(T0 + 8 * DAY);

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  private void process(RevisionInput... inputs) throws Exception {
    for (RevisionInput input : inputs) {
      harness.processElement(input, input.time());
    }
  }

  private void watermark(long time) throws Exception {
    harness.processWatermark(new Watermark(time));
  }

  private Standing standing() throws Exception {
    operator.setCurrentKey("r");
    return operator
        .getKeyedStateBackend()
        .getPartitionedState(
            VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, States.standing())
        .value();
  }

  private List<Schedule> schedules() {
    return harness.extractOutputValues();
  }

  private static Asked asked(SendRequest request) {
    return new Asked(request, new Origin("send-requests", 0, 0, new byte[0], T0));
  }

  private static final Grounds GROUNDS =
      new Grounds(
          List.of(), List.of(), List.of(), List.of(), List.of(), new Ranking(0, 0, List.of()));

  private static Decided decided(long at, long target) {
    return new Decided(REQUEST, decision(at, target), GROUNDS);
  }

  private static Decision decision(long at, long target) {
    return new Decision(
        Status.SCHEDULED,
        1,
        target,
        Latency.ofRequest(LATENCY),
        0.5,
        1.0,
        at,
        0,
        List.of(),
        null,
        0);
  }

  private static SendRequest request(String channel, long time) {
    return new SendRequest(
        "r",
        time,
        time,
        List.of(),
        1,
        T0,
        T0 + 7 * DAY,
        LATENCY,
        channel,
        null,
        null,
        null,
        null,
        null);
  }
}
