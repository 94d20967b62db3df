package io.sendflowr.oracle;

import io.sendflowr.oracle.Worlds.Happening;
import io.sendflowr.oracle.Worlds.World;
import java.util.EnumSet;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** That the operators, joined, lead to what the oracle says, however records come. */
class JobPropertiesTest {

  @Property(
      tries = 1000,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "60")
  void whatIsWrittenDependsOnTheSetOfRecordsAlone(
      @ForAll("worlds") World world, @ForAll long chance) throws Exception {
    JobRuns.assertSame(JobRuns.written(world, new Random(chance)), world, world.outcome());
  }

  @Provide
  Arbitrary<World> worlds() {
    return Worlds.worlds(EnumSet.allOf(Happening.class));
  }
}
