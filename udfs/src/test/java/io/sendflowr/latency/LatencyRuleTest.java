package io.sendflowr.latency;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class LatencyRuleTest {
  private static final long NOON = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();

  @Test
  void aMinuteCountsFromItsEndForAnHour() {
    assertThat(LatencyRule.minuteOf(NOON)).isEqualTo(NOON);
    assertThat(LatencyRule.minuteOf(NOON + 59_999)).isEqualTo(NOON);
    assertThat(LatencyRule.minuteOf(NOON - 1)).isEqualTo(NOON - 60_000);
    assertThat(LatencyRule.countsFrom(NOON)).isEqualTo(NOON + 60_000);
    assertThat(LatencyRule.countsUntil(NOON)).isEqualTo(NOON + 61 * 60_000);
  }

  @Test
  void theMedianIsTheMeanOfTheTwoInTheMiddleHalfAMillisecondUp() {
    assertThat(LatencyRule.median(7, 7)).isEqualTo(7);
    assertThat(LatencyRule.median(6, 8)).isEqualTo(7);
    assertThat(LatencyRule.median(6, 9)).isEqualTo(8);
    assertThat(LatencyRule.median(0, 0)).isZero();
  }

  @Test
  void theCapIsPutOnTheMedianAndNotOnTheSamples() {
    assertThat(LatencyRule.median(900_000, 900_000)).isEqualTo(900_000);
    assertThat(LatencyRule.median(900_001, 900_001)).isEqualTo(900_000);
    assertThat(LatencyRule.median(100_000, 1_300_000)).isEqualTo(700_000);
    assertThat(LatencyRule.median(100_000, 1_800_000)).isEqualTo(900_000);
  }

  @Test
  void whatCannotBeToldApartInTheCappedMedianIsCountedAlike() {
    assertThat(LatencyRule.counted(1_799_999)).isEqualTo(1_799_999);
    assertThat(LatencyRule.counted(Long.MAX_VALUE)).isEqualTo(1_800_000);
    for (long other = 0; other <= 2_000_000; other += 99_999) {
      long lower = Math.min(other, 1_900_000);
      long upper = Math.max(other, 1_900_000);
      assertThat(LatencyRule.median(LatencyRule.counted(lower), LatencyRule.counted(upper)))
          .isEqualTo(LatencyRule.median(lower, upper));
    }
  }
}
