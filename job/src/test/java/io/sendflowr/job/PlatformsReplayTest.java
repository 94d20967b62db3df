package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the webhooks of platforms do to decisions and resolutions, through the whole job. */
class PlatformsReplayTest {
  private static final List<String> WEBHOOKS =
      List.of(
          """
          {"platform":"postscript","received_at":"2026-01-10T00:00:01Z","headers":{},
           "body":{"type":"subscriber.created","data":{"id":"ps_sub_1","phone":"+14155552671",
                   "email":"ann@example.com","opted_in_at":"2026-01-10T00:00:00Z"}}}""",
          """
          {"platform":"zendesk","received_at":"2026-01-10T11:00:01Z","headers":{},
           "body":{"ticket":{"id":5,"created_at":"2026-01-10T11:00:00Z",
                   "requester":{"id":77,"email":"ben@example.com"}}}}""",
          """
          {"platform":"gorgias","received_at":"2026-01-10T11:00:01Z","headers":{},
           "body":{"id":6,"created_datetime":"2026-01-10T11:00:00+00:00","from_agent":true,
                   "status":"open","customer":{"id":3,"email":"cleo@example.com"}}}""",
          """
          {"platform":"gorgias","received_at":"2026-01-10T11:00:01Z","headers":{},
           "body":{"id":7,"created_datetime":"2026-01-09T11:00:00+00:00","from_agent":false,
                   "closed_datetime":"2026-01-10T10:00:00+00:00","status":"closed",
                   "satisfaction_survey":{"score":1,"scored_datetime":"2026-01-10T11:00:00+00:00"},
                   "customer":{"id":4,"email":"dora@example.com"}}}""",
          """
          {"platform":"stripe","received_at":"2026-01-10T11:00:01Z","headers":{},
           "body":{"id":"evt_1","type":"payment_intent.payment_failed","created":1768042800,
                   "data":{"object":{"id":"pi_1","customer":"cus_1"}}}}""",
          """
          {"platform":"twilio","received_at":"2026-01-10T11:00:00Z","headers":{},
           "body":"MessageSid=SM1&From=%2B14155552671&To=%2B14155552672&Body=Stop"}""",
          """
          {"platform":"shopify","received_at":"2026-01-10T11:55:01Z","headers":{},"path":"product_view",
           "body":{"customer":{"email":"erin@example.com"},"product":{"id":9},
                   "created_at":"2026-01-10T11:55:00Z"}}""",
          """
          {"platform":"mailchimp","received_at":"2026-01-10T11:55:01Z","headers":{},
           "body":"type=upemail&fired_at=2026-01-10+11%3A55%3A00&data%5Bold_email%5D=erin%40example.com\
          &data%5Bnew_email%5D=erin%40new.example.com"}""",
          """
          {"platform":"intercom","received_at":"2026-01-10T12:00:33Z","headers":{},
           "body":{"type":"notification_event","id":"notif_1","topic":"contact.deleted",
                   "created_at":1768046430,"app_id":"a1",
                   "data":{"type":"notification_event_data",
                           "item":{"type":"contact","id":"contact-fay","deleted":true}}}}""");

  @TempDir private Path folder;

  private final Map<String, JsonNode> first = new HashMap<>();
  private Replays replay;

  @BeforeEach
  void replayAll() throws Exception {
    replay =
        new Replays(folder)
            .given("webhooks", WEBHOOKS.stream().map(line -> line.replace("\n", "")).toList())
            .given(
                "send-requests",
                List.of(
                    """
                    {"op":"resolve","request_id":"who","timestamp":"2026-01-10T12:00:00Z",\
                    "identifiers":{"postscript_subscriber_id":"ps_sub_1"}}""",
                    request("viewer", "email\":\"erin@example.com"),
                    request("moved", "email\":\"erin@new.example.com"),
                    request("ticket", "email\":\"ben@example.com"),
                    request("ticket-by-id", "zendesk_user_id\":\"zendesk_77"),
                    request("written-to", "email\":\"cleo@example.com"),
                    request("unsatisfied", "gorgias_customer_id\":\"4"),
                    request("unpaid", "stripe_customer_id\":\"cus_1"),
                    request(
                        "deleted",
                        "send_after\":\"2026-01-12T00:00:00Z\",\"intercom_user_id\":\"contact-fay"),
                    request("stopped", "channel\":\"sms\",\"phone\":\"+14155552671")))
            .run(2);
    for (JsonNode schedule : replay.written("send-schedules")) {
      first.putIfAbsent(schedule.get("request_id").asText(), schedule);
    }
  }

  @Test
  void aSubscriberIsKnownByTheIdAlone() throws IOException {
    assertThat(replay.written("dead-letters")).isEmpty();
    assertThat(replay.written("resolutions"))
        .singleElement()
        .satisfies(
            resolution -> {
              assertThat(resolution.at("/resolved_identifiers/phone_number/0").asText())
                  .isEqualTo("+14155552671");
              assertThat(resolution.at("/resolved_identifiers/email_hash")).hasSize(1);
              assertThat(resolution.at("/confidence_score").asDouble()).isEqualTo(0.9);
            });
  }

  @Test
  void aProductViewSendsSooner() {
    for (String viewer : List.of("viewer", "moved")) {
      assertThat(first.get(viewer).at("/debug/applied_weights/0/signal").asText())
          .isEqualTo("product_view");
      assertThat(first.get(viewer).at("/debug/applied_weights/0/weight").asDouble()).isPositive();
      assertThat(first.get(viewer).at("/target_timestamp_utc").asText())
          .isEqualTo("2026-01-10T12:05:00Z");
    }
  }

  @Test
  void troubleHoldsBackAsLongAsItsKindDoes() {
    assertHeldBack("ticket", "zendesk_ticket_created", "2026-01-12T11:00:00Z");
    assertHeldBack("ticket-by-id", "zendesk_ticket_created", "2026-01-12T11:00:00Z");
    assertHeldBack("unsatisfied", "ticket_closed_unsatisfied", "2026-01-17T11:00:00Z");
    assertHeldBack("unpaid", "payment_failed", "2026-01-11T11:00:00Z");
  }

  @Test
  void anAgentWhoWritesHoldsNobodyBack() {
    assertThat(first.get("written-to").at("/suppression/active").asBoolean()).isFalse();
  }

  @Test
  void aWithdrawalOfSmsIsForGoodThere() {
    assertThat(first.get("stopped").at("/status").asText()).isEqualTo("suppressed");
    assertThat(first.get("stopped").at("/suppression/reason").asText())
        .isEqualTo("sms_unsubscribed");
    assertThat(first.get("stopped").at("/suppression/until").isNull()).isTrue();
  }

  @Test
  void whoIsDeletedThereIsForgottenHere() throws IOException {
    assertThat(replay.written("send-schedules"))
        .filteredOn(schedule -> schedule.at("/request_id").asText().equals("deleted"))
        .extracting(schedule -> schedule.at("/status").asText())
        .containsExactly("scheduled", "cancelled");
  }

  private void assertHeldBack(String request, String reason, String until) {
    JsonNode schedule = first.get(request);
    assertThat(schedule.at("/suppression/reason").asText()).isEqualTo(reason);
    assertThat(schedule.at("/suppression/until").asText()).isEqualTo(until);
    assertThat(schedule.at("/target_timestamp_utc").asText()).isEqualTo(until);
  }

  private static String request(String id, String whom) {
    return """
        {"request_id":"%s","timestamp":"2026-01-10T12:00:00Z","send_before":"2026-01-20T00:00:00Z","%s"}"""
        .formatted(id, whom);
  }
}
