package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The schedules that a case of the behaviour contract must yield. */
final class Expected {
  private final Map<String, JsonNode> schedules;

  private Expected(Map<String, JsonNode> schedules) {
    this.schedules = schedules;
  }

  static Expected of(Path theCase) throws IOException {
    return new Expected(byRevision(Replays.read(theCase.resolve("expected/send-schedules.jsonl"))));
  }

  /** Asserts that these are they, in any order, each once. */
  void isSame(List<JsonNode> written) {
    Map<String, JsonNode> actual = byRevision(written);
    assertThat(actual.keySet()).isEqualTo(schedules.keySet());
    schedules.forEach((key, schedule) -> assertSame(key, schedule, actual.get(key)));
  }

  private static Map<String, JsonNode> byRevision(List<JsonNode> written) {
    Map<String, JsonNode> schedules = new TreeMap<>();
    for (JsonNode schedule : written) {
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
