package io.sendflowr.flow.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.Sighting;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.latency.DeliveryMetadata;
import io.sendflowr.latency.DeliveryReport;
import io.sendflowr.latency.DeliveryReport.Kind;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
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
  void everyIdentifierOfARecordIsToldWithWhomItWasSeen() throws Exception {
    try (var harness = harness()) {
      harness.processWatermark(new Watermark(T0));
      harness.processElement(event(T0 - 1, EMAIL, KLAVIYO, DEVICE));
      harness.processElement(link(false, EMAIL, DEVICE, T0 + 5));
      harness.processElement(link(true, EMAIL, KLAVIYO, T0 + 6));

      assertThat(harness.extractOutputValues())
          .filteredOn(IdentityInput.Sighted.class::isInstance)
          .as("weak identifiers own nothing, and an unlink is no meeting")
          .containsExactly(
              sighted(EMAIL, T0 + 1, T0 - 1, KLAVIYO),
              sighted(KLAVIYO, T0 + 1, T0 - 1, EMAIL),
              sighted(DEVICE, T0 + 1, T0 - 1, EMAIL, KLAVIYO),
              sighted(DEVICE, T0 + 5, T0 + 5, EMAIL));
    }
  }

  @Test
  void aRequestGoesToEveryIdentifierThatItPresents() throws Exception {
    try (var harness = harness()) {
      harness.processWatermark(new Watermark(T0));
      SendRequest request = request(T0 - 1, key(EMAIL), EMAIL, DEVICE);
      SendRequest byUniversalId = request(T0 + 5, 77);
      Origin origin = new Origin("send-requests", 0, 0, new byte[0], T0);
      harness.processElement(new StreamRecord<>(new Inbound.Request(request, origin, T0)));
      harness.processElement(new StreamRecord<>(new Inbound.Request(byUniversalId, origin, T0)));

      SendRequest late = request.stamped(T0 + 1);
      assertThat(harness.extractOutputValues())
          .containsExactly(
              new IdentityInput.Requested(key(EMAIL), 0, late),
              new IdentityInput.Requested(key(DEVICE), 1, late),
              sighted(DEVICE, T0 + 1, T0 - 1, EMAIL),
              new IdentityInput.Requested(77, 0, byUniversalId));
      assertThat(harness.getSideOutput(RouteOperator.REQUESTS))
          .extracting(StreamRecord::getValue)
          .containsExactly(
              new RevisionInput.Asked(late, origin),
              new RevisionInput.Asked(byUniversalId, origin));
      assertThat(harness.getSideOutput(RouteOperator.LINKS)).hasSize(1);
    }
  }

  @Test
  void aQuestionGoesToEveryIdentifierThatItPresents() throws Exception {
    try (var harness = harness()) {
      harness.processWatermark(new Watermark(T0));
      ResolveRequest question =
          new ResolveRequest("q", T0 - 1, T0 - 1, List.of(EMAIL, KLAVIYO), key(EMAIL));
      ResolveRequest byUniversalId = new ResolveRequest("u", T0 + 5, T0 + 5, List.of(), 77);
      harness.processElement(new StreamRecord<>(new Inbound.Resolve(question, T0)));
      harness.processElement(new StreamRecord<>(new Inbound.Resolve(byUniversalId, T0)));

      ResolveRequest late = question.stamped(T0 + 1);
      assertThat(harness.extractOutputValues())
          .containsExactly(
              new IdentityInput.Asked(key(EMAIL), EMAIL.rank(), late),
              new IdentityInput.Asked(key(KLAVIYO), KLAVIYO.rank(), late),
              sighted(EMAIL, T0 + 1, T0 - 1, KLAVIYO),
              sighted(KLAVIYO, T0 + 1, T0 - 1, EMAIL),
              new IdentityInput.Asked(77, IdentityInput.UNIVERSAL, byUniversalId));
      assertThat(harness.getSideOutput(RouteOperator.LINKS))
          .extracting(record -> ((GraphChange.Linked) record.getValue()).reportedTime())
          .containsExactly(T0 - 1);
    }
  }

  @Test
  void everybodyIsToldOfConsentThatIsWithdrawnForGoodOrGivenBack() throws Exception {
    try (var harness = harness()) {
      harness.processWatermark(new Watermark(T0));
      for (String type : List.of("unsubscribed", "resubscribed", "spam_report", "complaint")) {
        harness.processElement(
            new StreamRecord<>(
                new Inbound.Event(
                    new Observation("t", "1", type, T0 - 1, T0 - 1), List.of(KLAVIYO), T0)));
      }

      assertThat(harness.getSideOutput(RouteOperator.LINKS))
          .extracting(StreamRecord::getValue)
          .containsExactly(
              new GraphChange.Consented(key(KLAVIYO), "unsubscribed", T0 + 1, T0 - 1),
              new GraphChange.Consented(key(KLAVIYO), "resubscribed", T0 + 1, T0 - 1),
              new GraphChange.Consented(key(KLAVIYO), "spam_report", T0 + 1, T0 - 1));
    }
  }

  @Test
  void whatAnEventSaysOfADeliveryGoesToTheMessageByItsEffectiveTime() throws Exception {
    DeliveryMetadata metadata = new DeliveryMetadata("m", DeliveryMetadata.NO_LATENCY);
    try (var harness = harness()) {
      harness.processWatermark(new Watermark(T0));
      for (String type : List.of("sent", "delivered", "opened")) {
        harness.processElement(
            new StreamRecord<>(
                new Inbound.Event(
                    new Observation("esp", "1", type, T0 - 1, T0 - 1),
                    List.of(KLAVIYO),
                    metadata,
                    T0)));
      }

      assertThat(harness.getSideOutput(RouteOperator.DELIVERIES))
          .extracting(StreamRecord::getValue)
          .containsExactly(
              new DeliveryReport("esp", "m", "1", Kind.SENT, T0 + 1, DeliveryMetadata.NO_LATENCY),
              new DeliveryReport(
                  "esp", "m", "1", Kind.DELIVERED, T0 + 1, DeliveryMetadata.NO_LATENCY));
      assertThat(harness.extractOutputValues()).hasSize(3);
    }
  }

  @Test
  void anErasureGoesToEverybody() throws Exception {
    try (var harness = harness()) {
      harness.processWatermark(new Watermark(T0));
      harness.processElement(erase(T0 - 1));

      assertThat(harness.getSideOutput(RouteOperator.ERASURES))
          .extracting(StreamRecord::getValue)
          .containsExactly(new GraphChange.Erased(new Erasure(List.of(EMAIL), T0 + 1, T0 - 1)));
      assertThat(harness.getSideOutput(RouteOperator.UNUSABLE)).isNull();
    }
  }

  @Test
  void withoutAKeyAnErasureIsADeadLetter() throws Exception {
    try (var harness = unopened(false)) {
      harness.open();
      harness.processElement(erase(T0));

      assertThat(harness.getSideOutput(RouteOperator.ERASURES)).isNull();
      assertThat(harness.getSideOutput(RouteOperator.UNUSABLE))
          .singleElement()
          .satisfies(
              letter ->
                  assertThat(letter.getValue().reason()).isEqualTo(DeadLetterReason.BAD_VALUE));
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

  private static StreamRecord<Inbound> link(boolean unlink, Identifier a, Identifier b, long time) {
    return new StreamRecord<>(new Inbound.Link(new LinkChange(unlink, a, b, 1.0, "t", time), time));
  }

  private static StreamRecord<Inbound> erase(long time) {
    Origin origin = new Origin("links", 0, 0, new byte[0], T0);
    return new StreamRecord<>(
        new Inbound.Erase(new Erasure(List.of(EMAIL), time, time), origin, time));
  }

  private static SendRequest request(long time, long personKey, Identifier... identifiers) {
    return new SendRequest(
        "r",
        time,
        time,
        List.of(identifiers),
        personKey,
        time,
        time + 1_000_000,
        1000,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  private static IdentityInput.Sighted sighted(
      Identifier holder, long time, long reportedTime, Identifier... others) {
    List<Long> keys = Stream.of(others).map(RouteOperatorTest::key).toList();
    return new IdentityInput.Sighted(key(holder), new Sighting(time, keys), reportedTime);
  }

  private static long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(CATALOGUE));
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
    return unopened(true);
  }

  private static OneInputStreamOperatorTestHarness<Inbound, IdentityInput> unopened(
      boolean canErase) throws Exception {
    OneInputStreamOperatorTestHarness<Inbound, IdentityInput> harness =
        new OneInputStreamOperatorTestHarness<>(
            new RouteOperator(CATALOGUE, canErase, RouteOperator.SIDE_OUTPUTS));
    harness.setup(new Types.IdentityInputSerializer());
    return harness;
  }
}
