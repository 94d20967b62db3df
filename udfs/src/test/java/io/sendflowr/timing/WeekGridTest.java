package io.sendflowr.timing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeekGridTest {
  private static final long CENTURIES = 10_000_000_000_000L;

  @ParameterizedTest
  @CsvSource({
    "2026-01-05T00:00:00Z, 0",
    "2026-01-05T00:00:59.999Z, 0",
    "2026-01-05T00:01:00Z, 1",
    "2026-01-10T12:00:00Z, 7920",
    "2026-01-11T23:59:59.999Z, 10079",
    "2026-01-12T00:00:00Z, 0",
    "1970-01-01T00:00:00Z, 4320",
    "1969-12-31T23:59:59.999Z, 4319",
    "1969-12-29T00:00:00Z, 0",
    "1969-12-28T23:59:00Z, 10079"
  })
  void slotZeroIsMondayMidnight(Instant instant, int slot) {
    assertThat(WeekGrid.slot(instant.toEpochMilli())).isEqualTo(slot);
  }

  @Property(seed = "50")
  void aSlotIsDayHourAndMinuteInUtc(
      @ForAll @LongRange(min = -CENTURIES, max = CENTURIES) long instant) {
    ZonedDateTime utc = Instant.ofEpochMilli(instant).atZone(ZoneOffset.UTC);
    int day = utc.getDayOfWeek().getValue() - DayOfWeek.MONDAY.getValue();

    assertThat(WeekGrid.slot(instant)).isEqualTo((day * 24 + utc.getHour()) * 60 + utc.getMinute());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 60000",
    "59999, 60000",
    "60000, 60000",
    "60001, 120000",
    "-1, 0",
    "-60000, -60000",
    "-60001, -60000"
  })
  void aMinuteAtOrAfterIsNotBefore(long instant, long minute) {
    assertThat(WeekGrid.minuteAtOrAfter(instant)).isEqualTo(minute);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "0, 1, 1",
    "0, 60000, 1",
    "0, 60001, 2",
    "0, -1, 0",
    "0, -60001, 0",
    "-60000, 1, 2",
    "60000, 0, 0"
  })
  void theEndIsExclusive(long first, long end, int minutes) {
    assertThat(WeekGrid.minutesBetween(first, end)).isEqualTo(minutes);
  }

  @Property(seed = "51")
  void countsTheWholeMinutesBeforeTheEnd(
      @ForAll @LongRange(min = -1000, max = 1000) long firstMinute,
      @ForAll @IntRange(min = -300_000, max = 300_000) int length) {
    long first = firstMinute * WeekGrid.MINUTE;
    int expected = 0;
    for (long m = first; m < first + length; m += WeekGrid.MINUTE) {
      expected++;
    }

    assertThat(WeekGrid.minutesBetween(first, first + length)).isEqualTo(expected);
  }
}
