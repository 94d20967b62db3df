package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.identity.LinkGraph.Applied;
import io.sendflowr.identity.LinkGraph.LiveLink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the link graph keeps things in another way because they are many. */
class LinkGraphLimitsTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final int MAX_PERSON_SIZE = 500;
  private static final String PLATFORM = "klaviyo_id";

  /** Every history of a few changes among four identifiers. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void everyShortHistoryIsWhatTheContractSays(int maxPersonSize) throws Exception {
    Catalogue catalogue =
        CatalogueReader.read(
            "world.yaml",
            """
            identifiers:
              - {name: mail, rank: 1, weight: 1.0, class: deterministic, shared_limit: 1}
              - {name: desk, rank: 2, weight: 0.8, class: platform, shared_limit: 1}
              - {name: device, rank: 3, weight: 0.7, class: weak}
            aliases: []
            placeholders: []
            hot_paths: []
            circuit_breakers: []
            clicks: []
            other: []
            """);
    List<Identifier> world =
        List.of(
            new Identifier(1, "a"),
            new Identifier(1, "b"),
            new Identifier(2, "a"),
            new Identifier(3, "a"));
    List<LinkChange> changes = new ArrayList<>();
    for (Identifier a : world) {
      for (Identifier b : world) {
        if (a.compareTo(b) < 0) {
          changes.add(new LinkChange(false, a, b, 1.0, "s", 0));
          changes.add(new LinkChange(true, a, b, 1.0, "s", 0));
        }
      }
    }
    int length = maxPersonSize == 2 ? 4 : 3;
    int histories = (int) Math.pow(changes.size(), length);
    for (int history = 0; history < histories; history++) {
      IdentityDriver driver = new IdentityDriver(catalogue, maxPersonSize, List.of(1L, 2L));
      NaiveIdentity naive = new NaiveIdentity(catalogue, maxPersonSize);
      List<LinkChange> said = new ArrayList<>();
      int rest = history;
      for (int time = 1; time <= length; time++) {
        LinkChange change = changes.get(rest % changes.size());
        rest /= changes.size();
        said.add(new LinkChange(change.unlink(), change.a(), change.b(), 1.0, "s", time));
        driver.say(List.of(said.get(time - 1)));
        driver.foldAll();
      }
      naive.say(said);
      for (Identifier identifier : world) {
        for (long stamp : new long[] {1, 2, length}) {
          long key = driver.graph().key(identifier);
          if (driver.ownerOf(key, stamp) != naive.owner(identifier, stamp)
              || !List.copyOf(naive.members(identifier, stamp))
                  .equals(driver.membersOf(identifier, stamp))
              || !Arrays.toString(driver.doubtfulOwnersOf(key, stamp))
                  .equals(naive.doubtfulOwners(identifier, stamp).toString())) {
            assertThat(driver.membersOf(identifier, stamp))
                .as("of %s at %d after %s", identifier, stamp, said)
                .isEqualTo(List.copyOf(naive.members(identifier, stamp)));
            assertThat(said).as("owners of %s at %d", identifier, stamp).isEmpty();
          }
        }
      }
    }
  }

  /** Whoever has many links is asked for one of them by an index, which must say the same. */
  @Property(
      tries = 10,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "18")
  void manyLinksOfOneIdentifierAreWhatTheContractSays(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    Identifier hub = id(List.of("device_id", "email_hash", PLATFORM).get(random.nextInt(3)), "hub");
    List<Identifier> neighbours = new ArrayList<>();
    for (int i = 0; i < 160; i++) {
      String type = i % 8 == 0 ? "phone_number" : i % 8 == 1 ? "cookie_id" : "esp_user_id";
      neighbours.add(id(type, "n" + i));
    }
    IdentityDriver driver = new IdentityDriver(CATALOGUE, 20);
    NaiveIdentity naive = new NaiveIdentity(CATALOGUE, 20);
    for (long time = 1; time <= 60; time++) {
      // It grows far beyond what is walked, shrinks to almost nothing, and grows again.
      boolean unlinks = time / 20 % 2 == 1;
      List<LinkChange> changes = new ArrayList<>();
      Collections.shuffle(neighbours, random);
      for (Identifier neighbour : neighbours.subList(0, 30)) {
        boolean unlink = random.nextInt(8) == 0 ? !unlinks : unlinks;
        double weight = random.nextBoolean() ? 1.0 : 0.5;
        changes.add(
            random.nextBoolean()
                ? new LinkChange(unlink, hub, neighbour, weight, "s", time)
                : new LinkChange(unlink, neighbour, hub, weight, "s", time));
      }
      driver.say(changes);
      naive.say(changes);
      driver.fold(random);
      if (time % 6 == 0) {
        if (random.nextInt(3) == 0) {
          driver = driver.restored(random);
        }
        assertSame(driver, naive, hub, neighbours, time);
      }
    }
  }

  private static void assertSame(
      IdentityDriver driver,
      NaiveIdentity naive,
      Identifier hub,
      List<Identifier> neighbours,
      long now)
      throws Exception {
    List<Identifier> all = new ArrayList<>(neighbours);
    all.add(hub);
    for (Identifier identifier : all) {
      long key = key(identifier);
      assertThat(driver.ownerOf(key, now)).isEqualTo(naive.owner(identifier, now));
      assertThat(Arrays.toString(driver.doubtfulOwnersOf(key, now)))
          .isEqualTo(naive.doubtfulOwners(identifier, now).toString());
      LiveLink link = driver.graph().link(key(hub), key);
      if (!identifier.equals(hub)) {
        assertThat(link == null ? null : link.weight())
            .isEqualTo(naive.weight(hub, identifier).orElse(null));
      }
    }
    assertThat(driver.membersOf(hub, now)).isEqualTo(List.copyOf(naive.members(hub, now)));
    assertThat(driver.graph().size()).isEqualTo((int) all.stream().filter(naive::isLinked).count());
  }

  /** Room that is given up is used again, and what stays is not mixed up with what came. */
  @Test
  void identifiersComeAndGoWithoutLeavingAnything() throws Exception {
    Random random = new Random(19);
    IdentityDriver driver = new IdentityDriver(CATALOGUE, MAX_PERSON_SIZE);
    Map<Identifier, Identifier> linked = new TreeMap<>();
    long largest = 0;
    for (long time = 1; time <= 40; time++) {
      List<LinkChange> changes = new ArrayList<>();
      for (Identifier end : List.copyOf(linked.keySet())) {
        if (random.nextInt(10) < 8) {
          changes.add(new LinkChange(true, end, linked.remove(end), 1.0, "", time));
        }
      }
      for (int i = 0; i < 1000; i++) {
        Identifier a = id(PLATFORM, value(random, time + "-" + i));
        Identifier b = id("device_id", value(random, time + "_" + i));
        linked.put(a, b);
        changes.add(new LinkChange(false, a, b, 1.0, "s", time));
      }
      driver.say(changes);
      if (time % 15 == 0) {
        driver = driver.restored(random);
      }
      largest = Math.max(largest, time < 15 ? driver.graph().bytes() : 0);
      assertThat(driver.graph().links()).isEqualTo(linked.size());
      assertThat(driver.graph().size()).isEqualTo(2 * linked.size());
      for (Map.Entry<Identifier, Identifier> link : linked.entrySet()) {
        LiveLink live = driver.graph().link(key(link.getKey()), key(link.getValue()));
        assertThat(List.of(live.a(), live.b()))
            .containsExactlyInAnyOrder(link.getKey(), link.getValue());
      }
    }
    assertThat(driver.graph().bytes()).isLessThan(2 * largest);
  }

  /** Any value, unique by its end: of digits, hex digits, or anything, short or long. */
  private static String value(Random random, String unique) {
    String text = unique + unique.hashCode();
    String digits = text.replaceAll("\\D", "0" + random.nextInt(10));
    int more = random.nextInt(4) == 0 ? random.nextInt(900) : random.nextInt(12);
    return switch (random.nextInt(5)) {
      case 0 -> digits + "7".repeat(more);
      case 1 -> "+" + digits + "7".repeat(more);
      case 2 -> Long.toHexString(random.nextLong()) + digits + "a".repeat(more);
      case 3 -> text + "\u20ac\ud83d\ude00".repeat(more / 2);
      default -> text + " Z".repeat(more / 2);
    };
  }

  /** Weights and sources are numbered; who comes too late for a number is known all the same. */
  @Test
  void moreWeightsAndSourcesThanThereAreNumbers() throws Exception {
    Random random = new Random(20);
    IdentityDriver driver = new IdentityDriver(CATALOGUE, MAX_PERSON_SIZE);
    int links = 5000;
    List<LinkChange> said = new ArrayList<>();
    for (int i = 0; i < links; i++) {
      double weight = (i + 1) / (2.0 * links);
      LinkChange link =
          new LinkChange(
              false, id(PLATFORM, "a" + i), id("device_id", "b" + i), weight, "s" + i, 1);
      said.add(link);
    }
    driver.say(said);
    assertCarries(driver.graph(), said);
    driver = driver.restored(random);
    assertCarries(driver.graph(), said);

    // Raised, taken back, and said anew.
    List<LinkChange> again = new ArrayList<>();
    List<LinkChange> kept = new ArrayList<>();
    for (LinkChange link : said) {
      boolean unlink = random.nextInt(3) == 0;
      boolean raised = random.nextBoolean();
      if (unlink || raised) {
        double weight = raised ? link.weight() + 0.5 : link.weight();
        again.add(new LinkChange(unlink, link.b(), link.a(), weight, "t" + link.source(), 2));
      }
      if (!unlink) {
        kept.add(raised ? again.get(again.size() - 1) : link);
      }
    }
    driver.say(again);
    assertCarries(driver.graph(), kept);
    driver = driver.restored(random);
    assertCarries(driver.graph(), kept);
    assertThat(driver.graph().links()).isEqualTo(kept.size());
  }

  private static void assertCarries(LinkGraph graph, List<LinkChange> links) {
    for (LinkChange said : links) {
      LiveLink link = graph.link(key(said.a()), key(said.b()));
      assertThat(link.weight()).isEqualTo(said.weight());
      assertThat(link.source()).isEqualTo(said.source());
      assertThat(link.firstTime()).isEqualTo(1);
      assertThat(link.bridgesSince())
          .isEqualTo(said.weight() >= 0.8 ? said.time() : LinkGraph.NEVER);
    }
  }

  /** Full persons side by side: what happens at one end is nobody else's business. */
  @Test
  void anUnlinkAtOneEndOfAChainOfFullPersonsTouchesTheEndOnly() throws Exception {
    int persons = 300;
    IdentityDriver driver = new IdentityDriver(CATALOGUE, 2);
    List<Identifier> chain =
        IntStream.range(0, 2 * persons).mapToObj(i -> id(PLATFORM, "p" + (1000 + i))).toList();
    for (int i = 0; i < chain.size(); i += 2) {
      driver.say(List.of(link(chain.get(i), chain.get(i + 1), i + 1)));
    }
    for (int i = 1; i + 1 < chain.size(); i += 2) {
      Applied applied = driver.say(List.of(link(chain.get(i), chain.get(i + 1), 10_000 + i)));
      assertThat(applied.affected()).isEmpty();
      assertThat(applied.changes())
          .singleElement()
          .extracting(IdentityChange::kind)
          .isEqualTo(IdentityChange.Kind.QUARANTINED);
    }

    Applied applied =
        driver.say(List.of(new LinkChange(true, chain.get(0), chain.get(1), 1.0, "", 20_000)));

    assertThat(applied.affected()).containsExactlyInAnyOrder(key(chain.get(0)), key(chain.get(1)));
    assertThat(driver.membersOf(chain.get(1), 20_000)).containsExactly(chain.get(1));

    // But where one makes room, all of them move up.
    Applied moved =
        driver.say(List.of(new LinkChange(true, chain.get(2), chain.get(3), 1.0, "", 20_001)));
    assertThat(driver.membersOf(chain.get(1), 20_001)).containsExactly(chain.get(1), chain.get(2));
    assertThat(driver.membersOf(chain.get(3), 20_001)).containsExactly(chain.get(3));
    assertThat(moved.affected()).hasSize(3);
  }

  /** A star of identifiers that could be one person, were it not for the limit. */
  @Test
  void aStarGrowsToOnePersonAndIsQuarantinedFromThenOn() {
    LinkGraph graph = graph();
    Identifier center = id("email_hash", "center");
    for (int i = 1; i <= 5_000; i++) {
      Identifier ray = id(PLATFORM, "ray" + i);
      Applied applied = apply(graph, link(center, ray, i));
      if (i < MAX_PERSON_SIZE) {
        assertThat(applied.affected()).hasSize(i + 1);
      } else {
        assertThat(applied.affected()).isEmpty();
        assertThat(applied.changes())
            .extracting(IdentityChange::kind)
            .containsExactly(IdentityChange.Kind.QUARANTINED);
      }
    }
    assertThat(graph.membersOf(key(center))).hasSize(MAX_PERSON_SIZE);
  }

  /** A chain, the other shape that keeps growing. */
  @Test
  void aChainIsCutIntoPersonsThatAreFull() {
    LinkGraph graph = graph();
    for (int i = 1; i <= 5_000; i++) {
      Applied applied = apply(graph, link(id(PLATFORM, "c" + (i - 1)), id(PLATFORM, "c" + i), i));
      assertThat(applied.affected()).hasSizeLessThanOrEqualTo(MAX_PERSON_SIZE);
    }
    assertThat(graph.membersOf(key(id(PLATFORM, "c0")))).hasSize(MAX_PERSON_SIZE);
  }

  /** Everybody behind one address of the network, and one person with very many cookies. */
  @Test
  void aHotValueCostsNobodyButTheNewcomer() {
    LinkGraph graph = graph();
    Identifier address = id("ip_address", "10.0.0.1");
    Identifier email = id("email_hash", "busy");
    for (int i = 1; i <= 20_000; i++) {
      Applied behind = apply(graph, link(address, id("email_hash", "e" + i), 2L * i));
      assertThat(behind.affected()).hasSize(i == 1 ? 1 : 0);
      Identifier cookie = id("cookie_id", "c" + i);
      Applied seen = apply(graph, link(email, cookie, 2L * i + 1));
      assertThat(seen.affected()).containsExactly(key(cookie));
    }
    assertThat(graph.membersOf(key(email))).containsExactly(email);
  }

  private static LinkGraph graph() {
    return new LinkGraph(CATALOGUE, MAX_PERSON_SIZE, new ErasureMarks(null));
  }

  private static Applied apply(LinkGraph graph, LinkChange change) {
    return graph.apply(List.of(new GraphChange.Linked(change, change.time())));
  }

  private static LinkChange link(Identifier a, Identifier b, long time) {
    return new LinkChange(false, a, b, 1.0, "s", time);
  }

  private static Identifier id(String type, String value) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), value);
  }

  private static long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(CATALOGUE));
  }
}
