package io.sendflowr.oracle;

import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.oracle.JobRig.Written;
import io.sendflowr.oracle.Worlds.World;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * All ways in which links can follow each other among a few identifiers, through the joined
 * operators: who is one person, under which universal id, what is told of it, and what becomes of
 * requests is what the oracle says.
 *
 * <p>The identifiers are two deterministic ones, a platform one that two deterministic ones make
 * shared, and a weak one; of their six pairs each can be linked. Exhausted are
 *
 * <ul>
 *   <li>all {@code 6^4} histories of four records that each change something: link a pair that is
 *       not linked, or unlink one that is. What holds after fewer records is seen on the way, so
 *       that all shorter histories are among them.
 *   <li>every set of the pairs, linked in three orders, then without an unlink and with the unlink
 *       of each of them, which is linked again at last. Persons can have three identifiers here as
 *       above, all that ever join.
 *   <li>all {@code 6!} orders in which all six pairs are linked, and then one of them is not any
 *       more; so every set of links in each of its orders is seen on the way. Persons can have two
 *       identifiers here, so that links are quarantined.
 * </ul>
 *
 * <p>Not exhausted but drawn by lot with a fixed seed is how records arrive: in many orders, some
 * of them twice, at several parallelisms, with a rescale in between.
 */
class LinkHistoriesTest {
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();

  private static final List<Identifier> IDENTIFIERS =
      List.of(
          new Identifier(1, "a"),
          new Identifier(1, "b"),
          new Identifier(3, "a"),
          new Identifier(5, "a"));

  private static final int[][] PAIRS = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
  private static final long STEP = 10 * MINUTE;

  /** How many histories share a run. */
  private static final int RUN = 972;

  private static final long SEED = 61;
  private static final List<String> TYPES =
      List.of("unsubscribed", "complaint", "product_view", "support_ticket");

  @Test
  void allHistoriesOfFourChanges() throws Exception {
    assertAsTheOracleSays(3, histories(4));
  }

  @Test
  void allSetsOfPairsAndEachUnlink() throws Exception {
    Random random = new Random(SEED);
    List<List<Integer>> histories = new ArrayList<>();
    for (int set = 0; set < 1 << PAIRS.length; set++) {
      List<Integer> pairs = new ArrayList<>();
      for (int pair = 0; pair < PAIRS.length; pair++) {
        if ((set & (1 << pair)) != 0) {
          pairs.add(pair);
        }
      }
      List<Integer> reversed = new ArrayList<>(pairs);
      Collections.reverse(reversed);
      List<Integer> shuffled = new ArrayList<>(pairs);
      Collections.shuffle(shuffled, random);
      for (List<Integer> order : List.of(pairs, reversed, shuffled)) {
        histories.add(order);
        for (Integer unlinked : pairs) {
          List<Integer> history = new ArrayList<>(order);
          history.addAll(List.of(unlinked, unlinked));
          histories.add(history);
        }
      }
    }
    assertAsTheOracleSays(3, histories);
  }

  @Test
  void allOrdersOfAllPairsAndAnUnlink() throws Exception {
    List<List<Integer>> orders = new ArrayList<>();
    for (List<Integer> order : orders(IntStream.range(0, PAIRS.length).boxed().toList())) {
      List<Integer> history = new ArrayList<>(order);
      history.add(orders.size() % PAIRS.length);
      orders.add(history);
    }
    assertAsTheOracleSays(2, orders);
  }

  private static void assertAsTheOracleSays(int maxPersonSize, List<List<Integer>> histories)
      throws Exception {
    for (int from = 0; from < histories.size(); from += RUN) {
      List<World> worlds = new ArrayList<>();
      for (List<Integer> history :
          histories.subList(from, Math.min(from + RUN, histories.size()))) {
        worlds.add(world(maxPersonSize, history, worlds.size()));
      }
      Crowd crowd = Crowd.of(worlds);
      List<Written> written =
          crowd.apart(JobRuns.written(crowd.together(), new Random(SEED + from)));
      List<Outcome> outcomes = crowd.worlds().parallelStream().map(World::outcome).toList();
      for (int i = 0; i < worlds.size(); i++) {
        assertSame(written.get(i), crowd.worlds().get(i), outcomes.get(i), histories.get(from + i));
      }
    }
  }

  private static void assertSame(
      Written written, World world, Outcome outcome, List<Integer> history) {
    try {
      JobRuns.assertSame(written, world, outcome);
    } catch (AssertionError e) {
      throw new AssertionError("After changes of the pairs " + history, e);
    }
  }

  private static List<List<Integer>> orders(List<Integer> pairs) {
    if (pairs.isEmpty()) {
      return List.of(List.of());
    }
    List<List<Integer>> orders = new ArrayList<>();
    for (Integer first : pairs) {
      List<Integer> rest = pairs.stream().filter(pair -> !pair.equals(first)).toList();
      for (List<Integer> order : orders(rest)) {
        List<Integer> longer = new ArrayList<>(List.of(first));
        longer.addAll(order);
        orders.add(longer);
      }
    }
    return orders;
  }

  /** Which pairs are linked, or unlinked if they are, one after the other. */
  private static List<List<Integer>> histories(int length) {
    if (length == 0) {
      return List.of(List.of());
    }
    List<List<Integer>> longer = new ArrayList<>();
    for (List<Integer> history : histories(length - 1)) {
      for (int pair = 0; pair < PAIRS.length; pair++) {
        List<Integer> next = new ArrayList<>(history);
        next.add(pair);
        longer.add(next);
      }
    }
    return longer;
  }

  private static World world(int maxPersonSize, List<Integer> history, int number) {
    // Each at other instants than the others, so that what an instant costs is no matter.
    long start = Worlds.START + number;
    List<Inbound> records = new ArrayList<>();
    boolean[] linked = new boolean[PAIRS.length];
    for (int i = 0; i < history.size(); i++) {
      int pair = history.get(i);
      records.add(link(linked[pair], pair, start + (i + 1) * STEP));
      linked[pair] = !linked[pair];
    }
    long end = start + (history.size() + 1) * STEP;
    for (int i = 0; i < IDENTIFIERS.size(); i++) {
      records.add(event(TYPES.get((i + number) % TYPES.size()), start, "e" + i, i));
      records.add(request("r" + i, start + 1, start, i));
      records.add(question("q" + i, end, i));
    }
    records.add(event("product_view", start + 3 * STEP + STEP / 2, "late shop", 2));
    records.add(event("complaint", start + 3 * STEP + STEP / 2, "late device", 3));
    return new World(maxPersonSize, records);
  }

  private static Inbound link(boolean unlink, int pair, long time) {
    Identifier a = IDENTIFIERS.get(PAIRS[pair][0]);
    Identifier b = IDENTIFIERS.get(PAIRS[pair][1]);
    return new Inbound.Link(new LinkChange(unlink, a, b, 1.0, "crm", time), time);
  }

  private static Inbound event(String type, long time, String id, int holder) {
    return new Inbound.Event(
        new Observation("shop", id, type, time, time), List.of(IDENTIFIERS.get(holder)), time);
  }

  private static Inbound request(String id, long time, long start, int holder) {
    return new Inbound.Request(
        new SendRequest(
            id,
            time,
            time,
            List.of(IDENTIFIERS.get(holder)),
            key(holder),
            start + 2 * DAY,
            start + 2 * DAY + HOUR,
            5 * MINUTE,
            null,
            null,
            null,
            null,
            null,
            null),
        new Origin("send-requests", 0, holder, new byte[0], Origin.UNKNOWN_TIME),
        time);
  }

  private static Inbound question(String id, long time, int holder) {
    return new Inbound.Resolve(
        new ResolveRequest(id, time, time, List.of(IDENTIFIERS.get(holder)), key(holder)), time);
  }

  private static long key(int identifier) {
    return UniversalId.keyOf(IDENTIFIERS.get(identifier).text(Worlds.CATALOGUE));
  }
}
