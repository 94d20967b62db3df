package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.identity.LinkGraph.LiveLink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/**
 * Any links and unlinks of a small world, crowded so that everything meets: identifiers become
 * shared and cease to be, persons grow too large, devices change hands, stamps are equal.
 */
class LinkGraphPropertiesTest {
  private static final int TRIES = 1000;

  /**
   * The order of names is not the order of ranks, so that one is not taken for the other unnoticed.
   */
  private static final Catalogue CATALOGUE =
      CatalogueReader.read(
          "world.yaml",
          """
          identifiers:
            - {name: v_mail, rank: 1, weight: 1.0, class: deterministic, shared_limit: 3}
            - {name: a_phone, rank: 2, weight: 1.0, class: deterministic, shared_limit: 1}
            - {name: x_shop, rank: 3, weight: 0.9, class: platform, shared_limit: 2}
            - {name: m_desk, rank: 4, weight: 0.8, class: platform, shared_limit: 1}
            - {name: z_device, rank: 5, weight: 0.7, class: weak}
            - {name: b_cookie, rank: 6, weight: 0.5, class: weak}
          aliases: []
          placeholders: []
          hot_paths: []
          circuit_breakers: []
          clicks: []
          other: []
          """);

  private static final List<Identifier> WORLD = world();

  private static List<Identifier> world() {
    Map<Integer, Integer> sizes = new TreeMap<>(Map.of(1, 4, 2, 3, 3, 2, 4, 2, 5, 2, 6, 1));
    List<Identifier> world = new ArrayList<>();
    sizes.forEach(
        (rank, size) -> {
          for (int i = 0; i < size; i++) {
            world.add(new Identifier(rank, String.valueOf((char) ('a' + i))));
          }
        });
    return List.copyOf(world);
  }

  private static final Map<Identifier, Long> KEYS = keys();

  private static Map<Identifier, Long> keys() {
    Map<Identifier, Long> keys = new TreeMap<>();
    WORLD.forEach(i -> keys.put(i, UniversalId.keyOf(i.text(CATALOGUE))));
    return keys;
  }

  /** What is said at one instant. */
  record Instant(long time, List<LinkChange> changes) {}

  @Property(
      tries = TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "10")
  void saysWhatTheContractSays(
      @ForAll("histories") List<Instant> history,
      @ForAll @IntRange(min = 2, max = 6) int maxPersonSize) {
    LinkGraph graph = new LinkGraph(CATALOGUE, maxPersonSize);
    NaiveIdentity naive = new NaiveIdentity(CATALOGUE, maxPersonSize);
    for (Instant instant : history) {
      graph.apply(instant.changes());
      naive.say(instant.changes());
      assertSame(graph, naive, instant.time());
    }
  }

  @Property(
      tries = TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "11")
  void confidenceIsWhatTheContractSays(
      @ForAll("histories") List<Instant> history,
      @ForAll @IntRange(min = 2, max = 6) int maxPersonSize,
      @ForAll("presented") Set<Identifier> presented) {
    LinkGraph graph = new LinkGraph(CATALOGUE, maxPersonSize);
    NaiveIdentity naive = new NaiveIdentity(CATALOGUE, maxPersonSize);
    for (Instant instant : history) {
      graph.apply(instant.changes());
      naive.say(instant.changes());
    }
    long now = history.get(history.size() - 1).time();
    for (long stamp : List.of(0L, now / 2, now)) {
      Set<Long> persons = new TreeSet<>();
      for (Identifier identifier : WORLD) {
        long person = naive.owner(identifier, stamp);
        persons.add(person);
        assertThat(graph.confidence(List.of(identifier), person, stamp))
            .as("%s alone at %d", identifier, stamp)
            .isCloseTo(naive.confidence(List.of(identifier), person, stamp), within(1e-12))
            .isPositive();
      }
      for (long person : persons) {
        assertThat(graph.confidence(presented, person, stamp))
            .as("%s for %d at %d", presented, person, stamp)
            .isCloseTo(naive.confidence(presented, person, stamp), within(1e-12));
      }
    }
  }

  @Property(
      tries = TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "12")
  void anyOrderAndAnyRepetitionWithinAnInstantSayTheSame(
      @ForAll("histories") List<Instant> history,
      @ForAll @IntRange(min = 2, max = 6) int maxPersonSize,
      @ForAll long shuffle) {
    LinkGraph graph = new LinkGraph(CATALOGUE, maxPersonSize);
    LinkGraph shuffled = new LinkGraph(CATALOGUE, maxPersonSize);
    Random random = new Random(shuffle);
    for (Instant instant : history) {
      graph.apply(instant.changes());
      shuffled.apply(shuffled(instant.changes(), random));
      assertSame(graph, shuffled, instant.time());
    }
  }

  @Property(
      tries = TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "13")
  void isTheSameAfterARestoreNowAndEverAfter(
      @ForAll("histories") List<Instant> history,
      @ForAll @IntRange(min = 2, max = 6) int maxPersonSize,
      @ForAll @IntRange(min = 0, max = 11) int restoredAfter,
      @ForAll long shuffle) {
    Random random = new Random(shuffle);
    LinkGraph graph = new LinkGraph(CATALOGUE, maxPersonSize);
    LinkGraph restored = restored(graph, maxPersonSize, random);
    for (int i = 0; i < history.size(); i++) {
      Instant instant = history.get(i);
      graph.apply(instant.changes());
      restored.apply(instant.changes());
      if (i == restoredAfter % history.size()) {
        restored = restored(graph, maxPersonSize, random);
      }
      assertSame(graph, restored, instant.time());
    }
  }

  @Property(
      tries = TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "14")
  void namesEveryIdentifierForWhichSomethingChanged(
      @ForAll("histories") List<Instant> history,
      @ForAll @IntRange(min = 2, max = 6) int maxPersonSize) {
    LinkGraph graph = new LinkGraph(CATALOGUE, maxPersonSize);
    for (Instant instant : history) {
      List<String> before = answers(graph, instant.time());
      Set<Long> changed = graph.apply(instant.changes());
      List<String> after = answers(graph, instant.time());
      for (int i = 0; i < WORLD.size(); i++) {
        if (!before.get(i).equals(after.get(i))) {
          assertThat(changed)
              .as("%s before %s after %s", WORLD.get(i), before.get(i), after.get(i))
              .contains(key(WORLD.get(i)));
        }
      }
    }
  }

  @Property(
      tries = TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "15")
  void equalFingerprintsAreEqualMembers(
      @ForAll("histories") List<Instant> history,
      @ForAll @IntRange(min = 2, max = 6) int maxPersonSize) {
    LinkGraph graph = new LinkGraph(CATALOGUE, maxPersonSize);
    Map<List<Identifier>, Long> fingerprints = new HashMap<>();
    for (Instant instant : history) {
      graph.apply(instant.changes());
      for (Identifier identifier : WORLD) {
        long key = key(identifier);
        List<Identifier> members = graph.membersOf(key, instant.time(), identifier);
        long fingerprint = graph.membersFingerprint(key, instant.time());
        assertThat(fingerprints.computeIfAbsent(members, m -> fingerprint))
            .as("of %s", members)
            .isEqualTo(fingerprint);
      }
    }
    assertThat(fingerprints.values()).doesNotHaveDuplicates();
  }

  private static void assertSame(LinkGraph graph, NaiveIdentity naive, long now) {
    List<String> said = new ArrayList<>();
    List<String> right = new ArrayList<>();
    for (Identifier identifier : WORLD) {
      long key = key(identifier);
      for (long stamp : stamps(now)) {
        String what = identifier + " at " + stamp + ": ";
        said.add(
            what
                + graph.ownerOf(key, stamp)
                + Arrays.toString(graph.doubtfulOwnersOf(key, stamp))
                + graph.membersOf(key, stamp, identifier));
        right.add(
            what
                + naive.owner(identifier, stamp)
                + naive.doubtfulOwners(identifier, stamp)
                + naive.members(identifier, stamp));
      }
      for (Identifier other : WORLD) {
        if (!identifier.equals(other)) {
          LiveLink link = graph.link(identifier, other);
          said.add(link == null ? "" : identifier + " " + other + " " + link.weight());
          right.add(
              naive
                  .weight(identifier, other)
                  .map(w -> identifier + " " + other + " " + w)
                  .orElse(""));
        }
      }
    }
    assertThat(said).isEqualTo(right);
    assertThat(graph.size()).isEqualTo((int) WORLD.stream().filter(naive::isLinked).count());
  }

  private static void assertSame(LinkGraph graph, LinkGraph other, long now) {
    assertThat(answers(other, now)).isEqualTo(answers(graph, now));
    assertThat(links(other)).isEqualTo(links(graph));
    assertThat(other.size()).isEqualTo(graph.size());
  }

  /** All answers, a line for each identifier of the world. */
  private static List<String> answers(LinkGraph graph, long now) {
    List<String> answers = new ArrayList<>();
    for (Identifier identifier : WORLD) {
      long key = key(identifier);
      StringBuilder line = new StringBuilder();
      for (long stamp : stamps(now)) {
        line.append(stamp)
            .append(": ")
            .append(graph.ownerOf(key, stamp))
            .append(' ')
            .append(Arrays.toString(graph.doubtfulOwnersOf(key, stamp)))
            .append(' ')
            .append(graph.membersFingerprint(key, stamp))
            .append("; ");
      }
      answers.add(line.toString());
    }
    return answers;
  }

  /** What explanations say of each link: its weight, first time and who says so. */
  private static Map<String, String> links(LinkGraph graph) {
    Map<String, String> links = new TreeMap<>();
    graph.forEachLink(
        link -> {
          String a = link.a().text(CATALOGUE);
          String b = link.b().text(CATALOGUE);
          links.put(
              a.compareTo(b) < 0 ? a + " " + b : b + " " + a,
              link.weight() + " " + link.source() + " " + link.firstTime());
        });
    return links;
  }

  private static LinkGraph restored(LinkGraph graph, int maxPersonSize, Random random) {
    List<LiveLink> links = new ArrayList<>();
    graph.forEachLink(links::add);
    Collections.shuffle(links, random);
    LinkGraph restored = new LinkGraph(CATALOGUE, maxPersonSize);
    restored.restore(links);
    return restored;
  }

  private static List<LinkChange> shuffled(List<LinkChange> changes, Random random) {
    List<LinkChange> shuffled = new ArrayList<>(changes);
    for (LinkChange change : changes) {
      if (random.nextBoolean()) {
        shuffled.add(
            new LinkChange(
                change.unlink(),
                change.b(),
                change.a(),
                change.weight(),
                change.source(),
                change.time()));
      }
    }
    Collections.shuffle(shuffled, random);
    return shuffled;
  }

  /** A third of the stamps that a record of now could have, another third each instant. */
  private static List<Long> stamps(long now) {
    List<Long> stamps = new ArrayList<>();
    for (long stamp = now % 3; stamp < now; stamp += 3) {
      stamps.add(stamp);
    }
    stamps.add(now);
    return stamps;
  }

  private static long key(Identifier identifier) {
    return KEYS.get(identifier);
  }

  @Provide
  Arbitrary<Set<Identifier>> presented() {
    return Arbitraries.of(WORLD).set().ofMinSize(1).ofMaxSize(4);
  }

  /**
   * Often of a few identifiers only, and of few things that are said again and again, as pages are
   * viewed again and again: what a graph may leave out because it was said before is the hard part.
   */
  @Provide
  Arbitrary<List<Instant>> histories() {
    return Arbitraries.of(WORLD)
        .set()
        .ofMinSize(3)
        .ofMaxSize(WORLD.size())
        .flatMap(few -> groups(few.stream().sorted().toList()))
        .map(LinkGraphPropertiesTest::stamped);
  }

  private static Arbitrary<List<List<LinkChange>>> groups(List<Identifier> world) {
    Arbitrary<List<LinkChange>> any = changes(world).list().ofMinSize(1).ofMaxSize(4);
    Arbitrary<List<LinkChange>> records =
        Arbitraries.of(world)
            .set()
            .ofMinSize(2)
            .ofMaxSize(Math.min(4, world.size()))
            .map(LinkGraphPropertiesTest::pairwise);
    Arbitrary<List<LinkChange>> group =
        Arbitraries.frequencyOf(Tuple.of(2, any), Tuple.of(1, records));
    return Arbitraries.oneOf(
        group.list().ofMinSize(1).ofMaxSize(15),
        group
            .list()
            .ofMinSize(2)
            .ofMaxSize(5)
            .flatMap(few -> Arbitraries.of(few).list().ofMinSize(2).ofMaxSize(15)));
  }

  /** What a record with several identifiers says. */
  private static List<LinkChange> pairwise(Set<Identifier> identifiers) {
    List<LinkChange> links = new ArrayList<>();
    for (Identifier a : identifiers) {
      for (Identifier b : identifiers) {
        if (a.compareTo(b) < 0) {
          links.add(new LinkChange(false, a, b, 1.0, "page", 0));
        }
      }
    }
    return links;
  }

  /** A change whose time is yet to be given. */
  private static Arbitrary<LinkChange> changes(List<Identifier> world) {
    Arbitrary<Integer> ends = Arbitraries.integers().between(0, world.size() - 1);
    Arbitrary<Integer> steps = Arbitraries.integers().between(1, world.size() - 1);
    return Combinators.combine(
            Arbitraries.frequency(Tuple.of(4, false), Tuple.of(1, true)),
            ends,
            steps,
            Arbitraries.of(0.01, 0.5, 0.7999999, 0.8, 0.9, 1.0, 1.0, 1.0),
            Arbitraries.of("shop", "desk"))
        .as(
            (unlink, end, step, weight, source) ->
                new LinkChange(
                    unlink,
                    world.get(end),
                    world.get((end + step) % world.size()),
                    weight,
                    source,
                    0));
  }

  /** Gives each group of changes its instant, with a stamp in between that nothing bears. */
  private static List<Instant> stamped(List<List<LinkChange>> groups) {
    List<Instant> history = new ArrayList<>();
    long time = 1;
    for (List<LinkChange> group : groups) {
      long now = time;
      history.add(
          new Instant(
              now,
              group.stream()
                  .map(c -> new LinkChange(c.unlink(), c.a(), c.b(), c.weight(), c.source(), now))
                  .toList()));
      time += history.size() % 3 == 0 ? 2 : 1;
    }
    return history;
  }
}
