package io.sendflowr.identity.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.flow.PersonChange.RequestWithdrawn;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class IdentityResolutionOperatorTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final int MAX_PARALLELISM = 128;
  private static final long T0 = 1_770_000_000_000L;
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();

  private static final Identifier EMAIL = identifier("email_hash", "e1");
  private static final Identifier KLAVIYO = identifier("klaviyo_id", "k1");
  private static final Identifier DEVICE = identifier("device_id", "d1");

  @Test
  void anEventGoesAtOnceToTheIdentifierThatHoldsIt() throws Exception {
    try (var harness = harness(0, 1)) {
      Observation view = observed("product_view", T0);
      harness.processElement1(event(KLAVIYO, view));

      assertThat(drain(harness))
          .containsExactly(new EventGiven(key(KLAVIYO), key(KLAVIYO), full(view), T0));
    }
  }

  @Test
  void aLinkThatComesAfterTheSignalsMovesThem() throws Exception {
    try (var harness = harness(0, 1)) {
      Observation view = observed("product_view", T0);
      harness.processElement1(event(KLAVIYO, view));
      harness.processElement2(link(EMAIL, KLAVIYO, T0 + MINUTE));
      drain(harness);

      watermark(harness, T0 + MINUTE);

      assertThat(drain(harness))
          .containsExactly(
              new EventWithdrawn(key(KLAVIYO), key(KLAVIYO), full(view), T0 + MINUTE),
              new EventGiven(key(EMAIL), key(KLAVIYO), full(view), T0 + MINUTE));
    }
  }

  @Test
  void anEventStampedAfterALinkThatIsStillPendingCountsOnlyForTheNewPerson() throws Exception {
    try (var harness = harness(0, 1)) {
      Observation view = observed("product_view", T0 + 2 * MINUTE);
      harness.processElement2(link(EMAIL, KLAVIYO, T0 + MINUTE));
      harness.processElement1(event(KLAVIYO, view));
      drain(harness);

      watermark(harness, T0 + MINUTE);

      assertThat(drain(harness))
          .containsExactly(
              new EventWithdrawn(key(KLAVIYO), key(KLAVIYO), full(view), T0 + MINUTE),
              new EventGiven(key(EMAIL), key(KLAVIYO), full(view), T0 + 2 * MINUTE));
    }
  }

  @Test
  void anUnlinkGivesBackWhatTheLinkTook() throws Exception {
    try (var harness = harness(0, 1)) {
      Observation view = observed("product_view", T0);
      harness.processElement1(event(KLAVIYO, view));
      harness.processElement2(link(EMAIL, KLAVIYO, T0));
      watermark(harness, T0);
      drain(harness);

      harness.processElement2(unlink(EMAIL, KLAVIYO, T0 + MINUTE));
      watermark(harness, T0 + MINUTE);

      assertThat(drain(harness))
          .containsExactly(
              new EventWithdrawn(key(EMAIL), key(KLAVIYO), full(view), T0 + MINUTE),
              new EventGiven(key(KLAVIYO), key(KLAVIYO), full(view), T0 + MINUTE));
    }
  }

  @Test
  void aRequestIsPlacedAtItsOwnTimeWithTheConfidenceOfThen() throws Exception {
    try (var harness = harness(0, 1)) {
      SendRequest request = request(KLAVIYO, T0 + MINUTE);
      harness.processElement1(requested(request));
      // 0.9 is the weight of the only path to a deterministic identifier.
      harness.processElement2(link(EMAIL, KLAVIYO, 0.9, T0 + MINUTE));
      harness.processElement2(unlink(EMAIL, KLAVIYO, T0 + 2 * MINUTE));
      watermark(harness, T0 + 3 * MINUTE);

      assertThat(drain(harness))
          .containsExactly(
              new RequestGiven(key(EMAIL), request, 0.95 * 0.9, T0 + MINUTE),
              new RequestWithdrawn(key(EMAIL), request, T0 + 2 * MINUTE),
              new RequestGiven(key(KLAVIYO), request, 0.95, T0 + 2 * MINUTE));
    }
  }

  @Test
  void aRequestIsGivenAgainWhenItsPersonGainsAnIdentifierAndNotOtherwise() throws Exception {
    try (var harness = harness(0, 1)) {
      SendRequest request = request(EMAIL, T0);
      harness.processElement1(requested(request));
      watermark(harness, T0);
      drain(harness);

      harness.processElement2(link(EMAIL, DEVICE, T0 + MINUTE));
      watermark(harness, T0 + MINUTE);
      assertThat(drain(harness)).isEmpty();

      harness.processElement2(link(EMAIL, KLAVIYO, T0 + 2 * MINUTE));
      watermark(harness, T0 + 2 * MINUTE);
      assertThat(drain(harness))
          .containsExactly(new RequestGiven(key(EMAIL), request, 1.0, T0 + 2 * MINUTE));
    }
  }

  @Test
  void whatADeviceSawGoesToWhomeverItWasLinkedToThen() throws Exception {
    try (var harness = harness(0, 1)) {
      Identifier other = identifier("email_hash", "e2");
      Observation before = observed("product_view", T0 + MINUTE);
      Observation after = observed("cart_add", T0 + 3 * MINUTE);
      harness.processElement1(event(DEVICE, before));
      harness.processElement1(event(DEVICE, after));
      harness.processElement2(link(EMAIL, DEVICE, T0));
      harness.processElement2(link(other, DEVICE, T0 + 2 * MINUTE));
      watermark(harness, T0 + 3 * MINUTE);

      assertThat(personsOf(before, drain(harness))).containsExactly(key(EMAIL));
      harness.processElement1(event(DEVICE, after));
      assertThat(personsOf(after, drain(harness))).containsExactly(key(other));
    }
  }

  @Test
  void aBreakerOnASharedIdentifierGuardsEverybodyItIsLinkedTo() throws Exception {
    try (var harness = harness(0, 1)) {
      Identifier card = identifier("stripe_customer_id", "family");
      List<Long> family = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Identifier member = identifier("email_hash", "member" + i);
        family.add(key(member));
        harness.processElement2(link(member, card, T0 + i));
      }
      watermark(harness, T0 + MINUTE);
      drain(harness);

      Observation failed = observed("payment_failed", T0 + 2 * MINUTE);
      harness.processElement1(event(card, failed));

      List<PersonChange> given = drain(harness);
      assertThat(given)
          .extracting(PersonChange::person)
          .containsExactlyInAnyOrderElementsOf(family);
      assertThat(given)
          .filteredOn(change -> !((EventGiven) change).event().guardOnly())
          .extracting(PersonChange::person)
          .containsExactly(key(identifier("email_hash", "member5")));
    }
  }

  @Test
  void nothingIsLeftWhenRequestsAndSignalsAreOver() throws Exception {
    try (var harness = harness(0, 1)) {
      harness.processElement1(event(KLAVIYO, observed("product_view", T0)));
      harness.processElement1(event(KLAVIYO, observed("delivered", T0)));
      harness.processElement1(event(KLAVIYO, observed("opened", T0)));
      harness.processElement1(requested(request(KLAVIYO, T0)));
      harness.processElement1(requested(request(KLAVIYO, T0)));
      assertThat(harness.numKeyedStateEntries()).isPositive();

      watermark(harness, T0 + 8 * DAY);

      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void anEventThatIsReportedAgainDoesNotOutliveItsEffect() throws Exception {
    try (var harness = harness(0, 1)) {
      Observation view = new Observation("shop", "1", "product_view", T0, T0);
      Observation again = new Observation("shop", "1", "product_view", T0 + 20 * MINUTE, T0);
      harness.processElement1(event(KLAVIYO, view));
      harness.processElement1(event(KLAVIYO, again));
      harness.processElement2(link(EMAIL, KLAVIYO, T0 + 21 * MINUTE));
      drain(harness);

      watermark(harness, T0 + 21 * MINUTE);

      List<PersonChange> moves = drain(harness);
      assertThat(personsOf(view, moves)).containsExactly(key(EMAIL));
      assertThat(moves).filteredOn(EventWithdrawn.class::isInstance).hasSize(2);
      assertThat(personsOf(again, moves)).isEmpty();
    }
  }

  @Test
  void aRequestThatIsReadTwiceIsGivenOnce() throws Exception {
    try (var harness = harness(0, 1)) {
      SendRequest request = request(EMAIL, T0);
      harness.processElement1(requested(request));
      harness.processElement1(requested(request.stamped(T0 + MINUTE)));
      watermark(harness, T0 + MINUTE);

      assertThat(drain(harness)).containsExactly(new RequestGiven(key(EMAIL), request, 1.0, T0));
    }
  }

  @Test
  void afterARescaleOnlyTheOwnerOfAKeySpeaksForIt() throws Exception {
    Observation view = observed("product_view", T0);
    OperatorSubtaskState snapshot;
    try (var harness = harness(0, 1)) {
      harness.processElement1(event(KLAVIYO, view));
      harness.processElement2(link(EMAIL, KLAVIYO, T0));
      harness.processElement2(unlink(EMAIL, KLAVIYO, T0 + 2 * MINUTE));
      watermark(harness, T0 + MINUTE);
      snapshot = harness.snapshot(1, 1);
    }

    List<PersonChange> said = new ArrayList<>();
    for (int subtask = 0; subtask < 2; subtask++) {
      OperatorSubtaskState share =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              snapshot, MAX_PARALLELISM, 1, 2, subtask);
      try (var harness = restored(share, subtask, 2)) {
        watermark(harness, T0 + 2 * MINUTE);
        said.addAll(drain(harness));
      }
    }
    assertThat(said)
        .containsExactly(
            new EventWithdrawn(key(EMAIL), key(KLAVIYO), full(view), T0 + 2 * MINUTE),
            new EventGiven(key(KLAVIYO), key(KLAVIYO), full(view), T0 + 2 * MINUTE));
  }

  private static List<Long> personsOf(Observation event, List<PersonChange> changes) {
    List<Long> persons = new ArrayList<>();
    for (PersonChange change : changes) {
      if (change instanceof EventGiven given && given.event().observation().equals(event)) {
        persons.add(given.person());
      } else if (change instanceof EventWithdrawn taken
          && taken.event().observation().equals(event)) {
        persons.remove((Object) taken.person());
      }
    }
    return persons;
  }

  private static KeyedTwoInputStreamOperatorTestHarness<
          Long, IdentityInput, LinkChange, PersonChange>
      harness(int subtask, int parallelism) throws Exception {
    var harness = unopened(subtask, parallelism);
    harness.open();
    return harness;
  }

  private static KeyedTwoInputStreamOperatorTestHarness<
          Long, IdentityInput, LinkChange, PersonChange>
      restored(OperatorSubtaskState state, int subtask, int parallelism) throws Exception {
    var harness = unopened(subtask, parallelism);
    harness.initializeState(state);
    harness.open();
    return harness;
  }

  private static KeyedTwoInputStreamOperatorTestHarness<
          Long, IdentityInput, LinkChange, PersonChange>
      unopened(int subtask, int parallelism) throws Exception {
    KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, LinkChange, PersonChange> harness =
        new KeyedTwoInputStreamOperatorTestHarness<>(
            new IdentityResolutionOperator(CATALOGUE, 500),
            IdentityInput::holder,
            null,
            BasicTypeInfo.LONG_TYPE_INFO,
            MAX_PARALLELISM,
            parallelism,
            subtask);
    harness.setup(new Types.PersonChangeSerializer());
    return harness;
  }

  private static void watermark(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, LinkChange, PersonChange> harness,
      long time)
      throws Exception {
    harness.processBothWatermarks(new Watermark(time));
  }

  private static List<PersonChange> drain(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, LinkChange, PersonChange>
          harness) {
    List<PersonChange> changes = new ArrayList<>(harness.extractOutputValues());
    harness.getOutput().clear();
    return changes;
  }

  private static StreamRecord<IdentityInput> event(Identifier holder, Observation observation) {
    return new StreamRecord<>(new IdentityInput.Observed(key(holder), observation));
  }

  private static StreamRecord<IdentityInput> requested(SendRequest request) {
    return new StreamRecord<>(new IdentityInput.Requested(request));
  }

  private static StreamRecord<LinkChange> link(Identifier a, Identifier b, long time) {
    return link(a, b, 1.0, time);
  }

  private static StreamRecord<LinkChange> link(
      Identifier a, Identifier b, double weight, long time) {
    return new StreamRecord<>(new LinkChange(false, a, b, weight, "test", time));
  }

  private static StreamRecord<LinkChange> unlink(Identifier a, Identifier b, long time) {
    return new StreamRecord<>(new LinkChange(true, a, b, 1.0, "test", time));
  }

  private static SendRequest request(Identifier holder, long time) {
    return new SendRequest(
        "r1",
        time,
        time,
        List.of(holder),
        key(holder),
        time,
        time + 7 * DAY,
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

  private static PersonEvent full(Observation observation) {
    return new PersonEvent(observation, false);
  }

  private static Identifier identifier(String type, String value) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), value);
  }

  private static long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(CATALOGUE));
  }
}
