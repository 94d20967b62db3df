package io.sendflowr.connectors.platform;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When a platform signed a delivery.
 *
 * @param header where the time stands
 * @param format how it is written there
 * @param tolerance how far it may be from the time of receipt, so that nobody can replay an old
 *     delivery; empty if the platform names no window, and then none is safe: retries can keep the
 *     time of the first attempt
 */
public record SignedTime(
    SignatureScheme.Header header, Format format, Optional<Duration> tolerance) {

  /** How a time is written. */
  public enum Format {
    /** ISO 8601 with zone. */
    ISO(TimeFormat.ISO),
    /** Seconds since 1970. */
    EPOCH_SECONDS(TimeFormat.EPOCH_SECONDS),
    /** Milliseconds since 1970. */
    EPOCH_MILLIS(TimeFormat.EPOCH_MILLIS),
    /** The form of dates in HTTP headers. */
    HTTP_DATE(TimeFormat.HTTP_DATE);

    private final TimeFormat form;

    Format(TimeFormat form) {
      this.form = form;
    }

    /** The time that the text means; empty if it is none from 1970 to 9999. */
    public Optional<Instant> read(String text) {
      return form.read(text.strip());
    }

    /** The name in descriptors. */
    String fieldValue() {
      return form.fieldValue();
    }
  }
}
