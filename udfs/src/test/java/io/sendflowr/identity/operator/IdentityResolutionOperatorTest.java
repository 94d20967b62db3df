package io.sendflowr.identity.operator;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import io.sendflowr.identity.Claim;
import io.sendflowr.identity.ErasureKey;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.Sighting;
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
  private static final byte[] SECRET = "a secret of the tests".getBytes(UTF_8);
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
      say(harness, link(EMAIL, KLAVIYO, T0 + MINUTE));
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
      say(harness, link(EMAIL, KLAVIYO, T0 + MINUTE));
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
      say(harness, link(EMAIL, KLAVIYO, T0));
      watermark(harness, T0);
      drain(harness);

      say(harness, unlink(EMAIL, KLAVIYO, T0 + MINUTE));
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
      say(harness, link(EMAIL, KLAVIYO, 0.9, T0 + MINUTE));
      say(harness, unlink(EMAIL, KLAVIYO, T0 + 2 * MINUTE));
      watermark(harness, T0 + 3 * MINUTE);

      assertThat(drain(harness))
          .containsExactly(
              new RequestGiven(key(EMAIL), request, claim(KLAVIYO, 0.95 * 0.9), T0 + MINUTE),
              new RequestWithdrawn(key(EMAIL), request, T0 + 2 * MINUTE),
              new RequestGiven(key(KLAVIYO), request, claim(KLAVIYO, 0.95), T0 + 2 * MINUTE));
    }
  }

  @Test
  void aRequestIsGivenAgainWhenItsPersonGainsAnIdentifierAndNotOtherwise() throws Exception {
    try (var harness = harness(0, 1)) {
      SendRequest request = request(EMAIL, T0);
      harness.processElement1(requested(request));
      watermark(harness, T0);
      drain(harness);

      say(harness, link(EMAIL, DEVICE, T0 + MINUTE));
      watermark(harness, T0 + MINUTE);
      assertThat(drain(harness)).isEmpty();

      say(harness, link(EMAIL, KLAVIYO, T0 + 2 * MINUTE));
      watermark(harness, T0 + 2 * MINUTE);
      assertThat(drain(harness))
          .containsExactly(
              new RequestGiven(key(EMAIL), request, claim(EMAIL, 1.0), T0 + 2 * MINUTE));
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
      say(harness, link(EMAIL, DEVICE, T0));
      say(harness, link(other, DEVICE, T0 + 2 * MINUTE));
      watermark(harness, T0 + 3 * MINUTE);

      List<PersonChange> changes = drain(harness);
      assertThat(personsOf(before, changes)).containsExactly(key(EMAIL));
      assertThat(personsOf(after, changes)).containsExactly(key(other));
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
        say(harness, link(member, card, T0 + i));
      }
      watermark(harness, T0 + MINUTE);
      drain(harness);

      Observation failed = observed("payment_failed", T0 + 2 * MINUTE);
      harness.processElement1(event(card, failed));
      assertThat(drain(harness)).as("whom it guards is asked at its instant").isEmpty();
      watermark(harness, T0 + 2 * MINUTE);

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
      say(harness, link(EMAIL, KLAVIYO, T0 + 21 * MINUTE));
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

      assertThat(drain(harness))
          .containsExactly(new RequestGiven(key(EMAIL), request, claim(EMAIL, 1.0), T0));
    }
  }

  @Test
  void afterARescaleOnlyTheOwnerOfAKeySpeaksForIt() throws Exception {
    Observation view = observed("product_view", T0);
    OperatorSubtaskState snapshot;
    try (var harness = harness(0, 1)) {
      harness.processElement1(event(KLAVIYO, view));
      say(harness, link(EMAIL, KLAVIYO, T0));
      say(harness, unlink(EMAIL, KLAVIYO, T0 + 2 * MINUTE));
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
          Long, IdentityInput, GraphChange, PersonChange>
      harness(int subtask, int parallelism) throws Exception {
    var harness = unopened(subtask, parallelism);
    harness.open();
    return harness;
  }

  private static KeyedTwoInputStreamOperatorTestHarness<
          Long, IdentityInput, GraphChange, PersonChange>
      restored(OperatorSubtaskState state, int subtask, int parallelism) throws Exception {
    var harness = unopened(subtask, parallelism);
    harness.initializeState(state);
    harness.open();
    return harness;
  }

  private static KeyedTwoInputStreamOperatorTestHarness<
          Long, IdentityInput, GraphChange, PersonChange>
      unopened(int subtask, int parallelism) throws Exception {
    KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange> harness =
        new KeyedTwoInputStreamOperatorTestHarness<>(
            new IdentityResolutionOperator(CATALOGUE, 500, ErasureKey.of(SECRET)),
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
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness,
      long time)
      throws Exception {
    harness.processBothWatermarks(new Watermark(time));
  }

  private static List<PersonChange> drain(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness) {
    List<PersonChange> changes = new ArrayList<>(harness.extractOutputValues());
    harness.getOutput().clear();
    return changes;
  }

  private static StreamRecord<IdentityInput> event(Identifier holder, Observation observation) {
    return new StreamRecord<>(new IdentityInput.Observed(key(holder), observation));
  }

  private static StreamRecord<IdentityInput> requested(SendRequest request) {
    Identifier first = request.identifiers().get(0);
    return new StreamRecord<>(new IdentityInput.Requested(key(first), first.rank(), request));
  }

  /** Says something about links, and reminds both ends of it. */
  private static void say(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness,
      LinkChange change)
      throws Exception {
    harness.processElement2(new StreamRecord<>(new GraphChange.Linked(change, change.time())));
    if (!change.unlink()) {
      remind(harness, change.a(), change.b(), change.time());
      remind(harness, change.b(), change.a(), change.time());
    }
  }

  private static void remind(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness,
      Identifier holder,
      Identifier other,
      long time)
      throws Exception {
    if (!CATALOGUE.typeOf(other.rank()).isWeak()) {
      Sighting sighting = new Sighting(time, List.of(key(other)));
      harness.processElement1(
          new StreamRecord<>(new IdentityInput.Sighted(key(holder), sighting, time)));
    }
  }

  private static LinkChange link(Identifier a, Identifier b, long time) {
    return link(a, b, 1.0, time);
  }

  private static LinkChange link(Identifier a, Identifier b, double weight, long time) {
    return new LinkChange(false, a, b, weight, "test", time);
  }

  private static LinkChange unlink(Identifier a, Identifier b, long time) {
    return new LinkChange(true, a, b, 1.0, "test", time);
  }

  private static Claim claim(Identifier identifier, double confidence) {
    return new Claim(CATALOGUE.typeOf(identifier.rank()).kind(), confidence);
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
