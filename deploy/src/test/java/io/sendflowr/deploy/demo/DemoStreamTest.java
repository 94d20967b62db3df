package io.sendflowr.deploy.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sendflowr.deploy.Topics;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoStreamTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant START = Instant.parse("2026-01-10T12:00:00Z");
  private static final double RATE = 20;

  @Property(tries = 50)
  void sameSeedAndTimesMakeTheSameRecordsHoweverOftenTheyAreAskedFor(
      @ForAll long seed, @ForAll @Size(max = 40) List<@IntRange(max = 5_000) Integer> pauses) {
    DemoStream often = new DemoStream(seed, START, RATE);
    List<DemoRecord> records = new ArrayList<>(often.history());
    Instant now = START;
    for (int millis : pauses) {
      now = now.plusMillis(millis);
      records.addAll(often.until(now));
    }
    records.addAll(often.until(now));

    DemoStream once = new DemoStream(seed, START, RATE);
    List<DemoRecord> expected = new ArrayList<>(once.history());
    expected.addAll(once.until(now));
    assertThat(records).isEqualTo(expected);
  }

  @Test
  void otherSeedMakesOtherRecords() {
    assertThat(minute(new DemoStream(1, START, RATE)))
        .isNotEqualTo(minute(new DemoStream(2, START, RATE)));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 5, 20, 500})
  void rateIsKept(double rate) {
    List<DemoRecord> records = new DemoStream(7, START, rate).until(START.plusSeconds(200));

    assertThat(records.size() / 200.0).isBetween(rate * 0.9, rate * 1.1);
  }

  @Test
  void recordsAreInOrderOfTime() {
    DemoStream stream = new DemoStream(7, START, RATE);

    assertThat(stream.history())
        .isSortedAccordingTo(Comparator.comparing(DemoRecord::at))
        .allSatisfy(record -> assertThat(record.at()).isBefore(START));
    assertThat(minute(stream))
        .isSortedAccordingTo(Comparator.comparing(DemoRecord::at))
        .allSatisfy(record -> assertThat(record.at()).isBetween(START, START.plusSeconds(60)));
  }

  @Test
  void everyRecordIsStampedWithItsTimeAndNamedOnce() {
    DemoStream stream = new DemoStream(7, START, RATE);
    List<DemoRecord> records = new ArrayList<>(stream.history());
    records.addAll(minute(stream));

    Set<String> ids = new HashSet<>();
    for (DemoRecord record : records) {
      JsonNode json = json(record);
      boolean webhook = record.topic().equals(Topics.WEBHOOKS);
      assertThat(json.path(webhook ? "received_at" : "timestamp").asText())
          .isEqualTo(record.at().toString());
      if (record.topic().equals(Topics.EVENTS)) {
        assertThat(ids.add(json.path("event_id").asText())).isTrue();
        assertThat(json.path("identifiers")).isNotEmpty();
      }
    }
  }

  @Test
  void everyInputTopicAndPlatformHasItsPart() {
    List<JsonNode> records =
        minute(new DemoStream(7, START, RATE)).stream().map(DemoStreamTest::json).toList();

    assertThat(minute(new DemoStream(7, START, RATE)))
        .extracting(DemoRecord::topic)
        .containsAll(Topics.INPUTS);
    assertThat(texts(records, "platform")).contains("shopify", "shopify_web_pixel");
    assertThat(texts(records, "source"))
        .contains("shopify", "klaviyo", "stripe", "zendesk", "postscript", "attentive");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 7, 99})
  void allFourStoriesAreToldWithinAMinute(long seed) {
    List<DemoRecord> minute = minute(new DemoStream(seed, START, RATE));

    assertThat(after(minute, "\"product_view\"", "\"cart_reminder\"")).as("hot path").isTrue();
    assertThat(after(minute, "zendesk_ticket_created", "\"spring_sale\"")).as("breaker").isTrue();
    assertThat(after(minute, "\"unsubscribed\"", "\"newsletter\"", "\"identifier_b\":\"k_"))
        .as("merge")
        .isTrue();
    assertThat(after(minute, "\"newsletter\"", "\"op\":\"cancel\"")).as("cancelled").isTrue();
    assertThat(after(minute, "\"unsubscribed\"", "\"spring_sale\"")).as("suppressed").isTrue();
  }

  @Test
  void slowestRateStillTellsTheStories() {
    List<DemoRecord> records =
        new DemoStream(7, START, 1).until(START.plus(Duration.ofSeconds(60)));

    assertThat(after(records, "\"product_view\"", "\"cart_reminder\"")).isTrue();
    assertThat(after(records, "zendesk_ticket_created", "\"spring_sale\"")).isTrue();
    assertThat(after(records, "\"unsubscribed\"", "\"newsletter\"", "\"op\":\"link\"")).isTrue();
    assertThat(after(records, "\"newsletter\"", "\"op\":\"cancel\"")).isTrue();
  }

  @Test
  void nobodyInAStoryIsInAnother() {
    List<DemoRecord> hour = new DemoStream(7, START, RATE).until(START.plus(Duration.ofHours(1)));
    Set<String> cancelled = requestIds(hour, "\"op\":\"cancel\"");
    List<DemoRecord> requests =
        hour.stream()
            .filter(record -> record.topic().equals(Topics.SEND_REQUESTS))
            .filter(record -> cancelled.contains(record.key()))
            .filter(record -> !record.value().contains("\"cancel\""))
            .toList();

    assertThat(requests).extracting(DemoRecord::who).doesNotHaveDuplicates().hasSizeGreaterThan(20);
  }

  private static List<DemoRecord> minute(DemoStream stream) {
    return stream.until(START.plusSeconds(60));
  }

  private static JsonNode json(DemoRecord record) {
    try {
      return JSON.readTree(record.value());
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> texts(List<JsonNode> records, String field) {
    return records.stream().map(record -> record.path(field).asText()).distinct().toList();
  }

  private static Set<String> requestIds(List<DemoRecord> records, String part) {
    return records.stream()
        .filter(record -> record.value().contains(part))
        .map(DemoRecord::key)
        .collect(Collectors.toSet());
  }

  /** Whether there is somebody about whom there are records with these parts, in this order. */
  private static boolean after(List<DemoRecord> records, String... parts) {
    return records.stream()
        .map(DemoRecord::who)
        .distinct()
        .anyMatch(
            who -> {
              int found = 0;
              for (DemoRecord record : records) {
                if (found < parts.length
                    && record.who().equals(who)
                    && record.value().contains(parts[found])) {
                  found++;
                }
              }
              return found == parts.length;
            });
  }
}
