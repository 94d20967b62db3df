package io.sendflowr.connectors.json;

import com.fasterxml.jackson.databind.JsonNode;
import io.sendflowr.record.DeadLetterReason;
import java.util.Optional;

/** Reads the fields of a record, and says clearly what is wrong with them. */
final class JsonFields {
  /**
   * Longer texts are no ids or names, and outputs that carry them several times could not be
   * written.
   */
  private static final int MAX_TEXT = 1024;

  private final JsonNode record;

  JsonFields(JsonNode record) {
    this.record = record;
  }

  boolean has(String field) {
    return record.hasNonNull(field);
  }

  JsonNode node(String field) {
    return record.path(field);
  }

  /** A text, or a number as it is written. */
  String requiredText(String field) throws RejectedException {
    if (has(field) && !isText(record.path(field))) {
      throw missing(field, "It must be a text, not " + kind(record.path(field)) + ".");
    }
    String text = optionalText(field);
    if (text == null || text.isBlank()) {
      throw missing(field, "Give it a text that is not blank.");
    }
    return text;
  }

  private static boolean isText(JsonNode value) {
    return value.isTextual() || value.isNumber() || value.isBoolean();
  }

  /** Null when absent. */
  String optionalText(String field) throws RejectedException {
    JsonNode value = record.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!isText(value)) {
      throw badValue(field, "must be a text, not " + kind(value));
    }
    String text = value.asText();
    if (text.length() > MAX_TEXT) {
      throw badValue(field, "must have at most " + MAX_TEXT + " characters, not " + text.length());
    }
    // A JSON escape can make half a surrogate pair, which no UTF-8 output could carry.
    if (hasHalfPair(text)) {
      throw badValue(field, "must be text, but has half of a surrogate pair");
    }
    return text;
  }

  private static boolean hasHalfPair(String text) {
    for (int i = 0; i < text.length(); i++) {
      char one = text.charAt(i);
      if (Character.isSurrogate(one)) {
        boolean isPair =
            i + 1 < text.length() && Character.isSurrogatePair(one, text.charAt(i + 1));
        if (!isPair) {
          return true;
        }
        i++;
      }
    }
    return false;
  }

  /** Like {@link #requiredText}; an email address in it is hidden. */
  String requiredHidden(String field) throws RejectedException {
    return EmailAddresses.hidden(requiredText(field));
  }

  /** Empty when absent; an email address in it is hidden. */
  String optionalHidden(String field) throws RejectedException {
    String text = optionalText(field);
    return text == null ? "" : EmailAddresses.hidden(text);
  }

  /** Like {@link #requiredText}, for what is written again: no email address may be in it. */
  String requiredPlain(String field) throws RejectedException {
    return plain(field, requiredText(field));
  }

  /** Like {@link #optionalText}, for what is written again: no email address may be in it. */
  String optionalPlain(String field) throws RejectedException {
    String text = optionalText(field);
    return text == null ? null : plain(field, text);
  }

  private static String plain(String field, String text) throws RejectedException {
    if (EmailAddresses.in(text)) {
      throw badValue(field, "must not hold an email address, as it is passed on in clear text");
    }
    return text;
  }

  long requiredTime(String field) throws RejectedException {
    if (!has(field)) {
      throw missing(field, "Give it an ISO 8601 timestamp with zone.");
    }
    return time(field);
  }

  /** {@code byDefault} when absent. */
  long optionalTime(String field, long byDefault) throws RejectedException {
    return has(field) ? time(field) : byDefault;
  }

  private long time(String field) throws RejectedException {
    JsonNode value = record.path(field);
    String text = value.isTextual() ? value.textValue() : value.toString();
    return (value.isTextual() ? Timestamps.parse(text) : Optional.<Long>empty())
        .orElseThrow(
            () ->
                new RejectedException(
                    DeadLetterReason.BAD_TIMESTAMP,
                    "\""
                        + field
                        + "\" must be an ISO 8601 timestamp with zone such as"
                        + " 2026-01-10T12:00:00Z, not "
                        + excerpt(text)
                        + "."));
  }

  /** {@code byDefault} when absent. */
  double optionalNumber(String field, double byDefault) throws RejectedException {
    if (!has(field)) {
      return byDefault;
    }
    JsonNode value = record.path(field);
    if (!value.isNumber()) {
      throw badValue(field, "must be a number, not " + kind(value));
    }
    return value.doubleValue();
  }

  static RejectedException badValue(String field, String problem) {
    return new RejectedException(DeadLetterReason.BAD_VALUE, "\"" + field + "\" " + problem + ".");
  }

  static RejectedException missing(String field, String remedy) {
    return new RejectedException(
        DeadLetterReason.MISSING_FIELD, "\"" + field + "\" is required. " + remedy);
  }

  static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT, POJO -> "an object";
      case ARRAY -> "a list";
      case STRING, BINARY -> "a text";
      case NUMBER -> "a number";
      case BOOLEAN -> "true or false";
      case NULL, MISSING -> "null";
    };
  }

  /** Enough of a value to find it by. */
  static String excerpt(String text) {
    final int enough = 60;
    return text.length() <= enough ? text : text.substring(0, enough) + "...";
  }
}
