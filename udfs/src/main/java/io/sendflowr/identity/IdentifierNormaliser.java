package io.sendflowr.identity;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberFormat;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.IdentifierType;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Brings identifiers into one form and drops what identifies nobody (SPEC section 3). No clear-text
 * email address leaves it.
 */
public final class IdentifierNormaliser {

  /** Platforms do use addresses as ids; such an id counts by its hash, its case kept. */
  private static final Pattern CONTAINS_ADDRESS = Pattern.compile("[^\\s@]@[^\\s@]");

  private static final int MAX_LENGTH = 1024;

  /** White space of Unicode that no method of {@link Character} knows. */
  private static final char NEXT_LINE = '\u0085';

  private static final Pattern SHA256_HEX = Pattern.compile("[0-9a-fA-F]{64}");

  private final Catalogue catalogue;
  private final String phoneRegion;
  private final PhoneNumberUtil phones = PhoneNumberUtil.getInstance();

  /**
   * @param catalogue types and placeholders
   * @param phoneRegion ISO 3166 country of phone numbers written without a country code, for
   *     example {@code US}
   */
  public IdentifierNormaliser(Catalogue catalogue, String phoneRegion) {
    this.catalogue = catalogue;
    this.phoneRegion = phoneRegion;
  }

  /**
   * The identifier that a record means.
   *
   * @param typeName name of the type or an alias of it
   * @param raw value as received
   * @return empty if the type is unknown, the value is a placeholder, or it is no valid value of
   *     the type
   */
  public Optional<Identifier> normalise(String typeName, String raw) {
    IdentifierType type = catalogue.typeNamed(typeName);
    if (type == null) {
      return Optional.empty();
    }
    String value = trimmed(raw);
    String lower = value.toLowerCase(Locale.ROOT);
    if (value.isEmpty()
        || value.length() > MAX_LENGTH
        || catalogue.isPlaceholder(lower)
        || isAllZero(value)
        || value.indexOf('\0') >= 0
        || !StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
      return Optional.empty();
    }
    String normal =
        switch (type.form()) {
          case PLAIN -> CONTAINS_ADDRESS.matcher(value).find() ? sha256Hex(value) : value;
          case EMAIL_HASH -> emailHash(lower, typeName.equals(type.name()));
          case PHONE -> e164(value);
        };
    return Optional.ofNullable(normal).map(v -> new Identifier(type.rank(), v));
  }

  /** Without white space around it, no-break spaces included: what is copied often ends in one. */
  private static String trimmed(String raw) {
    int start = 0;
    int end = raw.length();
    while (start < end && isSpace(raw.charAt(start))) {
      start++;
    }
    while (start < end && isSpace(raw.charAt(end - 1))) {
      end--;
    }
    return raw.substring(start, end);
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == NEXT_LINE;
  }

  /** Zeros and hyphens, a zero among them: all-zero ids and UUIDs. */
  private static boolean isAllZero(String value) {
    return value.indexOf('0') >= 0 && value.chars().allMatch(c -> c == '0' || c == '-');
  }

  private static String emailHash(String lower, boolean saidToBeHashed) {
    if (saidToBeHashed && SHA256_HEX.matcher(lower).matches()) {
      return lower;
    }
    int at = lower.indexOf('@');
    if (at <= 0 || at == lower.length() - 1 || lower.indexOf('@', at + 1) >= 0) {
      return null;
    }
    return sha256Hex(lower);
  }

  private static String sha256Hex(String text) {
    return HexFormat.of().formatHex(UniversalId.sha256(text));
  }

  private String e164(String value) {
    try {
      PhoneNumber number = phones.parse(value, phoneRegion);
      return phones.isValidNumber(number) ? phones.format(number, PhoneNumberFormat.E164) : null;
    } catch (NumberParseException e) {
      return null;
    }
  }
}
