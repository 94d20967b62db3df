package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The places where one value may stand: the first that holds one counts.
 *
 * @param inOrder most wanted first; not empty
 * @param all where several values may count: those of all places do, not only of the first
 */
record Places(List<Place> inOrder, boolean all) {

  Optional<String> word(JsonNode root) {
    return first(place -> place.word(root));
  }

  Optional<String> id(JsonNode root) {
    return first(place -> place.id(root));
  }

  /** One identifier as text, or several as an array of texts. */
  Optional<JsonNode> ids(JsonNode root) {
    if (!all) {
      return first(place -> written(ids(place, root)));
    }
    Set<String> ids = new LinkedHashSet<>();
    inOrder.forEach(place -> ids.addAll(ids(place, root)));
    return written(ids);
  }

  private static Set<String> ids(Place place, JsonNode root) {
    Set<String> ids = new LinkedHashSet<>();
    for (JsonNode node : place.nodes(root)) {
      for (JsonNode value : node.isArray() ? node : List.of(node)) {
        Scalars.id(value).flatMap(place::rewrite).ifPresent(ids::add);
      }
    }
    return ids;
  }

  private static Optional<JsonNode> written(Set<String> ids) {
    if (ids.size() <= 1) {
      return ids.stream().findFirst().map(TextNode::valueOf);
    }
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    ids.forEach(array::add);
    return Optional.of(array);
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
    return inOrder.stream()
        .map(Place::toString)
        .distinct()
        .collect(Collectors.joining(all ? " and " : " or "));
  }
}
