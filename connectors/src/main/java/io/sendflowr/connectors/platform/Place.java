package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * Where a value may stand.
 *
 * @param pointer from the root of what a descriptor sees: the delivery, and in a batch its {@code
 *     item}
 * @param stripPrefix text that a value here begins with and that is no part of it; a value that
 *     begins otherwise is of another kind and passed over
 */
record Place(JsonPointer pointer, String stripPrefix) {

  JsonNode node(JsonNode root) {
    return root.at(pointer);
  }

  Optional<String> id(JsonNode root) {
    return Scalars.id(node(root)).flatMap(this::strip);
  }

  Optional<String> word(JsonNode root) {
    return Scalars.word(node(root)).flatMap(this::strip);
  }

  Optional<String> strip(String value) {
    return value.startsWith(stripPrefix)
        ? Optional.of(value.substring(stripPrefix.length())).filter(rest -> !rest.isEmpty())
        : Optional.empty();
  }

  @Override
  public String toString() {
    return pointer.toString();
  }
}
