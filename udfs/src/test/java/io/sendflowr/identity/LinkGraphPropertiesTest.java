package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.identity.LinkGraph.Applied;
import io.sendflowr.identity.LinkGraph.LiveLink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
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

  /** Source of links that come from one record. */
  private static final String PAGE = "page";

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
  record Instant(long time, List<LinkChange> changes) {
    /** What could be one record: all whom links of full weight join. */
    List<Set<Identifier>> records() {
      Set<Identifier> together = new TreeSet<>();
      for (LinkChange change : changes) {
        if (!change.source().equals(PAGE)) {
          return List.of();
        }
        together.add(change.a());
        together.add(change.b());
      }
      return List.of(together);
    }
  }

  @Property(
      tries = TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "10")
  void saysWhatTheContractSays(
      @ForAll("histories") List<Instant> history,
      @ForAll @IntRange(min = 2, max = 6) int maxPersonSize,
      @ForAll long folds)
      throws Exception {
    Random random = new Random(folds);
    List<Long> held = held(history, random);
    IdentityDriver driver = new IdentityDriver(CATALOGUE, maxPersonSize, held);
    NaiveIdentity naive = new NaiveIdentity(CATALOGUE, maxPersonSize);
    for (Instant instant : history) {
      if (random.nextInt(4) == 0) {
        // What is read early is remembered early, and what is read again twice.
        history.forEach(
            other -> {
              if (other.time() >= instant.time() && random.nextBoolean()) {
                driver.remember(other.changes());
              }
            });
      }
      instant.records().forEach(record -> driver.rememberTogether(record, instant.time()));
      driver.say(instant.changes());
      naive.say(instant.changes());
      assertSame(driver, naive, held, instant.time());
      driver.fold(random);
      assertSame(driver, naive, held, instant.time());
    }
  }

  /** Nobody is shared or weak here, and hardly anybody has room: what is full decides. */
  @Property(
      tries = 2 * TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "17")
  void fullPersonsAreWhatTheContractSays(
      @ForAll @IntRange(min = 2, max = 4) int maxPersonSize, @ForAll long shuffle)
      throws Exception {
    Random random = new Random(shuffle);
    List<Identifier> world = new ArrayList<>();
    for (int i = 0; i < 5 + random.nextInt(6); i++) {
      world.add(new Identifier(3 + random.nextInt(2), "p" + i));
    }
    IdentityDriver driver = new IdentityDriver(CATALOGUE, maxPersonSize);
    NaiveIdentity naive = new NaiveIdentity(CATALOGUE, maxPersonSize);
    for (long time = 1; time <= 30; time++) {
      List<LinkChange> changes = new ArrayList<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        Collections.shuffle(world, random);
        // Much is linked before anything is unlinked.
        boolean unlink = time > 8 && random.nextBoolean();
        changes.add(new LinkChange(unlink, world.get(0), world.get(1), 1.0, "shop", time));
      }
      driver.say(changes);
      naive.say(changes);
      List<Set<Identifier>> said = new ArrayList<>();
      List<Set<Identifier>> right = new ArrayList<>();
      for (Identifier identifier : world) {
        said.add(new TreeSet<>(driver.membersOf(identifier, time)));
        right.add(naive.members(identifier, time));
      }
      assertThat(said).isEqualTo(right);
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
      @ForAll("presented") Set<Identifier> presented)
      throws Exception {
    IdentityDriver driver = new IdentityDriver(CATALOGUE, maxPersonSize);
    NaiveIdentity naive = new NaiveIdentity(CATALOGUE, maxPersonSize);
    for (Instant instant : history) {
      driver.say(instant.changes());
      naive.say(instant.changes());
    }
    long now = history.get(history.size() - 1).time();
    for (long stamp : List.of(0L, now / 2, now)) {
      Set<Long> persons = new TreeSet<>();
      for (Identifier identifier : WORLD) {
        long person = naive.owner(identifier, stamp);
        persons.add(person);
        assertThat(driver.confidence(List.of(identifier), person, stamp))
            .as("%s alone at %d", identifier, stamp)
            .isCloseTo(naive.confidence(List.of(identifier), person, stamp), within(1e-12))
            .isPositive();
      }
      for (long person : persons) {
        assertThat(driver.confidence(presented, person, stamp))
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
      @ForAll long shuffle)
      throws Exception {
    Random random = new Random(shuffle);
    List<Long> held = held(history, random);
    IdentityDriver driver = new IdentityDriver(CATALOGUE, maxPersonSize, held);
    IdentityDriver shuffled = new IdentityDriver(CATALOGUE, maxPersonSize, held);
    for (Instant instant : history) {
      Applied applied = driver.say(instant.changes());
      Applied other = shuffled.say(shuffled(instant.changes(), random));
      assertThat(told(other)).isEqualTo(told(applied));
      shuffled.fold(random);
      assertSame(driver, shuffled, held, instant.time());
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
      @ForAll long shuffle)
      throws Exception {
    Random random = new Random(shuffle);
    List<Long> held = held(history, random);
    IdentityDriver driver = new IdentityDriver(CATALOGUE, maxPersonSize, held);
    IdentityDriver restored = driver.restored(random);
    for (int i = 0; i < history.size(); i++) {
      Instant instant = history.get(i);
      Applied applied = driver.say(instant.changes());
      Applied other = restored.say(instant.changes());
      assertThat(told(other)).isEqualTo(told(applied));
      if (i == restoredAfter % history.size()) {
        restored = driver.restored(random);
      }
      assertSame(driver, restored, held, instant.time());
    }
  }

  @Property(
      tries = TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "14")
  void namesEveryIdentifierForWhichSomethingChanged(
      @ForAll("histories") List<Instant> history,
      @ForAll @IntRange(min = 2, max = 6) int maxPersonSize)
      throws Exception {
    List<Long> held = LongStream.rangeClosed(0, end(history)).boxed().toList();
    IdentityDriver driver = new IdentityDriver(CATALOGUE, maxPersonSize, held);
    for (Instant instant : history) {
      // Whatever is stamped now or later is placed after the instant was applied.
      long placed = instant.time() - 1;
      List<String> before = answers(driver, held, placed);
      List<Long> changed = driver.say(instant.changes()).affected();
      List<String> after = answers(driver, held, placed);
      for (int i = 0; i < WORLD.size(); i++) {
        if (!before.get(i).equals(after.get(i))) {
          assertThat(changed)
              .as("%s before %s after %s", WORLD.get(i), before.get(i), after.get(i))
              .contains(key(WORLD.get(i)));
        }
      }
      assertThat(changed).isSorted().doesNotHaveDuplicates();
    }
  }

  /** Of the erased nothing is left but that their own past is ignored. */
  @Property(
      tries = TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "19")
  void anErasureLeavesWhatUnlinksOfAllItsLinksWouldLeave(
      @ForAll("histories") List<Instant> history,
      @ForAll @IntRange(min = 2, max = 6) int maxPersonSize,
      @ForAll long choices)
      throws Exception {
    Random random = new Random(choices);
    byte[] secret = new byte[16];
    List<Long> held = held(history, random);
    IdentityDriver driver = new IdentityDriver(CATALOGUE, maxPersonSize, held, secret);
    NaiveIdentity naive = new NaiveIdentity(CATALOGUE, maxPersonSize);
    for (Instant instant : history) {
      long now = instant.time();
      driver.remember(instant.changes());
      List<GraphChange> changes = IdentityDriver.linked(instant.changes());
      naive.say(instant.changes());
      boolean erases = random.nextInt(4) == 0;
      Identifier named = WORLD.get(random.nextInt(WORLD.size()));
      if (erases) {
        changes.add(new GraphChange.Erased(new Erasure(List.of(named), now, now)));
        Collections.shuffle(changes, random);
      }
      Applied applied = driver.apply(changes);
      assertThat(applied.erased()).isSorted();
      if (erases) {
        List<LinkChange> unlinks = new ArrayList<>();
        for (Identifier one : WORLD) {
          for (Identifier other : WORLD) {
            if (!one.equals(other) && applied.erased().contains(key(one))) {
              unlinks.add(new LinkChange(true, one, other, 1.0, "", now));
            }
          }
        }
        assertThat(applied.erased()).contains(key(named)).doesNotHaveDuplicates();
        assertThat(applied.affected()).doesNotContainAnyElementsOf(applied.erased());
        Set<Identifier> person = naive.members(named, now);
        if (person.contains(named)) {
          person.forEach(member -> assertThat(applied.erased()).contains(key(member)));
        }
        naive.say(unlinks);
      }
      assertSame(driver, naive, held, now);
      if (random.nextInt(4) == 0) {
        driver.fold(random);
        driver = driver.restored(random);
      }
    }
  }

  @Property(
      tries = TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "16")
  void linksThatAreKnownChangeNothing(
      @ForAll("histories") List<Instant> history,
      @ForAll @IntRange(min = 2, max = 6) int maxPersonSize)
      throws Exception {
    IdentityDriver driver = new IdentityDriver(CATALOGUE, maxPersonSize);
    for (Instant instant : history) {
      driver.say(instant.changes());
    }
    long later = end(history) + 1;
    List<LinkChange> known =
        links(driver.graph()).values().stream()
            .map(link -> new LinkChange(false, link.b(), link.a(), link.weight(), "again", later))
            .toList();
    List<LiveLink> before = List.copyOf(links(driver.graph()).values());

    Applied applied = driver.say(known);

    assertThat(applied.affected()).isEmpty();
    assertThat(applied.changes()).isEmpty();
    assertThat(applied.removed()).isEmpty();
    assertThat(links(driver.graph()).values()).containsExactlyElementsOf(before);
  }

  @Property(
      tries = TRIES,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "15")
  void equalFingerprintsAreEqualMembers(
      @ForAll("histories") List<Instant> history,
      @ForAll @IntRange(min = 2, max = 6) int maxPersonSize)
      throws Exception {
    IdentityDriver driver = new IdentityDriver(CATALOGUE, maxPersonSize);
    Map<List<Identifier>, Long> fingerprints = new HashMap<>();
    for (Instant instant : history) {
      driver.say(instant.changes());
      for (Identifier identifier : WORLD) {
        List<Identifier> members = driver.membersOf(identifier, instant.time());
        long fingerprint = driver.membersFingerprint(key(identifier), instant.time());
        assertThat(fingerprints.computeIfAbsent(members, m -> fingerprint))
            .as("of %s", members)
            .isEqualTo(fingerprint);
      }
    }
    assertThat(fingerprints.values()).doesNotHaveDuplicates();
  }

  private static void assertSame(
      IdentityDriver driver, NaiveIdentity naive, List<Long> held, long now) throws Exception {
    List<String> said = new ArrayList<>();
    List<String> right = new ArrayList<>();
    for (Identifier identifier : WORLD) {
      long key = key(identifier);
      for (long stamp : stamps(held, now)) {
        String what = identifier + " at " + stamp + ": ";
        said.add(
            what
                + driver.ownerOf(key, stamp)
                + Arrays.toString(driver.doubtfulOwnersOf(key, stamp))
                + driver.membersOf(identifier, stamp));
        right.add(
            what
                + naive.owner(identifier, stamp)
                + naive.doubtfulOwners(identifier, stamp)
                + naive.members(identifier, stamp));
      }
      for (Identifier other : WORLD) {
        if (!identifier.equals(other)) {
          LiveLink link = driver.graph().link(key, key(other));
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
    assertThat(driver.graph().size())
        .isEqualTo((int) WORLD.stream().filter(naive::isLinked).count());
  }

  private static void assertSame(
      IdentityDriver driver, IdentityDriver other, List<Long> held, long now) throws Exception {
    assertThat(answers(other, held, now)).isEqualTo(answers(driver, held, now));
    assertThat(told(other.graph())).isEqualTo(told(driver.graph()));
    assertThat(other.graph().size()).isEqualTo(driver.graph().size());
    assertThat(other.graph().links()).isEqualTo(driver.graph().links());
  }

  /** All answers, a line for each identifier of the world. */
  private static List<String> answers(IdentityDriver driver, List<Long> held, long now)
      throws Exception {
    List<String> answers = new ArrayList<>();
    for (Identifier identifier : WORLD) {
      long key = key(identifier);
      StringBuilder line = new StringBuilder();
      for (long stamp : stamps(held, now)) {
        line.append(stamp)
            .append(": ")
            .append(driver.ownerOf(key, stamp))
            .append(' ')
            .append(Arrays.toString(driver.doubtfulOwnersOf(key, stamp)))
            .append(' ')
            .append(driver.membersFingerprint(key, stamp))
            .append("; ");
      }
      answers.add(line.toString());
    }
    return answers;
  }

  /** All live links, by their ends, the lesser first. */
  private static Map<String, LiveLink> links(LinkGraph graph) {
    Map<String, LiveLink> links = new TreeMap<>();
    for (Identifier a : WORLD) {
      for (Identifier b : WORLD) {
        LiveLink link = a.compareTo(b) < 0 ? graph.link(key(a), key(b)) : null;
        if (link != null) {
          links.put(a.text(CATALOGUE) + " " + b.text(CATALOGUE), link);
        }
      }
    }
    return links;
  }

  /** What explanations say of each link: its weight, first time and who says so. */
  private static Map<String, String> told(LinkGraph graph) {
    Map<String, String> told = new TreeMap<>();
    links(graph)
        .forEach(
            (ends, link) ->
                told.put(
                    ends,
                    link.weight()
                        + " "
                        + link.source()
                        + " "
                        + link.firstTime()
                        + " "
                        + link.bridgesSince()));
    return told;
  }

  /** What became of an instant, whichever end of a link or pair is named first. */
  private static String told(Applied applied) {
    StringBuilder told = new StringBuilder(applied.affected().toString());
    for (IdentityChange change : applied.changes()) {
      LinkChange cause = change.cause();
      told.append('\n').append(change.kind()).append(' ').append(change.person());
      told.append(' ').append(change.previous()).append(' ').append(change.identifiers());
      told.append(' ').append(new TreeSet<>(List.of(cause.a(), cause.b()))).append(cause.unlink());
      told.append(' ').append(cause.weight()).append(' ').append(cause.source());
    }
    Set<List<Long>> removed = new HashSet<>();
    applied.removed().forEach(p -> removed.add(Stream.of(p.a(), p.b()).sorted().toList()));
    return told.append('\n').append(removed).append(applied.erased()).toString();
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

  /** Stamps of records that are held: some of all that lie in the history. */
  private static List<Long> held(List<Instant> history, Random random) {
    List<Long> held = new ArrayList<>();
    for (long stamp = 0; stamp <= end(history); stamp++) {
      if (random.nextInt(3) == 0) {
        held.add(stamp);
      }
    }
    return held;
  }

  private static long end(List<Instant> history) {
    return history.get(history.size() - 1).time();
  }

  /** The stamps that a record may have at {@code now}: it is held, or it has just come. */
  private static List<Long> stamps(List<Long> held, long now) {
    List<Long> stamps = new ArrayList<>(held);
    stamps.removeIf(stamp -> stamp >= now);
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
          links.add(new LinkChange(false, a, b, 1.0, PAGE, 0));
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
