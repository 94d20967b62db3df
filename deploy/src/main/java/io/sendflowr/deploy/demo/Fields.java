package io.sendflowr.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Fields of the job's outputs. */
final class Fields {
  private Fields() {}

  /** A text that must be there. */
  static String text(JsonNode json, String field) {
    return optionalText(json, field)
        .orElseThrow(() -> new IllegalArgumentException("No " + field + " in " + json));
  }

  /** A text, empty if it is absent or null. */
  static Optional<String> optionalText(JsonNode json, String field) {
    return json.hasNonNull(field) ? Optional.of(json.get(field).asText()) : Optional.empty();
  }

  /** An instant that must be there. */
  static Instant time(JsonNode json, String field) {
    return optionalTime(json, field)
        .orElseThrow(() -> new IllegalArgumentException("No " + field + " in " + json));
  }

  /** An instant, empty if it is absent or null. */
  static Optional<Instant> optionalTime(JsonNode json, String field) {
    try {
      return optionalText(json, field).map(Instant::parse);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("No instant as " + field + " in " + json, e);
    }
  }
}
