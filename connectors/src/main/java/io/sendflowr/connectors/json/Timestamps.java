package io.sendflowr.connectors.json;

import java.time.DateTimeException;
import java.time.Instant;
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
      boolean colon = text.lastIndexOf(':') == text.length() - AFTER_COLON - 1;
      OffsetDateTime time = (colon ? READ_COLON : READ).parse(text, OffsetDateTime::from);
      return time.getYear() < 1 || time.getYear() > LAST_YEAR
          ? Optional.empty()
          : Optional.of(time.toInstant().toEpochMilli());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Writes epoch ms in UTC with {@code Z}, with milliseconds only where they are not zero. */
  public static String format(long epochMillis) {
    return DateTimeFormatter.ISO_INSTANT.format(
        Instant.ofEpochMilli(epochMillis).atOffset(ZoneOffset.UTC));
  }
}
