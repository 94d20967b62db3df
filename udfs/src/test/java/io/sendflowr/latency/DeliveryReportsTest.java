package io.sendflowr.latency;

import static io.sendflowr.latency.DeliveryMetadata.NO_LATENCY;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.latency.DeliveryReport.Kind;
import io.sendflowr.signal.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeliveryReportsTest {
  private static final long NOON = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();
  private static final long HOUR = Duration.ofHours(1).toMillis();

  @Test
  void aMessageTookFromWhenItWasSentLast() {
    assertThat(
            latencies(NOON, sent("s1", NOON - 500), sent("s2", NOON - 300), delivered("d", NOON)))
        .containsExactly(300L);
  }

  @Test
  void whatWasSentAfterTheDeliveryOrMoreThanAnHourBeforeDoesNotCount() {
    assertThat(latencies(NOON, sent("s", NOON + 1), delivered("d", NOON))).isEmpty();
    assertThat(latencies(NOON, sent("s", NOON), delivered("d", NOON))).containsExactly(0L);
    assertThat(latencies(NOON, sent("s", NOON - HOUR), delivered("d", NOON))).containsExactly(HOUR);
    assertThat(latencies(NOON, sent("s", NOON - HOUR - 1), delivered("d", NOON))).isEmpty();
  }

  @Test
  void whatTheProviderMeasuredComesFirst() {
    assertThat(latencies(NOON, sent("s", NOON - 300), measured("d", NOON, 77)))
        .containsExactly(77L);
    assertThat(latencies(NOON, measured("d", NOON, 0))).containsExactly(0L);
  }

  @Test
  void everyDeliveryIsASampleAtItsOwnInstant() {
    DeliveryReport[] reports = {
      sent("s", NOON - 300), delivered("d1", NOON), delivered("d2", NOON), delivered("d3", NOON + 1)
    };
    assertThat(latencies(NOON, reports)).containsExactly(300L, 300L);
    assertThat(latencies(NOON + 1, reports)).containsExactly(301L);
    assertThat(latencies(NOON + 2, reports)).isEmpty();
  }

  @Test
  void anEventThatIsReadAgainIsOneAndItsEarlierStampStands() {
    DeliveryReport[] reports = {
      sent("s", NOON - 300),
      sent("s", NOON - 100),
      delivered("d", NOON),
      delivered("d", NOON),
      delivered("d", NOON + 50)
    };
    assertThat(latencies(NOON, reports)).containsExactly(300L);
    assertThat(latencies(NOON + 50, reports)).isEmpty();
  }

  @Test
  void whatRepeatsAReportIsForgottenWithIt() {
    DeliveryReport first = sent("s", NOON);
    DeliveryReport again = sent("s", NOON + HOUR);
    DeliveryReport later = delivered("d", NOON + 3 * HOUR);
    long end = NOON + 61 * 60_000;

    assertThat(DeliveryReports.forgottenAt(first)).isEqualTo(end);
    assertThat(DeliveryReports.rememberedAfter(List.of(again, later, first), end - 1))
        .containsExactly(first, later);
    assertThat(DeliveryReports.rememberedAfter(List.of(again, later, first), end))
        .containsExactly(later);
    DeliveryReport anew = sent("s", end);
    assertThat(DeliveryReports.rememberedAfter(List.of(anew, first), end)).containsExactly(anew);
  }

  @Test
  void onlyWhatAnEstimateCouldNeedIsReported() {
    DeliveryMetadata named = new DeliveryMetadata("m", NO_LATENCY);
    DeliveryMetadata timed = new DeliveryMetadata("", 5);

    assertThat(DeliveryReport.of(event("sent", "esp"), named)).contains(sent("e", NOON));
    assertThat(DeliveryReport.of(event("delivered", "esp"), named)).contains(delivered("e", NOON));
    assertThat(DeliveryReport.of(event("delivered", "esp"), timed)).isPresent();
    assertThat(DeliveryReport.of(event("sent", "esp"), timed)).isEmpty();
    assertThat(DeliveryReport.of(event("opened", "esp"), named)).isEmpty();
    assertThat(DeliveryReport.of(event("delivered", ""), named)).isEmpty();
    assertThat(DeliveryReport.of(event("delivered", "esp"), null)).isEmpty();
  }

  @Test
  void noTwoMessagesHaveOneKey() {
    assertThat(report("a", "bc", "e").key())
        .isEqualTo(report("a", "bc", "other").key())
        .isNotEqualTo(report("ab", "c", "e").key())
        .isNotEqualTo(report("a", "", "bc").key());
    assertThat(report("a", "", "bc").key()).isNotEqualTo(report("a", "", "b").key());
  }

  private static List<Long> latencies(long now, DeliveryReport... reports) {
    return DeliveryReports.deliveriesAt(List.of(reports), now).samples().stream()
        .map(LatencySample::latencyMillis)
        .toList();
  }

  private static DeliveryReport sent(String eventId, long time) {
    return new DeliveryReport("esp", "m", eventId, Kind.SENT, time, NO_LATENCY);
  }

  private static DeliveryReport delivered(String eventId, long time) {
    return measured(eventId, time, NO_LATENCY);
  }

  private static DeliveryReport measured(String eventId, long time, long millis) {
    return new DeliveryReport("esp", "m", eventId, Kind.DELIVERED, time, millis);
  }

  private static DeliveryReport report(String provider, String messageId, String eventId) {
    return new DeliveryReport(provider, messageId, eventId, Kind.DELIVERED, NOON, 1);
  }

  private static Observation event(String type, String source) {
    return new Observation(source, "e", type, NOON, NOON - 1);
  }
}
