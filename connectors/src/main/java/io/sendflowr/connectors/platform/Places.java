package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The places where one value may stand: the first that holds one counts.
 *
 * @param inOrder most wanted first; not empty
 */
record Places(List<Place> inOrder) {

  Optional<String> word(JsonNode root) {
    return first(place -> place.word(root));
  }

  Optional<String> id(JsonNode root) {
    return first(place -> place.id(root));
  }

  /** One identifier as text, or those of a JSON array as an array of texts. */
  Optional<JsonNode> ids(JsonNode root) {
    return first(
        place -> {
          JsonNode node = place.node(root);
          if (!node.isArray()) {
            return place.id(root).map(TextNode::valueOf);
          }
          ArrayNode ids = JsonNodeFactory.instance.arrayNode();
          node.forEach(value -> Scalars.id(value).flatMap(place::strip).ifPresent(ids::add));
          return Optional.<JsonNode>of(ids).filter(list -> !list.isEmpty());
        });
  }

  /**
   * A single value as it stands. Text that might hold an email address is passed over: what is kept
   * here is kept in clear.
   */
  Optional<JsonNode> plain(JsonNode root) {
    return first(
        place -> {
          JsonNode node = place.node(root);
          if (node.isNumber() || node.isBoolean()) {
            return Optional.of(node);
          }
          return place
              .id(root)
              .filter(text -> !Scalars.mayHoldAddress(text))
              .map(TextNode::valueOf);
        });
  }

  /** The id of a message, by which it is found again whoever reports it. */
  Optional<JsonNode> messageId(JsonNode root) {
    return id(root).map(MessageIds::plain).map(TextNode::valueOf);
  }

  private <T> Optional<T> first(Function<Place, Optional<T>> read) {
    for (Place place : inOrder) {
      Optional<T> value = read.apply(place);
      if (value.isPresent()) {
        return value;
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return inOrder.stream().map(Place::toString).collect(Collectors.joining(" or "));
  }
}
