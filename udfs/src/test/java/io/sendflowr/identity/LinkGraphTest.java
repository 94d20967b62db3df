package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.identity.LinkGraph.Applied;
import io.sendflowr.identity.store.Chunk;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Stories of section 4 of the contract; {@link LinkGraphPropertiesTest} knows all the others. */
class LinkGraphTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final int MAX_PERSON_SIZE = 500;
  private static final Identifier EMAIL = id("email_hash", "e");
  private static final Identifier KLAVIYO = id("klaviyo_id", "k");
  private static final Identifier STRIPE = id("stripe_customer_id", "s");
  private static final Identifier DEVICE = id("device_id", "d");

  private final IdentityDriver driver = new IdentityDriver(CATALOGUE, MAX_PERSON_SIZE);
  private final LinkGraph graph = driver.graph();

  @Test
  void anIdentifierWithoutLinksIsAPersonOfItsOwn() throws Exception {
    long key = key(EMAIL);

    assertThat(driver.ownerOf(key, 0)).isEqualTo(key);
    assertThat(driver.doubtfulOwnersOf(key, 0)).containsExactly(key);
    assertThat(driver.membersOf(EMAIL, 0)).containsExactly(EMAIL);
    assertThat(graph.link(key(EMAIL), key(KLAVIYO))).isNull();
    assertThat(graph.size()).isZero();
  }

  @Test
  void aPersonKnownByEmailKeepsTheirIdWhenOthersJoin() throws Exception {
    link(10, KLAVIYO, STRIPE, 1.0);
    assertThat(owner(STRIPE)).isEqualTo(key(KLAVIYO));

    link(20, EMAIL, KLAVIYO, 1.0);

    assertThat(List.of(owner(EMAIL), owner(KLAVIYO), owner(STRIPE))).containsOnly(key(EMAIL));
    assertThat(driver.membersOf(STRIPE, 20)).containsExactly(EMAIL, KLAVIYO, STRIPE);
  }

  @Test
  void ofOneTypeTheIdentifierLinkedFirstIsTheAnchor() throws Exception {
    Identifier older = id("email_hash", "z");
    Identifier newer = id("email_hash", "a");
    link(10, older, DEVICE, 0.1);
    link(20, older, newer, 1.0);

    assertThat(owner(newer)).isEqualTo(key(older));
  }

  @Test
  void aLinkBelowTheBridgingWeightJoinsNobody() throws Exception {
    link(10, EMAIL, KLAVIYO, 0.79999);
    assertThat(owner(KLAVIYO)).isEqualTo(key(KLAVIYO));

    link(20, EMAIL, KLAVIYO, 0.80);
    assertThat(owner(KLAVIYO)).isEqualTo(key(EMAIL));
  }

  @Test
  void ofSeveralLinksOfOnePairTheHighestWeightCounts() throws Exception {
    link(10, EMAIL, KLAVIYO, 0.9);
    link(20, KLAVIYO, EMAIL, 0.3);

    assertThat(owner(KLAVIYO)).isEqualTo(key(EMAIL));
    assertThat(graph.link(key(EMAIL), key(KLAVIYO)).weight()).isEqualTo(0.9);
    assertThat(graph.link(key(KLAVIYO), key(EMAIL)))
        .isEqualTo(graph.link(key(EMAIL), key(KLAVIYO)));
    assertThat(graph.size()).isEqualTo(2);
  }

  @Test
  void anUnlinkTakesBackWhatWasSaidUpToItsOwnInstant() throws Exception {
    LinkChange said = change(false, EMAIL, KLAVIYO, 1.0, 10);
    LinkChange takenBack = change(true, KLAVIYO, EMAIL, 1.0, 10);
    driver.say(List.of(takenBack, said));
    assertThat(owner(KLAVIYO)).isEqualTo(key(KLAVIYO));

    link(11, EMAIL, KLAVIYO, 1.0);
    assertThat(owner(KLAVIYO)).isEqualTo(key(EMAIL));

    driver.say(List.of(change(true, EMAIL, KLAVIYO, 1.0, 12)));
    assertThat(owner(KLAVIYO)).isEqualTo(key(KLAVIYO));
    assertThat(graph.size()).isZero();
  }

  @Test
  void aDevicesHistoryIsCutWhereItChangesHands() throws Exception {
    Identifier buyer = id("email_hash", "buyer");
    link(100, EMAIL, DEVICE, 1.0);
    link(200, buyer, DEVICE, 0.1);

    assertThat(owner(DEVICE, 50)).as("before any link: the earliest").isEqualTo(key(EMAIL));
    assertThat(owner(DEVICE, 100)).isEqualTo(key(EMAIL));
    assertThat(owner(DEVICE, 199)).isEqualTo(key(EMAIL));
    assertThat(owner(DEVICE, 200)).isEqualTo(key(buyer));
    assertThat(owner(EMAIL)).isEqualTo(key(EMAIL));

    driver.say(List.of(change(true, buyer, DEVICE, 1.0, 300)));
    assertThat(owner(DEVICE, 250)).as("what the unlink took back").isEqualTo(key(EMAIL));
  }

  @Test
  void aDeviceOfTwoAtOnceIsTheSmallers() throws Exception {
    Identifier other = id("klaviyo_id", "a");
    driver.say(
        List.of(
            change(false, DEVICE, other, 1.0, 10),
            change(false, DEVICE, EMAIL, 1.0, 10),
            change(false, DEVICE, STRIPE, 1.0, 10)));

    assertThat(owner(DEVICE, 10)).isEqualTo(key(EMAIL));
    assertThat(owner(DEVICE, 9)).isEqualTo(key(EMAIL));
  }

  /** Links are a set: what is seen on every page must cost nothing to those who hold the graph. */
  @Test
  void theSameLinksAgainAndAgainDoNotMakeTheGraphGrow() throws Exception {
    List<Identifier> visitor = List.of(EMAIL, KLAVIYO, DEVICE, id("cookie_id", "c"));
    driver.say(pairwise(visitor, 0));
    List<Chunk> before = chunks(graph);
    long bytes = graph.bytes();
    for (long time = 1; time <= 1000; time++) {
      assertThat(driver.say(pairwise(visitor, time)))
          .isEqualTo(new Applied(List.of(), List.of(), List.of(), List.of()));
      driver.foldAll();
    }

    assertThat(chunks(graph)).isEqualTo(before);
    assertThat(graph.bytes()).isEqualTo(bytes);
    assertThat(driver.remembered(DEVICE)).as("one stamp of each other").isEqualTo(2);
    assertThat(graph.size()).isEqualTo(4);
    assertThat(graph.links()).isEqualTo(6);
    assertThat(owner(DEVICE, 500)).isEqualTo(key(EMAIL));
  }

  /** Though of the two links seen together again only one is seen together with a new one. */
  @Test
  void linksSeenTogetherStayLevel() throws Exception {
    List<Identifier> emails =
        IntStream.range(0, 7).mapToObj(i -> id("email_hash", "e" + i)).toList();
    for (int i = 0; i < 7; i++) {
      link(i, STRIPE, emails.get(i), 0.5);
    }
    Identifier smaller = emails.get(0);
    Identifier larger = emails.get(1);
    driver.say(
        List.of(change(false, STRIPE, smaller, 0.5, 10), change(false, STRIPE, larger, 0.5, 10)));
    driver.say(
        List.of(
            change(false, STRIPE, smaller, 0.5, 20),
            change(false, STRIPE, larger, 0.5, 20),
            change(false, larger, KLAVIYO, 0.5, 20)));

    assertThat(owner(STRIPE, 20)).isEqualTo(key(smaller));
  }

  @Test
  void whatLeadsOnlyToWeakIdentifiersStaysAlone() throws Exception {
    Identifier cookie = id("cookie_id", "c");
    link(10, DEVICE, cookie, 1.0);

    assertThat(owner(DEVICE)).isEqualTo(key(DEVICE));
    assertThat(owner(cookie)).isEqualTo(key(cookie));
  }

  @Test
  void aSupportInboxSharedBy21RecordsOf19PeopleMergesNobody() throws Exception {
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
      assertThat(driver.ownerOf(key(phone), now)).isEqualTo(key(phone));
      assertThat(driver.membersOf(phone, now)).containsExactly(phone);
    }
    assertThat(driver.doubtfulOwnersOf(key(inbox), now))
        .containsExactly(phones.stream().mapToLong(LinkGraphTest::key).sorted().toArray());
    assertThat(driver.ownerOf(key(inbox), now)).isEqualTo(key(phones.get(11)));
    assertThat(driver.ownerOf(key(inbox), 12)).isEqualTo(key(phones.get(2)));
  }

  @Test
  void anIdentifierIsSharedOnceItHasMoreThanFiveOfOneDeterministicType() throws Exception {
    List<Identifier> emails =
        IntStream.range(0, 6).mapToObj(i -> id("email_hash", "e" + i)).toList();
    for (int i = 0; i < 5; i++) {
      link(10 + i, STRIPE, emails.get(i), 1.0);
    }
    link(20, STRIPE, id("phone_number", "+14155552671"), 1.0);
    assertThat(owners(emails.subList(0, 5))).containsOnly(key(emails.get(0)));

    // Even a link that bridges nothing shows that a sixth person uses it.
    link(30, STRIPE, emails.get(5), 0.01);
    assertThat(owners(emails)).isEqualTo(emails.stream().map(LinkGraphTest::key).toList());

    driver.say(List.of(change(true, STRIPE, emails.get(2), 1.0, 40)));
    assertThat(owner(emails.get(4))).isEqualTo(key(emails.get(0)));
    assertThat(owner(emails.get(2))).isEqualTo(key(emails.get(2)));
  }

  @Test
  void aLinkThatWouldMakeAPersonTooLargeBridgesNothing() throws Exception {
    IdentityDriver small = new IdentityDriver(CATALOGUE, 2);
    small.say(List.of(change(false, KLAVIYO, STRIPE, 1.0, 10)));
    small.say(List.of(change(false, EMAIL, KLAVIYO, 1.0, 20)));
    assertThat(small.ownerOf(key(STRIPE), 20)).isEqualTo(key(KLAVIYO));
    assertThat(small.ownerOf(key(EMAIL), 20)).isEqualTo(key(EMAIL));

    small.say(List.of(change(true, KLAVIYO, STRIPE, 1.0, 30)));
    assertThat(small.ownerOf(key(KLAVIYO), 30)).as("room again").isEqualTo(key(EMAIL));
  }

  /** Though the person next to those unlinked is as large as before, it is another one. */
  @Test
  void anUnlinkGoesOnBeyondAPersonThatOnlyLooksTheSame() throws Exception {
    List<Identifier> ids =
        Stream.of("c", "x", "r1", "r2", "s").map(v -> id("esp_user_id", v)).toList();
    Identifier c = ids.get(0);
    Identifier x = ids.get(1);
    Identifier r1 = ids.get(2);
    Identifier r2 = ids.get(3);
    Identifier s = ids.get(4);
    IdentityDriver small = new IdentityDriver(CATALOGUE, 2);
    small.say(List.of(change(false, c, x, 1.0, 1)));
    small.say(List.of(change(false, c, r2, 1.0, 4)));
    small.say(List.of(change(false, r1, r2, 1.0, 5)));
    small.say(List.of(change(false, s, r1, 1.0, 6)));
    small.say(List.of(change(false, x, r1, 1.0, 7)));
    assertThat(small.membersOf(r1, 7)).containsExactly(r1, r2);

    small.say(List.of(change(true, c, x, 1.0, 8)));

    assertThat(small.membersOf(r2, 8)).containsExactly(c, r2);
    assertThat(small.membersOf(r1, 8))
        .as("its link with s is the older one")
        .containsExactly(r1, s);
    assertThat(small.membersOf(x, 8)).containsExactly(x);
  }

  @Test
  void whatHappensAtOneInstantIsToldInOneOrderWhicheverEndIsNamedFirst() throws Exception {
    Identifier x = id("email_hash", "x");
    Identifier y = id("email_hash", "y");
    List<List<Long>> told = new ArrayList<>();
    for (LinkChange last : List.of(change(false, x, y, 0.1, 20), change(false, y, x, 0.1, 20))) {
      IdentityDriver one = new IdentityDriver(CATALOGUE, MAX_PERSON_SIZE);
      for (int i = 0; i < 5; i++) {
        one.say(List.of(change(false, x, id("email_hash", "x" + i), 0.1, 2L * i)));
        one.say(List.of(change(false, y, id("email_hash", "y" + i), 0.1, 2L * i + 1)));
      }
      told.add(one.say(List.of(last)).changes().stream().map(IdentityChange::person).toList());
    }

    assertThat(told.get(0)).containsExactlyInAnyOrder(key(x), key(y)).isEqualTo(told.get(1));
  }

  @Test
  void anErasureForgetsThePersonAndTheDevicesThatLeadToNobodyElse() throws Exception {
    IdentityDriver known = erasing();
    Identifier cookie = id("cookie_id", "c");
    Identifier shared = id("device_id", "kiosk");
    Identifier other = id("email_hash", "other");
    known.say(pairwise(List.of(EMAIL, DEVICE, cookie), 10));
    known.say(List.of(change(false, EMAIL, KLAVIYO, 1.0, 10)));
    known.say(pairwise(List.of(KLAVIYO, shared), 10));
    known.say(pairwise(List.of(other, shared), 20));

    Applied applied = known.apply(List.of(erased(30, KLAVIYO, STRIPE)));

    assertThat(applied.erased())
        .containsExactlyInAnyOrder(key(EMAIL), key(KLAVIYO), key(DEVICE), key(cookie), key(STRIPE));
    assertThat(applied.affected()).containsExactly(key(shared));
    assertThat(applied.changes()).isEmpty();
    assertThat(known.graph().size()).isEqualTo(2);
    assertThat(known.graph().links()).isEqualTo(1);
    assertThat(known.membersOf(EMAIL, 30)).containsExactly(EMAIL);
    assertThat(known.ownerOf(key(shared), 10)).isEqualTo(key(other));
  }

  @Test
  void linksReportedUpToAnErasureAreIgnoredAndLaterOnesAreNot() throws Exception {
    IdentityDriver known = erasing().restored(new Random(1));
    known.say(List.of(change(false, EMAIL, KLAVIYO, 1.0, 10)));
    known.apply(List.of(erased(20, EMAIL)));
    known = known.restored(new Random(2));

    known.apply(List.of(new GraphChange.Linked(change(false, EMAIL, KLAVIYO, 1.0, 30), 20)));
    assertThat(known.graph().size()).isZero();
    assertThat(known.graph().marks().ignoredUntil(key(KLAVIYO))).isEqualTo(20);
    assertThat(known.graph().marks().ignoredUntil(key(STRIPE))).isEqualTo(ErasureMarks.NEVER);

    known.apply(List.of(new GraphChange.Linked(change(false, EMAIL, KLAVIYO, 1.0, 40), 21)));
    assertThat(known.membersOf(KLAVIYO, 40)).containsExactly(EMAIL, KLAVIYO);
  }

  @Test
  void consentOfPeopleErasedAtOneInstantIsToldApart() throws Exception {
    IdentityDriver known = erasing();
    Identifier other = id("email_hash", "other");
    known.say(List.of(change(false, EMAIL, KLAVIYO, 1.0, 10)));
    known.apply(
        List.of(consented(KLAVIYO, "unsubscribed", 11), consented(other, "resubscribed", 12)));

    known.apply(List.of(erased(20, EMAIL, STRIPE), erased(20, other)));

    for (Identifier hers : List.of(EMAIL, KLAVIYO, STRIPE)) {
      assertThat(carriedBy(known, hers)).isEqualTo(Map.of("unsubscribed", 11L));
    }
    assertThat(carriedBy(known, other)).isEmpty();
  }

  private static GraphChange consented(Identifier identifier, String type, long time) {
    return new GraphChange.Consented(key(identifier), type, time, time);
  }

  private static Map<String, Long> carriedBy(IdentityDriver known, Identifier identifier) {
    return known.graph().marks().carriedBy(key(identifier), CATALOGUE.consentTypes());
  }

  private static IdentityDriver erasing() {
    byte[] secret = "a secret of the tests".getBytes(StandardCharsets.UTF_8);
    return new IdentityDriver(CATALOGUE, MAX_PERSON_SIZE, List.of(10L), secret);
  }

  private static GraphChange erased(long time, Identifier... identifiers) {
    return new GraphChange.Erased(new Erasure(List.of(identifiers), time, time));
  }

  @Test
  void noValueMakesTwoPeopleLookLikeTheOther() throws Exception {
    Identifier odd = id("klaviyo_id", "k stripe_customer_id:s");
    link(10, EMAIL, odd, 1.0);
    long before = graph.membersFingerprint(key(EMAIL));
    driver.say(List.of(change(true, EMAIL, odd, 1.0, 20)));
    driver.say(
        List.of(change(false, EMAIL, KLAVIYO, 1.0, 30), change(false, EMAIL, STRIPE, 1.0, 30)));

    assertThat(graph.membersFingerprint(key(EMAIL))).isNotEqualTo(before);
  }

  @Test
  void confidenceOfTheContractsExamples() throws Exception {
    link(10, KLAVIYO, STRIPE, 1.0);
    long person = key(KLAVIYO);
    assertThat(driver.confidence(List.of(KLAVIYO, STRIPE), person, 10)).isEqualTo(1.0);
    assertThat(driver.confidence(List.of(KLAVIYO), person, 10)).isEqualTo(0.95);
    assertThat(driver.confidence(List.of(STRIPE), person, 10)).isEqualTo(0.85);
    assertThat(driver.confidence(List.of(EMAIL), person, 10)).isZero();

    link(20, EMAIL, KLAVIYO, 0.9);
    link(30, EMAIL, STRIPE, 0.5);
    link(40, DEVICE, STRIPE, 0.5);
    person = key(EMAIL);
    assertThat(driver.confidence(List.of(EMAIL), person, 40)).isEqualTo(1.0);
    assertThat(driver.confidence(List.of(STRIPE), person, 40))
        .as("the way round is better than the direct link")
        .isCloseTo(0.85 * 0.9, within(1e-12));
    assertThat(driver.confidence(List.of(DEVICE), person, 40))
        .isCloseTo(0.7 * 0.5 * 0.9, within(1e-12));
    assertThat(driver.confidence(List.of(DEVICE, DEVICE, KLAVIYO, KLAVIYO), person, 40))
        .as("one identifier presented twice is one")
        .isCloseTo(0.95 * 0.9, within(1e-12));
  }

  @Test
  void confidenceIsReadFromWhatLeadsToThePersonOnly() throws Exception {
    link(10, EMAIL, DEVICE, 1.0);
    link(20, KLAVIYO, DEVICE, 0.4);

    assertThat(driver.confidence(List.of(DEVICE, EMAIL), key(KLAVIYO), 20))
        .isEqualTo(0.7, within(1e-12));
    assertThat(driver.confidence(List.of(DEVICE), key(EMAIL), 20)).isZero();
    assertThat(driver.confidence(List.of(DEVICE), key(EMAIL), 19)).isEqualTo(0.7, within(1e-12));
  }

  private static List<LinkChange> pairwise(List<Identifier> identifiers, long time) {
    List<LinkChange> links = new ArrayList<>();
    for (Identifier a : identifiers) {
      for (Identifier b : identifiers) {
        if (a.compareTo(b) < 0) {
          links.add(change(false, a, b, 1.0, time));
        }
      }
    }
    return links;
  }

  /** A checkpoint is written while the graph goes on to change. */
  @Test
  void whatWasWrittenStaysAsItWas() {
    for (int i = 0; i < 300; i++) {
      link(i, id("email_hash", "e" + i), id("klaviyo_id", "k" + i), 1.0);
    }
    List<Chunk> written = chunks(graph);
    List<Chunk> copies = written.stream().map(LinkGraphTest::copy).toList();

    for (int i = 0; i < 300; i++) {
      Identifier email = id("email_hash", "e" + i);
      boolean unlink = i % 2 == 0;
      Identifier other = id(unlink ? "klaviyo_id" : "esp_user_id", "k" + i);
      driver.say(List.of(change(unlink, email, other, 1.0, 1000 + i)));
    }

    assertThat(written).isEqualTo(copies);
    assertThat(chunks(graph)).isNotEqualTo(copies);
  }

  private static Chunk copy(Chunk chunk) {
    return new Chunk(
        chunk.kind(),
        chunk.first(),
        chunk.rows(),
        chunk.slices().stream()
            .map(slice -> new Chunk.Slice(slice.bytes().clone(), slice.length()))
            .toList());
  }

  private static List<Chunk> chunks(LinkGraph graph) {
    List<Chunk> chunks = new ArrayList<>();
    graph.write(chunks::add);
    return chunks;
  }

  private void link(long time, Identifier a, Identifier b, double weight) {
    driver.say(List.of(change(false, a, b, weight, time)));
  }

  private static LinkChange change(
      boolean unlink, Identifier a, Identifier b, double weight, long time) {
    return new LinkChange(unlink, a, b, weight, "test", time);
  }

  private long owner(Identifier identifier) throws Exception {
    return owner(identifier, Long.MAX_VALUE);
  }

  private long owner(Identifier identifier, long stamp) throws Exception {
    return driver.ownerOf(key(identifier), stamp);
  }

  private List<Long> owners(List<Identifier> identifiers) throws Exception {
    List<Long> owners = new ArrayList<>();
    for (Identifier identifier : identifiers) {
      owners.add(owner(identifier));
    }
    return owners;
  }

  private static Identifier id(String type, String value) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), value);
  }

  private static long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(CATALOGUE));
  }
}
