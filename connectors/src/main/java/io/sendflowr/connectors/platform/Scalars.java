package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** How single JSON values are read. */
final class Scalars {
  private static final int LONGEST_SHOWN = 60;

  private Scalars() {}

  /**
   * The value as an identifier: text that is not blank, or a whole number with all its digits. A
   * number with a fraction or exponent has been through arithmetic and names nobody. Text with half
   * a surrogate pair is no Unicode and could not be written again.
   */
  static Optional<String> id(JsonNode value) {
    if (value.isTextual()) {
      return Optional.of(value.textValue().strip())
          .filter(text -> !text.isEmpty() && text.codePoints().noneMatch(Scalars::isHalfPair));
    }
    return value.isIntegralNumber() ? Optional.of(value.asText()) : Optional.empty();
  }

  /** The value as a word to compare: like {@link #id}, and {@code true} and {@code false}. */
  static Optional<String> word(JsonNode value) {
    return value.isBoolean() ? Optional.of(value.asText()) : id(value);
  }

  /** Whether there is a value to speak of: neither missing nor null nor blank text. */
  static boolean holds(JsonNode value) {
    return !value.isMissingNode()
        && !value.isNull()
        && !(value.isTextual() && value.textValue().isBlank());
  }

  /** Whether the text might have an email address in it. Those stop at the connectors. */
  static boolean mayHoldAddress(String text) {
    return text.indexOf('@') >= 0;
  }

  /** The text for a message: quoted, cut short, and not shown if it might hold an address. */
  static String quote(String text) {
    return mayHoldAddress(text) ? show(text) : '"' + show(text) + '"';
  }

  /** The text for a message: cut short, and not shown if it might hold an address. */
  static String show(String text) {
    if (mayHoldAddress(text)) {
      return "a text with an @ (not shown)";
    }
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .limit(LONGEST_SHOWN)
        .forEach(c -> shown.appendCodePoint(isHalfPair(c) ? '?' : c));
    return text.codePointCount(0, text.length()) > LONGEST_SHOWN
        ? shown.append("...").toString()
        : shown.toString();
  }

  private static boolean isHalfPair(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }
}
