package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.JsonNode;
import io.sendflowr.identity.UniversalId;
import java.util.HexFormat;
import java.util.Optional;

/** Providers' ids of messages, by which what was sent and what was delivered find each other. */
public final class MessageIds {
  /** Name of the id among an event's metadata. */
  public static final String FIELD = "message_id";

  /** Longer ids are kept as a digest. */
  private static final int LONGEST = 128;

  private MessageIds() {}

  /**
   * The id that stands here: text that is not blank, or a number. Ids of internet mail look like
   * email addresses and may hold one, so a digest stands for what has an {@code @} in it.
   */
  public static Optional<String> of(JsonNode value) {
    return value.isTextual() || value.isNumber()
        ? Optional.of(value.asText().strip()).filter(id -> !id.isEmpty()).map(MessageIds::plain)
        : Optional.empty();
  }

  /** The same id, or the digest that stands for it. */
  static String plain(String id) {
    return Scalars.mayHoldAddress(id) || id.length() > LONGEST
        ? HexFormat.of().formatHex(UniversalId.sha256(id))
        : id;
  }
}
