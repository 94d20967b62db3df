package io.sendflowr.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What the demo shows of a record on {@code identity-changes} (SPEC section 4).
 *
 * @param type {@code merged}, {@code split} or {@code quarantined}
 * @param universalId the id that stays or appears
 * @param identifiers those that moved, each {@code type:value}
 * @param at when
 */
record IdentityChange(String type, String universalId, List<String> identifiers, Instant at) {
  static final String MERGED = "merged";
  static final String SPLIT = "split";

  private static final String HASH_TYPE = "email_hash";
  private static final int VALUE_LENGTH = 16;

  /**
   * Reads a record.
   *
   * @throws IllegalArgumentException if it is not what SPEC says
   */
  static IdentityChange read(JsonNode json) {
    List<String> identifiers = new ArrayList<>();
    json.path("identifiers").forEach(identifier -> identifiers.add(identifier.asText()));
    return new IdentityChange(
        Fields.text(json, "type"),
        Fields.text(json, "universal_id"),
        List.copyOf(identifiers),
        Fields.time(json, "timestamp"));
  }

  /** In words. */
  String describe() {
    String who =
        identifiers.isEmpty()
            ? "another id"
            : readable(identifiers.get(0))
                + (identifiers.size() > 1 ? " and " + (identifiers.size() - 1) + " more" : "");
    return switch (type) {
      case MERGED -> who + " turned out to be the same person";
      case SPLIT -> who + " turned out to be somebody else";
      default -> who + " now names too many people to name one";
    };
  }

  private static String readable(String identifier) {
    int colon = identifier.indexOf(':');
    if (colon < 0) {
      return identifier;
    }
    String type = identifier.substring(0, colon);
    if (type.equals(HASH_TYPE)) {
      return "an email address";
    }
    String value = identifier.substring(colon + 1);
    return type
        + " "
        + (value.length() > VALUE_LENGTH ? value.substring(0, VALUE_LENGTH - 3) + "..." : value);
  }
}
