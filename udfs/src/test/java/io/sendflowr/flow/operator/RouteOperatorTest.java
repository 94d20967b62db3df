package io.sendflowr.flow.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class RouteOperatorTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final long T0 = 1_770_000_000_000L;

  private static final Identifier EMAIL = identifier("email_hash", "e");
  private static final Identifier KLAVIYO = identifier("klaviyo_id", "k");
  private static final Identifier DEVICE = identifier("device_id", "d");

  @Test
  void aTimelyRecordKeepsItsTimeAndALateOneGetsThatOfTheWatermark() throws Exception {
    try (var harness = harness()) {
      harness.processWatermark(new Watermark(T0));
      harness.processElement(event(T0 + 1, EMAIL));
      harness.processElement(event(T0, EMAIL));

      assertThat(harness.extractOutputValues())
          .extracting(input -> ((IdentityInput.Observed) input).observation())
          .extracting(Observation::time, Observation::reportedTime)
          .containsExactly(tuple(T0 + 1, T0 + 1), tuple(T0 + 1, T0));
    }
  }

  @Test
  void whatWasLateBeforeARestartIsLateAfterIt() throws Exception {
    OperatorSubtaskState state;
    try (var harness = harness()) {
      harness.processWatermark(new Watermark(T0));
      state = harness.snapshot(1, 1);
    }
    try (var harness = unopened()) {
      harness.initializeState(state);
      harness.open();
      harness.processElement(event(T0 - 5, EMAIL));

      assertThat(harness.extractOutputValues())
          .extracting(input -> ((IdentityInput.Observed) input).observation().time())
          .containsExactly(T0 + 1);
    }
  }

  @Test
  void whileTheSourceIsIdleEventTimeFollowsTheWallClock() throws Exception {
    try (var harness = unopened(new WallClock(500, 5000))) {
      harness.setProcessingTime(T0);
      harness.open();
      harness.processWatermarkStatus(WatermarkStatus.IDLE);
      harness.setProcessingTime(T0 + 4900);
      assertThat(harness.getOutput()).as("the source may not have begun to read").isEmpty();

      harness.setProcessingTime(T0 + 5000);
      assertThat(harness.getOutput()).containsExactly(new Watermark(T0 + 5000 - 500 - 1));

      harness.getOutput().clear();
      harness.processWatermarkStatus(WatermarkStatus.ACTIVE);
      harness.setProcessingTime(T0 + 10_000);
      assertThat(harness.getOutput()).isEmpty();
    }
  }

  @Test
  void aBacklogIsNotOvertakenByTheWallClock() throws Exception {
    long longAgo = T0 - 1_000_000;
    try (var harness = unopened(new WallClock(500, 5000))) {
      harness.setProcessingTime(T0);
      harness.open();
      harness.processElement(event(longAgo, EMAIL));
      harness.processWatermark(new Watermark(longAgo - 500));
      harness.setProcessingTime(T0 + 60_000);
      harness.processElement(event(longAgo + 1, EMAIL));

      assertThat(harness.extractOutputValues())
          .extracting(input -> ((IdentityInput.Observed) input).observation().time())
          .containsExactly(longAgo, longAgo + 1);
    }
  }

  @Test
  void identifiersOfOneRecordAreLinkedPairwiseWithItsEffectiveTime() throws Exception {
    try (var harness = harness()) {
      harness.processWatermark(new Watermark(T0));
      harness.processElement(event(T0 - 1, EMAIL, KLAVIYO, DEVICE));

      assertThat(harness.getSideOutput(RouteOperator.LINKS))
          .extracting(StreamRecord::getValue)
          .containsExactly(
              new GraphChange.Linked(
                  new LinkChange(false, EMAIL, KLAVIYO, 1.0, "t", T0 + 1), T0 - 1),
              new GraphChange.Linked(
                  new LinkChange(false, EMAIL, DEVICE, 1.0, "t", T0 + 1), T0 - 1),
              new GraphChange.Linked(
                  new LinkChange(false, KLAVIYO, DEVICE, 1.0, "t", T0 + 1), T0 - 1));
    }
  }

  @Test
  void cancelsGoToTheirRequestId() throws Exception {
    try (var harness = harness()) {
      harness.processElement(new StreamRecord<>(new Inbound.Cancel("r", T0, T0)));

      assertThat(harness.extractOutputValues()).isEmpty();
      assertThat(harness.getSideOutput(RouteOperator.REQUESTS))
          .extracting(StreamRecord::getValue)
          .containsExactly(new RevisionInput.Cancelled("r", T0));
    }
  }

  @Test
  void aDeadLetterWithoutTimeOfReceiptIsDatedByTheWatermark() throws Exception {
    try (var harness = harness()) {
      harness.processWatermark(new Watermark(T0));
      Origin origin = new Origin("events", 0, 3, new byte[] {'x'}, Origin.UNKNOWN_TIME);
      harness.processElement(
          new StreamRecord<>(
              new Inbound.Unusable(
                  new DeadLetter(
                      origin, DeadLetterReason.MALFORMED_JSON, "d", Origin.UNKNOWN_TIME))));

      assertThat(harness.getSideOutput(RouteOperator.UNUSABLE))
          .extracting(letter -> letter.getValue().timestamp())
          .containsExactly(T0 + 1);
    }
  }

  private static StreamRecord<Inbound> event(long time, Identifier... identifiers) {
    return new StreamRecord<>(
        new Inbound.Event(
            new Observation("t", "1", "clicked", time, time), List.of(identifiers), time));
  }

  private static Identifier identifier(String type, String value) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), value);
  }

  private static OneInputStreamOperatorTestHarness<Inbound, IdentityInput> harness()
      throws Exception {
    var harness = unopened();
    harness.open();
    return harness;
  }

  private static OneInputStreamOperatorTestHarness<Inbound, IdentityInput> unopened()
      throws Exception {
    return unopened(null);
  }

  private static OneInputStreamOperatorTestHarness<Inbound, IdentityInput> unopened(
      WallClock wallClock) throws Exception {
    OneInputStreamOperatorTestHarness<Inbound, IdentityInput> harness =
        new OneInputStreamOperatorTestHarness<>(new RouteOperator(CATALOGUE, true, wallClock));
    harness.setup(new Types.IdentityInputSerializer());
    return harness;
  }
}
