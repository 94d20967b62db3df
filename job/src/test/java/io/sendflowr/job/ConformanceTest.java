package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.TreeMap;
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

    Map<String, JsonNode> expected =
        schedules(CASES.resolve(name).resolve("expected/send-schedules.jsonl"));
    Map<String, JsonNode> actual = schedules(out.resolve("send-schedules.jsonl"));
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((key, schedule) -> assertSame(key, schedule, actual.get(key)));
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

  private static Map<String, JsonNode> schedules(Path file) throws IOException {
    Map<String, JsonNode> schedules = new TreeMap<>();
    for (JsonNode schedule : Replays.read(file)) {
      String key = schedule.get("request_id").asText() + ":" + schedule.get("revision").asInt();
      assertThat(schedules.put(key, schedule)).as("%s written twice", key).isNull();
    }
    return schedules;
  }

  /**
   * Equal in every field of the expected one; computed numbers within the digits they are rounded
   * to.
   */
  private static void assertSame(String key, JsonNode expected, JsonNode actual) {
    expected
        .properties()
        .forEach(
            field -> {
              String name = field.getKey();
              JsonNode value = actual.path(name);
              switch (name) {
                case "confidence_score" ->
                    assertThat(value.doubleValue())
                        .as("%s %s", key, name)
                        .isCloseTo(field.getValue().doubleValue(), within(1e-6));
                case "debug" -> assertSameDebug(key, field.getValue(), value);
                default -> assertSameValue(key + " " + name, field.getValue(), value);
              }
            });
  }

  private static void assertSameValue(String what, JsonNode expected, JsonNode actual) {
    if (expected.isNumber()) {
      assertThat(actual.isNumber()).as(what).isTrue();
      assertThat(actual.decimalValue()).as(what).isEqualByComparingTo(expected.decimalValue());
    } else {
      assertThat(actual).as(what).isEqualTo(expected);
    }
  }

  private static void assertSameDebug(String key, JsonNode expected, JsonNode actual) {
    for (String name : List.of("base_curve_peak_minute", "suppressed")) {
      assertThat(actual.path(name)).as("%s debug.%s", key, name).isEqualTo(expected.path(name));
    }
    JsonNode weights = actual.path("applied_weights");
    assertThat(weights.size())
        .as("%s: %s, not %s", key, weights, expected.path("applied_weights"))
        .isEqualTo(expected.path("applied_weights").size());
    for (int i = 0; i < weights.size(); i++) {
      JsonNode weight = expected.path("applied_weights").get(i);
      assertThat(weights.get(i).path("signal")).as(key).isEqualTo(weight.path("signal"));
      assertThat(weights.get(i).path("weight").doubleValue())
          .as(key)
          .isCloseTo(weight.path("weight").doubleValue(), within(1e-4));
    }
  }
}
