package io.sendflowr.connectors.json;

import io.sendflowr.identity.UniversalId;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Finds email addresses in texts, so that none leaves the connectors (SPEC section 3). */
final class EmailAddresses {
  // No repetition before the @: it would cost the square of the length of a text.
  private static final Pattern ADDRESS = Pattern.compile("[^\\s@]@[^\\s@]+\\.\\p{L}{2}");

  private EmailAddresses() {}

  /** Whether an email address is, or is part of, the text. */
  static boolean in(String text) {
    return text.indexOf('@') >= 0 && ADDRESS.matcher(text).find();
  }

  /** The text; if an address is in it, a digest that stands for it. */
  static String hidden(String text) {
    return in(text) ? HexFormat.of().formatHex(UniversalId.sha256(text)) : text;
  }
}
