package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.identity.Sightings.Fold;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With whom a device was seen, and what of it can be forgotten. */
class SightingsTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final Identifier DEVICE =
      new Identifier(CATALOGUE.typeNamed("device_id").rank(), "d");
  private static final List<Identifier> OWNERS =
      IntStream.range(0, 4)
          .mapToObj(i -> new Identifier(CATALOGUE.typeNamed("email_hash").rank(), "e" + i))
          .toList();
  private static final long HOLDER = key(DEVICE);
  private static final List<Long> ENDS = OWNERS.stream().map(SightingsTest::key).toList();

  private LinkGraph graph;

  @BeforeEach
  void nobodyIsLinked() {
    graph = new LinkGraph(CATALOGUE, 500, new ErasureMarks(null));
  }

  @Test
  void theLatestSightingUpToTheRecordDecides() throws Exception {
    link(10, 0);
    link(20, 1);
    Sightings seen = new Sightings(List.of(seen(20, 1), seen(10, 0)), null);

    assertThat(owner(seen, 9, 30)).as("before any: the earliest link").isEqualTo(ENDS.get(0));
    assertThat(owner(seen, 10, 30)).isEqualTo(ENDS.get(0));
    assertThat(owner(seen, 19, 30)).isEqualTo(ENDS.get(0));
    assertThat(owner(seen, 20, 30)).isEqualTo(ENDS.get(1));
  }

  @Test
  void whatLiesAheadOfEventTimeIsNotKnownYet() throws Exception {
    link(10, 0);
    link(20, 1);
    Sightings seen = new Sightings(List.of(seen(10, 0), seen(25, 1)), null);

    assertThat(owner(seen, 40, 24)).isEqualTo(ENDS.get(0));
    assertThat(owner(seen, 40, 25)).isEqualTo(ENDS.get(1));
  }

  @Test
  void ofTwoSeenAtOnceTheSmallerDecidesWhicheverWasReadFirst() throws Exception {
    link(10, 0);
    link(10, 1);

    assertThat(owner(new Sightings(List.of(seen(10, 1), seen(10, 0)), null), 10, 10))
        .isEqualTo(ENDS.get(0));
    assertThat(owner(new Sightings(List.of(seen(10, 1, 0)), null), 10, 10)).isEqualTo(ENDS.get(0));
    assertThat(owner(new Sightings(List.of(), seen(10, 1, 0)), 10, 10)).isEqualTo(ENDS.get(0));
  }

  @Test
  void aLinkThatIsGoneOrBeganAnewWasNotSeenBefore() throws Exception {
    link(10, 0);
    link(20, 1);
    unlink(30, 1);
    Sightings seen = new Sightings(List.of(seen(10, 0), seen(20, 1)), null);
    assertThat(owner(seen, 25, 30)).isEqualTo(ENDS.get(0));

    link(40, 1);
    assertThat(owner(seen, 25, 40)).as("begun anew after the record").isEqualTo(ENDS.get(0));
  }

  @Test
  void withoutAnEndForgetsItUpToAnInstantOnly() {
    Sightings seen = new Sightings(List.of(seen(10, 0, 1), seen(20, 1), seen(30, 1)), seen(5, 1));

    Sightings without = seen.without(ENDS.get(1), 20);

    assertThat(without.recent()).containsExactly(seen(10, 0), seen(30, 1));
    assertThat(without.latest()).isNull();
    assertThat(without.without(ENDS.get(2), 99)).isEqualTo(without);
  }

  @Test
  void aFoldKeepsTheLastOfEachEndAndWhatDecidesAboutRecords() throws Exception {
    List<Sighting> recent = new ArrayList<>();
    for (long time = 1; time <= 100; time++) {
      recent.add(seen(time, 0));
    }
    recent.add(seen(50, 1));
    recent.add(seen(200, 2));
    Collections.shuffle(recent, new Random(3));

    Fold fold =
        new Sightings(recent, null).fold(100, new TreeSet<>(List.of(40L, 41L, 300L)), end -> null);

    assertThat(fold.left().recent()).containsExactly(seen(200, 2));
    assertThat(fold.left().latest()).isEqualTo(seen(100, 0));
    assertThat(fold.stamps()).containsOnlyKeys(ENDS.get(0), ENDS.get(1));
    assertThat(fold.stamps().get(ENDS.get(0))).containsExactly(40, 41, 100);
    assertThat(fold.stamps().get(ENDS.get(1))).containsExactly(50);
  }

  @Test
  void whatNoRecordAsksForAnyMoreIsForgotten() {
    Map<Long, long[]> folded =
        Map.of(ENDS.get(0), new long[] {10, 20, 30}, ENDS.get(1), new long[] {40});

    Map<Long, long[]> thinned = Sightings.thinned(folded, new TreeSet<>(List.of(25L)));

    assertThat(thinned).containsOnlyKeys(ENDS.get(0));
    assertThat(thinned.get(ENDS.get(0))).containsExactly(20, 30);
  }

  @Test
  void whatWasSeenByALinkThatIsNotThereIsForgotten() {
    link(20, 0);
    Sightings seen = new Sightings(List.of(seen(19, 0), seen(20, 0, 1), seen(31, 2)), null);

    assertThat(seen.linked(graph, HOLDER, 30).recent())
        .as("0 is linked since 20, 1 is not, of 2 nothing is known yet")
        .containsExactly(seen(20, 0), seen(31, 2));
  }

  @Test
  void aFoldPutsTogetherWhatWasSeenLastAtOneInstant() throws Exception {
    Sightings seen = new Sightings(List.of(seen(10, 1), seen(10, 2)), seen(10, 0));

    Sighting latest = seen.fold(10, new TreeSet<>(), end -> null).left().latest();

    assertThat(latest.time()).isEqualTo(10);
    assertThat(latest.others()).containsExactlyInAnyOrder(ENDS.get(0), ENDS.get(1), ENDS.get(2));
  }

  /** Whatever was folded in, and whenever, the answer is that of all that was ever seen. */
  @Property(tries = 3000, seed = "50")
  void foldingChangesNoAnswer(@ForAll long seed) throws Exception {
    nobodyIsLinked();
    Random random = new Random(seed);
    TreeSet<Long> held = new TreeSet<>();
    random.ints(1 + random.nextInt(6), 0, 45).forEach(stamp -> held.add((long) stamp));
    Sightings folding = new Sightings(List.of(), null);
    Map<Long, long[]> folded = new HashMap<>();
    Map<Integer, NavigableSet<Long>> all = new TreeMap<>();
    for (long now = 1; now <= 40; now++) {
      if (random.nextInt(3) == 0) {
        continue;
      }
      int end = random.nextInt(OWNERS.size());
      if (random.nextInt(6) == 0) {
        unlink(now, end);
        all.remove(end);
        folding = folding.without(ENDS.get(end), now);
        folded.remove(ENDS.get(end));
      } else {
        TreeSet<Integer> together = new TreeSet<>(List.of(end, random.nextInt(OWNERS.size())));
        for (int one : together) {
          link(now, one);
          all.computeIfAbsent(one, o -> new TreeSet<>()).add(now);
        }
        List<Sighting> recent = new ArrayList<>(folding.recent());
        if (random.nextBoolean()) {
          recent.add(seen(now, together.stream().mapToInt(i -> i).toArray()));
        } else {
          for (int one : together) {
            recent.add(random.nextInt(recent.size() + 1), seen(now, one));
          }
        }
        folding = new Sightings(recent, folding.latest());
      }
      if (random.nextInt(4) == 0) {
        Fold fold = folding.linked(graph, HOLDER, now).fold(now, held, folded::get);
        folding = fold.left();
        folded.putAll(fold.stamps());
      }
      if (random.nextInt(8) == 0 && held.floor(now) != null) {
        held.remove(held.floor(now));
        folded.putAll(Sightings.thinned(folded, held));
      }
      List<Long> stamps = new ArrayList<>(held);
      stamps.add(now);
      for (long stamp : stamps) {
        assertThat(folding.owner(graph, HOLDER, stamp, now, () -> folded))
            .as("of a record of %d at %d", stamp, now)
            .isEqualTo(naiveOwner(all, Math.min(stamp, now)));
      }
    }
  }

  /** Rule 3 from all stamps of the live links. */
  private static long naiveOwner(Map<Integer, NavigableSet<Long>> all, long stamp) {
    long best = Long.MIN_VALUE;
    long owner = HOLDER;
    for (Map.Entry<Integer, NavigableSet<Long>> end : all.entrySet()) {
      Long latest = end.getValue().floor(stamp);
      if (latest != null && latest > best) {
        best = latest;
        owner = ENDS.get(end.getKey());
      }
    }
    if (owner != HOLDER) {
      return owner;
    }
    long earliest = Long.MAX_VALUE;
    for (Map.Entry<Integer, NavigableSet<Long>> end : all.entrySet()) {
      if (end.getValue().first() < earliest) {
        earliest = end.getValue().first();
        owner = ENDS.get(end.getKey());
      }
    }
    return owner;
  }

  private long owner(Sightings seen, long stamp, long now) throws Exception {
    return seen.owner(graph, HOLDER, stamp, now, Map::of);
  }

  private void link(long time, int end) {
    say(new LinkChange(false, DEVICE, OWNERS.get(end), 1.0, "test", time));
  }

  private void unlink(long time, int end) {
    say(new LinkChange(true, DEVICE, OWNERS.get(end), 1.0, "test", time));
  }

  private void say(LinkChange change) {
    graph.apply(List.of(new GraphChange.Linked(change, change.time())));
  }

  private static Sighting seen(long time, int... ends) {
    return new Sighting(time, IntStream.of(ends).mapToObj(ENDS::get).toList());
  }

  private static long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(CATALOGUE));
  }
}
