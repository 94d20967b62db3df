package io.sendflowr.identity.operator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flink.FirstVersionTimers;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.ClaimWithdrawn;
import io.sendflowr.flow.PersonChange.Claimed;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.flow.PersonChange.RequestErased;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.flow.PersonChange.RequestWithdrawn;
import io.sendflowr.flow.ResolutionPart;
import io.sendflowr.identity.Claim;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.ErasureKey;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.identity.IdentityChange.Kind;
import io.sendflowr.identity.Lead;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.Sighting;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
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
              given(key(EMAIL), request, KLAVIYO, 0.95 * 0.9, T0 + MINUTE),
              new RequestWithdrawn(key(EMAIL), request, T0 + 2 * MINUTE),
              given(key(KLAVIYO), request, KLAVIYO, 0.95, T0 + 2 * MINUTE));
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
          .containsExactly(given(key(EMAIL), request, EMAIL, 1.0, T0 + 2 * MINUTE));
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

      watermark(harness, T0 + 15 * DAY);

      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void whatIsOverGoesAtATimerOfTheFirstVersion() throws Exception {
    try (var harness = harness(0, 1)) {
      Observation complaint = observed("complaint", T0);
      harness.processElement1(event(EMAIL, complaint));
      long check = moveCheckToFirstVersion(harness, complaint);

      watermark(harness, check - 1);
      assertThat(harness.numKeyedStateEntries()).isPositive();
      watermark(harness, check);
      assertThat(harness.numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void anErasureLeavesNoTimerOfTheFirstVersion() throws Exception {
    try (var harness = harness(0, 1)) {
      Observation complaint = observed("complaint", T0);
      harness.processElement1(event(EMAIL, complaint));
      moveCheckToFirstVersion(harness, complaint);
      erase(harness, T0 + MINUTE, EMAIL);
      watermark(harness, T0 + MINUTE);

      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  private static long moveCheckToFirstVersion(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness,
      Observation event) {
    return FirstVersionTimers.moveCheck(
        (IdentityResolutionOperator) harness.getOperator(), "identity-timers", key(EMAIL), event);
  }

  @Test
  void nothingIsLeftOfALinkThatIsTakenBack() throws Exception {
    try (var harness = harness(0, 1)) {
      say(harness, link(EMAIL, KLAVIYO, T0));
      say(harness, link(EMAIL, DEVICE, T0 + MINUTE));
      watermark(harness, T0 + 5 * MINUTE);
      assertThat(harness.numKeyedStateEntries()).isPositive();

      say(harness, unlink(EMAIL, KLAVIYO, T0 + 6 * MINUTE));
      say(harness, unlink(EMAIL, DEVICE, T0 + 6 * MINUTE));
      watermark(harness, T0 + 20 * MINUTE);

      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  /** The link is void, but its ends cannot know that before the erasure takes effect. */
  @Test
  void nothingIsLeftOfALinkOlderThanAnErasureThatIsReadBeforeIt() throws Exception {
    try (var harness = harness(0, 1)) {
      Sighting sighting = new Sighting(T0 + 2 * MINUTE, List.of(key(EMAIL)));
      harness.processElement1(
          new StreamRecord<>(new IdentityInput.Sighted(key(KLAVIYO), sighting, T0)));
      harness.processElement2(linked(link(EMAIL, KLAVIYO, T0 + 2 * MINUTE), T0));
      erase(harness, T0 + MINUTE, EMAIL);
      watermark(harness, T0 + 20 * MINUTE);

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

  /** Else the person would keep one of them when the other moves on. */
  @Test
  void anEventThatWasGivenTwiceIsTakenBackOnceWhenItIsFoundOut() throws Exception {
    try (var harness = harness(0, 1)) {
      Observation ticket = new Observation("desk", "1", "complaint", T0, T0);
      Observation view = observed("product_view", T0);
      harness.processElement1(event(KLAVIYO, ticket));
      harness.processElement1(event(KLAVIYO, ticket));
      harness.processElement1(event(KLAVIYO, view));
      drain(harness);

      watermark(harness, T0 + 8 * 60 * MINUTE);

      assertThat(drain(harness))
          .extracting(PersonChange::getClass, PersonChange::person)
          .containsExactly(tuple(EventWithdrawn.class, key(KLAVIYO)));
      assertThat(personsOf(ticket, drain(harness))).isEmpty();
    }
  }

  /** The event may be erased until then, by a record that is yet to arrive. */
  @Test
  void whatIsStillToComeIsNoRepetitionYet() throws Exception {
    try (var harness = harness(0, 1)) {
      Observation ticket = new Observation("desk", "1", "complaint", T0, T0);
      Observation again = new Observation("desk", "1", "complaint", T0 + DAY, T0 + DAY);
      harness.processElement1(event(KLAVIYO, ticket));
      harness.processElement1(event(KLAVIYO, again));
      say(harness, link(EMAIL, KLAVIYO, T0 + MINUTE));
      watermark(harness, T0 + 2 * MINUTE);
      drain(harness);
      erase(harness, T0 + 3 * MINUTE, KLAVIYO);
      watermark(harness, T0 + 2 * DAY);

      assertThat(personsOf(again, drain(harness))).containsExactly(key(KLAVIYO));
    }
  }

  @Test
  void aRequestThatIsReadTwiceIsGivenOnce() throws Exception {
    try (var harness = harness(0, 1)) {
      SendRequest request = request(EMAIL, T0);
      harness.processElement1(requested(request));
      harness.processElement1(requested(request.stamped(T0 + MINUTE)));
      watermark(harness, T0 + MINUTE);

      assertThat(drain(harness)).containsExactly(given(key(EMAIL), request, EMAIL, 1.0, T0));
    }
  }

  /** Its id may stand for it anew then; the revisions know. */
  @Test
  void aRequestThatIsReadAgainWhenItIsOverIsGivenAgainInWhateverOrderItCame() throws Exception {
    SendRequest request = request(EMAIL, T0);
    SendRequest again = request.stamped(T0 + 15 * DAY);
    for (List<SendRequest> order : List.of(List.of(request, again), List.of(again, request))) {
      try (var harness = harness(0, 1)) {
        for (SendRequest one : order) {
          harness.processElement1(requested(one));
        }
        watermark(harness, again.time());

        assertThat(drain(harness))
            .extracting(PersonChange::at)
            .containsExactly(request.time(), again.time());
      }
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

  @Test
  void everyPresentedIdentifierSaysWhatItKnowsAndTheFirstHoldsTheRequest() throws Exception {
    try (var harness = harness(0, 1)) {
      Identifier stripe = identifier("stripe_customer_id", "s1");
      SendRequest request = request(List.of(KLAVIYO, stripe), T0);
      harness.processElement1(requested(stripe, request));
      harness.processElement1(requested(KLAVIYO, request));
      say(harness, link(KLAVIYO, stripe, T0));
      watermark(harness, T0);
      assertThat(drain(harness))
          .containsExactlyInAnyOrder(
              given(key(KLAVIYO), request, List.of(0.95, 0.85), T0),
              claimed(key(KLAVIYO), request, T0));

      say(harness, link(EMAIL, stripe, 0.9, T0 + MINUTE));
      watermark(harness, T0 + MINUTE);
      assertThat(drain(harness))
          .containsExactlyInAnyOrder(
              new RequestWithdrawn(key(KLAVIYO), request, T0 + MINUTE),
              given(key(EMAIL), request, List.of(0.95 * 0.9, 0.85 * 0.9), T0 + MINUTE),
              new ClaimWithdrawn(key(KLAVIYO), request, 1, T0 + MINUTE),
              claimed(key(EMAIL), request, T0 + MINUTE));
    }
  }

  /** Those who belong to the person already are not told that a request moves in. */
  @Test
  void aRequestThatMovesAloneBringsAlongHowSureTheOthersAreByThen() throws Exception {
    try (var harness = harness(0, 1)) {
      Identifier card = identifier("stripe_customer_id", "family");
      SendRequest request = request(List.of(card, DEVICE), T0);
      harness.processElement1(requested(card, request));
      harness.processElement1(requested(DEVICE, request));
      for (int i = 2; i <= 5; i++) {
        say(harness, link(identifier("email_hash", "e" + i), card, 0.5, T0 - i * MINUTE));
      }
      say(harness, link(EMAIL, card, 0.5, T0 - MINUTE));
      say(harness, link(EMAIL, DEVICE, 0.5, T0 - MINUTE));
      watermark(harness, T0);
      assertThat(drain(harness))
          .containsExactlyInAnyOrder(
              given(key(card), request, List.of(0.85, 0.7), T0), claimed(key(EMAIL), request, T0));

      // A better way, of which nobody tells the person.
      say(harness, link(EMAIL, DEVICE, 0.9, T0 + MINUTE));
      watermark(harness, T0 + MINUTE);
      assertThat(drain(harness)).isEmpty();

      // One address more makes the card shared, and what it holds is given out.
      say(harness, link(identifier("email_hash", "e6"), card, 0.5, T0 + 2 * MINUTE));
      watermark(harness, T0 + 2 * MINUTE);
      assertThat(drain(harness))
          .containsExactlyInAnyOrder(
              new RequestWithdrawn(key(card), request, T0 + 2 * MINUTE),
              given(key(EMAIL), request, List.of(0.85 * 0.5, 0.7 * 0.9), T0 + 2 * MINUTE));
    }
  }

  @Test
  void aPresentedIdentifierThatLeavesOrIsErasedTakesBackItsClaim() throws Exception {
    try (var harness = harness(0, 1)) {
      SendRequest request = request(List.of(EMAIL, DEVICE), T0);
      harness.processElement1(requested(EMAIL, request));
      harness.processElement1(requested(DEVICE, request));
      say(harness, link(EMAIL, DEVICE, T0));
      watermark(harness, T0);
      drain(harness);

      say(harness, unlink(EMAIL, DEVICE, T0 + MINUTE));
      watermark(harness, T0 + MINUTE);
      assertThat(drain(harness))
          .containsExactly(
              new ClaimWithdrawn(key(EMAIL), request, 1, T0 + MINUTE),
              claimed(key(DEVICE), request, T0 + MINUTE));

      erase(harness, T0 + 2 * MINUTE, DEVICE);
      watermark(harness, T0 + 2 * MINUTE);
      assertThat(drain(harness))
          .containsExactly(new ClaimWithdrawn(key(DEVICE), request, 1, T0 + 2 * MINUTE));
    }
  }

  @Test
  void ofARequestThatIsOverNothingIsClaimedAndNothingTakenBack() throws Exception {
    try (var harness = harness(0, 1)) {
      SendRequest request = request(List.of(EMAIL, DEVICE), T0);
      harness.processElement1(requested(DEVICE, request));
      say(harness, link(EMAIL, DEVICE, T0));
      watermark(harness, request.overAt());
      assertThat(drain(harness)).containsExactly(claimed(key(EMAIL), request, T0));

      say(harness, unlink(EMAIL, DEVICE, request.overAt() + MINUTE));
      erase(harness, request.overAt() + 2 * MINUTE, DEVICE);
      watermark(harness, request.overAt() + 2 * MINUTE);
      assertThat(drain(harness)).isEmpty();
    }
  }

  /** "Read again only when the bridged identifiers change": not when their first ones do. */
  @Test
  void aRequestWhoseUniversalIdAloneChangesKeepsItsConfidence() throws Exception {
    try (var harness = harness(0, 1)) {
      Identifier other = identifier("email_hash", "e0");
      SendRequest request = request(KLAVIYO, T0 + 3 * MINUTE);
      harness.processElement1(requested(request));
      say(harness, link(EMAIL, DEVICE, 0.1, T0));
      say(harness, link(other, KLAVIYO, 0.9, T0 + MINUTE));
      say(harness, link(EMAIL, KLAVIYO, 0.9, T0 + 2 * MINUTE));
      watermark(harness, T0 + 3 * MINUTE);
      assertThat(drain(harness))
          .containsExactly(given(key(EMAIL), request, KLAVIYO, 0.95 * 0.9, T0 + 3 * MINUTE));

      // The email's first link is gone, so the other one's is the older; a better way comes along.
      say(harness, unlink(EMAIL, DEVICE, T0 + 4 * MINUTE));
      say(harness, link(EMAIL, KLAVIYO, 1.0, T0 + 4 * MINUTE));
      watermark(harness, T0 + 4 * MINUTE);
      assertThat(drain(harness))
          .containsExactly(
              new RequestWithdrawn(key(EMAIL), request, T0 + 4 * MINUTE),
              given(key(other), request, KLAVIYO, 0.95 * 0.9, T0 + 4 * MINUTE));
    }
  }

  @Test
  void anEventReadBeforeItsHolderBecameSharedIsGivenAtItsInstant() throws Exception {
    try (var harness = harness(0, 1)) {
      Identifier card = identifier("stripe_customer_id", "family");
      for (int i = 0; i < 5; i++) {
        say(harness, link(identifier("email_hash", "member" + i), card, T0 + i));
      }
      watermark(harness, T0 + 10);
      Observation failed = observed("payment_failed", T0 + 2 * MINUTE);
      harness.processElement1(event(card, failed));
      say(harness, link(identifier("email_hash", "member5"), card, T0 + MINUTE));
      watermark(harness, T0 + 2 * MINUTE);

      assertThat(personsOf(failed, drain(harness))).hasSize(6);

      Identifier late = identifier("email_hash", "member6");
      say(harness, link(late, card, T0 + 3 * MINUTE));
      watermark(harness, T0 + 3 * MINUTE);
      assertThat(personsOf(failed, drain(harness)))
          .as("it guards who is linked later, too")
          .containsExactly(key(late));
    }
  }

  @Test
  void anErasureTakesBackEverythingAndClosesRequests() throws Exception {
    try (var harness = harness(0, 1)) {
      Observation view = observed("product_view", T0);
      SendRequest request = request(KLAVIYO, T0);
      harness.processElement1(event(DEVICE, view));
      harness.processElement1(requested(request));
      say(harness, link(EMAIL, KLAVIYO, T0));
      say(harness, link(EMAIL, DEVICE, T0));
      watermark(harness, T0);
      drain(harness);

      erase(harness, T0 + MINUTE, EMAIL);
      watermark(harness, T0 + MINUTE);

      assertThat(drain(harness))
          .containsExactlyInAnyOrder(
              new EventWithdrawn(key(EMAIL), key(DEVICE), full(view), T0 + MINUTE),
              new RequestErased(key(EMAIL), request, T0 + MINUTE));
      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(changes(harness)).noneMatch(change -> change.time() > T0);
    }
  }

  @Test
  void whatIsStampedUpToAnErasureIsIgnoredWhenItIsReadAgain() throws Exception {
    try (var harness = harness(0, 1)) {
      SendRequest request = request(KLAVIYO, T0);
      say(harness, link(EMAIL, KLAVIYO, T0));
      erase(harness, T0 + MINUTE, EMAIL);
      watermark(harness, T0 + 2 * MINUTE);
      drain(harness);

      Observation late =
          new Observation("test", "again", "product_view", T0 + 3 * MINUTE, T0 + MINUTE);
      harness.processElement1(event(KLAVIYO, late));
      harness.processElement1(requested(request.stamped(T0 + 3 * MINUTE)));
      harness.processElement2(linked(link(EMAIL, KLAVIYO, T0 + 3 * MINUTE), T0 + MINUTE));
      assertThat(drain(harness))
          .as("nothing is given, and who asks is told that nobody is there")
          .containsExactly(
              new RequestErased(key(KLAVIYO), request.stamped(T0 + 3 * MINUTE), T0 + 3 * MINUTE));

      Observation view = observed("product_view", T0 + 4 * MINUTE);
      harness.processElement1(event(KLAVIYO, view));
      watermark(harness, T0 + 4 * MINUTE);
      assertThat(drain(harness))
          .as("later records start from nothing else")
          .containsExactly(new EventGiven(key(KLAVIYO), key(KLAVIYO), full(view), T0 + 4 * MINUTE));
    }
  }

  @Test
  void aWithdrawnConsentOutlivesTheErasureForEveryIdentifierOfThePerson() throws Exception {
    OperatorSubtaskState snapshot;
    try (var harness = harness(0, 1)) {
      say(harness, link(EMAIL, KLAVIYO, T0));
      say(harness, link(EMAIL, DEVICE, T0));
      withdraw(harness, KLAVIYO, "unsubscribed", T0 + MINUTE);
      erase(harness, T0 + 2 * MINUTE, EMAIL);
      watermark(harness, T0 + 3 * MINUTE);
      snapshot = harness.snapshot(1, 1);
    }
    try (var harness = restored(snapshot, 0, 1)) {
      SendRequest request = request(DEVICE, T0 + 4 * MINUTE);
      harness.processElement1(requested(request));
      watermark(harness, T0 + 4 * MINUTE);

      assertThat(carried(drain(harness), T0 + 4 * MINUTE))
          .containsExactly("unsubscribed of " + (T0 + MINUTE) + " for " + key(DEVICE));
    }
  }

  /**
   * Else whoever keeps the request ids would hear of the erasure first, and of the request after.
   */
  @Test
  void aRequestThatWasReadLateIsErasedAtItsInstantAndSoIsARepetition() throws Exception {
    try (var harness = harness(0, 1)) {
      SendRequest request = request(EMAIL, T0);
      harness.processElement1(requested(request));
      watermark(harness, T0);
      SendRequest repetition = request.stamped(T0 + 3 * MINUTE);
      harness.processElement1(requested(repetition));
      harness.processElement1(requested(repetition));
      SendRequest late = request(KLAVIYO, T0).stamped(T0 + 4 * MINUTE);
      harness.processElement1(requested(late));
      drain(harness);

      erase(harness, T0 + MINUTE, EMAIL, KLAVIYO);
      watermark(harness, T0 + 7 * DAY);

      assertThat(drain(harness))
          .containsExactlyInAnyOrder(
              new RequestErased(key(EMAIL), request, T0 + MINUTE),
              new RequestErased(key(EMAIL), repetition, T0 + 3 * MINUTE),
              new RequestErased(key(KLAVIYO), late, T0 + 4 * MINUTE));
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  /** Where revisions are written it is known until then, and with it whom it was for. */
  @Test
  void anErasureReachesARequestWhoseWindowIsOverUntilItsIdIsFree() throws Exception {
    try (var harness = harness(0, 1)) {
      SendRequest request = request(EMAIL, T0);
      harness.processElement1(requested(request));
      watermark(harness, T0 + 8 * DAY);
      say(harness, link(EMAIL, KLAVIYO, T0 + 8 * DAY + 1));
      watermark(harness, T0 + 9 * DAY);
      assertThat(drain(harness))
          .as("it moves nowhere any more")
          .containsExactly(given(key(EMAIL), request, EMAIL, 1.0, T0));

      erase(harness, T0 + 10 * DAY, EMAIL);
      watermark(harness, T0 + 10 * DAY);

      assertThat(drain(harness))
          .containsExactly(new RequestErased(key(EMAIL), request, T0 + 10 * DAY));
      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  /** A timer bears the key of the identifier. */
  @Test
  void anErasureLeavesNoTimerOfARepetitionThatWasDropped() throws Exception {
    try (var harness = harness(0, 1)) {
      Observation first = new Observation("test", "e", "clicked", T0, T0);
      Observation repeated = new Observation("test", "e", "clicked", T0 + 3 * DAY, T0 + 3 * DAY);
      harness.processElement1(event(KLAVIYO, first));
      harness.processElement1(event(KLAVIYO, repeated));
      harness.processElement1(requested(request(KLAVIYO, T0 + 3 * DAY)));
      say(harness, link(EMAIL, KLAVIYO, T0 + 4 * DAY));
      watermark(harness, T0 + 4 * DAY);

      erase(harness, T0 + 5 * DAY, KLAVIYO);
      watermark(harness, T0 + 5 * DAY);

      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void aRequestThatIsReadAgainIsGivenOnce() throws Exception {
    try (var harness = harness(0, 1)) {
      SendRequest request = request(EMAIL, T0);
      harness.processElement1(requested(request.stamped(T0 + 3 * MINUTE)));
      harness.processElement1(requested(request));
      watermark(harness, T0 + MINUTE);
      harness.processElement1(requested(request.stamped(T0 + 4 * MINUTE)));
      watermark(harness, T0 + 6 * DAY);

      assertThat(drain(harness)).containsExactly(given(key(EMAIL), request, EMAIL, 1.0, T0));
    }
  }

  @Test
  void anErasedIdentifierThatComesBackByALinkStillGuards() throws Exception {
    try (var harness = harness(0, 1)) {
      withdraw(harness, EMAIL, "unsubscribed", T0);
      erase(harness, T0 + MINUTE, EMAIL);
      watermark(harness, T0 + MINUTE);
      drain(harness);

      Identifier device = identifier("device_id", "new");
      SendRequest request = request(device, T0 + 2 * MINUTE);
      harness.processElement1(requested(request));
      say(harness, link(EMAIL, device, T0 + 2 * MINUTE));
      watermark(harness, T0 + 2 * MINUTE);

      List<PersonChange> changes = drain(harness);
      assertThat(changes).contains(given(key(EMAIL), request, device, 0.7, T0 + 2 * MINUTE));
      assertThat(carried(changes, T0 + 2 * MINUTE))
          .containsExactly("unsubscribed of " + T0 + " for " + key(EMAIL));
    }
  }

  @Test
  void aConsentThatWasGivenBackIsNotWithdrawnByALaterErasure() throws Exception {
    try (var harness = harness(0, 1)) {
      withdraw(harness, EMAIL, "unsubscribed", T0);
      erase(harness, T0 + MINUTE, EMAIL);
      withdraw(harness, EMAIL, "resubscribed", T0 + 2 * MINUTE);
      erase(harness, T0 + 3 * MINUTE, EMAIL);
      watermark(harness, T0 + 3 * MINUTE);
      drain(harness);

      harness.processElement1(requested(request(EMAIL, T0 + 4 * MINUTE)));
      watermark(harness, T0 + 4 * MINUTE);

      assertThat(drain(harness)).hasOnlyElementsOfType(RequestGiven.class);
    }
  }

  @Test
  void ofEveryChangeOneSubtaskTellsOnce() throws Exception {
    Identifier card = identifier("stripe_customer_id", "family");
    List<IdentityChange> told = new ArrayList<>();
    for (int subtask = 0; subtask < 3; subtask++) {
      try (var harness = harness(subtask, 3)) {
        say(harness, link(EMAIL, KLAVIYO, T0));
        say(harness, link(EMAIL, KLAVIYO, T0 + 1));
        for (int i = 0; i < 6; i++) {
          say(harness, link(identifier("email_hash", "member" + i), card, 0.5, T0 + 2));
        }
        say(harness, unlink(EMAIL, KLAVIYO, T0 + 3));
        watermark(harness, T0 + 4);
        told.addAll(changes(harness));
      }
    }

    assertThat(told)
        .containsExactlyInAnyOrder(
            new IdentityChange(
                Kind.MERGED,
                key(EMAIL),
                key(KLAVIYO),
                List.of(KLAVIYO),
                link(EMAIL, KLAVIYO, T0),
                T0),
            new IdentityChange(
                Kind.QUARANTINED,
                key(card),
                key(card),
                List.of(card),
                link(identifier("email_hash", "member0"), card, 0.5, T0 + 2),
                T0 + 2),
            new IdentityChange(
                Kind.SPLIT,
                key(KLAVIYO),
                key(EMAIL),
                List.of(KLAVIYO),
                unlink(EMAIL, KLAVIYO, T0 + 3),
                T0 + 3));
  }

  @Test
  void everyPresentedIdentifierContributesToTheAnswerAtTheQuestionsInstant() throws Exception {
    try (var harness = harness(0, 1)) {
      ResolveRequest question =
          new ResolveRequest("q", T0 + MINUTE, T0 + MINUTE, List.of(EMAIL, DEVICE), key(EMAIL));
      for (Identifier presented : question.identifiers()) {
        harness.processElement1(
            new StreamRecord<>(
                new IdentityInput.Asked(key(presented), presented.rank(), question)));
      }
      say(harness, link(EMAIL, KLAVIYO, T0));
      say(harness, link(EMAIL, DEVICE, T0 + MINUTE));
      watermark(harness, T0 + MINUTE - 1);
      assertThat(parts(harness)).isEmpty();

      watermark(harness, T0 + MINUTE);

      List<ResolutionPart> parts = parts(harness);
      parts.sort(Comparator.comparingInt(ResolutionPart::place));
      assertThat(parts).extracting(ResolutionPart::person).containsExactly(key(EMAIL), key(EMAIL));
      assertThat(parts)
          .extracting(ResolutionPart::members)
          .containsExactly(List.of(EMAIL, KLAVIYO), List.of());
      assertThat(parts)
          .extracting(ResolutionPart::claim)
          .containsExactly(claim(EMAIL, 1.0), claim(DEVICE, 0.7));
      assertThat(parts.get(0).steps())
          .containsExactly(
              "email_hash:e1 was presented.",
              "One person by the link of email_hash:e1 and klaviyo_id:k1 (weight 1.0, from test).");
      assertThat(parts.get(1).steps())
          .containsExactly(
              "device_id:d1 was presented.",
              "device_id:d1 is weak and joins nobody; it was last seen with its owner by the link of"
                  + " email_hash:e1 and device_id:d1 (weight 1.0, from test).",
              "Confidence follows the link of email_hash:e1 and device_id:d1 (weight 1.0, from"
                  + " test).");
      watermark(harness, T0 + DAY);
      assertThat(parts(harness)).hasSize(2);
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  /** The withdrawals that an erased identifier carries on from an instant, as text. */
  private static List<String> carried(List<PersonChange> changes, long from) {
    List<String> carried = new ArrayList<>();
    for (PersonChange change : changes) {
      if (change instanceof EventGiven given && given.at() == from) {
        Observation event = given.event().observation();
        carried.add(event.type() + " of " + event.time() + " for " + given.person());
      }
    }
    return carried;
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
    List<PersonChange> changes = new ArrayList<>();
    harness.extractOutputValues().forEach(change -> changes.add(plain(change)));
    harness.getOutput().clear();
    return changes;
  }

  /** What decides: the rest is for explanations. */
  private static PersonChange plain(PersonChange change) {
    if (change instanceof RequestGiven given) {
      List<Lead> leads = given.leads().stream().map(l -> lead(l.presented(), l.claim())).toList();
      return new RequestGiven(given.person(), given.request(), List.of(), leads, given.at());
    }
    if (change instanceof Claimed claimed) {
      return new Claimed(claimed.person(), claimed.request(), claimed.place(), null, claimed.at());
    }
    return change;
  }

  private static Lead lead(Identifier presented, Claim claim) {
    return new Lead(presented, claim, null, List.of());
  }

  private static RequestGiven given(
      long person, SendRequest request, Identifier presented, double confidence, long at) {
    assertThat(request.identifiers()).containsExactly(presented);
    return given(person, request, List.of(confidence), at);
  }

  private static RequestGiven given(
      long person, SendRequest request, List<Double> confidences, long at) {
    List<Lead> leads = new ArrayList<>();
    for (Identifier presented : request.identifiers()) {
      leads.add(lead(presented, claim(presented, confidences.get(leads.size()))));
    }
    return new RequestGiven(person, request, List.of(), leads, at);
  }

  /** A claim of the second presented identifier. */
  private static Claimed claimed(long person, SendRequest request, long at) {
    return new Claimed(person, request, 1, null, at);
  }

  private static List<IdentityChange> changes(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness) {
    return sideOutput(harness, IdentityResolutionOperator.CHANGES);
  }

  private static List<ResolutionPart> parts(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness) {
    return sideOutput(harness, IdentityResolutionOperator.RESOLUTIONS);
  }

  private static <T> List<T> sideOutput(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness,
      OutputTag<T> tag) {
    List<T> values = new ArrayList<>();
    Queue<StreamRecord<T>> records = harness.getSideOutput(tag);
    if (records != null) {
      records.forEach(record -> values.add(record.getValue()));
    }
    return values;
  }

  private static StreamRecord<IdentityInput> event(Identifier holder, Observation observation) {
    return new StreamRecord<>(new IdentityInput.Observed(key(holder), observation));
  }

  private static StreamRecord<IdentityInput> requested(SendRequest request) {
    return requested(request.identifiers().get(0), request);
  }

  private static StreamRecord<IdentityInput> requested(Identifier presented, SendRequest request) {
    return new StreamRecord<>(
        new IdentityInput.Requested(
            key(presented), request.identifiers().indexOf(presented), request));
  }

  /** An event about consent, which everybody is told of, too. */
  private static void withdraw(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness,
      Identifier holder,
      String type,
      long time)
      throws Exception {
    harness.processElement1(event(holder, observed(type, time)));
    harness.processElement2(
        new StreamRecord<>(new GraphChange.Consented(key(holder), type, time, time)));
  }

  private static void erase(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness,
      long time,
      Identifier... identifiers)
      throws Exception {
    harness.processElement2(
        new StreamRecord<>(new GraphChange.Erased(new Erasure(List.of(identifiers), time, time))));
  }

  private static StreamRecord<GraphChange> linked(LinkChange change, long reportedTime) {
    return new StreamRecord<>(new GraphChange.Linked(change, reportedTime));
  }

  /** Says something about links, and reminds both ends of it. */
  private static void say(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness,
      LinkChange change)
      throws Exception {
    harness.processElement2(linked(change, change.time()));
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
    if (isOwn(harness, holder) && !CATALOGUE.typeOf(other.rank()).isWeak()) {
      Sighting sighting = new Sighting(time, List.of(key(other)));
      harness.processElement1(
          new StreamRecord<>(new IdentityInput.Sighted(key(holder), sighting, time)));
    }
  }

  /** Whether what is sent to an identifier arrives at this subtask. */
  private static boolean isOwn(
      KeyedTwoInputStreamOperatorTestHarness<Long, IdentityInput, GraphChange, PersonChange>
          harness,
      Identifier identifier) {
    TaskInfo task = harness.getEnvironment().getTaskInfo();
    return KeyGroupRangeAssignment.assignKeyToParallelOperator(
            key(identifier), MAX_PARALLELISM, task.getNumberOfParallelSubtasks())
        == task.getIndexOfThisSubtask();
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
    return request(List.of(holder), time);
  }

  private static SendRequest request(List<Identifier> presented, long time) {
    return new SendRequest(
        "r1",
        time,
        time,
        presented,
        key(presented.get(0)),
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
