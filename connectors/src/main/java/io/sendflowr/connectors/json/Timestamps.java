package io.sendflowr.connectors.json;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.chrono.IsoChronology;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.util.Locale;
import java.util.Optional;

/** ISO 8601 timestamps with zone: read with any offset, written in UTC (SPEC section 2). */
public final class Timestamps {
  private static final int LAST_YEAR = 9999;

  private static final DateTimeFormatter READ = withOffset("+HHmm");
  private static final DateTimeFormatter READ_COLON = withOffset("+HH:MM");
  private static final int AFTER_COLON = 2;

  private static final String COMMON = "dddd-dd-ddTdd:dd:dd";
  private static final int MOST_FRACTION_DIGITS = 9;
  private static final long NOT_COMMON = Long.MIN_VALUE;

  private Timestamps() {}

  private static DateTimeFormatter withOffset(String pattern) {
    return new DateTimeFormatterBuilder()
        .parseCaseInsensitive()
        .append(DateTimeFormatter.ISO_LOCAL_DATE)
        .appendLiteral('T')
        .append(DateTimeFormatter.ISO_LOCAL_TIME)
        .appendOffset(pattern, "Z")
        .toFormatter(Locale.ROOT)
        .withResolverStyle(ResolverStyle.STRICT)
        .withChronology(IsoChronology.INSTANCE);
  }

  /**
   * Reads a timestamp.
   *
   * @return epoch ms (finer digits are cut off), or empty if the text is no timestamp with a zone,
   *     or none of the years 1 to 9999
   */
  public static Optional<Long> parse(String text) {
    try {
      long common = common(text);
      if (common != NOT_COMMON) {
        return Optional.of(common);
      }
      boolean colon = text.lastIndexOf(':') == text.length() - AFTER_COLON - 1;
      OffsetDateTime time = (colon ? READ_COLON : READ).parse(text, OffsetDateTime::from);
      return time.getYear() < 1 || time.getYear() > LAST_YEAR
          ? Optional.empty()
          : Optional.of(time.toInstant().toEpochMilli());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /**
   * Reads the form in which nearly all come: UTC with {@code Z}, to the second or finer. A
   * formatter takes a quarter of what it takes to read a whole record.
   *
   * @return epoch ms, or {@link #NOT_COMMON} if it is of another form
   * @throws DateTimeException if there is no such day or time of day
   */
  private static long common(String text) {
    int seconds = COMMON.length();
    int end = text.length() - 1;
    if (end < seconds || end - seconds == 1 || text.charAt(end) != 'Z') {
      return NOT_COMMON;
    }
    for (int i = 0; i < seconds; i++) {
      char form = COMMON.charAt(i);
      if (form == 'd' ? !isDigit(text.charAt(i)) : form != text.charAt(i)) {
        return NOT_COMMON;
      }
    }
    if (end > seconds + 1 + MOST_FRACTION_DIGITS
        || (end > seconds && text.charAt(seconds) != '.')) {
      return NOT_COMMON;
    }
    int millis = 0;
    int place = 100;
    for (int i = seconds + 1; i < end; i++) {
      if (!isDigit(text.charAt(i))) {
        return NOT_COMMON;
      }
      millis += place * (text.charAt(i) - '0');
      place /= 10;
    }
    int year = number(text, 0, 4);
    if (year == 0) {
      return NOT_COMMON;
    }
    LocalDateTime time =
        LocalDateTime.of(
            year,
            number(text, 5, 7),
            number(text, 8, 10),
            number(text, 11, 13),
            number(text, 14, 16),
            number(text, 17, 19));
    return time.toEpochSecond(ZoneOffset.UTC) * 1000 + millis;
  }

  private static boolean isDigit(char one) {
    return one >= '0' && one <= '9';
  }

  private static int number(String text, int from, int end) {
    return Integer.parseInt(text, from, end, 10);
  }

  /** Writes epoch ms in UTC with {@code Z}, with milliseconds only where they are not zero. */
  public static String format(long epochMillis) {
    return DateTimeFormatter.ISO_INSTANT.format(
        Instant.ofEpochMilli(epochMillis).atOffset(ZoneOffset.UTC));
  }
}
