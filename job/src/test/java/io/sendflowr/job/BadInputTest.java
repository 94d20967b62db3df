package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bad records end in the dead letters, whole and with the right code, and nothing else notices
 * them.
 */
class BadInputTest {
  @TempDir private Path folder;

  @Test
  void badRecordsAreDeadLettersAndTheRestGoesOn() throws Exception {
    String view =
        """
        {"event_id":"1","event_type":"product_view","timestamp":"2026-01-10T11:55:00Z",\
        "source":"shopify","identifiers":{"email":"ann@mail.example"}}""";
    String truncated = view.substring(0, 40);
    String impossible = view.replace("2026-01-10T11:55:00Z", "2018-19-12T22:20:32.000Z");
    String future =
        view.replace("2026-01-10T11:55:00Z", "2034-05-24T10:13:34Z")
            .replace("{\"event_id\"", "{\"received_at\":\"2026-01-10T11:55:01Z\",\"event_id\"");
    String nobody = view.replace("ann@mail.example", "noreply@example.com");
    String request =
        """
        {"request_id":"r","timestamp":"2026-01-10T12:00:00Z","email":"ann@mail.example"}""";
    String another = request.replace("\"}", "\",\"channel\":\"sms\"}").replace("00:00Z", "00:01Z");
    String selfLink =
        """
        {"identifier_a":"K1","type_a":"klaviyo_id","identifier_b":" K1 ","type_b":"klaviyo_id",\
        "timestamp":"2026-01-10T11:00:00Z"}""";
    String erasure =
        """
        {"op":"erase","identifiers":{"phone":"555"},"timestamp":"2026-01-10T11:00:00Z"}""";
    String question =
        """
        {"op":"resolve","request_id":"q","timestamp":"2026-01-10T11:00:00Z"}""";
    String webhook =
        """
        {"platform":"telegraph","received_at":"2026-01-10T11:00:00Z","headers":{},"body":{}}""";

    Replays replay =
        new Replays(folder)
            .given(
                "events",
                List.of(truncated, impossible, future, nobody, "{\"event_id\":\"x\"}", view))
            .given("links", List.of(selfLink, erasure))
            .given("webhooks", List.of(webhook))
            .given("send-requests", List.of(question, request, request, another))
            .run(2);

    assertThat(replay.written("dead-letters"))
        .extracting(l -> text(l, "topic"), l -> text(l, "reason"), l -> text(l, "record"))
        .containsExactlyInAnyOrder(
            Tuple.tuple("events", "malformed_json", truncated),
            Tuple.tuple("events", "bad_timestamp", impossible),
            Tuple.tuple("events", "future_timestamp", future),
            Tuple.tuple("events", "no_identifier", nobody),
            Tuple.tuple("events", "missing_field", "{\"event_id\":\"x\"}"),
            Tuple.tuple("links", "bad_value", selfLink),
            Tuple.tuple("links", "no_identifier", erasure),
            Tuple.tuple("webhooks", "unknown_platform", webhook),
            Tuple.tuple("send-requests", "no_identifier", question),
            Tuple.tuple("send-requests", "duplicate_request", another));
    assertThat(replay.written("send-schedules"))
        .singleElement()
        .satisfies(
            schedule -> {
              assertThat(text(schedule, "created_at_utc")).isEqualTo("2026-01-10T12:00:00Z");
              assertThat(schedule.at("/debug/applied_weights/0/signal").asText())
                  .isEqualTo("product_view");
            });
  }

  @Test
  void aCancelClosesARequestAndALateRecordCountsFromTheWatermark() throws Exception {
    Replays replay =
        new Replays(folder)
            .given(
                "events",
                List.of(
                    event("1", "opened", "2026-01-10T12:30:00Z"),
                    // 30 minutes behind the event before it: counts from 12:29:55, when the
                    // watermark was there.
                    event("2", "complaint", "2026-01-10T12:00:00Z")))
            .given(
                "send-requests",
                List.of(
                    """
                    {"request_id":"r","timestamp":"2026-01-10T12:10:00Z","klaviyo_id":"K1",\
                    "send_after":"2026-01-14T00:00:00Z"}""",
                    """
                    {"op":"cancel","request_id":"r","timestamp":"2026-01-10T13:00:00Z"}"""))
            .run(1);

    assertThat(replay.written("send-schedules"))
        .extracting(s -> text(s, "status"), s -> text(s, "created_at_utc"))
        .containsExactly(
            Tuple.tuple("scheduled", "2026-01-10T12:10:00Z"),
            Tuple.tuple("scheduled", "2026-01-10T12:29:55Z"),
            Tuple.tuple("cancelled", "2026-01-10T13:00:00Z"));
    assertThat(text(replay.written("send-schedules").get(2), "cancel_reason"))
        .isEqualTo("requested");
  }

  private static String event(String id, String type, String time) {
    return """
        {"event_id":"%s","event_type":"%s","timestamp":"%s","source":"t","identifiers":{"klaviyo_id":"K1"}}"""
        .formatted(id, type, time);
  }

  private static String text(JsonNode record, String field) {
    return record.path(field).asText();
  }
}
