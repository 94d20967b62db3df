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
      tries = 700,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "60")
  void whatIsWrittenDependsOnTheSetOfRecordsAlone(
      @ForAll("worlds") World world, @ForAll long chance) throws Exception {
    JobRuns.assertSame(JobRuns.written(world, new Random(chance)), world, world.outcome());
  }

  /**
   * Late for real: a record that its topic's watermark has passed is stamped where it is read. So
   * what is written depends on the way in which records come, but on nothing else.
   */
  @Property(
      tries = 100,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "66")
  void whatComesLateIsUsedByTheWatermarkReached(
      @ForAll("timelyWorlds") World world, @ForAll long chance) throws Exception {
    Random random = new Random(chance);
    JobRuns.Course course = JobRuns.late(world, random);
    Outcome outcome = course.stamped().outcome();
    for (int parallelism : new int[] {1, 2, 4}) {
      JobRuns.assertSame(JobRuns.written(course, parallelism, random), course.stamped(), outcome);
    }
  }

  @Provide
  Arbitrary<World> timelyWorlds() {
    return Worlds.worlds(EnumSet.complementOf(EnumSet.of(Happening.LATENESS)));
  }

  @Provide
  Arbitrary<World> worlds() {
    return Worlds.worlds(EnumSet.allOf(Happening.class));
  }
}
