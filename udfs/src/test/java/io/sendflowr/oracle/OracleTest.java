package io.sendflowr.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.identity.IdentityChange.Kind;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.latency.DeliveryMetadata;
import io.sendflowr.latency.Latency;
import io.sendflowr.oracle.Outcome.Answer;
import io.sendflowr.oracle.Outcome.Line;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Decision.AppliedWeight;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the oracle says of worlds that can be worked out by hand from the contract. */
class OracleTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final int MAX_PERSON_SIZE = 3;

  private static final Identifier ANN = email("ann@mail.example");
  private static final Identifier BOB = email("bob@mail.example");
  private static final Identifier PHONE = identifier("phone_number", "+14155550100");
  private static final Identifier SHOP = identifier("shopify_customer_id", "501");
  private static final Identifier ZENDESK = identifier("zendesk_user_id", "zendesk_77");
  private static final Identifier DEVICE = identifier("device_id", "d");

  // The cases of the contract's examples

  @Test
  void aViewBringsTheTargetForward() {
    Identifier test = email("test@example.com");
    Outcome outcome =
        outcome(
            event("product_view", "2026-01-10T11:55:00Z", test),
            request(
                "r-hot",
                "2026-01-10T12:00:00Z",
                "2026-01-10T00:00:00Z",
                "2026-01-17T00:00:00Z",
                test));

    List<Line> lines = outcome.schedules().get("r-hot");
    assertThat(lines).hasSize(1);
    Decision decision = lines.get(0).schedule().decision();
    assertThat(UniversalId.format(decision.person())).isEqualTo("sf_9094c12ab68e7593");
    assertThat(scheduled(decision)).isEqualTo("2026-01-10T12:05:00Z");
    assertThat(decision.confidence()).isEqualTo(4.1e-05);
    assertThat(decision.identityConfidence()).isEqualTo(1);
    assertThat(decision.appliedWeights())
        .containsExactly(new AppliedWeight("product_view", 1.4331));
    assertThat(decision.isSuppressionActive()).isFalse();
  }

  @Test
  void aTicketDelaysOrBlocks() {
    Identifier test = email("test@example.com");
    Outcome outcome =
        outcome(
            event("zendesk_ticket_created", "2026-01-10T11:00:00Z", test, ZENDESK),
            request(
                "r-delayed",
                "2026-01-10T12:00:00Z",
                "2026-01-10T00:00:00Z",
                "2026-01-17T00:00:00Z",
                test),
            request(
                "r-blocked",
                "2026-01-10T12:00:01Z",
                "2026-01-10T12:00:01Z",
                "2026-01-11T00:00:00Z",
                ZENDESK));

    Decision delayed = only(outcome, "r-delayed");
    assertThat(scheduled(delayed)).isEqualTo("2026-01-12T11:00:00Z");
    assertThat(delayed.identityConfidence()).isEqualTo(1);
    Decision blocked = only(outcome, "r-blocked");
    assertThat(blocked.status()).isEqualTo(Status.SUPPRESSED);
    assertThat(blocked.identityConfidence()).isEqualTo(0.8);
    for (Decision decision : List.of(delayed, blocked)) {
      assertThat(UniversalId.format(decision.person())).isEqualTo("sf_9094c12ab68e7593");
      assertThat(decision.suppressionReason()).isEqualTo("zendesk_ticket_created");
      assertThat(decision.suppressedUntil()).isEqualTo(time("2026-01-12T11:00:00Z"));
      assertThat(decision.confidence()).isZero();
    }
  }

  @Test
  void aSuppressionSurvivesAMerge() {
    Outcome outcome =
        outcome(
            event("clicked", "2026-01-31T17:42:10Z", ANN),
            event("unsubscribe_request", "2026-02-01T09:00:00Z", PHONE),
            event("cart_add", "2026-02-01T10:00:00Z", BOB),
            event("site_visit", "2026-02-01T10:20:00Z", SHOP),
            event("order_placed", "2026-02-01T10:40:00Z", SHOP),
            link("2026-02-01T10:50:00Z", 1, BOB, SHOP),
            link("2026-02-01T12:00:00Z", 1, ANN, PHONE),
            request(
                "ann", "2026-02-01T10:00:00Z", "2026-02-01T16:00:00Z", "2026-02-12T00:00:00Z", ANN),
            request(
                "bob",
                "2026-02-01T11:05:00Z",
                "2026-02-01T11:05:00Z",
                "2026-02-01T15:00:00Z",
                BOB));

    List<Line> ann = outcome.schedules().get("ann");
    assertThat(ann).hasSize(2);
    Decision first = ann.get(0).schedule().decision();
    assertThat(scheduled(first)).isEqualTo("2026-02-07T17:42:00Z");
    assertThat(first.confidence()).isEqualTo(0.005348);
    Decision second = ann.get(1).schedule().decision();
    assertThat(ann.get(1).schedule().revision()).isEqualTo(1);
    assertThat(scheduled(second)).isEqualTo("2026-02-08T09:00:00Z");
    assertThat(second.decidedAt()).isEqualTo(time("2026-02-01T12:00:00Z"));
    assertThat(second.suppressionReason()).isEqualTo("unsubscribe_request");
    assertThat(second.baseCurvePeak()).isEqualTo(8262);

    Decision bob = only(outcome, "bob");
    assertThat(UniversalId.format(bob.person())).isEqualTo("sf_980b6718cd601fb3");
    assertThat(scheduled(bob)).isEqualTo("2026-02-01T11:10:00Z");
    assertThat(bob.appliedWeights()).isEmpty();
    assertThat(outcome.identityChanges())
        .containsExactlyInAnyOrder(
            change(Kind.MERGED, BOB, SHOP, "2026-02-01T10:50:00Z", SHOP),
            change(Kind.MERGED, ANN, PHONE, "2026-02-01T12:00:00Z", PHONE));
  }

  // Revisions

  @Test
  void anAbandonedCartDecidesAgainWhenItIsDueUnlessItIsAnsweredByThen() {
    Inbound click = event("clicked", "2026-01-25T12:30:00Z", ANN);
    Inbound cart = event("cart_add", "2026-02-01T10:00:00Z", ANN);
    Inbound request =
        request("r", "2026-02-01T10:30:00Z", "2026-02-01T10:00:00Z", "2026-02-01T15:00:00Z", ANN);

    List<Line> lines = outcome(click, cart, request).schedules().get("r");
    assertThat(lines).hasSize(2);
    assertThat(scheduled(lines.get(0).schedule().decision())).isEqualTo("2026-02-01T12:30:00Z");
    assertThat(scheduled(lines.get(1).schedule().decision())).isEqualTo("2026-02-01T11:05:00Z");
    assertThat(lines.get(1).schedule().decision().decidedAt())
        .isEqualTo(time("2026-02-01T11:00:00Z"));

    // By somebody who turns out to be her only then.
    Outcome answered =
        outcome(
            click,
            cart,
            request,
            event("order_placed", "2026-02-01T11:00:00Z", SHOP),
            link("2026-02-01T11:00:00Z", 1, ANN, SHOP));
    assertThat(scheduled(only(answered, "r"))).isEqualTo("2026-02-01T12:30:00Z");
  }

  @Test
  void aChangeAtTheTriggerStillCountsAndNoneAfter() {
    Inbound request =
        request("r", "2026-02-01T10:00:00Z", "2026-02-01T11:00:00Z", "2026-02-05T00:00:00Z", ANN);

    List<Line> atTrigger =
        outcome(request, event("complaint", "2026-02-01T10:55:00Z", ANN)).schedules().get("r");
    assertThat(atTrigger).hasSize(2);
    assertThat(scheduled(atTrigger.get(1).schedule().decision())).isEqualTo("2026-02-03T10:55:00Z");

    Outcome after = outcome(request, event("complaint", "2026-02-01T10:55:00.001Z", ANN));
    assertThat(scheduled(only(after, "r"))).isEqualTo("2026-02-01T11:00:00Z");
  }

  @Test
  void whatHasNoEffectDecidesNothingAgain() {
    Inbound click = event("clicked", "2026-01-11T13:00:00Z", ANN);
    Inbound visit = event("site_visit", "2026-02-01T10:59:00Z", ANN);
    Inbound request =
        request("r", "2026-02-01T11:00:00Z", "2026-02-01T11:36:00Z", "2026-02-01T15:00:00Z", ANN);

    // Whoever decides again after 11:29 finds the visit expired.
    List<Line> again =
        outcome(click, visit, request, link("2026-02-01T11:30:00Z", 1, ANN, PHONE))
            .schedules()
            .get("r");
    assertThat(again).hasSize(2);
    assertThat(scheduled(again.get(0).schedule().decision())).isEqualTo("2026-02-01T11:36:00Z");
    assertThat(scheduled(again.get(1).schedule().decision())).isEqualTo("2026-02-01T13:00:00Z");

    // Of a weak identifier only what it holds can matter, and all that is too old.
    Outcome nothing =
        outcome(
            click,
            visit,
            request,
            event("order_placed", "2026-02-01T11:30:00Z", ANN),
            event("site_visit", "2026-02-01T10:45:00Z", DEVICE),
            event("payment_failed", "2026-01-31T11:30:00Z", DEVICE),
            link("2026-02-01T11:30:00Z", 1, ANN, DEVICE));
    assertThat(nothing.schedules().get("r")).isEqualTo(again.subList(0, 1));
  }

  @Test
  void aSuppressedRequestIsOverWhenItsWindowIs() {
    Inbound spam = event("spam_report", "2026-02-01T09:00:00Z", ANN);
    Inbound request =
        request("r", "2026-02-01T10:00:00Z", "2026-02-01T10:00:00Z", "2026-02-01T12:00:00Z", ANN);

    Outcome inTime = outcome(spam, request, cancel("r", "2026-02-01T11:55:00Z"));
    assertThat(inTime.schedules().get("r"))
        .extracting(line -> line.schedule().decision().status())
        .containsExactly(Status.SUPPRESSED, Status.CANCELLED);
    Outcome tooLate = outcome(spam, request, cancel("r", "2026-02-01T11:55:00.001Z"));
    assertThat(only(tooLate, "r").status()).isEqualTo(Status.SUPPRESSED);
  }

  @Test
  void aCancelIsTheOneRevisionOfItsInstantButForTheFirst() {
    Inbound request =
        request("r", "2026-02-01T10:00:00Z", "2026-02-01T11:00:00Z", "2026-02-05T00:00:00Z", ANN);
    Outcome later =
        outcome(
            request,
            event("complaint", "2026-02-01T10:30:00Z", ANN),
            cancel("r", "2026-02-01T10:30:00Z"));
    assertThat(later.schedules().get("r"))
        .extracting(line -> line.schedule().decision().status())
        .containsExactly(Status.SCHEDULED, Status.CANCELLED);
    Line last = later.schedules().get("r").get(1);
    assertThat(last.cancelReason()).isEqualTo(Outcome.REQUESTED);
    assertThat(last.schedule().decision().isSuppressionActive()).isFalse();

    Outcome atOnce = outcome(request, cancel("r", "2026-02-01T10:00:00Z"));
    assertThat(atOnce.schedules().get("r"))
        .extracting(line -> line.schedule().revision())
        .containsExactly(0, 1);

    Outcome before = outcome(request, cancel("r", "2026-02-01T09:59:00Z"));
    assertThat(only(before, "r").status()).isEqualTo(Status.SCHEDULED);
  }

  @Test
  void theFirstRequestOfAnIdStandsUntilAWeekAfterItWasClosed() {
    Inbound first =
        request("r", "2026-02-01T10:00:00Z", "2026-02-01T11:00:00Z", "2026-02-05T00:00:00Z", ANN);
    Inbound again = late(first, "2026-02-01T12:00:00Z");
    // Closed at its trigger, 2026-02-01T10:55.
    Inbound within =
        request("r", "2026-02-08T10:55:00Z", "2026-02-09T00:00:00Z", "2026-02-10T00:00:00Z", BOB);
    Inbound after =
        request("r", "2026-02-08T10:55:01Z", "2026-02-09T00:00:00Z", "2026-02-10T00:00:00Z", BOB);

    Outcome outcome = outcome(after, within, again, first);
    assertThat(outcome.rejected()).containsExactly(((Inbound.Request) within).request());
    assertThat(outcome.schedules().get("r"))
        .extracting(line -> line.schedule().revision())
        .containsExactly(0, 0);
    assertThat(outcome.schedules().get("r").get(1).schedule().decision().person())
        .isEqualTo(key(BOB));
  }

  // Identity

  @Test
  void whatADeviceHoldsIsGivenOutByStamp() {
    Outcome outcome =
        outcome(
            link("2026-02-01T08:00:00Z", 1, ANN, DEVICE),
            link("2026-02-01T10:00:00Z", 0.4, BOB, DEVICE),
            event("complaint", "2026-02-01T09:59:00Z", DEVICE),
            event("spam_report", "2026-02-01T10:00:00Z", DEVICE),
            request(
                "ann", "2026-02-01T11:00:00Z", "2026-02-01T11:00:00Z", "2026-02-01T12:00:00Z", ANN),
            request(
                "bob",
                "2026-02-01T11:00:00Z",
                "2026-02-01T11:00:00Z",
                "2026-02-01T12:00:00Z",
                BOB));

    assertThat(only(outcome, "ann").suppressionReason()).isEqualTo("complaint");
    assertThat(only(outcome, "bob").suppressionReason()).isEqualTo("spam_report");
    assertThat(outcome.identityChanges()).isEmpty();
  }

  @Test
  void anIdentifierThatBecomesSharedIsQuarantinedAndGuardsAllItLeadsTo() {
    List<Inbound> records = new ArrayList<>();
    List<Identifier> mails = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      mails.add(email("user" + i + "@mail.example"));
    }
    mails.sort(null);
    records.add(link("2026-02-01T08:00:00Z", 1, mails.get(0), SHOP));
    records.add(link("2026-02-01T08:00:00Z", 1, mails.get(1), SHOP));
    records.add(event("complaint", "2026-02-01T08:30:00Z", SHOP));
    for (int i = 2; i < 6; i++) {
      records.add(link("2026-02-01T09:00:00Z", 0.3, mails.get(i), SHOP));
    }
    for (int i = 0; i < 6; i++) {
      records.add(
          request(
              "r" + i,
              "2026-02-01T10:00:00Z",
              "2026-02-01T10:00:00Z",
              "2026-02-01T11:00:00Z",
              mails.get(i)));
    }

    Outcome outcome = Oracle.of(CATALOGUE, MAX_PERSON_SIZE, records);
    assertThat(outcome.identityChanges())
        .containsExactlyInAnyOrder(
            change(Kind.MERGED, mails.get(0), SHOP, "2026-02-01T08:00:00Z", SHOP),
            change(Kind.MERGED, mails.get(0), mails.get(1), "2026-02-01T08:00:00Z", mails.get(1)),
            change(Kind.QUARANTINED, SHOP, mails.get(0), "2026-02-01T09:00:00Z", SHOP),
            change(Kind.SPLIT, mails.get(1), mails.get(0), "2026-02-01T09:00:00Z", mails.get(1)));
    for (int i = 0; i < 6; i++) {
      assertThat(only(outcome, "r" + i).suppressionReason()).isEqualTo("complaint");
    }
  }

  @Test
  void aLinkThatMakesAPersonTooLargeIsQuarantinedUntilThereIsRoom() {
    Outcome outcome =
        outcome(
            link("2026-02-01T08:00:00Z", 1, ANN, PHONE),
            link("2026-02-01T09:00:00Z", 1, PHONE, SHOP),
            link("2026-02-01T10:00:00Z", 1, SHOP, ZENDESK),
            link("2026-02-01T10:30:00Z", 1, SHOP, ZENDESK),
            unlink("2026-02-01T11:00:00Z", ANN, PHONE));

    assertThat(outcome.identityChanges())
        .containsExactlyInAnyOrder(
            change(Kind.MERGED, ANN, PHONE, "2026-02-01T08:00:00Z", PHONE),
            change(Kind.MERGED, ANN, SHOP, "2026-02-01T09:00:00Z", SHOP),
            change(Kind.QUARANTINED, ANN, ZENDESK, "2026-02-01T10:00:00Z", SHOP, ZENDESK),
            change(Kind.SPLIT, PHONE, ANN, "2026-02-01T11:00:00Z", PHONE, SHOP),
            change(Kind.MERGED, PHONE, ZENDESK, "2026-02-01T11:00:00Z", ZENDESK));
    assertThat(outcome.persons())
        .isEqualTo(Map.of(ANN, key(ANN), PHONE, key(PHONE), SHOP, key(PHONE), ZENDESK, key(PHONE)));
  }

  @Test
  void aQuestionIsAnsweredAsOfItsTimestamp() {
    Outcome outcome =
        outcome(
            link("2026-02-01T08:00:00Z", 0.9, ANN, SHOP),
            link("2026-02-01T09:00:00Z", 0.8, SHOP, ZENDESK),
            question("early", "2026-02-01T08:30:00Z", key(ZENDESK)),
            question("late", "2026-02-01T09:00:00Z", key(ZENDESK), ZENDESK),
            question("by id", "2026-02-01T09:00:00Z", key(ZENDESK)),
            unlink("2026-02-01T09:00:00.001Z", ANN, SHOP));

    assertThat(outcome.answers()).hasSize(3);
    for (Answer answer : outcome.answers()) {
      switch (answer.requestId()) {
        case "early" -> {
          assertThat(answer.person()).isEqualTo(key(ZENDESK));
          assertThat(answer.members()).isEmpty();
          assertThat(answer.confidence()).isEqualTo(1);
        }
        case "late" -> {
          assertThat(answer.person()).isEqualTo(key(ANN));
          assertThat(answer.members()).containsExactly(ANN, SHOP, ZENDESK);
          assertThat(answer.confidence()).isCloseTo(0.8 * 0.8 * 0.9, within(1e-12));
        }
        default -> {
          assertThat(answer.person()).isEqualTo(key(ANN));
          assertThat(answer.confidence()).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void identityConfidenceIsReadAgainOnlyWhenThePersonIsAnother() {
    Inbound request =
        request("r", "2026-02-01T10:00:00Z", "2026-02-02T00:00:00Z", "2026-02-05T00:00:00Z", SHOP);
    List<Line> lines =
        outcome(
                request,
                link("2026-02-01T09:00:00Z", 0.8, PHONE, SHOP),
                // A better path between the same identifiers.
                link("2026-02-01T11:00:00Z", 1, PHONE, SHOP),
                event("complaint", "2026-02-01T12:00:00Z", SHOP),
                link("2026-02-01T13:00:00Z", 1, ANN, PHONE))
            .schedules()
            .get("r");

    assertThat(lines)
        .extracting(line -> line.schedule().decision().identityConfidence())
        .containsExactly(0.9 * 0.8, 0.9 * 0.8, 0.9);
  }

  // Erasure

  @Test
  void whoIsForgottenLeavesNothingButPermanentSuppressions() {
    Inbound pending =
        request(
            "pending",
            "2026-02-01T10:00:00Z",
            "2026-02-03T00:00:00Z",
            "2026-02-12T00:00:00Z",
            PHONE);
    Outcome outcome =
        outcome(
            link("2026-02-01T08:00:00Z", 1, ANN, PHONE),
            event("unsubscribed", "2026-02-01T09:00:00Z", PHONE),
            pending,
            erase("2026-02-01T11:00:00Z", ANN),
            // Read again.
            late(event("complaint", "2026-02-01T10:00:00Z", ANN), "2026-02-01T12:00:00Z"),
            on(
                "sms",
                request(
                    "sms",
                    "2026-02-01T13:00:00Z",
                    "2026-02-01T13:00:00Z",
                    "2026-02-02T00:00:00Z",
                    PHONE)),
            request(
                "mail",
                "2026-02-01T13:00:00Z",
                "2026-02-01T13:00:00Z",
                "2026-02-12T00:00:00Z",
                ANN),
            event("resubscribed", "2026-02-01T14:00:00Z", ANN));

    List<Line> closed = outcome.schedules().get("pending");
    assertThat(closed).hasSize(2);
    assertThat(closed.get(1).cancelReason()).isEqualTo(Outcome.ERASED);
    assertThat(closed.get(1).schedule().decision().decidedAt())
        .isEqualTo(time("2026-02-01T11:00:00Z"));
    assertThat(closed.get(1).schedule().decision().person()).isEqualTo(key(ANN));

    Decision sms = only(outcome, "sms");
    assertThat(sms.person()).isEqualTo(key(PHONE));
    assertThat(sms.isSuppressionActive()).isFalse();

    List<Line> mail = outcome.schedules().get("mail");
    assertThat(mail.get(0).schedule().decision().status()).isEqualTo(Status.SUPPRESSED);
    assertThat(mail.get(0).schedule().decision().suppressionReason()).isEqualTo("unsubscribed");
    assertThat(scheduled(mail.get(1).schedule().decision())).isEqualTo("2026-02-01T14:05:00Z");

    assertThat(outcome.identityChanges())
        .containsExactly(change(Kind.MERGED, ANN, PHONE, "2026-02-01T08:00:00Z", PHONE));
  }

  @Test
  void aDeviceIsForgottenOnlyWithAllItLeadsTo() {
    Identifier cookie = identifier("cookie_id", "c");
    Identifier elsewhere = identifier("cookie_id", "e");
    Inbound[] records = {
      link("2026-02-01T08:00:00Z", 1, ANN, DEVICE),
      link("2026-02-01T08:00:00Z", 1, ANN, elsewhere),
      link("2026-02-01T08:00:00Z", 1, BOB, elsewhere),
      link("2026-02-01T08:00:00Z", 1, ANN, cookie),
      link("2026-02-01T08:00:00Z", 1, DEVICE, cookie),
      event("spam_report", "2026-02-01T09:00:00Z", elsewhere),
      event("complaint", "2026-02-01T09:00:00Z", cookie),
      erase("2026-02-01T11:00:00Z", ANN),
      asked("ann", "2026-02-01T12:00:00Z", ANN),
      asked("bob", "2026-02-01T12:00:00Z", BOB),
      asked("cookie", "2026-02-01T12:00:00Z", cookie),
    };

    Outcome outcome = outcome(records);
    // The spam report counted for her, though it is held by what stays.
    assertThat(only(outcome, "ann").suppressionReason()).isEqualTo("spam_report");
    assertThat(only(outcome, "bob").suppressionReason()).isEqualTo("spam_report");
    // The cookie and the device lead to nobody but her and each other: they go, and carry on.
    assertThat(only(outcome, "cookie").suppressionReason()).isEqualTo("spam_report");
  }

  @Test
  void peopleForgottenAtOneInstantCarryOnWhatTheirsIs() {
    Outcome outcome =
        outcome(
            event("unsubscribed", "2026-02-01T08:00:00Z", ANN),
            event("resubscribed", "2026-02-01T09:00:00Z", BOB),
            link("2026-02-01T10:00:00Z", 1, ANN, PHONE),
            erase("2026-02-01T11:00:00Z", PHONE),
            erase("2026-02-01T11:00:00Z", BOB),
            asked("ann", "2026-02-01T12:00:00Z", ANN),
            asked("phone", "2026-02-01T12:00:00Z", PHONE),
            asked("bob", "2026-02-01T12:00:00Z", BOB));

    // Neither does his new subscription end her withdrawal, nor is he held back by it.
    assertThat(only(outcome, "ann").suppressionReason()).isEqualTo("unsubscribed");
    assertThat(only(outcome, "phone").suppressionReason()).isEqualTo("unsubscribed");
    assertThat(only(outcome, "bob").suppressionReason()).isNull();
  }

  @Test
  void forgettingAgainDoesNothingToWhatCameSince() {
    Inbound visit = event("complaint", "2026-02-01T12:00:00Z", ANN);
    Inbound request = asked("r", "2026-02-01T13:00:00Z", ANN);

    Outcome repeated =
        outcome(
            erase("2026-02-01T11:00:00Z", ANN),
            visit,
            late(erase("2026-02-01T11:00:00Z", ANN), "2026-02-01T12:30:00Z"),
            request);
    assertThat(only(repeated, "r").suppressionReason()).isEqualTo("complaint");

    Outcome anew =
        outcome(
            erase("2026-02-01T11:00:00Z", ANN), visit, erase("2026-02-01T12:30:00Z", ANN), request);
    assertThat(only(anew, "r").suppressionReason()).isNull();
  }

  // The language of the examples

  private static Outcome outcome(Inbound... records) {
    return Oracle.of(CATALOGUE, MAX_PERSON_SIZE, Arrays.asList(records));
  }

  private static Identifier identifier(String type, String value) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), value);
  }

  private static Identifier email(String address) {
    return identifier("email_hash", HexFormat.of().formatHex(UniversalId.sha256(address)));
  }

  private static long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(CATALOGUE));
  }

  // Section 7

  @Test
  void theMedianOfTheLastHoursDeliveriesIsTheLatencyOfTheirProvider() {
    Inbound[] records = new Inbound[42];
    for (int i = 0; i < 20; i++) {
      // 100 s, 101 s, ... 119 s
      records[2 * i] = message("sent", i, time("2026-01-10T11:00:00Z") - 100_000 - 1000L * i);
      records[2 * i + 1] = message("delivered", i, time("2026-01-10T11:00:00Z"));
    }
    records[40] =
        on(
            null,
            "esp",
            request(
                "r", "2026-01-10T12:00:00Z", "2026-01-10T12:00:00Z", "2026-01-11T00:00:00Z", ANN));
    records[41] =
        on(
            null,
            "esp",
            request(
                "late",
                "2026-01-10T12:01:00Z",
                "2026-01-10T12:01:00Z",
                "2026-01-11T00:00:00Z",
                ANN));
    Outcome outcome = outcome(records);

    assertThat(only(outcome, "r").latency()).isEqualTo(new Latency(109_500, 20));
    assertThat(scheduled(only(outcome, "r"))).isEqualTo("2026-01-10T12:02:00Z");
    assertThat(only(outcome, "late").latency().isMeasured()).isFalse();
  }

  private static Inbound message(String type, int number, long time) {
    return new Inbound.Event(
        new Observation("esp", type + number, type, time, time),
        List.of(DEVICE),
        new DeliveryMetadata("m" + number, DeliveryMetadata.NO_LATENCY),
        time);
  }

  private static long time(String text) {
    return Instant.parse(text).toEpochMilli();
  }

  private static Inbound event(String type, String at, Identifier... about) {
    List<Identifier> identifiers = Arrays.stream(about).sorted().toList();
    return new Inbound.Event(
        new Observation("source", type + at + identifiers, type, time(at), time(at)),
        identifiers,
        time(at));
  }

  private static Inbound link(String at, double weight, Identifier a, Identifier b) {
    return new Inbound.Link(new LinkChange(false, a, b, weight, "crm", time(at)), time(at));
  }

  private static Inbound unlink(String at, Identifier a, Identifier b) {
    return new Inbound.Link(new LinkChange(true, a, b, 1, "crm", time(at)), time(at));
  }

  /** A request for the hour from then on. */
  private static Inbound asked(String id, String at, Identifier identifier) {
    String hourLater = Instant.parse(at).plus(Duration.ofHours(1)).toString();
    return request(id, at, at, hourLater, identifier);
  }

  private static Inbound request(
      String id, String at, String sendAfter, String sendBefore, Identifier identifier) {
    return new Inbound.Request(
        new SendRequest(
            id,
            time(at),
            time(at),
            List.of(identifier),
            key(identifier),
            time(sendAfter),
            time(sendBefore),
            Duration.ofMinutes(5).toMillis(),
            null,
            null,
            null,
            null,
            null,
            null),
        origin(),
        time(at));
  }

  private static Inbound on(String channel, Inbound record) {
    return on(channel, null, record);
  }

  private static Inbound on(String channel, String provider, Inbound record) {
    SendRequest r = ((Inbound.Request) record).request();
    return new Inbound.Request(
        new SendRequest(
            r.requestId(),
            r.time(),
            r.reportedTime(),
            r.identifiers(),
            r.personKey(),
            r.sendAfter(),
            r.sendBefore(),
            r.latencyMillis(),
            channel,
            provider,
            null,
            null,
            null,
            null),
        origin(),
        r.time());
  }

  private static Inbound cancel(String id, String at) {
    return new Inbound.Cancel(id, time(at), time(at));
  }

  private static Inbound question(String id, String at, long key, Identifier... presented) {
    return new Inbound.Resolve(
        new ResolveRequest(id, time(at), time(at), List.of(presented), key), time(at));
  }

  private static Inbound erase(String at, Identifier identifier) {
    return new Inbound.Erase(
        new Erasure(List.of(identifier), time(at), time(at)), origin(), time(at));
  }

  /** The record as it is used when it comes late. */
  private static Inbound late(Inbound record, String at) {
    if (record instanceof Inbound.Event event) {
      Observation o = event.observation();
      return new Inbound.Event(
          new Observation(o.source(), o.eventId(), o.type(), time(at), o.reportedTime()),
          event.identifiers(),
          event.clock());
    } else if (record instanceof Inbound.Request asked) {
      return new Inbound.Request(asked.request().stamped(time(at)), asked.origin(), asked.clock());
    } else if (record instanceof Inbound.Erase erase) {
      return new Inbound.Erase(erase.erasure().stamped(time(at)), erase.origin(), erase.clock());
    }
    throw new IllegalArgumentException(record.toString());
  }

  private static Origin origin() {
    return new Origin("topic", 0, 0, new byte[0], Origin.UNKNOWN_TIME);
  }

  private static IdentityChange change(
      Kind kind, Identifier person, Identifier previous, String at, Identifier... moved) {
    return new IdentityChange(kind, key(person), key(previous), List.of(moved), null, time(at));
  }

  private static Decision only(Outcome outcome, String requestId) {
    List<Line> lines = outcome.schedules().get(requestId);
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0).cancelReason()).isNull();
    return lines.get(0).schedule().decision();
  }

  private static String scheduled(Decision decision) {
    assertThat(decision.status()).isEqualTo(Status.SCHEDULED);
    return Instant.ofEpochMilli(decision.target()).toString();
  }
}
