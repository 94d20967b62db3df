package io.sendflowr.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.oracle.Outcome.Line;
import io.sendflowr.oracle.Worlds.Happening;
import io.sendflowr.oracle.Worlds.World;
import io.sendflowr.timing.Decision;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** That the worlds reach what they are made for, and that the oracle sees sets. */
class OraclePropertiesTest {
  private static final Map<String, Integer> REACHED = new TreeMap<>();

  @Property(
      tries = 300,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "50")
  void neitherOrderNorRepetitionMatters(@ForAll("worlds") World world, @ForAll long shuffle) {
    Random random = new Random(shuffle);
    List<Inbound> shuffled = new ArrayList<>(world.records());
    world.records().stream().filter(r -> random.nextBoolean()).forEach(shuffled::add);
    Collections.shuffle(shuffled, random);

    Outcome outcome = world.outcome();
    assertThat(Oracle.of(Worlds.CATALOGUE, world.maxPersonSize(), shuffled)).isEqualTo(outcome);
    count(outcome);
  }

  @Provide
  Arbitrary<World> worlds() {
    return Worlds.worlds(EnumSet.allOf(Happening.class));
  }

  @BeforeContainer
  static void countNothing() {
    REACHED.clear();
  }

  @AfterContainer
  static void everythingIsReached() {
    assertThat(REACHED.keySet())
        .containsAll(
            Set.of(
                "MERGED",
                "SPLIT",
                "QUARANTINED 1",
                "QUARANTINED 2",
                "SCHEDULED 0",
                "SCHEDULED 1+",
                "SUPPRESSED 0",
                "SUPPRESSED 1+",
                "UNREACHABLE 0",
                "CANCELLED requested",
                "CANCELLED erased",
                "answer",
                "rejected"));
    assertThat(REACHED.get("world with a measured latency")).isGreaterThan(30);
  }

  private static void count(Outcome outcome) {
    if (outcome.schedules().values().stream()
        .flatMap(List::stream)
        .anyMatch(line -> line.schedule().decision().latency().isMeasured())) {
      count("world with a measured latency");
    }
    for (IdentityChange change : outcome.identityChanges()) {
      count(
          change.kind() == IdentityChange.Kind.QUARANTINED
              ? change.kind() + " " + change.identifiers().size()
              : change.kind().toString());
    }
    for (List<Line> lines : outcome.schedules().values()) {
      for (Line line : lines) {
        Decision decision = line.schedule().decision();
        String revision = line.schedule().revision() == 0 ? "0" : "1+";
        count(
            decision.status()
                + " "
                + (line.cancelReason() == null ? revision : line.cancelReason()));
      }
    }
    outcome.answers().forEach(a -> count("answer"));
    outcome.rejected().forEach(r -> count("rejected"));
  }

  private static void count(String what) {
    REACHED.merge(what, 1, Integer::sum);
  }
}
