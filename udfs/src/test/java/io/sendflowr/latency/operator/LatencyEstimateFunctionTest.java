package io.sendflowr.latency.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.flink.RecordedMetrics;
import io.sendflowr.flink.Types;
import io.sendflowr.latency.Latency;
import io.sendflowr.latency.LatencyEstimate;
import io.sendflowr.latency.LatencySample;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LatencyEstimateFunctionTest {
  private static final long NOON = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();
  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;

  private final RecordedMetrics metrics = new RecordedMetrics();

  private KeyedOneInputStreamOperatorTestHarness<String, LatencySample, LatencyEstimate> harness;

  @BeforeEach
  void open() throws Exception {
    harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            metrics.operator(new LatencyEstimateFunction()),
            LatencySample::provider,
            BasicTypeInfo.STRING_TYPE_INFO);
    harness.setup(new Types.LatencyEstimateSerializer());
    harness.open();
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void anEstimateIsMadeBeforeItsMinuteAndTakenBackWhenTheSamplesAreOld() throws Exception {
    deliver(20, NOON, 7_000);
    harness.processWatermark(new Watermark(NOON + MINUTE - 2));
    assertThat(harness.extractOutputValues()).isEmpty();
    harness.processWatermark(new Watermark(NOON + MINUTE - 1));
    assertThat(harness.extractOutputValues())
        .containsExactly(estimate(NOON + MINUTE, new Latency(7_000, 20)));

    harness.processWatermark(new Watermark(NOON + 2 * HOUR));

    assertThat(harness.extractOutputValues())
        .containsExactly(
            estimate(NOON + MINUTE, new Latency(7_000, 20)), estimate(NOON + HOUR + MINUTE, null));
  }

  @Test
  void showsTheEstimateAsLongAsThereIsOne() throws Exception {
    deliver(20, NOON, 7_000);
    assertThat(metrics.hasGauge("provider", "esp", "latencyEstimate")).isFalse();
    harness.processWatermark(new Watermark(NOON + MINUTE));
    assertThat(metrics.gauge("provider", "esp", "latencyEstimate")).isEqualTo(7_000);

    harness.processWatermark(new Watermark(NOON + 2 * HOUR));

    assertThat(metrics.gauge("provider", "esp", "latencyEstimate")).isZero();
  }

  @Test
  void showsNoMoreThanFiftyProviders() throws Exception {
    for (int provider = 0; provider < 60; provider++) {
      for (int sample = 0; sample < 20; sample++) {
        harness.processElement(new LatencySample("p" + provider, NOON, 7_000), NOON);
      }
    }
    harness.processWatermark(new Watermark(NOON + MINUTE));

    assertThat(
            IntStream.range(0, 60)
                .filter(one -> metrics.hasGauge("provider", "p" + one, "latencyEstimate")))
        .hasSize(50);
  }

  @Test
  void nineteenSamplesSayNothing() throws Exception {
    deliver(19, NOON, 7_000);
    harness.processElement(new LatencySample("other", NOON, 7_000), NOON);
    harness.processWatermark(new Watermark(NOON + 3 * HOUR));

    assertThat(harness.extractOutputValues()).isEmpty();
  }

  /** The window begins with its first millisecond and ends before the whole minute. */
  @Test
  void theWindowIsAnHourOfWholeMinutes() throws Exception {
    deliver(1, NOON - HOUR - 1, 1_000);
    deliver(1, NOON - HOUR, 2_000);
    deliver(19, NOON - 1, 3_000);
    deliver(1, NOON, 4_000);
    harness.processWatermark(new Watermark(NOON - 1));
    assertThat(harness.extractOutputValues())
        .containsExactly(estimate(NOON, new Latency(3_000, 20)));

    harness.processWatermark(new Watermark(NOON + MINUTE - 1));

    assertThat(harness.extractOutputValues())
        .as("one comes, one goes")
        .containsExactly(estimate(NOON, new Latency(3_000, 20)));
  }

  @Test
  void theMedianIsCapped() throws Exception {
    deliver(10, NOON, 100_000);
    deliver(10, NOON, 1_300_000);
    harness.processWatermark(new Watermark(NOON + MINUTE));
    deliver(1, NOON + 2 * MINUTE, Long.MAX_VALUE);
    harness.processWatermark(new Watermark(NOON + 3 * MINUTE));

    assertThat(harness.extractOutputValues())
        .containsExactly(
            estimate(NOON + MINUTE, new Latency(700_000, 20)),
            estimate(NOON + 3 * MINUTE, new Latency(900_000, 21)));
  }

  @Test
  void itIsTheMedianOfAllThatWasDeliveredInTheHour() throws Exception {
    Random random = new Random(4711);
    List<LatencySample> samples = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      long at = NOON + (long) (random.nextDouble() * random.nextDouble() * 4 * HOUR);
      samples.add(new LatencySample("esp", at, random.nextInt(random.nextBoolean() ? 60 : 99_999)));
    }
    for (LatencySample sample : samples) {
      harness.processElement(sample, sample.deliveredAt());
    }
    harness.processWatermark(new Watermark(NOON + 6 * HOUR));

    List<LatencyEstimate> expected = new ArrayList<>();
    Latency last = null;
    for (long minute = NOON; minute < NOON + 6 * HOUR; minute += MINUTE) {
      Latency now = naive(samples, minute);
      if (!Objects.equals(now, last)) {
        expected.add(estimate(minute, now));
      }
      last = now;
    }
    assertThat(expected).hasSizeGreaterThan(100);
    assertThat(harness.extractOutputValues()).isEqualTo(expected);
  }

  private static Latency naive(List<LatencySample> samples, long end) {
    long[] latencies =
        samples.stream()
            .filter(s -> s.deliveredAt() >= end - HOUR && s.deliveredAt() < end)
            .mapToLong(LatencySample::latencyMillis)
            .sorted()
            .toArray();
    int half = latencies.length / 2;
    if (latencies.length < 20) {
      return null;
    }
    return latencies.length % 2 == 1
        ? new Latency(latencies[half], latencies.length)
        : new Latency(
            (long) Math.floor((latencies[half - 1] + latencies[half]) / 2.0 + 0.5),
            latencies.length);
  }

  @Test
  void nothingIsLeftOnceTheSamplesAreOld() throws Exception {
    deliver(25, NOON, 7_000);
    deliver(3, NOON + 90_000, Duration.ofDays(1).toMillis());
    harness.processWatermark(new Watermark(NOON + HOUR));
    assertThat(harness.numKeyedStateEntries()).isPositive();

    harness.processWatermark(new Watermark(NOON + HOUR + 2 * MINUTE));

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  private void deliver(int count, long at, long latencyMillis) throws Exception {
    for (int i = 0; i < count; i++) {
      harness.processElement(new LatencySample("esp", at, latencyMillis), at);
    }
  }

  private static LatencyEstimate estimate(long from, Latency latency) {
    return new LatencyEstimate("esp", from, latency);
  }
}
