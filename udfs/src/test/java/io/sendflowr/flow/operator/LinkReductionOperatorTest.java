package io.sendflowr.flow.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flink.RecordedMetrics;
import io.sendflowr.flink.Types;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.GraphChange.Consented;
import io.sendflowr.identity.GraphChange.Erased;
import io.sendflowr.identity.GraphChange.Linked;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class LinkReductionOperatorTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final int CAPACITY = 100;
  private static final int MAX_PARALLELISM = 128;
  private static final long T0 = 1_770_000_000_000L;
  private static final Identifier EMAIL = identifier("email_hash", "e");
  private static final Identifier DEVICE = identifier("device_id", "d");
  private static final Erased ERASURE = new Erased(new Erasure(List.of(EMAIL), T0 + 5, T0 + 5));

  private final RecordedMetrics metrics = new RecordedMetrics();

  @Test
  void ofRepeatedLinksOneIsPassedOnWithoutATimestampAndBeforeItsWatermark() throws Exception {
    try (var harness = harness(1, 0)) {
      for (int i = 0; i < 10; i++) {
        harness.processElement(new StreamRecord<>(link(T0 + i)));
      }
      harness.processWatermark(new Watermark(T0 + 7));

      assertThat(harness.getOutput())
          .containsExactly(new StreamRecord<GraphChange>(link(T0)), new Watermark(T0 + 7));
      assertThat(count("linksPassedOn")).isEqualTo(1);
      assertThat(count("linksWithheld")).isEqualTo(7);
    }
  }

  @Test
  void whatIsWithheldIsPassedOnBeforeTheBarrier() throws Exception {
    try (var harness = harness(1, 0)) {
      harness.processElement(new StreamRecord<>(link(T0)));
      harness.processElement(new StreamRecord<>(link(T0 + 10)));
      harness.getOutput().clear();
      harness.getOneInputOperator().prepareSnapshotPreBarrier(1);

      assertThat(harness.extractOutputValues()).containsExactly(link(T0 + 10));
      assertThat(count("linksPassedOn")).isEqualTo(2);
    }
  }

  @Test
  void afterARestoreEverySubtaskMindsTheRemovalsOfAll() throws Exception {
    OperatorSubtaskState one;
    OperatorSubtaskState other;
    try (var harness = harness(2, 0)) {
      harness.processElement(new StreamRecord<>(unlink(T0 + 5)));
      one = harness.snapshot(1, 1);
    }
    try (var harness = harness(2, 1)) {
      other = harness.snapshot(1, 1);
    }
    var all = AbstractStreamOperatorTestHarness.repackageState(one, other);
    for (int subtask = 0; subtask < 3; subtask++) {
      try (var harness = unopened(3, subtask)) {
        harness.initializeState(
            AbstractStreamOperatorTestHarness.repartitionOperatorState(
                all, MAX_PARALLELISM, 2, 3, subtask));
        harness.open();
        for (long time : List.of(T0, T0 + 10, T0 + 20)) {
          harness.processElement(new StreamRecord<>(link(time)));
        }

        assertThat(harness.extractOutputValues()).containsExactly(link(T0), link(T0 + 10));
      }
    }
  }

  @Test
  void everySubtaskHearsOfAnErasureAndOneTellsOfIt() throws Exception {
    for (int subtask = 0; subtask < 2; subtask++) {
      try (var harness = harness(2, subtask)) {
        harness.processElement(new StreamRecord<>(link(T0)));
        harness.processElement(new StreamRecord<>(ERASURE));
        harness.processElement(new StreamRecord<>(link(T0 + 10)));

        assertThat(harness.extractOutputValues())
            .isEqualTo(
                subtask == 0
                    ? List.of(link(T0), ERASURE, link(T0 + 10))
                    : List.of(link(T0), link(T0 + 10)));
      }
    }
  }

  @Test
  void allChangesOfAPairGoToOneSubtaskAndPairsToAll() {
    PairPartitioner partitioner = new PairPartitioner();
    Linked turned = new Linked(new LinkChange(true, DEVICE, EMAIL, 0.5, "u", 1), 1);

    assertThat(partitioner.getKey(turned)).isEqualTo(partitioner.getKey(link(T0)));
    assertThat(
            IntStream.range(0, 1000)
                .map(i -> partitioner.partition(partitioner.getKey(linkOf("e" + i)), 7))
                .boxed())
        .containsOnly(0, 1, 2, 3, 4, 5, 6);
    assertThat(partitioner.getKey(new Consented(5, "unsubscribed", T0, T0))).isEqualTo(5);
    assertThatIllegalArgumentException().isThrownBy(() -> partitioner.getKey(ERASURE));
  }

  private long count(String counter) {
    return metrics.count(counter);
  }

  private static Linked link(long time) {
    return new Linked(new LinkChange(false, EMAIL, DEVICE, 1.0, "t", time), time);
  }

  private static Linked linkOf(String email) {
    return new Linked(
        new LinkChange(false, identifier("email_hash", email), DEVICE, 1.0, "t", T0), T0);
  }

  private static Linked unlink(long time) {
    return new Linked(new LinkChange(true, EMAIL, DEVICE, 1.0, "t", time), time);
  }

  private static Identifier identifier(String type, String value) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), value);
  }

  private OneInputStreamOperatorTestHarness<GraphChange, GraphChange> harness(
      int parallelism, int subtask) throws Exception {
    var harness = unopened(parallelism, subtask);
    harness.open();
    return harness;
  }

  private OneInputStreamOperatorTestHarness<GraphChange, GraphChange> unopened(
      int parallelism, int subtask) throws Exception {
    MockEnvironment environment =
        new MockEnvironmentBuilder()
            .setMaxParallelism(MAX_PARALLELISM)
            .setParallelism(parallelism)
            .setSubtaskIndex(subtask)
            .setMetricGroup(metrics.ofTask())
            .build();
    OneInputStreamOperatorTestHarness<GraphChange, GraphChange> harness =
        new OneInputStreamOperatorTestHarness<>(
            new LinkReductionOperator(CATALOGUE, CAPACITY), environment);
    harness.setup(new Types.GraphChangeSerializer());
    return harness;
  }
}
