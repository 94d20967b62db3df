package io.sendflowr.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.Resolution;
import io.sendflowr.oracle.JobRig.Written;
import io.sendflowr.oracle.Worlds.Happening;
import io.sendflowr.oracle.Worlds.World;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
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
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * What a link between two sides must not do, whatever else happens on them: that it outlives its
 * unlink, and that it lets a message through that one of the sides would have kept back. Each world
 * is run with the link and without it, by the joined operators; no oracle is asked.
 */
class LinkedSidesPropertiesTest {
  /** 50 worlds share a run. */
  private static final int CROWD = 50;

  private static final long DAY = Duration.ofDays(1).toMillis();

  private static final Set<Happening> HAPPENINGS =
      EnumSet.of(Happening.EVENTS, Happening.LINKS, Happening.REQUESTS, Happening.QUESTIONS);

  /** How often something was really compared, so that no property holds because of nothing. */
  private static final Map<String, Integer> COMPARED = new TreeMap<>();

  // ---- a link and its unlink

  /**
   * A pair of identifiers that only these two records link.
   *
   * @param world all else
   * @param link the link
   * @param until when it is taken back, epoch ms, not before the link
   */
  private record Passing(World world, LinkChange link, long until) {

    World without() {
      return world;
    }

    World with() {
      List<Inbound> records = new ArrayList<>(world.records());
      records.add(new Inbound.Link(link, link.time()));
      records.add(
          new Inbound.Link(new LinkChange(true, link.a(), link.b(), 1.0, "desk", until), until));
      return new World(world.maxPersonSize(), records);
    }
  }

  /**
   * 20 times 50 worlds. From the instant of the unlink on, everything is as if neither the link nor
   * the unlink had ever been: requests that come later are answered with the same schedules, byte
   * for byte, and those that pend then with the same status, target, person and suppression, and so
   * revised at the same instants from then on.
   */
  @Property(
      tries = 20,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      shrinking = ShrinkingMode.OFF,
      seed = "62")
  void anUnlinkGivesBackToEachSideWhatWasItsOwn(
      @ForAll("passings") List<Passing> passings, @ForAll long chance) throws Exception {
    Random random = new Random(chance);
    int maxPersonSize = 2 + random.nextInt(5);
    List<Written> with =
        runs(
            Worlds.CATALOGUE, maxPersonSize, passings.stream().map(Passing::with).toList(), random);
    List<Written> without =
        runs(
            Worlds.CATALOGUE,
            maxPersonSize,
            passings.stream().map(Passing::without).toList(),
            random);
    for (int i = 0; i < passings.size(); i++) {
      try {
        assertSameFrom(passings.get(i).until(), with.get(i), without.get(i));
      } catch (AssertionError e) {
        throw new AssertionError("persons of at most " + maxPersonSize + ": " + passings.get(i), e);
      }
    }
  }

  private static void assertSameFrom(long instant, Written with, Written without) {
    Map<String, List<Schedule>> linked = byRequest(with);
    Map<String, List<Schedule>> alone = byRequest(without);
    assertThat(linked.keySet()).isEqualTo(alone.keySet());
    linked.forEach(
        (id, lines) -> {
          List<Schedule> others = alone.get(id);
          if (lines.get(0).request().time() >= instant) {
            assertThat(lines).as(id).isEqualTo(others);
            count("asked after an unlink");
          } else if (isPending(lines, instant) && isPending(others, instant)) {
            assertThat(from(instant, lines)).as(id).isEqualTo(from(instant, others));
            count("pending at an unlink");
            if (!lines.equals(others)) {
              count("pending at an unlink, and decided otherwise before");
            }
          }
        });
    assertThat(answersAfter(instant, with)).isEqualTo(answersAfter(instant, without));
    assertThat(changesAfter(instant, with)).isEqualTo(changesAfter(instant, without));
  }

  /** What a schedule says, save what is not written anew when nothing else changes. */
  private record Said(long at, Status status, long person, long target, String reason, long until) {

    static Said of(Decision decision, long at) {
      return new Said(
          at,
          decision.status(),
          decision.person(),
          decision.status() == Status.SCHEDULED ? decision.target() : 0,
          decision.suppressionReason(),
          decision.suppressionReason() == null ? 0 : decision.suppressedUntil());
    }
  }

  private static List<Said> from(long instant, List<Schedule> lines) {
    List<Said> said = new ArrayList<>();
    for (Schedule line : lines) {
      Decision decision = line.decision();
      if (decision.decidedAt() <= instant) {
        said.clear();
      }
      said.add(Said.of(decision, Math.max(decision.decidedAt(), instant)));
    }
    return said;
  }

  private static List<Resolution> answersAfter(long instant, Written written) {
    return written.resolutions.stream()
        .filter(answer -> answer.request().time() >= instant)
        .map(
            answer ->
                // Which of several equal ways was walked is told, too, and may depend on what was.
                new Resolution(
                    answer.request(),
                    answer.person(),
                    answer.members(),
                    List.of(),
                    answer.confidence()))
        .sorted((one, other) -> one.request().requestId().compareTo(other.request().requestId()))
        .toList();
  }

  private static Set<IdentityChange> changesAfter(long instant, Written written) {
    Set<IdentityChange> changes = new HashSet<>();
    for (IdentityChange change : written.identityChanges) {
      if (change.time() > instant) {
        changes.add(
            new IdentityChange(
                change.kind(),
                change.person(),
                change.previous(),
                change.identifiers(),
                null,
                change.time()));
      }
    }
    return changes;
  }

  @Provide
  Arbitrary<List<Passing>> passings() {
    return Combinators.combine(
            Worlds.worlds(HAPPENINGS).filter(w -> Crowd.identifiersOf(w).size() > 1),
            Arbitraries.longs())
        .as((world, chance) -> passing(world, new Random(chance)))
        .list()
        .ofSize(CROWD);
  }

  private static Passing passing(World world, Random random) {
    List<Identifier> identifiers = List.copyOf(Crowd.identifiersOf(world));
    int one = random.nextInt(identifiers.size());
    int other = (one + 1 + random.nextInt(identifiers.size() - 1)) % identifiers.size();
    Identifier a = identifiers.get(one);
    Identifier b = identifiers.get(other);
    List<Inbound> records = new ArrayList<>();
    for (Inbound record : world.records()) {
      if (!Crowd.identifiersOf(record).containsAll(List.of(a, b))) {
        records.add(record);
      }
    }
    List<Long> times =
        List.copyOf(new TreeSet<>(world.records().stream().map(JobRuns::timeOf).toList()));
    int from = random.nextInt(times.size());
    long until = times.get(from + random.nextInt(times.size() - from)) + random.nextInt(2);
    // Of everybody who is asked about something changes at the unlink, whatever was before it.
    for (Identifier identifier : identifiers) {
      records.add(view(identifier, until));
    }
    double weight = random.nextInt(4) > 0 ? 1.0 : 0.5;
    return new Passing(
        new World(world.maxPersonSize(), records),
        new LinkChange(false, a, b, weight, "crm", times.get(from)),
        until);
  }

  private static Inbound view(Identifier identifier, long time) {
    return new Inbound.Event(
        new Observation("mark", identifier.text(Worlds.CATALOGUE), "product_view", time, time),
        List.of(identifier),
        time);
  }

  // ---- suppressions of both sides

  /**
   * Two sides and a link between them.
   *
   * @param sides what happens on each, and to nobody else
   * @param link joins a person of one side and a person of the other
   * @param everywhere names of requests of the linked ones, which ask at the same instants on both
   *     sides
   */
  private record Joined(List<World> sides, LinkChange link, List<List<String>> everywhere) {

    World apart() {
      return new World(
          sides.get(0).maxPersonSize(),
          sides.stream().flatMap(side -> side.records().stream()).toList());
    }

    World together() {
      List<Inbound> records = new ArrayList<>(apart().records());
      records.add(new Inbound.Link(link, link.time()));
      return new World(sides.get(0).maxPersonSize(), records);
    }
  }

  /**
   * 20 times 50 worlds of two sides, A and B, joined at some instant. What suppresses a request on
   * A alone suppresses it when A and B are joined, and so does what suppresses one of the person of
   * B with whom it is joined; no target lies in a suppression of either.
   *
   * <p>Nothing here ends a suppression, for what ends it on one side rightly ends it on the other;
   * clicks, which keep deliveries from being too many, and deliveries are not in one world; and
   * nobody becomes shared or too large, which would part a side of itself.
   */
  @Property(
      tries = 20,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      shrinking = ShrinkingMode.OFF,
      seed = "63")
  void whatSuppressesEitherSideSuppressesBothWhenTheyAreJoined(
      @ForAll("joined") List<Joined> joined, @ForAll long chance) throws Exception {
    Random random = new Random(chance);
    int noLimit = 2 * Worlds.IDENTIFIERS.size();
    List<Written> apart =
        runs(Worlds.UNSHARED, noLimit, joined.stream().map(Joined::apart).toList(), random);
    List<Written> together =
        runs(Worlds.UNSHARED, noLimit, joined.stream().map(Joined::together).toList(), random);
    for (int i = 0; i < joined.size(); i++) {
      try {
        assertSuppresses(joined.get(i), i, byRequest(apart.get(i)), byRequest(together.get(i)));
      } catch (AssertionError e) {
        throw new AssertionError("together: " + joined.get(i), e);
      }
    }
  }

  private static void assertSuppresses(
      Joined joined,
      int number,
      Map<String, List<Schedule>> apart,
      Map<String, List<Schedule>> together) {
    assertThat(together.keySet()).isEqualTo(apart.keySet());
    together.forEach((id, lines) -> assertSuppresses(id, lines, apart.get(id)));
    for (List<String> names : joined.everywhere()) {
      for (String one : names) {
        for (String other : names) {
          String id = Crowd.named(number, one);
          assertSuppresses(id, together.get(id), apart.get(Crowd.named(number, other)));
        }
      }
    }
  }

  private static void assertSuppresses(String id, List<Schedule> together, List<Schedule> alone) {
    Set<Long> instants = new TreeSet<>();
    together.forEach(line -> instants.add(line.decision().decidedAt()));
    alone.forEach(line -> instants.add(line.decision().decidedAt()));
    for (long instant : instants) {
      Decision without = standing(alone, instant);
      Decision with = standing(together, instant);
      if (without == null
          || with == null
          || !without.isSuppressionActive()
          || without.suppressedUntil() <= instant) {
        continue;
      }
      count("suppressed alone");
      if (with.status() == Status.SCHEDULED) {
        count("suppressed alone, and scheduled after");
        assertThat(with.target())
            .as("target of %s as of %d", id, instant)
            .isGreaterThanOrEqualTo(without.suppressedUntil());
      }
      if (with.decidedAt() == instant) {
        assertThat(with.isSuppressionActive()).as("%s at %d", id, instant).isTrue();
        assertThat(with.suppressedUntil())
            .as("end of the suppression of %s as of %d", id, instant)
            .isGreaterThanOrEqualTo(without.suppressedUntil());
        if (with.suppressedUntil() > without.suppressedUntil()) {
          count("suppressed longer together");
        }
      }
    }
  }

  /** The decision that stands at an instant, of a request that pends then; else null. */
  private static Decision standing(List<Schedule> lines, long instant) {
    Schedule last = null;
    for (Schedule line : lines) {
      if (line.decision().decidedAt() <= instant) {
        last = line;
      }
    }
    boolean stands =
        last != null
            && (last.decision().decidedAt() == instant
                || last.decision().pendingUntil(last.request()) >= instant);
    return stands ? last.decision() : null;
  }

  @Provide
  Arbitrary<List<Joined>> joined() {
    Arbitrary<World> sides = Worlds.worlds(HAPPENINGS).filter(side -> !joining(side).isEmpty());
    return Combinators.combine(sides, sides, Arbitraries.longs())
        .as((a, b, chance) -> joined(a, b, new Random(chance)))
        .list()
        .ofSize(CROWD);
  }

  private static List<Identifier> joining(World side) {
    return Crowd.identifiersOf(side).stream()
        .filter(identifier -> !Worlds.UNSHARED.typeOf(identifier.rank()).isWeak())
        .toList();
  }

  private static Joined joined(World a, World b, Random random) {
    boolean clicks = random.nextBoolean();
    World one = Crowd.named(withoutEnds(a, clicks), "A");
    World other = Crowd.named(withoutEnds(b, clicks), "B");
    List<Identifier> ends = List.of(oneOf(joining(one), random), oneOf(joining(other), random));
    List<Long> times = new ArrayList<>();
    one.records().forEach(record -> times.add(JobRuns.timeOf(record)));
    other.records().forEach(record -> times.add(JobRuns.timeOf(record)));
    long time = oneOf(times, random);
    List<List<Inbound>> records =
        List.of(new ArrayList<>(one.records()), new ArrayList<>(other.records()));
    List<List<String>> everywhere = new ArrayList<>();
    for (String channel : List.of("email", "sms")) {
      for (long at : new long[] {time, Math.max(time, oneOf(times, random))}) {
        long sendAfter = at + (random.nextBoolean() ? 0 : 3 * DAY);
        List<String> names = new ArrayList<>();
        for (int side = 0; side < 2; side++) {
          String name = "probe " + side + " of " + everywhere.size();
          records.get(side).add(probe(name, ends.get(side), channel, at, sendAfter));
          names.add(name);
        }
        everywhere.add(names);
      }
    }
    int noLimit = 2 * Worlds.IDENTIFIERS.size();
    return new Joined(
        records.stream().map(side -> new World(noLimit, side)).toList(),
        new LinkChange(false, ends.get(0), ends.get(1), 1.0, "crm", time),
        everywhere);
  }

  private static <T> T oneOf(List<T> some, Random random) {
    return some.get(random.nextInt(some.size()));
  }

  private static World withoutEnds(World world, boolean clicks) {
    List<Inbound> records = new ArrayList<>();
    for (Inbound record : world.records()) {
      if (record instanceof Inbound.Event event) {
        Observation o = event.observation();
        String type =
            switch (o.type()) {
              case "resubscribed", "ticket_closed_satisfied" -> "bounced";
              case "clicked", "sms_clicked" -> clicks ? o.type() : "delivered";
              case "delivered" -> clicks ? "bounced" : o.type();
              default -> o.type();
            };
        records.add(
            new Inbound.Event(
                new Observation(o.source(), o.eventId(), type, o.time(), o.reportedTime()),
                event.identifiers(),
                event.clock()));
      } else {
        records.add(record);
      }
    }
    return new World(world.maxPersonSize(), records);
  }

  private static Inbound probe(
      String name, Identifier holder, String channel, long time, long sendAfter) {
    return new Inbound.Request(
        new SendRequest(
            name,
            time,
            time,
            List.of(holder),
            Crowd.key(holder),
            sendAfter,
            sendAfter + 7 * DAY,
            Duration.ofMinutes(5).toMillis(),
            channel,
            null,
            null,
            null,
            null,
            null),
        new Origin("send-requests", 0, 0, new byte[0], Origin.UNKNOWN_TIME),
        time);
  }

  // ---- both

  private static List<Written> runs(
      Catalogue catalogue, int maxPersonSize, Collection<World> worlds, Random random)
      throws Exception {
    Crowd crowd =
        Crowd.of(worlds.stream().map(world -> new World(maxPersonSize, world.records())).toList());
    return crowd.apart(JobRuns.written(catalogue, crowd.together(), random));
  }

  private static Map<String, List<Schedule>> byRequest(Written written) {
    Map<String, List<Schedule>> lines = new TreeMap<>();
    for (Schedule schedule : written.schedules) {
      lines.computeIfAbsent(schedule.request().requestId(), id -> new ArrayList<>()).add(schedule);
    }
    return lines;
  }

  /** Whether something can still be written of it at an instant. */
  private static boolean isPending(List<Schedule> lines, long instant) {
    Schedule last = null;
    for (Schedule line : lines) {
      if (line.decision().decidedAt() < instant) {
        last = line;
      }
    }
    return last != null && last.decision().pendingUntil(last.request()) >= instant;
  }

  private static void count(String what) {
    COMPARED.merge(what, 1, Integer::sum);
  }

  @BeforeContainer
  static void countNothing() {
    COMPARED.clear();
  }

  @AfterContainer
  static void everythingIsCompared() {
    assertThat(COMPARED)
        .allSatisfy((what, times) -> assertThat(times).as(what).isGreaterThan(100))
        .hasSize(6);
  }
}
