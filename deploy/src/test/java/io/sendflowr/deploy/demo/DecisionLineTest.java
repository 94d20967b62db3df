package io.sendflowr.deploy.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecisionLineTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String SCHEDULED =
      """
      {"request_id":"r-17","revision":0,"status":"scheduled","universal_id":"sf_1",
       "target_minute_utc":1085,"target_timestamp_utc":"2026-01-12T18:05:00Z",
       "trigger_timestamp_utc":"2026-01-12T18:00:00Z","created_at_utc":"2026-01-10T12:00:05Z",
       "debug":{"base_curve_peak_minute":1080,"applied_weights":[],"suppressed":false},
       "suppression":{"active":false,"reason":null,"until":null}}
      """;

  @Test
  void headerStandsAboveItsColumns() throws Exception {
    String header = DecisionLine.header();
    String line = line(SCHEDULED, null);

    assertThat(line.indexOf("r-17")).isEqualTo(header.indexOf("request"));
    assertThat(line.indexOf("maya")).isEqualTo(header.indexOf("who"));
    assertThat(line.indexOf("scheduled")).isEqualTo(header.indexOf("decision"));
    assertThat(line.indexOf("Mon 18:05")).isEqualTo(header.indexOf("target"));
    assertThat(line.indexOf("in 2 d")).isEqualTo(header.indexOf("trigger"));
    assertThat(line.indexOf("clicks most then")).isEqualTo(header.indexOf("because"));
  }

  @Test
  void longIdsDoNotMoveTheColumns() throws Exception {
    String line =
        DecisionLine.format(
            schedule(SCHEDULED.replace("r-17", "3f87b24d-6c28-4e6b-bc4c-3f90517f07ee")),
            Optional.empty(),
            List.of(),
            "sf_ab6b8d15db0c3157",
            false);

    assertThat(line).startsWith("12:00:05  3f87b2\u2026  sf_ab6b8\u2026  scheduled   Mon 18:05");
  }

  @Test
  void whoClicksThenIsWrittenToThen() throws Exception {
    assertThat(line(SCHEDULED, null))
        .isEqualTo(
            "12:00:05  r-17     maya a     scheduled   Mon 18:05               in 2 d 5 h"
                + "  clicks most then (r0)");
  }

  @Test
  void hotPathNamesItsFactorsAndTheHourItOverrules() throws Exception {
    String hot =
        edited(
            SCHEDULED,
            "\"applied_weights\":[]",
            "\"applied_weights\":[{\"signal\":\"cart_add\",\"weight\":1.9867},"
                + "{\"signal\":\"product_view\",\"weight\":1.4331}]",
            "2026-01-12T18:05:00Z",
            "2026-01-10T12:06:00Z",
            "2026-01-12T18:00:00Z",
            "2026-01-10T12:01:00Z");

    assertThat(line(hot, null))
        .isEqualTo(
            "12:00:05  r-17     maya a     scheduled   Sat 12:06               in 55 s   "
                + "  cart_add x2.99, product_view x2.43; else Mon 18:00 (r0)");
  }

  @Test
  void circuitBreakerSaysUntilWhen() throws Exception {
    String waiting =
        edited(
            SCHEDULED,
            "\"applied_weights\":[]",
            "\"applied_weights\":[{\"signal\":\"ticket_created\",\"weight\":-1.0}]",
            "{\"active\":false,\"reason\":null,\"until\":null}",
            "{\"active\":true,\"reason\":\"ticket_created\",\"until\":\"2026-01-12T11:00:00Z\"}");

    assertThat(line(waiting, null))
        .endsWith("ticket_created until Mon 11:00; clicks most then (r0)")
        .contains("  scheduled  ");
  }

  @Test
  void nobodyKnownToClickGetsTheBestMinuteLeft() throws Exception {
    assertThat(line(edited(SCHEDULED, "curve_peak_minute\":1080", "curve_peak_minute\":0"), null))
        .endsWith("  best minute left (r0)");
  }

  @Test
  void changedTargetIsMoved() throws Exception {
    String moved =
        edited(
            SCHEDULED,
            "\"revision\":0",
            "\"revision\":1",
            "2026-01-12T18:05:00Z",
            "2026-01-19T17:30:00Z");

    assertThat(line(moved, SCHEDULED))
        .contains("  moved       Mon 18:05 -> Mon 17:30  ")
        .endsWith("(r1)");
  }

  @Test
  void sameTargetIsKept() throws Exception {
    assertThat(line(edited(SCHEDULED, "\"revision\":0", "\"revision\":1"), SCHEDULED))
        .contains("  kept        Mon 18:05               in 2 d 5 h  ");
  }

  @Test
  void mergeIsNamedAsTheCause() throws Exception {
    String merged = edited(SCHEDULED, "\"revision\":0", "\"revision\":1");
    IdentityChange change =
        new IdentityChange(
            IdentityChange.MERGED,
            "sf_1",
            List.of("klaviyo_id:k_12", "email_hash:ab"),
            Instant.EPOCH);

    assertThat(line(merged, SCHEDULED, change))
        .endsWith("; klaviyo_id k_12 and 1 more turned out to be the same person (r1)");
  }

  @Test
  void suppressedForGoodHasNoTarget() throws Exception {
    String suppressed =
        """
        {"request_id":"r-17","revision":1,"status":"suppressed","universal_id":"sf_1",
         "target_timestamp_utc":null,"trigger_timestamp_utc":null,
         "created_at_utc":"2026-01-10T12:00:05.250Z","debug":{"base_curve_peak_minute":0},
         "suppression":{"active":true,"reason":"unsubscribed","until":null}}
        """;

    assertThat(line(suppressed, SCHEDULED))
        .isEqualTo(
            "12:00:05  r-17     maya a     suppressed  Mon 18:05 -> -          -         "
                + "  unsubscribed, for good (r1)");
    assertThat(line(SCHEDULED, suppressed)).contains("  resumed     Mon 18:05  ");
  }

  @ParameterizedTest
  @CsvSource({
    "cancelled, requested, the campaign took it back",
    "cancelled, erased, the person was erased",
    "unreachable, , no minute is left for it"
  })
  void closedRequestSaysWhy(String status, String reason, String why) throws Exception {
    String closed =
        edited(
            SCHEDULED,
            "\"scheduled\"",
            "\"" + status + "\"" + (reason == null ? "" : ",\"cancel_reason\":\"" + reason + "\""),
            "\"2026-01-12T18:05:00Z\"",
            "null",
            "\"2026-01-12T18:00:00Z\"",
            "null");

    assertThat(line(closed, null)).contains(status).endsWith("  " + why + " (r0)");
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-10T12:00:05Z, in 0 s",
    "2026-01-10T12:00:59Z, in 54 s",
    "2026-01-10T12:05:00Z, in 4 m 55 s",
    "2026-01-10T14:00:05Z, in 2 h 0 m",
    "2026-01-12T11:00:05Z, in 1 d 23 h"
  })
  void triggerIsAsFarAsItIs(String trigger, String span) throws Exception {
    assertThat(line(edited(SCHEDULED, "2026-01-12T18:00:00Z", trigger), null))
        .contains("  " + span + "  ");
  }

  @Test
  void coloursAreForTerminals() throws Exception {
    String coloured =
        DecisionLine.format(schedule(SCHEDULED), Optional.empty(), List.of(), "maya a", true);

    assertThat(coloured).contains("\u001b[32mscheduled ");
    assertThat(coloured.replaceAll("\u001b\\[\\d+m", "")).isEqualTo(line(SCHEDULED, null));
    assertThat(line(SCHEDULED, null)).doesNotContain("\u001b");
  }

  @Test
  void recordWithoutRequestIsNotRead() {
    assertThatThrownBy(() -> schedule("{}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("request_id");
  }

  private static String line(String json, String previous, IdentityChange... changes)
      throws JsonProcessingException {
    return DecisionLine.format(
        schedule(json),
        previous == null ? Optional.empty() : Optional.of(schedule(previous)),
        List.of(changes),
        "maya a",
        false);
  }

  private static ScheduleRecord schedule(String json) throws JsonProcessingException {
    return ScheduleRecord.read(JSON.readTree(json));
  }

  /** Replaces each text by the one after it; each has to be there. */
  private static String edited(String json, String... replacements) {
    String edited = json;
    for (int i = 0; i < replacements.length; i += 2) {
      assertThat(edited).contains(replacements[i]);
      edited = edited.replace(replacements[i], replacements[i + 1]);
    }
    return edited;
  }
}
