package io.sendflowr.timing.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flink.RecordedMetrics;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.RequestErased;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.flow.PersonChange.RequestWithdrawn;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.identity.Claim;
import io.sendflowr.identity.Lead;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** How many requests are pending, as the metric says it. */
class PendingRequestsTest {
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long T0 = 29_500_000 * MINUTE;
  private static final int MAX_PARALLELISM = 8;
  private static final int PEOPLE = 20;

  @Test
  void countsFromWhenARequestComesToWhenItsTriggerHasPassed() throws Exception {
    try (Subtask subtask = new Subtask(1, 0)) {
      subtask.harness.open();
      subtask.process(given(1, "a", T0));
      subtask.process(given(1, "b", T0));
      assertThat(subtask.pending()).isEqualTo(2);
      subtask.advance(T0);
      assertThat(subtask.pending()).isEqualTo(2);

      subtask.advance(T0 + HOUR);

      assertThat(subtask.pending()).isZero();
    }
  }

  @Test
  void aRequestThatMovesIsCountedOnceAndAnErasedOneNoMore() throws Exception {
    try (Subtask subtask = new Subtask(1, 0)) {
      subtask.harness.open();
      subtask.process(given(1, "a", T0));
      subtask.process(given(1, "b", T0));
      subtask.advance(T0);
      subtask.process(new RequestWithdrawn(1, request("a", T0), T0 + 1));
      subtask.process(given(2, "a", T0, T0 + 1));
      subtask.advance(T0 + 1);
      assertThat(subtask.pending()).isEqualTo(2);

      subtask.process(new RequestErased(1, request("b", T0), T0 + 2));
      subtask.advance(T0 + 2);

      assertThat(subtask.pending()).isEqualTo(1);
    }
  }

  @Test
  void allSubtasksTogetherCountRightAfterARescale() throws Exception {
    OperatorSubtaskState all;
    try (Subtask one = new Subtask(2, 0);
        Subtask other = new Subtask(2, 1)) {
      for (Subtask subtask : List.of(one, other)) {
        subtask.harness.open();
        for (long person = 0; person < PEOPLE; person++) {
          if (subtask.owns(person)) {
            subtask.process(given(person, "r" + person, T0));
          }
        }
        subtask.advance(T0);
      }
      assertThat(one.pending() + other.pending()).isEqualTo(PEOPLE);
      all =
          AbstractStreamOperatorTestHarness.repackageState(
              one.harness.snapshot(1, 1), other.harness.snapshot(1, 1));
    }
    for (int parallelism : List.of(1, 2, 3)) {
      long before = 0;
      long after = 0;
      for (int index = 0; index < parallelism; index++) {
        try (Subtask subtask = new Subtask(parallelism, index)) {
          subtask.harness.initializeState(
              AbstractStreamOperatorTestHarness.repartitionOperatorState(
                  all, MAX_PARALLELISM, 2, parallelism, index));
          subtask.harness.open();
          before += subtask.pending();
          subtask.advance(T0 + HOUR);
          after += subtask.pending();
        }
      }
      assertThat(before).as("of %d subtasks", parallelism).isEqualTo(PEOPLE);
      assertThat(after).as("of %d subtasks", parallelism).isZero();
    }
  }

  /** One subtask, and what it reports. */
  private static final class Subtask implements AutoCloseable {
    private final RecordedMetrics metrics = new RecordedMetrics();
    private final int parallelism;
    private final int index;
    private final SendDecisionOperator operator =
        new SendDecisionOperator(CatalogueReader.builtIn());
    private final AbstractStreamOperatorTestHarness<RevisionInput> harness;

    Subtask(int parallelism, int index) throws Exception {
      this.parallelism = parallelism;
      this.index = index;
      harness =
          new AbstractStreamOperatorTestHarness<>(
              operator,
              new MockEnvironmentBuilder()
                  .setMaxParallelism(MAX_PARALLELISM)
                  .setParallelism(parallelism)
                  .setSubtaskIndex(index)
                  .setMetricGroup(metrics.ofTask())
                  .build());
      KeySelector<PersonChange, Long> key = PersonChange::person;
      harness.getStreamConfig().setStatePartitioner(0, key);
      harness.getStreamConfig().setStateKeySerializer(LongSerializer.INSTANCE);
      harness.getStreamConfig().serializeAllConfigs();
      harness.setup(new Types.RevisionInputSerializer());
    }

    boolean owns(long person) {
      return KeyGroupRangeAssignment.assignKeyToParallelOperator(
              person, MAX_PARALLELISM, parallelism)
          == index;
    }

    void process(PersonChange change) throws Exception {
      StreamRecord<PersonChange> record = new StreamRecord<>(change, change.at());
      operator.setKeyContextElement1(record);
      operator.processElement1(record);
    }

    void advance(long time) throws Exception {
      operator.processWatermark1(new Watermark(time));
      operator.processWatermark2(new Watermark(time));
    }

    long pending() {
      return metrics.gauge("pendingRequests");
    }

    @Override
    public void close() throws Exception {
      harness.close();
    }
  }

  private static RequestGiven given(long person, String id, long time) {
    return given(person, id, time, time);
  }

  private static RequestGiven given(long person, String id, long time, long at) {
    return new RequestGiven(
        person,
        request(id, time),
        List.of(),
        List.of(new Lead(null, Claim.CERTAIN, null, new ArrayList<>())),
        at);
  }

  /** To be sent an hour later. */
  private static SendRequest request(String id, long time) {
    return new SendRequest(
        id,
        time,
        time,
        List.of(),
        8,
        time + HOUR,
        time + 2 * HOUR,
        5 * MINUTE,
        null,
        null,
        null,
        null,
        null,
        null);
  }
}
