package io.sendflowr.job;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.json.Timestamps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The cases of the behaviour contract, at several parallelisms, with lines in any order that
 * lateness allows.
 */
class ConformanceTest {
  private static final Path CASES = Path.of("src/test/resources/conformance");
  private static final Duration OUT_OF_ORDERNESS = Duration.ofSeconds(5);
  private static final int SHUFFLED_WITHIN_MILLIS = 4000;

  @TempDir private Path folder;

  static Stream<Arguments> runs() throws IOException {
    try (Stream<Path> cases = Files.list(CASES)) {
      return cases.map(path -> path.getFileName().toString()).sorted().toList().stream()
          .flatMap(
              name ->
                  Stream.of(
                      Arguments.of(name, 1, 0),
                      Arguments.of(name, 2, 1),
                      Arguments.of(name, 4, 2)));
    }
  }

  /** Seed 0 leaves the files as they are. */
  @ParameterizedTest(name = "{0} at parallelism {1}, shuffle {2}")
  @MethodSource("runs")
  void yieldsTheExpectedSchedules(String name, int parallelism, int shuffle) throws Exception {
    Path in = CASES.resolve(name);
    if (shuffle != 0) {
      in = shuffled(in, new Random(shuffle));
    }
    Path out = folder.resolve("out");
    ReplayJob.run(in, out, parallelism, OUT_OF_ORDERNESS, CatalogueReader.builtIn());

    Expected.of(CASES.resolve(name)).isSame(Replays.read(out.resolve("send-schedules.jsonl")));
  }

  private Path shuffled(Path in, Random random) throws IOException {
    Path shuffled = Files.createDirectory(folder.resolve("in"));
    try (Stream<Path> files = Files.list(in)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Map<String, Long> place = new HashMap<>();
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        for (String line : lines) {
          long time =
              Timestamps.parse(Replays.JSON.readTree(line).path("timestamp").asText())
                  .orElseThrow();
          place.put(line, time + random.nextInt(SHUFFLED_WITHIN_MILLIS));
        }
        lines.sort(Comparator.comparing(place::get));
        Files.write(shuffled.resolve(file.getFileName()), lines);
      }
    }
    return shuffled;
  }
}
