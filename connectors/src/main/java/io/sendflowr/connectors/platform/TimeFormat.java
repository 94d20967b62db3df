package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.chrono.IsoChronology;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The forms in which platforms write times. */
enum TimeFormat {
  /** ISO 8601 with zone; a blank between date and time or before the zone is read as well. */
  ISO("ISO 8601 time with zone") {
    @Override
    Optional<Instant> instant(String text) {
      return parse(ISO_WITH_ZONE, joined(text));
    }
  },
  /** The same, where a time without zone is in UTC. */
  UTC("ISO 8601 time") {
    @Override
    Optional<Instant> instant(String text) {
      return parse(ISO_ELSE_UTC, joined(text));
    }
  },
  /** Seconds since 1970, also with a fraction. */
  EPOCH_SECONDS("number of seconds since 1970") {
    @Override
    Optional<Instant> instant(String text) {
      return fromMillis(text, 3);
    }
  },
  /** Milliseconds since 1970. */
  EPOCH_MILLIS("number of milliseconds since 1970") {
    @Override
    Optional<Instant> instant(String text) {
      return fromMillis(text, 0);
    }
  },
  /** The form of dates in HTTP headers, such as {@code Thu, 04 Jan 2024 18:05:25 GMT}. */
  HTTP_DATE("date as HTTP headers have it") {
    @Override
    Optional<Instant> instant(String text) {
      return parse(HTTP, text);
    }
  };

  private static final Instant EARLIEST = Instant.EPOCH;
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");
  private static final BigDecimal LATEST_MILLIS = BigDecimal.valueOf(LATEST.toEpochMilli());

  // Nobody writes a time in more; reading a long number takes quadratic time.
  private static final int LONGEST = 64;

  private static final DateTimeFormatter ISO_WITH_ZONE = strict(iso());
  private static final DateTimeFormatter ISO_ELSE_UTC =
      strict(iso().parseDefaulting(ChronoField.OFFSET_SECONDS, 0));

  private static final DateTimeFormatter HTTP =
      DateTimeFormatter.RFC_1123_DATE_TIME.withResolverStyle(ResolverStyle.STRICT);

  private final String meaning;

  TimeFormat(String meaning) {
    this.meaning = meaning;
  }

  /** The name in descriptors. */
  String fieldValue() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a value of this form is, for messages. */
  String meaning() {
    return meaning;
  }

  /** The time in whole milliseconds, from 1970 to 9999; empty if the value is no such time. */
  Optional<Instant> read(JsonNode value) {
    return value.isTextual() || value.isNumber() ? read(value.asText().strip()) : Optional.empty();
  }

  /** The time that a text without blanks around it means, as {@link #read(JsonNode)} has it. */
  Optional<Instant> read(String text) {
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    return instant(text)
        .map(time -> time.truncatedTo(ChronoUnit.MILLIS))
        .filter(time -> !time.isBefore(EARLIEST) && !time.isAfter(LATEST));
  }

  abstract Optional<Instant> instant(String text);

  private static DateTimeFormatterBuilder iso() {
    DateTimeFormatterBuilder iso =
        new DateTimeFormatterBuilder()
            .parseCaseInsensitive()
            .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME);
    for (String zone : List.of("+HH:MM", "+HHMM", "+HH")) {
      iso.optionalStart().appendOffset(zone, "Z").optionalEnd();
    }
    return iso;
  }

  private static DateTimeFormatter strict(DateTimeFormatterBuilder builder) {
    return builder
        .toFormatter(Locale.ROOT)
        .withResolverStyle(ResolverStyle.STRICT)
        .withChronology(IsoChronology.INSTANCE);
  }

  /** Without the blanks that some write between date and time and before the zone. */
  private static String joined(String text) {
    int date = "2026-01-10".length();
    String joined =
        text.length() > date && text.charAt(date) == ' '
            ? text.substring(0, date) + 'T' + text.substring(date + 1)
            : text;
    return joined.replace(" ", "");
  }

  private static Optional<Instant> parse(DateTimeFormatter format, String text) {
    try {
      return Optional.of(
          OffsetDateTime.parse(text, format).withOffsetSameInstant(ZoneOffset.UTC).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<Instant> fromMillis(String text, int shift) {
    try {
      BigDecimal millis = new BigDecimal(text).movePointRight(shift);
      return millis.signum() >= 0 && millis.compareTo(LATEST_MILLIS) <= 0
          ? Optional.of(Instant.ofEpochMilli(millis.longValue()))
          : Optional.empty();
    } catch (ArithmeticException | NumberFormatException e) {
      return Optional.empty();
    }
  }
}
