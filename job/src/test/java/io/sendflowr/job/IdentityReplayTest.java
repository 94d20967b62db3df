package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What links do to people, from the records of a folder to those of another. */
class IdentityReplayTest {
  private static final Instant START = Instant.parse("2026-01-10T12:00:00Z");
  private static final int PEOPLE = 19;

  private Replays replays;

  @BeforeEach
  void givenAFolder(@TempDir Path folder) throws Exception {
    replays = new Replays(folder);
  }

  /** As in a public truth set, where 21 records of 19 people give one agency's address. */
  @Test
  void aSupportInboxMergesNobody() throws Exception {
    List<String> events = new ArrayList<>();
    for (int record = 0; record < PEOPLE + 2; record++) {
      events.add(
          """
          {"event_id":"e%d","event_type":"product_view","timestamp":"%s","source":"shop",\
          "identifiers":{"email":"info@agency.example","phone":"%s","shopify_customer_id":"c%d"}}"""
              .formatted(record, at(record), phone(record % PEOPLE), record % PEOPLE));
    }
    List<String> questions = new ArrayList<>();
    for (int person = 0; person < PEOPLE; person++) {
      questions.add(
          """
          {"op":"resolve","request_id":"q%d","timestamp":"%s","identifiers":{"phone":"%s"}}"""
              .formatted(person, at(100 + person), phone(person)));
    }
    replays.given("events", events);
    replays.given("send-requests", questions);

    replays.run(2);

    Set<String> people = new HashSet<>();
    for (JsonNode answer : replays.written("resolutions")) {
      people.add(answer.path("universal_id").asText());
      JsonNode resolved = answer.path("resolved_identifiers");
      assertThat(fieldNames(resolved)).containsExactly("phone_number", "shopify_customer_id");
      assertThat(resolved.path("phone_number")).hasSize(1);
      assertThat(resolved.path("shopify_customer_id")).hasSize(1);
    }
    assertThat(people).hasSize(PEOPLE);
    assertThat(replays.written("identity-changes"))
        .filteredOn(change -> change.path("type").asText().equals("quarantined"))
        .singleElement()
        .satisfies(change -> assertThat(change.path("identifiers")).hasSize(1));
  }

  @Test
  void whoIsErasedIsForgottenButNotTheWithdrawalOfConsent() throws Exception {
    replays.given(
        "events",
        List.of(
            """
            {"event_id":"e1","event_type":"product_view","timestamp":"%s","source":"shop",\
            "identifiers":{"email":"ann@example.com","klaviyo_id":"K-ANN"}}"""
                .formatted(at(0)),
            """
            {"event_id":"e2","event_type":"unsubscribed","timestamp":"%s","source":"klaviyo",\
            "identifiers":{"klaviyo_id":"K-ANN"}}"""
                .formatted(at(1))));
    replays.given(
        "links",
        List.of(
            """
            {"op":"erase","identifiers":{"klaviyo_id":"K-ANN"},"timestamp":"%s"}"""
                .formatted(at(10))));
    replays.given(
        "send-requests",
        List.of(
            """
            {"request_id":"before","timestamp":"%s","email":"ann@example.com","channel":"push"}"""
                .formatted(at(5)),
            """
            {"request_id":"mail","timestamp":"%s","email":"ann@example.com"}"""
                .formatted(at(20)),
            """
            {"request_id":"push","timestamp":"%s","email":"ann@example.com","channel":"push"}"""
                .formatted(at(20)),
            """
            {"op":"resolve","request_id":"who","timestamp":"%s","identifiers":{"email":"ann@example.com"}}"""
                .formatted(at(21))));

    replays.run(2);

    List<JsonNode> schedules = replays.written("send-schedules");
    assertThat(schedules)
        .filteredOn(schedule -> schedule.path("request_id").asText().equals("before"))
        .extracting(schedule -> schedule.path("status").asText())
        .containsExactly("scheduled", "cancelled");
    assertThat(schedules)
        .filteredOn(schedule -> schedule.has("cancel_reason"))
        .singleElement()
        .satisfies(
            schedule -> {
              assertThat(schedule.path("cancel_reason").asText()).isEqualTo("erased");
              assertThat(schedule.path("created_at_utc").asText()).isEqualTo(at(10));
            });
    JsonNode mail = only(schedules, "mail");
    assertThat(mail.path("status").asText()).isEqualTo("suppressed");
    assertThat(mail.path("suppression").path("reason").asText()).isEqualTo("unsubscribed");
    assertThat(mail.path("suppression").path("until").isNull()).isTrue();
    JsonNode push = only(schedules, "push");
    assertThat(push.path("status").asText()).isEqualTo("scheduled");
    assertThat(push.path("debug").path("applied_weights")).as("nothing is left").isEmpty();
    JsonNode who = replays.written("resolutions").get(0);
    assertThat(fieldNames(who.path("resolved_identifiers"))).containsExactly("email_hash");
    assertThat(who.toString()).doesNotContain("K-ANN");
  }

  @Test
  void aQuestionIsAnsweredWithHowItWasFoundAndWhatWasDropped() throws Exception {
    replays.given(
        "links",
        List.of(
            """
            {"identifier_a":"k1","type_a":"klaviyo_id","identifier_b":"ann@example.com",\
            "type_b":"email","weight":0.9,"source":"crm","timestamp":"%s"}"""
                .formatted(at(0))));
    replays.given(
        "send-requests",
        List.of(
            """
            {"op":"resolve","request_id":"q","timestamp":"%s",\
            "identifiers":{"klaviyo_id":"k1","email":"nobody","shoe_size":44}}"""
                .formatted(at(1))));

    JsonNode answer = replays.run(2).written("resolutions").get(0);

    assertThat(answer.path("confidence_score").asDouble()).isEqualTo(0.95 * 0.9);
    assertThat(answer.path("timestamp").asText()).isEqualTo(at(1));
    String steps = answer.path("resolution_steps").toString();
    assertThat(steps)
        .contains("klaviyo_id:k1 was presented")
        .contains("weight 0.9, from crm")
        .contains("A value of email was dropped")
        .contains("shoe_size was dropped");
  }

  private static String at(int minutes) {
    return START.plus(Duration.ofMinutes(minutes)).toString();
  }

  private static String phone(int person) {
    return "+14155552%03d".formatted(person + 100);
  }

  private static Set<String> fieldNames(JsonNode object) {
    Set<String> names = new TreeSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static JsonNode only(List<JsonNode> schedules, String requestId) {
    List<JsonNode> found =
        schedules.stream().filter(s -> s.path("request_id").asText().equals(requestId)).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }
}
