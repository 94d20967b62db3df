package io.sendflowr.oracle;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.oracle.JobRig.Savepoint;
import io.sendflowr.oracle.JobRig.Topic;
import io.sendflowr.oracle.JobRig.Written;
import io.sendflowr.oracle.Worlds.Happening;
import io.sendflowr.oracle.Worlds.World;
import io.sendflowr.record.Origin;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateObject;
import org.apache.flink.runtime.state.StreamStateHandle;

/**
 * That nothing of the erased is left in the state of any operator but marks, neither after the
 * erasure nor after everything was read again: every byte of a checkpoint is looked at. The state
 * is that of the heap backend, which writes what there is and nothing that was deleted.
 */
class ErasureTracesTest {
  private static final long HOUR = Duration.ofHours(1).toMillis();

  /** In how many worlds what is looked for was there before the erasure. */
  private static int foundBefore;

  /**
   * Everybody in a world is erased. What is looked for is each identifier's value, as text and
   * packed as the link graph packs it, and its key. When all is read again, nothing is written.
   */
  @Property(
      tries = 150,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      shrinking = ShrinkingMode.OFF,
      seed = "64")
  void nothingIsLeftOfAnybody(@ForAll("worlds") World world, @ForAll long chance) throws Exception {
    World told = Crowd.named(world, ErasureTracesTest::telling);
    Set<Identifier> everybody = Crowd.identifiersOf(told);
    Written[] written = erased(told, List.copyOf(everybody), everybody, new Random(chance));
    assertThat(written[1].schedules).isEqualTo(written[0].schedules);
    assertThat(written[1].resolutions).isEqualTo(written[0].resolutions);
    assertThat(written[1].identityChanges).isEqualTo(written[0].identityChanges);
    assertThat(written[1].rejected).isEqualTo(written[0].rejected);
  }

  /**
   * One person is erased among others with whom they shared devices, numbers and instants. Requests
   * are all their own here, and each presents one identifier: a request of somebody else keeps what
   * it presents until it is closed, and with whom it was decided last until its id is free.
   */
  @Property(
      tries = 150,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      shrinking = ShrinkingMode.OFF,
      seed = "65")
  void nothingIsLeftOfOnePersonAmongOthers(@ForAll("worlds") World world, @ForAll long chance)
      throws Exception {
    Random random = new Random(chance);
    World told = Crowd.named(world, ErasureTracesTest::telling);
    List<Identifier> everybody = List.copyOf(Crowd.identifiersOf(told));
    Identifier named = everybody.get(random.nextInt(everybody.size()));
    // Requests that link nobody, so that who is whose does not depend on which of them there are.
    told = requesting(told, presented -> presented.size() == 1);
    Map<Identifier, Long> persons = told.outcome().persons();
    Set<Identifier> person = new TreeSet<>(List.of(named));
    for (Map.Entry<Identifier, Long> other : persons.entrySet()) {
      if (other.getValue().equals(persons.get(named))) {
        person.add(other.getKey());
      }
    }
    erased(requesting(told, person::containsAll), List.of(named), person, random);
  }

  /** The same world with those requests alone whose presented identifiers are such. */
  private static World requesting(World world, Predicate<List<Identifier>> such) {
    return new World(
        world.maxPersonSize(),
        world.records().stream()
            .filter(
                record ->
                    !(record instanceof Inbound.Request asked)
                        || such.test(asked.request().identifiers()))
            .toList());
  }

  /** What was written up to the erasure, and after everything was read again. */
  private static Written[] erased(
      World told, List<Identifier> named, Set<Identifier> person, Random random) throws Exception {
    Traces traces = new Traces(person);
    List<Inbound> records = new ArrayList<>(told.records());
    records.sort(Comparator.comparingLong(JobRuns::timeOf));
    long last = records.isEmpty() ? Worlds.START : JobRuns.timeOf(records.get(records.size() - 1));
    long erasure = last + random.nextInt(2);
    try (JobRig rig =
        JobRig.of(Worlds.CATALOGUE, told.maxPersonSize(), 1 + random.nextInt(4), random)) {
      for (Inbound record : records) {
        rig.read(record);
        if (random.nextInt(4) > 0) {
          advance(rig, JobRuns.timeOf(record) - 1);
        }
        rig.letSomeArrive();
      }
      if (!traces.in(rig.checkpoint()).isEmpty()) {
        foundBefore++;
      }

      rig.read(
          new Inbound.Erase(
              new Erasure(named, erasure, erasure),
              new Origin("links", 0, 0, new byte[0], Origin.UNKNOWN_TIME),
              erasure));
      // Timers of the next hour are let fire: each bears the key of somebody.
      advance(rig, erasure + HOUR);
      Savepoint after = rig.checkpoint();
      assertThat(traces.in(after)).as("left of the erased").isEmpty();

      for (Inbound record : records) {
        rig.read(record);
        rig.letSomeArrive();
      }
      advance(rig, erasure + 2 * HOUR);
      Savepoint again = rig.checkpoint();
      assertThat(traces.in(again)).as("left of what was read again").isEmpty();
      return new Written[] {after.written(), again.written()};
    }
  }

  @BeforeContainer
  static void nothingIsFoundYet() {
    foundBefore = 0;
  }

  @AfterContainer
  static void thereWasSomethingToErase() {
    assertThat(foundBefore).isGreaterThan(200);
  }

  private static void advance(JobRig rig, long time) throws Exception {
    for (Topic topic : Topic.values()) {
      rig.advance(topic, time);
    }
  }

  @Provide
  Arbitrary<World> worlds() {
    return Worlds.worlds(
            EnumSet.complementOf(
                EnumSet.of(
                    Happening.ERASURES,
                    Happening.LATENESS,
                    Happening.REQUESTS_BY_UNIVERSAL_ID,
                    Happening.QUESTIONS_BY_UNIVERSAL_ID,
                    Happening.TAKEN_REQUEST_IDS)))
        .filter(world -> !Crowd.identifiersOf(world).isEmpty());
  }

  /** The same identifier with a value that is found nowhere by chance, in each form of packing. */
  private static Identifier telling(Identifier identifier) {
    byte[] hash = UniversalId.sha256(identifier.rank() + identifier.value());
    String digits = new BigInteger(1, hash).toString();
    String value =
        switch (identifier.rank() % 4) {
          case 0 -> "name-" + HexFormat.of().formatHex(hash, 0, 9);
          case 1 -> HexFormat.of().formatHex(hash);
          case 2 -> "+" + digits.substring(0, 17);
          default -> digits.substring(0, 19);
        };
    return new Identifier(identifier.rank(), value);
  }

  /** What would tell of identifiers, by its first eight bytes. */
  private static final class Traces {
    private final Map<Long, String> names = new TreeMap<>();

    Traces(Collection<Identifier> identifiers) {
      for (Identifier identifier : identifiers) {
        String name = identifier.text(Worlds.CATALOGUE);
        String value = identifier.value();
        long key = UniversalId.keyOf(name);
        names.put(key, "key of " + name);
        names.put(Long.reverseBytes(key), "key of " + name + ", reversed");
        add(value.getBytes(UTF_8), name);
        add(value.getBytes(UTF_16BE), name + " in UTF-16");
        add(value.getBytes(UTF_16LE), name + " in UTF-16, reversed");
        String digits = value.startsWith("+") ? value.substring(1) : value;
        if (!value.startsWith("name")) {
          add(HexFormat.of().parseHex(digits.substring(0, 16)), name + ", packed");
        }
      }
    }

    private void add(byte[] bytes, String name) {
      names.put(ByteBuffer.wrap(bytes).getLong(), name);
    }

    /** What is found in the state of any operator. */
    Set<String> in(Savepoint savepoint) throws IOException {
      Set<String> found = new TreeSet<>();
      int stage = 0;
      for (List<OperatorSubtaskState> subtasks : savepoint.stages()) {
        for (OperatorSubtaskState state : subtasks) {
          search(state.getManagedKeyedState(), stage + " keyed: ", found);
          search(state.getRawKeyedState(), stage + " raw keyed: ", found);
          search(state.getManagedOperatorState(), stage + " operator: ", found);
          search(state.getRawOperatorState(), stage + " raw operator: ", found);
        }
        stage++;
      }
      return found;
    }

    private void search(Collection<? extends StateObject> handles, String where, Set<String> found)
        throws IOException {
      for (StateObject handle : handles) {
        assertThat(handle).isInstanceOf(StreamStateHandle.class);
        try (InputStream in = ((StreamStateHandle) handle).openInputStream()) {
          ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes());
          for (int at = 0; at + Long.BYTES <= bytes.limit(); at++) {
            String name = names.get(bytes.getLong(at));
            if (name != null) {
              found.add(where + name);
            }
          }
        }
      }
    }
  }
}
