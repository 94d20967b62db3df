package io.sendflowr.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.HeldEvent;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.LinkGraph;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.oracle.JobRig.Topic;
import io.sendflowr.oracle.Worlds.Happening;
import io.sendflowr.oracle.Worlds.World;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Horizon;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.cep.DerivedPatterns;
import io.sendflowr.timing.BaseCurve;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/**
 * That nothing piles up. A year of 13 months of 28 days passes; in the first two weeks of each,
 * everything happens that can, and at its end everything that can expire has. What is left then is
 * what must be (the floor, as {@code docs/state.md} has it), and not one entry or timer more.
 *
 * <p>Three kinds of people live through it. Some come back every month and do what they did before.
 * Of others, new ones every month, all expires, because whatever links them is taken back. And new
 * ones every month ask to be forgotten. Watermarks of topics run ahead of each other and of
 * records, so that many of these are late.
 */
class StateOverAYearTest {
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long MONTH = 28 * DAY;
  private static final int MONTHS = 13;
  private static final int MAX_PERSON_SIZE = 4;

  /** Of each erased identifier a mark and the time of the erasure. */
  private static final long MARK_BYTES = 16;

  /** When all has happened in a month, and links are taken back and people forgotten. */
  private static final long END_OF_WAVE = 15 * DAY + HOUR / 2;

  /** A request whose window ends by then is forgotten within its month. */
  private static final long LAST_WINDOW = 20 * DAY;

  private static final Horizon HORIZON =
      new Horizon(Worlds.CATALOGUE, DerivedPatterns.derivations());

  /** Everything but clicks, which act for 192 days. */
  @Property(
      tries = 2,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      shrinking = ShrinkingMode.OFF,
      seed = "71")
  void everyMonthEndsAtTheFloor(@ForAll("worlds") List<World> worlds, @ForAll long chance)
      throws Exception {
    List<World> clickless = worlds.stream().map(world -> only(world, r -> !isClick(r))).toList();
    try (Year year = new Year(clickless, chance)) {
      List<Map<String, Long>> months = new ArrayList<>();
      for (int month = 0; month < MONTHS; month++) {
        Inventory inventory = year.pass(month);
        year.assertFloor(inventory);
        months.add(year.sizes(inventory, month));
      }
      // The first month begins with nobody: who comes back is linked from the beginning of others.
      assertThat(months.subList(1, MONTHS)).containsOnly(months.get(1));
    }
  }

  /**
   * With clicks: after seven months as many are forgotten in each as come, and when the last one
   * acts no more nothing is left of any.
   */
  @Property(
      tries = 1,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      shrinking = ShrinkingMode.OFF,
      seed = "72")
  void clicksDoNotPileUpAndAYearEndsAtTheFloor(
      @ForAll("worlds") List<World> worlds, @ForAll long chance) throws Exception {
    try (Year year = new Year(worlds, chance)) {
      List<Map<String, Long>> months = new ArrayList<>();
      for (int month = 0; month < MONTHS; month++) {
        Inventory inventory = year.pass(month);
        assertThat(inventory.timers())
            .as("timers")
            .isEqualTo(checksAfter(inventory, Worlds.START + (month + 1) * MONTH - 1));
        months.add(year.sizes(inventory, month));
      }
      assertThat(months.subList(8, MONTHS)).containsOnly(months.get(8));
      year.advance(Worlds.START + MONTHS * MONTH + BaseCurve.MEMORY_MILLIS);
      year.assertFloor(Inventory.of(year.rig, MAX_PERSON_SIZE));
    }
  }

  /** When identifiers and persons look at the events that they hold: each has its own hours. */
  private static long checksAfter(Inventory inventory, long now) {
    Map<Long, Set<Long>> ofIdentifiers = new HashMap<>();
    Map<Long, Set<Long>> ofPersons = new HashMap<>();
    inventory
        .heldEvents()
        .forEach(
            (holder, events) -> {
              for (HeldEvent held : events) {
                addCheck(ofIdentifiers, holder, held.observation(), now);
                held.shares()
                    .forEach(share -> addCheck(ofPersons, share.person(), held.observation(), now));
              }
            });
    return Stream.of(ofIdentifiers, ofPersons)
        .flatMap(checks -> checks.values().stream())
        .mapToLong(Set::size)
        .sum();
  }

  private static void addCheck(Map<Long, Set<Long>> checks, long key, Observation event, long now) {
    long check = HORIZON.nextCheck(key, event);
    if (check > now) {
      checks.computeIfAbsent(key, k -> new HashSet<>()).add(check);
    }
  }

  @Provide
  Arbitrary<List<World>> worlds() {
    return Worlds.worlds(EnumSet.complementOf(EnumSet.of(Happening.TAKEN_EVENT_IDS)))
        .list()
        .ofSize(45);
  }

  private interface Chosen {
    boolean is(Inbound record);
  }

  private static World only(World world, Chosen chosen) {
    return new World(MAX_PERSON_SIZE, world.records().stream().filter(chosen::is).toList());
  }

  private static boolean isClick(Inbound record) {
    return record instanceof Inbound.Event event
        && Worlds.CATALOGUE.isClick(event.observation().type());
  }

  private static boolean isForGood(Inbound record) {
    return record instanceof Inbound.Event event
        && HORIZON.of(event.observation()) == Horizon.FOREVER;
  }

  private static boolean fits(Inbound record) {
    return !(record instanceof Inbound.Request asked)
        || asked.request().sendAfter() < Worlds.START + LAST_WINDOW;
  }

  /** A year in which months of the same worlds pass. */
  private static final class Year implements AutoCloseable {
    private final List<World> returning = new ArrayList<>();
    private final List<World> passing = new ArrayList<>();
    private final List<World> leaving = new ArrayList<>();
    private final Set<Identifier> known = new TreeSet<>();
    private final long chance;
    private final Random random;
    private JobRig rig;
    private long marksBefore;
    private long forgottenInAMonth;

    Year(List<World> worlds, long chance) throws Exception {
      this.chance = chance;
      this.random = new Random(chance);
      for (int i = 0; i < worlds.size(); i++) {
        World world = Crowd.named(only(worlds.get(i), r -> fits(r)), i + ".");
        switch (i % 3) {
          case 0 -> returning.add(world);
          case 1 -> passing.add(only(world, r -> !isForGood(r) && !(r instanceof Inbound.Erase)));
          // Of whom no mark carries on more than that they were forgotten.
          default -> leaving.add(only(world, r -> !isForGood(r) && !(r instanceof Inbound.Erase)));
        }
      }
      leaving.forEach(world -> forgottenInAMonth += Crowd.identifiersOf(world).size());
      returning.forEach(world -> known.addAll(Crowd.identifiersOf(world)));
      rig = JobRig.of(Worlds.CATALOGUE, MAX_PERSON_SIZE, 2, random);
    }

    /** What there is when a month has passed. */
    Inventory pass(int month) throws Exception {
      List<Inbound> records = new ArrayList<>();
      for (World world : returning) {
        world.records().forEach(record -> records.add(again(record, month)));
      }
      for (World world : passing) {
        World named = Crowd.named(world, "new in " + month + ".");
        named.records().forEach(record -> records.add(again(record, month)));
        records.addAll(unlinks(Crowd.identifiersOf(named), month));
      }
      for (World world : leaving) {
        World named = Crowd.named(world, "gone in " + month + ".");
        named.records().forEach(record -> records.add(again(record, month)));
        records.addAll(erasures(Crowd.identifiersOf(named), month));
      }
      read(records);
      advance(Worlds.START + (month + 1) * MONTH - 1);
      if (month % 4 == 3) {
        JobRig before = rig;
        rig = before.restored(before.checkpoint(), 1 + random.nextInt(4));
        before.close();
      }
      return Inventory.of(rig, MAX_PERSON_SIZE);
    }

    /** Each month in the same order, and with the same records late. */
    private void read(List<Inbound> records) throws Exception {
      Random order = new Random(chance);
      record Arrival(long at, Inbound record) {}
      List<Arrival> arrivals = new ArrayList<>();
      for (Inbound record : records) {
        arrivals.add(
            new Arrival(JobRuns.timeOf(record) + (long) (order.nextDouble() * HOUR), record));
      }
      arrivals.sort(Comparator.comparingLong(Arrival::at));
      Topic[] topics = Topic.values();
      for (Arrival arrival : arrivals) {
        rig.read(arrival.record());
        if (order.nextInt(3) == 0) {
          long lag = (long) (order.nextDouble() * 2 * HOUR);
          rig.advance(topics[order.nextInt(topics.length)], arrival.at() - lag);
        }
        rig.letSomeArrive();
      }
    }

    void advance(long time) throws Exception {
      for (Topic topic : Topic.values()) {
        rig.advance(topic, time);
      }
      rig.letAllArrive();
    }

    /**
     * What must be the same each month: all but the marks of those who asked to be forgotten, and
     * what was estimated last, of which the next estimate decides what is forgotten.
     */
    Map<String, Long> sizes(Inventory inventory, int month) {
      Map<String, Long> sizes = new TreeMap<>(inventory.sizes());
      sizes.remove("latency-timelines");
      long marks = sizes.remove("erasure marks");
      sizes.merge("link-graph rows and marks", -MARK_BYTES * marks, Long::sum);
      if (month > 1) {
        assertThat(marks - marksBefore).as("marks of a month").isEqualTo(forgottenInAMonth);
      }
      marksBefore = marks;
      return sizes;
    }

    void assertFloor(Inventory inventory) {
      LinkGraph graph = inventory.graph();
      assertThat(inventory.timers()).as("timers").isZero();

      Map<Long, Set<Long>> links = new TreeMap<>();
      long directed = 0;
      for (Identifier one : known) {
        for (Identifier other : known) {
          if (graph.link(Crowd.key(one), Crowd.key(other)) != null) {
            directed++;
            if (!Worlds.CATALOGUE.typeOf(other.rank()).isWeak()) {
              links.computeIfAbsent(Crowd.key(one), k -> new HashSet<>()).add(Crowd.key(other));
            }
          }
        }
      }
      assertThat(2L * graph.links()).as("links of who comes back").isEqualTo(directed);

      long shares = 0;
      for (Map.Entry<Long, List<HeldEvent>> entry : inventory.heldEvents().entrySet()) {
        Set<List<String>> ids = new HashSet<>();
        for (HeldEvent held : entry.getValue()) {
          Observation event = held.observation();
          assertThat(HORIZON.of(event)).as("end of %s", event).isEqualTo(Horizon.FOREVER);
          assertThat(ids.add(List.of(event.source(), event.eventId()))).isTrue();
          shares += held.shares().size();
        }
      }

      assertThat(inventory.sightings().keySet()).as("who saw others").isEqualTo(links.keySet());
      inventory
          .sightings()
          .forEach(
              (holder, seen) -> {
                assertThat(seen.keySet()).isEqualTo(links.get(holder));
                List<HeldEvent> held = inventory.heldEvents().getOrDefault(holder, List.of());
                seen.values()
                    .forEach(
                        stamps ->
                            assertThat(stamps.length)
                                .as("%s for %s", Arrays.toString(stamps), held)
                                .isBetween(1, 1 + held.size()));
              });
      inventory
          .latestSightings()
          .forEach(
              (holder, latest) -> {
                assertThat(latest.others()).isNotEmpty();
                assertThat(links.getOrDefault(holder, Set.of())).containsAll(latest.others());
              });

      Map<String, Long> sizes = new TreeMap<>(inventory.sizes());
      assertThat(sizes.remove("person-events")).as("person-events").isEqualTo(shares);
      assertThat(sizes.remove("latency-timelines")).isLessThanOrEqualTo(70);
      sizes
          .keySet()
          .removeAll(Set.of("held-events", "sightings", "latest-sighting", "erasure marks"));
      sizes.keySet().removeIf(name -> name.startsWith("link-graph"));
      assertThat(sizes).allSatisfy((name, size) -> assertThat(size).as(name).isZero());
    }

    @Override
    public void close() throws Exception {
      rig.close();
    }
  }

  // Records

  private static List<Inbound> unlinks(Collection<Identifier> identifiers, int month) {
    long time = Worlds.START + month * MONTH + END_OF_WAVE;
    List<Inbound> unlinks = new ArrayList<>();
    for (Identifier a : identifiers) {
      for (Identifier b : identifiers) {
        if (a.compareTo(b) < 0) {
          unlinks.add(new Inbound.Link(new LinkChange(true, a, b, 1.0, "crm", time), time));
        }
      }
    }
    return unlinks;
  }

  private static List<Inbound> erasures(Collection<Identifier> identifiers, int month) {
    long time = Worlds.START + month * MONTH + END_OF_WAVE;
    return identifiers.stream()
        .<Inbound>map(
            one ->
                new Inbound.Erase(
                    new Erasure(List.of(one), time, time),
                    new Origin("links", 0, 0, new byte[0], Origin.UNKNOWN_TIME),
                    time))
        .toList();
  }

  /**
   * The same in a later month. What acts for good is reported again; everything else is another
   * event or request.
   */
  private static Inbound again(Inbound record, int month) {
    long by = month * MONTH;
    String id = isForGood(record) ? "" : "." + month;
    if (record instanceof Inbound.Event event) {
      Observation o = event.observation();
      return new Inbound.Event(
          new Observation(
              o.source(), o.eventId() + id, o.type(), o.time() + by, o.reportedTime() + by),
          event.identifiers(),
          event.delivery(),
          event.clock() + by);
    } else if (record instanceof Inbound.Link link) {
      LinkChange c = link.change();
      return new Inbound.Link(
          new LinkChange(c.unlink(), c.a(), c.b(), c.weight(), c.source(), c.time() + by),
          link.clock() + by);
    } else if (record instanceof Inbound.Request asked) {
      SendRequest r = asked.request();
      return new Inbound.Request(
          new SendRequest(
              r.requestId() + id,
              r.time() + by,
              r.reportedTime() + by,
              r.identifiers(),
              r.personKey(),
              r.sendAfter() + by,
              Math.min(r.sendBefore(), Worlds.START + LAST_WINDOW) + by,
              r.latencyMillis(),
              r.channel(),
              r.provider(),
              r.campaignType(),
              r.intentId(),
              r.campaignId(),
              r.template()),
          asked.origin(),
          asked.clock() + by);
    } else if (record instanceof Inbound.Resolve asked) {
      ResolveRequest r = asked.request();
      return new Inbound.Resolve(
          new ResolveRequest(
              r.requestId() + id,
              r.time() + by,
              r.reportedTime() + by,
              r.identifiers(),
              r.personKey()),
          asked.clock() + by);
    } else if (record instanceof Inbound.Cancel cancel) {
      return new Inbound.Cancel(cancel.requestId() + id, cancel.time() + by, cancel.clock() + by);
    }
    Inbound.Erase erase = (Inbound.Erase) record;
    Erasure e = erase.erasure();
    return new Inbound.Erase(
        new Erasure(e.identifiers(), e.time() + by, e.reportedTime() + by),
        erase.origin(),
        erase.clock() + by);
  }
}
