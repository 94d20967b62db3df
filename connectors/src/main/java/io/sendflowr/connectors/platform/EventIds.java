package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.JsonNode;
import io.sendflowr.identity.UniversalId;
import java.util.HexFormat;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How events are told from each other, so that a delivery that comes again is the same event.
 *
 * @param places where the id stands; where there is none, it is a digest of the payload
 */
record EventIds(JoinedPlaces places) {
  private static final int DIGEST_BYTES = 16;

  /**
   * The event's id.
   *
   * @param payload what the digest is made of: the item, or the body if the delivery is no batch
   */
  String of(Occurrence occurrence, JsonNode payload) {
    Optional<JoinedPlaces.Found> id = places.find(occurrence.root());
    if (id.isPresent()) {
      boolean ofDelivery = occurrence.item() != Occurrence.WHOLE && !id.get().ofItem();
      String whole = ofDelivery ? id.get().value() + '#' + occurrence.item() : id.get().value();
      return Scalars.mayHoldAddress(whole) ? digest(whole) : whole;
    }
    StringBuilder text = new StringBuilder();
    canonical(occurrence.platform(), text);
    canonical(occurrence.name(), text);
    canonical(payload, text);
    return digest(text.toString());
  }

  /** The same text for the same JSON value, whatever the order of its keys. */
  private static void canonical(JsonNode node, StringBuilder to) {
    if (node.isObject()) {
      TreeMap<String, JsonNode> sorted = new TreeMap<>();
      node.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
      to.append('{');
      sorted.forEach(
          (key, value) -> {
            canonical(key, to);
            canonical(value, to);
          });
      to.append('}');
    } else if (node.isArray()) {
      to.append('[');
      node.forEach(value -> canonical(value, to));
      to.append(']');
    } else if (node.isTextual()) {
      canonical(node.textValue(), to);
    } else {
      to.append(node.asText()).append(';');
    }
  }

  private static void canonical(String text, StringBuilder to) {
    to.append('"').append(text.length()).append(':').append(text);
  }

  private static String digest(String text) {
    return HexFormat.of().formatHex(UniversalId.sha256(text), 0, DIGEST_BYTES);
  }
}
