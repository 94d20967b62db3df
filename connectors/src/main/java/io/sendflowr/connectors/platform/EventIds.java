package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.JsonNode;
import io.sendflowr.identity.UniversalId;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * How events are told from each other, so that a delivery that comes again is the same event.
 *
 * @param inOrder places whose values, joined by colons, are the id: the first list of which every
 *     value is there counts. Where none is, the id is a digest of the payload.
 */
record EventIds(List<List<Place>> inOrder) {
  private static final int DIGEST_BYTES = 16;

  /**
   * The event's id.
   *
   * @param payload what the digest is made of: the item, or the body if the delivery is no batch
   */
  String of(Occurrence occurrence, JsonNode payload) {
    for (List<Place> parts : inOrder) {
      Optional<String> id = joined(parts, occurrence.root());
      if (id.isPresent()) {
        boolean ofDelivery =
            occurrence.item() != Occurrence.WHOLE
                && parts.stream()
                    .noneMatch(part -> part.pointer().getMatchingProperty().equals("item"));
        String whole = ofDelivery ? id.get() + '#' + occurrence.item() : id.get();
        return Scalars.mayHoldAddress(whole) ? digest(whole) : whole;
      }
    }
    StringBuilder text = new StringBuilder();
    canonical(occurrence.platform(), text);
    canonical(occurrence.name(), text);
    canonical(payload, text);
    return digest(text.toString());
  }

  private static Optional<String> joined(List<Place> parts, JsonNode root) {
    StringJoiner joined = new StringJoiner(":");
    for (Place part : parts) {
      Optional<String> value = part.id(root);
      if (value.isEmpty()) {
        return Optional.empty();
      }
      joined.add(value.get());
    }
    return Optional.of(joined.toString());
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
