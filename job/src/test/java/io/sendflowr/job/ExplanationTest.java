package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.catalogue.IdentifierType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every decision of every conformance case is computed again from its explanation and the catalogue
 * alone.
 */
class ExplanationTest {
  private static final Path CASES = Path.of("src/test/resources/conformance");
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();

  @TempDir private Path out;

  static Stream<String> cases() throws IOException {
    try (Stream<Path> cases = Files.list(CASES)) {
      return cases.map(path -> path.getFileName().toString()).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aDecisionFollowsFromItsExplanation(String name) throws Exception {
    ReplayJob.run(CASES.resolve(name), out, 2, Duration.ofSeconds(5), CATALOGUE);

    Map<String, JsonNode> explanations = new HashMap<>();
    for (JsonNode explanation : Replays.read(out.resolve("explanations.jsonl"))) {
      String ref = explanation.path("explanation_ref").asText();
      assertThat(explanations.put(ref, explanation)).as("%s twice", ref).isNull();
    }
    List<JsonNode> schedules = Replays.read(out.resolve("send-schedules.jsonl"));
    assertThat(schedules).isNotEmpty().hasSameSizeAs(explanations.values());
    for (JsonNode schedule : schedules) {
      JsonNode explanation = explanations.get(schedule.path("explanation_ref").asText());
      assertThat(explanation).as("%s", schedule).isNotNull();
      follows(schedule, explanation);
    }
  }

  private static void follows(JsonNode schedule, JsonNode explanation) {
    String what = schedule.path("explanation_ref").asText();
    for (String field : List.of("decision_id", "request_id", "revision", "universal_id")) {
      assertThat(explanation.path(field)).as(what).isEqualTo(schedule.path(field));
    }
    assertThat(explanation.path("decided_at_utc"))
        .as(what)
        .isEqualTo(schedule.path("created_at_utc"));
    if (schedule.path("status").asText().equals("cancelled")) {
      assertThat(explanation.path("cancel_reason")).isEqualTo(schedule.path("cancel_reason"));
      return;
    }
    followsIdentity(what, schedule, explanation);
    Recomputed again = new Recomputed(CATALOGUE, explanation);
    assertThat(again.status()).as(what).isEqualTo(schedule.path("status").asText());
    assertThat(again.target()).as(what).isEqualTo(schedule.path("target_timestamp_utc"));
    assertThat(again.confidence())
        .as(what)
        .isCloseTo(schedule.path("confidence_score").doubleValue(), within(1e-6));
    assertThat(again.peakSlot())
        .as(what)
        .isEqualTo(schedule.path("debug").path("base_curve_peak_minute").asInt());
    assertThat(again.appliedWeights())
        .as(what)
        .isEqualTo(schedule.path("debug").path("applied_weights"));
    assertThat(again.reason()).as(what).isEqualTo(schedule.path("suppression").path("reason"));
    assertThat(again.until()).as(what).isEqualTo(schedule.path("suppression").path("until"));
    followsRanking(what, again, explanation.path("candidates"));
  }

  private static void followsIdentity(String what, JsonNode schedule, JsonNode explanation) {
    boolean certain = false;
    int platforms = 0;
    double best = 0;
    for (JsonNode lead : explanation.path("resolution")) {
      String kind = lead.path("class").asText();
      String identifier = lead.path("identifier").asText();
      if (kind.equals("deterministic")) {
        certain = true;
        continue;
      }
      IdentifierType type = CATALOGUE.typeNamed(identifier.substring(0, identifier.indexOf(':')));
      platforms += type.kind() == IdentifierClass.PLATFORM ? 1 : 0;
      double sure = type.weight();
      for (JsonNode link : lead.path("path")) {
        sure *= link.path("weight").doubleValue();
      }
      assertThat(lead.path("confidence").doubleValue())
          .as("%s by %s", what, identifier)
          .isCloseTo(sure, within(1e-12));
      best = Math.max(best, sure);
    }
    assertThat(schedule.path("identity_confidence").doubleValue())
        .as(what)
        .isCloseTo(certain || platforms > 1 ? 1.0 : best, within(1e-12));
    assertThat(explanation.path("identifiers")).as(what).isNotEmpty();
  }

  private static void followsRanking(String what, Recomputed again, JsonNode candidates) {
    assertThat(candidates.path("count").asInt()).as(what).isEqualTo(again.candidates());
    List<Long> ranked = new ArrayList<>();
    for (JsonNode one : candidates.path("best")) {
      long minute = Recomputed.time(one.path("timestamp"));
      double score = one.path("score").doubleValue();
      assertThat(score).as(what).isCloseTo(again.score(minute), within(1e-12));
      assertThat(ranked).as(what).allMatch(other -> Math.abs(other - minute) >= 3_600_000);
      assertThat(again.highestApartFrom(ranked)).as(what).isCloseTo(score, within(1e-12));
      ranked.add(minute);
    }
    assertThat(ranked).as(what).hasSizeLessThanOrEqualTo(4);
    if (ranked.size() < 4) {
      assertThat(again.highestApartFrom(ranked)).as(what).isZero();
    }
  }
}
