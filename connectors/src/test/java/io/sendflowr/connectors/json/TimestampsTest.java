package io.sendflowr.connectors.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampsTest {
  private static final long FIRST = -62_135_596_800_000L; // 0001-01-01T00:00:00Z
  private static final long LAST = 253_402_300_799_999L; // 9999-12-31T23:59:59.999Z
  private static final DateTimeFormatter WITH_OFFSET =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSxxx");

  @ParameterizedTest
  @CsvSource({
    "2026-01-10T12:00:00Z, 2026-01-10T12:00:00Z",
    "2026-01-10t12:00:00z, 2026-01-10T12:00:00Z",
    "2026-01-10T12:00Z, 2026-01-10T12:00:00Z",
    "2026-01-10T12:00:00+02:00, 2026-01-10T10:00:00Z",
    "2026-01-10T12:00:00-05:30, 2026-01-10T17:30:00Z",
    "2026-01-10T12:00:00-0500, 2026-01-10T17:00:00Z",
    "2026-01-10T12:00:00+0545, 2026-01-10T06:15:00Z",
    "2026-01-10T12:00:00+05, 2026-01-10T07:00:00Z",
    "2026-01-10T12:00+05, 2026-01-10T07:00:00Z",
    "2026-01-10T12:00-0500, 2026-01-10T17:00:00Z",
    "2026-01-10T12:00:00+00:00, 2026-01-10T12:00:00Z",
    "2026-01-10T12:00:00-00:00, 2026-01-10T12:00:00Z",
    "2026-01-10T12:00:00.5+18:00, 2026-01-09T18:00:00.500Z",
    "2026-01-10T12:00:00.5Z, 2026-01-10T12:00:00.500Z",
    "2026-01-10T12:00:00.120Z, 2026-01-10T12:00:00.120Z",
    "2026-01-10T12:00:00.000Z, 2026-01-10T12:00:00Z",
    "2026-01-10T12:00:00.1239Z, 2026-01-10T12:00:00.123Z",
    "2026-01-10T12:00:00.000999999Z, 2026-01-10T12:00:00Z",
    "1969-12-31T23:59:59.999999Z, 1969-12-31T23:59:59.999Z",
    "2024-02-29T00:00:00Z, 2024-02-29T00:00:00Z",
    "0001-01-01T00:00:00Z, 0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z, 9999-12-31T23:59:59.999Z"
  })
  void areReadWithAnyOffsetAndWrittenInUtc(String text, String written) {
    assertThat(Timestamps.parse(text).map(Timestamps::format)).hasValue(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "now",
        "1768046400",
        "2026-01-10",
        "2026-01-10T12:00:00",
        "2026-01-10 12:00:00Z",
        " 2026-01-10T12:00:00Z",
        "2026-01-10T12:00:00Z\n",
        "2026-01-10T12:00:00.1234567890Z",
        "2026-01-10T12:00:00,5Z",
        "2026-01-10T12:00:00.5xZ",
        "2026-01-10T12:00:0\u0660Z",
        "0000-01-10T12:00:00Z",
        "2026-01-10T12:00:00Z+02:00",
        "2026-01-10T12:00:00+02:00Z",
        "2026-01-10T12:00:00+02:00+02",
        "2026-01-10T12:00:00+02:00+0200",
        "2026-01-10T12:00:00+0200+02",
        "2026-01-10T12:00:00+2:00",
        "2026-01-10T12:00:00+02:",
        "2026-01-10T12:00:00+02:60",
        "2026-01-10T12:00:00+18:01",
        "2026-01-10T12:00:00+02:00[Europe/Berlin]",
        "2026-01-10T12:00:00 CET",
        "2018-19-12T22:20:32.000Z",
        "2026-02-29T12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-00-10T12:00:00Z",
        "2026-01-00T12:00:00Z",
        "2026-01-10T24:00:00Z",
        "2026-01-10T25:00:00Z",
        "2026-01-10T12:60:00Z",
        "2026-01-10T12:00:60Z",
        "2026-1-10T12:00:00Z",
        "26-01-10T12:00:00Z",
        "0000-12-31T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "+999999999-12-31T23:59:59Z"
      })
  void areNothingElse(String text) {
    assertThat(Timestamps.parse(text)).isEmpty();
  }

  @Property(seed = "1", tries = 500)
  void areReadAsTheyWereWritten(@ForAll @LongRange(min = FIRST, max = LAST) long time) {
    String text = Timestamps.format(time);
    assertThat(text).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z");
    assertThat(text.contains(".")).isEqualTo(Math.floorMod(time, 1000) != 0);
    assertThat(Timestamps.parse(text)).hasValue(time);
  }

  @Property(seed = "2", tries = 500)
  void areTheSameInstantInEveryZone(
      @ForAll @LongRange(min = 0, max = 4_102_444_800_000L) long time,
      @ForAll @IntRange(min = -18 * 60, max = 18 * 60) int offsetMinutes) {
    String text =
        WITH_OFFSET.format(
            Instant.ofEpochMilli(time).atOffset(ZoneOffset.ofTotalSeconds(offsetMinutes * 60)));
    assertThat(Timestamps.parse(text)).hasValue(time);
    assertThat(Timestamps.parse(text.substring(0, 26) + text.substring(27))).hasValue(time);
  }

  @Property(seed = "3", tries = 1000)
  void neverThrow(@ForAll String text) {
    assertThat(Timestamps.parse(text)).isEmpty();
  }

  /** The form that is read without a formatter, with one character changed. */
  @Property(seed = "4", tries = 2000)
  void nearlyOfTheCommonFormIsReadLikeEveryOther(
      @ForAll @LongRange(min = FIRST, max = LAST) long time,
      @ForAll @IntRange(max = 19) int place,
      @ForAll @CharRange(from = ' ', to = '~') char other) {
    String text = Timestamps.format(time);
    String changed = text.substring(0, place) + other + text.substring(place + 1);
    // With a zone of +00:00 it is of no common form.
    String zoned = changed.replaceAll("Z$", "+00:00");
    assertThat(Timestamps.parse(changed))
        .isEqualTo(changed.equals(zoned) ? Timestamps.parse(changed) : Timestamps.parse(zoned));
  }
}
