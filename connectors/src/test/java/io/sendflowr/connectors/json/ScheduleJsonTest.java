package io.sendflowr.connectors.json;

import static io.sendflowr.connectors.json.Readings.at;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.flow.Schedule;
import io.sendflowr.latency.Latency;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Decision.AppliedWeight;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.SendRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleJsonTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long PERSON = 0x00000000acf720ccL;
  private static final SendRequest REQUEST =
      new SendRequest(
          "r-1",
          at("2026-01-10T12:00:00Z"),
          at("2026-01-10T12:00:00Z"),
          List.of(),
          PERSON,
          at("2026-01-10T00:00:00Z"),
          at("2026-01-17T00:00:00Z"),
          300_000,
          "email",
          "klaviyo",
          "promotional",
          "promo_jan",
          "abc123",
          "t1");
  private static final SendRequest BARE =
      new SendRequest(
          "r-1", 0, 0, List.of(), PERSON, 0, 1, 300_000, null, null, null, null, null, null);
  private static final Decision SCHEDULED =
      new Decision(
          Status.SCHEDULED,
          PERSON,
          at("2026-01-10T12:05:00Z"),
          Latency.ofRequest(300_000),
          0.72,
          1.0,
          at("2026-01-10T12:00:00Z"),
          540,
          List.of(new AppliedWeight("cart_add", 2.0), new AppliedWeight("product_view", 1.2131)),
          null,
          0);

  private final ScheduleJson json = new ScheduleJson();

  @Test
  void writesASchedule() {
    assertThat(written(new Schedule(REQUEST, 0, SCHEDULED)))
        .isEqualTo(
            """
            {"decision_id":"95ac55c6-0eb3-303c-b0f0-8c13fd517409","request_id":"r-1","revision":0,\
            "status":"scheduled","universal_id":"sf_00000000acf720cc","target_minute_utc":7925,\
            "target_timestamp_utc":"2026-01-10T12:05:00Z",\
            "trigger_timestamp_utc":"2026-01-10T12:00:00Z","latency_estimate_seconds":300,\
            "confidence_score":0.72,"identity_confidence":1.0,"model_version":"minute_click_v1",\
            "explanation_ref":"explain:r-1:0","created_at_utc":"2026-01-10T12:00:00Z",\
            "debug":{"base_curve_peak_minute":540,"applied_weights":[\
            {"signal":"cart_add","weight":2.0},{"signal":"product_view","weight":1.2131}],\
            "suppressed":false},"suppression":{"active":false,"reason":null,"until":null},\
            "channel":"email","provider":"klaviyo","campaign_type":"promotional",\
            "intent_id":"promo_jan","campaign_id":"abc123","template":"t1"}""");
  }

  @Test
  void writesAPermanentSuppression() {
    Decision decision =
        new Decision(
            Status.SUPPRESSED,
            PERSON,
            0,
            new Latency(1_500, 20),
            0,
            0.9025,
            at("2026-01-10T12:00:00.001Z"),
            0,
            List.of(new AppliedWeight("unsubscribed", -1.0)),
            "unsubscribed",
            Long.MAX_VALUE);
    assertThat(written(new Schedule(BARE, 1, decision)))
        .isEqualTo(
            """
            {"decision_id":"f88b6038-e3d5-3d4f-be1d-13f4efb4f460","request_id":"r-1","revision":1,\
            "status":"suppressed","universal_id":"sf_00000000acf720cc","target_minute_utc":null,\
            "target_timestamp_utc":null,"trigger_timestamp_utc":null,\
            "latency_estimate_seconds":1.5,"confidence_score":0.0,"identity_confidence":0.9025,\
            "model_version":"minute_click_v1","explanation_ref":"explain:r-1:1",\
            "created_at_utc":"2026-01-10T12:00:00.001Z","debug":{"base_curve_peak_minute":0,\
            "applied_weights":[{"signal":"unsubscribed","weight":-1.0}],"suppressed":true},\
            "suppression":{"active":true,"reason":"unsubscribed","until":null},"channel":null,\
            "provider":null,"campaign_type":null,"intent_id":null,"campaign_id":null,\
            "template":null}""");
  }

  @Test
  void writesACancellation() {
    Decision suppressed =
        new Decision(
            Status.SCHEDULED,
            PERSON,
            at("2026-01-15T12:05:00Z"),
            Latency.ofRequest(300_000),
            0.5,
            1.0,
            at("2026-01-10T12:00:00Z"),
            10_079,
            List.of(new AppliedWeight("support_ticket", -1.0)),
            "support_ticket",
            at("2026-01-12T12:00:00Z"));
    Decision cancelled = suppressed.cancelled(Decision.REQUESTED, at("2026-01-11T12:00:00Z"));
    assertThat(written(new Schedule(REQUEST, 2, cancelled)))
        .isEqualTo(
            """
            {"decision_id":"6cebd09a-e2e6-3f0b-bb41-37bac5267758","request_id":"r-1","revision":2,\
            "status":"cancelled","cancel_reason":"requested",\
            "universal_id":"sf_00000000acf720cc","target_minute_utc":null,\
            "target_timestamp_utc":null,"trigger_timestamp_utc":null,\
            "latency_estimate_seconds":300,"confidence_score":0.0,"identity_confidence":1.0,\
            "model_version":"minute_click_v1","explanation_ref":"explain:r-1:2",\
            "created_at_utc":"2026-01-11T12:00:00Z","debug":{"base_curve_peak_minute":10079,\
            "applied_weights":[{"signal":"support_ticket","weight":-1.0}],"suppressed":true},\
            "suppression":{"active":true,"reason":"support_ticket",\
            "until":"2026-01-12T12:00:00Z"},"channel":"email","provider":"klaviyo",\
            "campaign_type":"promotional","intent_id":"promo_jan","campaign_id":"abc123",\
            "template":"t1"}""");
  }

  @Test
  void givesADecisionTheVersion3IdOfRequestAndRevision() throws IOException {
    SendRequest request = requested("r-\u00fc");
    String id =
        JSON.readTree(json.value(new Schedule(request, 0, SCHEDULED)))
            .path("decision_id")
            .textValue();
    assertThat(id).isEqualTo("113a8304-63d3-32b6-be1b-3aead32572c9");
    assertThat(UUID.fromString(id).version()).isEqualTo(3);
  }

  @Test
  void isAnEventOfThePersonNamedByItsDecision() {
    Schedule revised = new Schedule(REQUEST, 12, SCHEDULED);
    assertThat(json.event(revised))
        .isEqualTo(
            new CloudEvent(
                OutputTopic.SEND_SCHEDULES,
                ScheduleJson.decisionId(revised),
                Optional.of("2026-01-10T12:00:00Z"),
                Optional.of("sf_00000000acf720cc"),
                Optional.of("0000000012")));
  }

  @Test
  void isInOrderOfItsRevisionsAsTexts() {
    assertThat(List.of(0, 9, 10, Integer.MAX_VALUE))
        .extracting(
            revision ->
                json.event(new Schedule(REQUEST, revision, SCHEDULED)).sequence().orElseThrow())
        .containsExactly("0000000000", "0000000009", "0000000010", "2147483647")
        .isSorted();
  }

  @Test
  void isKeyedByRequest() {
    assertThat(json.key(new Schedule(requested("r-\u00fc\ud83d\ude00"), 4, SCHEDULED)))
        .isEqualTo("r-\u00fc\ud83d\ude00".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void hasNoLineBreaks() {
    assertThat(written(new Schedule(requested("r\n\r\u2028"), 0, SCHEDULED)))
        .doesNotContain("\n", "\r");
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "300000, 300", "3600000, 3600", "1, 0.001", "300500, 300.5", "1010, 1.01"})
  void writesLatencyInSecondsWithoutExponent(long millis, String seconds) {
    Decision decision =
        new Decision(
            Status.UNREACHABLE,
            PERSON,
            0,
            Latency.ofRequest(millis),
            0,
            1.0,
            0,
            0,
            List.of(),
            null,
            0);
    assertThat(written(new Schedule(BARE, 0, decision)))
        .contains("\"latency_estimate_seconds\":" + seconds + ",")
        .contains("\"status\":\"unreachable\"");
  }

  private static SendRequest requested(String requestId) {
    return new SendRequest(
        requestId, 0, 0, List.of(), PERSON, 0, 1, 0, null, null, null, null, null, null);
  }

  private String written(Schedule schedule) {
    return new String(json.value(schedule), StandardCharsets.UTF_8);
  }
}
