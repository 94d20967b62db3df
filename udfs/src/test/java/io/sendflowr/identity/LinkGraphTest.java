package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.identity.LinkGraph.LiveLink;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Stories of section 4 of the contract; {@link LinkGraphPropertiesTest} knows all the others. */
class LinkGraphTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final int MAX_PERSON_SIZE = 500;
  private static final Identifier EMAIL = id("email_hash", "e");
  private static final Identifier KLAVIYO = id("klaviyo_id", "k");
  private static final Identifier STRIPE = id("stripe_customer_id", "s");
  private static final Identifier DEVICE = id("device_id", "d");

  private LinkGraph graph = new LinkGraph(CATALOGUE, MAX_PERSON_SIZE);

  @Test
  void anIdentifierWithoutLinksIsAPersonOfItsOwn() {
    long key = key(EMAIL);

    assertThat(graph.ownerOf(key, 0)).isEqualTo(key);
    assertThat(graph.doubtfulOwnersOf(key, 0)).containsExactly(key);
    assertThat(graph.membersOf(key, 0, EMAIL)).containsExactly(EMAIL);
    assertThat(graph.link(EMAIL, KLAVIYO)).isNull();
    assertThat(graph.size()).isZero();
  }

  @Test
  void aPersonKnownByEmailKeepsTheirIdWhenOthersJoin() {
    link(10, KLAVIYO, STRIPE, 1.0);
    assertThat(owner(STRIPE)).isEqualTo(key(KLAVIYO));

    link(20, EMAIL, KLAVIYO, 1.0);

    assertThat(List.of(owner(EMAIL), owner(KLAVIYO), owner(STRIPE))).containsOnly(key(EMAIL));
    assertThat(graph.membersOf(key(STRIPE), 20, null)).containsExactly(EMAIL, KLAVIYO, STRIPE);
  }

  @Test
  void ofOneTypeTheIdentifierLinkedFirstIsTheAnchor() {
    Identifier older = id("email_hash", "z");
    Identifier newer = id("email_hash", "a");
    link(10, older, DEVICE, 0.1);
    link(20, older, newer, 1.0);

    assertThat(owner(newer)).isEqualTo(key(older));
  }

  @Test
  void aLinkBelowTheBridgingWeightJoinsNobody() {
    link(10, EMAIL, KLAVIYO, 0.79999);
    assertThat(owner(KLAVIYO)).isEqualTo(key(KLAVIYO));

    link(20, EMAIL, KLAVIYO, 0.80);
    assertThat(owner(KLAVIYO)).isEqualTo(key(EMAIL));
  }

  @Test
  void ofSeveralLinksOfOnePairTheHighestWeightCounts() {
    link(10, EMAIL, KLAVIYO, 0.9);
    link(20, KLAVIYO, EMAIL, 0.3);

    assertThat(owner(KLAVIYO)).isEqualTo(key(EMAIL));
    assertThat(graph.link(EMAIL, KLAVIYO).weight()).isEqualTo(0.9);
    assertThat(graph.link(KLAVIYO, EMAIL)).isEqualTo(graph.link(EMAIL, KLAVIYO));
    assertThat(graph.size()).isEqualTo(2);
  }

  @Test
  void anUnlinkTakesBackWhatWasSaidUpToItsOwnInstant() {
    LinkChange said = change(false, EMAIL, KLAVIYO, 1.0, 10);
    LinkChange takenBack = change(true, KLAVIYO, EMAIL, 1.0, 10);
    graph.apply(List.of(takenBack, said));
    assertThat(owner(KLAVIYO)).isEqualTo(key(KLAVIYO));

    link(11, EMAIL, KLAVIYO, 1.0);
    assertThat(owner(KLAVIYO)).isEqualTo(key(EMAIL));

    graph.apply(List.of(change(true, EMAIL, KLAVIYO, 1.0, 12)));
    assertThat(owner(KLAVIYO)).isEqualTo(key(KLAVIYO));
    assertThat(graph.size()).isZero();
  }

  @Test
  void aDevicesHistoryIsCutWhereItChangesHands() {
    Identifier buyer = id("email_hash", "buyer");
    link(100, EMAIL, DEVICE, 1.0);
    link(200, buyer, DEVICE, 0.1);

    assertThat(owner(DEVICE, 50)).as("before any link: the earliest").isEqualTo(key(EMAIL));
    assertThat(owner(DEVICE, 100)).isEqualTo(key(EMAIL));
    assertThat(owner(DEVICE, 199)).isEqualTo(key(EMAIL));
    assertThat(owner(DEVICE, 200)).isEqualTo(key(buyer));
    assertThat(owner(EMAIL)).isEqualTo(key(EMAIL));

    graph.apply(List.of(change(true, buyer, DEVICE, 1.0, 300)));
    assertThat(owner(DEVICE, 250)).as("what the unlink took back").isEqualTo(key(EMAIL));
  }

  @Test
  void aDeviceOfTwoAtOnceIsTheSmallers() {
    Identifier other = id("klaviyo_id", "a");
    graph.apply(
        List.of(
            change(false, DEVICE, other, 1.0, 10),
            change(false, DEVICE, EMAIL, 1.0, 10),
            change(false, DEVICE, STRIPE, 1.0, 10)));

    assertThat(owner(DEVICE, 10)).isEqualTo(key(EMAIL));
    assertThat(owner(DEVICE, 9)).isEqualTo(key(EMAIL));
  }

  /** Links are a set: what is seen on every page must cost nothing to those who hold the graph. */
  @Test
  void theSameLinksAgainAndAgainDoNotMakeTheGraphGrow() {
    List<Identifier> visitor = List.of(EMAIL, KLAVIYO, DEVICE, id("cookie_id", "c"));
    for (long time = 1; time <= 1000; time++) {
      List<LinkChange> page = new ArrayList<>();
      for (Identifier a : visitor) {
        for (Identifier b : visitor) {
          if (a.compareTo(b) < 0) {
            page.add(change(false, a, b, 1.0, time));
          }
        }
      }
      graph.apply(page);
      LinkGraph restored = new LinkGraph(CATALOGUE, MAX_PERSON_SIZE);
      List<LiveLink> links = new ArrayList<>();
      graph.forEachLink(links::add);
      restored.restore(links);
      graph = restored;
    }

    graph.forEachLink(link -> assertThat(link.stamps()).as(link.toString()).hasSize(1));
    assertThat(graph.size()).isEqualTo(4);
    assertThat(owner(DEVICE, 500)).isEqualTo(key(EMAIL));
  }

  /** Though of the two links seen together again only one is seen together with a new one. */
  @Test
  void linksSeenTogetherStayLevel() {
    List<Identifier> emails =
        IntStream.range(0, 7).mapToObj(i -> id("email_hash", "e" + i)).toList();
    for (int i = 0; i < 7; i++) {
      link(i, STRIPE, emails.get(i), 0.5);
    }
    Identifier smaller = emails.get(0);
    Identifier larger = emails.get(1);
    graph.apply(
        List.of(change(false, STRIPE, smaller, 0.5, 10), change(false, STRIPE, larger, 0.5, 10)));
    graph.apply(
        List.of(
            change(false, STRIPE, smaller, 0.5, 20),
            change(false, STRIPE, larger, 0.5, 20),
            change(false, larger, KLAVIYO, 0.5, 20)));

    assertThat(owner(STRIPE, 20)).isEqualTo(key(smaller));
  }

  @Test
  void whatLeadsOnlyToWeakIdentifiersStaysAlone() {
    Identifier cookie = id("cookie_id", "c");
    link(10, DEVICE, cookie, 1.0);

    assertThat(owner(DEVICE)).isEqualTo(key(DEVICE));
    assertThat(owner(cookie)).isEqualTo(key(cookie));
  }

  @Test
  void aSupportInboxSharedBy21RecordsOf19PeopleMergesNobody() {
    Identifier inbox = id("email_hash", "support");
    List<Identifier> phones =
        IntStream.range(0, 19).mapToObj(i -> id("phone_number", "+1415555" + (2000 + i))).toList();
    List<Identifier> records = new ArrayList<>(phones);
    records.add(phones.get(3));
    records.add(phones.get(11));
    for (int i = 0; i < records.size(); i++) {
      link(10 + i, inbox, records.get(i), 1.0);
    }
    long now = 100;

    for (Identifier phone : phones) {
      assertThat(graph.ownerOf(key(phone), now)).isEqualTo(key(phone));
      assertThat(graph.membersOf(key(phone), now, phone)).containsExactly(phone);
    }
    assertThat(graph.doubtfulOwnersOf(key(inbox), now))
        .containsExactly(phones.stream().mapToLong(LinkGraphTest::key).sorted().toArray());
    assertThat(graph.ownerOf(key(inbox), now)).isEqualTo(key(phones.get(11)));
    assertThat(graph.ownerOf(key(inbox), 12)).isEqualTo(key(phones.get(2)));
  }

  @Test
  void anIdentifierIsSharedOnceItHasMoreThanFiveOfOneDeterministicType() {
    List<Identifier> emails =
        IntStream.range(0, 6).mapToObj(i -> id("email_hash", "e" + i)).toList();
    for (int i = 0; i < 5; i++) {
      link(10 + i, STRIPE, emails.get(i), 1.0);
    }
    link(20, STRIPE, id("phone_number", "+14155552671"), 1.0);
    assertThat(emails.subList(0, 5)).allMatch(e -> owner(e) == key(emails.get(0)));

    // Even a link that bridges nothing shows that a sixth person uses it.
    link(30, STRIPE, emails.get(5), 0.01);
    assertThat(emails).allMatch(e -> owner(e) == key(e));

    graph.apply(List.of(change(true, STRIPE, emails.get(2), 1.0, 40)));
    assertThat(owner(emails.get(4))).isEqualTo(key(emails.get(0)));
    assertThat(owner(emails.get(2))).isEqualTo(key(emails.get(2)));
  }

  @Test
  void aLinkThatWouldMakeAPersonTooLargeBridgesNothing() {
    LinkGraph small = new LinkGraph(CATALOGUE, 2);
    small.apply(List.of(change(false, KLAVIYO, STRIPE, 1.0, 10)));
    small.apply(List.of(change(false, EMAIL, KLAVIYO, 1.0, 20)));
    assertThat(small.ownerOf(key(STRIPE), 20)).isEqualTo(key(KLAVIYO));
    assertThat(small.ownerOf(key(EMAIL), 20)).isEqualTo(key(EMAIL));

    small.apply(List.of(change(true, KLAVIYO, STRIPE, 1.0, 30)));
    assertThat(small.ownerOf(key(KLAVIYO), 30)).as("room again").isEqualTo(key(EMAIL));
  }

  @Test
  void noValueMakesTwoPeopleLookLikeTheOther() {
    Identifier odd = id("klaviyo_id", "k stripe_customer_id:s");
    link(10, EMAIL, odd, 1.0);
    long before = graph.membersFingerprint(key(EMAIL), 10);
    graph.apply(List.of(change(true, EMAIL, odd, 1.0, 20)));
    graph.apply(
        List.of(change(false, EMAIL, KLAVIYO, 1.0, 30), change(false, EMAIL, STRIPE, 1.0, 30)));

    assertThat(graph.membersFingerprint(key(EMAIL), 30)).isNotEqualTo(before);
  }

  @Test
  void confidenceOfTheContractsExamples() {
    link(10, KLAVIYO, STRIPE, 1.0);
    long person = key(KLAVIYO);
    assertThat(graph.confidence(List.of(KLAVIYO, STRIPE), person, 10)).isEqualTo(1.0);
    assertThat(graph.confidence(List.of(KLAVIYO), person, 10)).isEqualTo(0.95);
    assertThat(graph.confidence(List.of(STRIPE), person, 10)).isEqualTo(0.85);
    assertThat(graph.confidence(List.of(EMAIL), person, 10)).isZero();

    link(20, EMAIL, KLAVIYO, 0.9);
    link(30, EMAIL, STRIPE, 0.5);
    link(40, DEVICE, STRIPE, 0.5);
    person = key(EMAIL);
    assertThat(graph.confidence(List.of(EMAIL), person, 40)).isEqualTo(1.0);
    assertThat(graph.confidence(List.of(STRIPE), person, 40))
        .as("the way round is better than the direct link")
        .isCloseTo(0.85 * 0.9, within(1e-12));
    assertThat(graph.confidence(List.of(DEVICE), person, 40))
        .isCloseTo(0.7 * 0.5 * 0.9, within(1e-12));
    assertThat(graph.confidence(List.of(DEVICE, DEVICE, KLAVIYO, KLAVIYO), person, 40))
        .as("one identifier presented twice is one")
        .isCloseTo(0.95 * 0.9, within(1e-12));
  }

  @Test
  void confidenceIsReadFromWhatLeadsToThePersonOnly() {
    link(10, EMAIL, DEVICE, 1.0);
    link(20, KLAVIYO, DEVICE, 0.4);

    assertThat(graph.confidence(List.of(DEVICE, EMAIL), key(KLAVIYO), 20))
        .isEqualTo(0.7, within(1e-12));
    assertThat(graph.confidence(List.of(DEVICE), key(EMAIL), 20)).isZero();
    assertThat(graph.confidence(List.of(DEVICE), key(EMAIL), 19)).isEqualTo(0.7, within(1e-12));
  }

  private void link(long time, Identifier a, Identifier b, double weight) {
    graph.apply(List.of(change(false, a, b, weight, time)));
  }

  private static LinkChange change(
      boolean unlink, Identifier a, Identifier b, double weight, long time) {
    return new LinkChange(unlink, a, b, weight, "test", time);
  }

  private long owner(Identifier identifier) {
    return owner(identifier, Long.MAX_VALUE);
  }

  private long owner(Identifier identifier, long stamp) {
    return graph.ownerOf(key(identifier), stamp);
  }

  private static Identifier id(String type, String value) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), value);
  }

  private static long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(CATALOGUE));
  }
}
