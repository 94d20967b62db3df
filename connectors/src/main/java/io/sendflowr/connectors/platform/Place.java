package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where a value may stand. */
sealed interface Place {

  /** The value that stands here; missing if there is none. */
  JsonNode node(JsonNode root);

  /** All values that stand here: more than one where the place looks through an array. */
  List<JsonNode> nodes(JsonNode root);

  /** The value as it is to be used; empty if it is of another kind. */
  Optional<String> rewrite(String value);

  /** Whether the value comes from the item of a batch, not from what its items share. */
  boolean inItem();

  default Optional<String> id(JsonNode root) {
    return Scalars.id(node(root)).flatMap(this::rewrite);
  }

  default Optional<String> word(JsonNode root) {
    return Scalars.word(node(root)).flatMap(this::rewrite);
  }

  /**
   * A place in the payload.
   *
   * @param pointer from the root of what a descriptor sees: the delivery, and in a batch its {@code
   *     item}
   * @param among which items of the array that stands at {@code pointer} are looked at, and where
   *     in them; empty if the value itself stands at {@code pointer}
   * @param stripPrefix text that a value here begins with and that is no part of it; a value that
   *     begins otherwise is of another kind and passed over
   * @param addPrefix text that is put before the value
   */
  record At(JsonPointer pointer, Optional<Among> among, String stripPrefix, String addPrefix)
      implements Place {

    @Override
    public JsonNode node(JsonNode root) {
      if (among.isEmpty()) {
        return root.at(pointer);
      }
      List<JsonNode> nodes = nodes(root);
      return nodes.isEmpty() ? MissingNode.getInstance() : nodes.get(0);
    }

    @Override
    public List<JsonNode> nodes(JsonNode root) {
      JsonNode node = root.at(pointer);
      return among.isEmpty() ? List.of(node) : among.get().values(node);
    }

    @Override
    public Optional<String> rewrite(String value) {
      return value.startsWith(stripPrefix)
          ? Optional.of(value.substring(stripPrefix.length()))
              .filter(rest -> !rest.isEmpty())
              .map(addPrefix::concat)
          : Optional.empty();
    }

    @Override
    public boolean inItem() {
      return pointer.getMatchingProperty().equals("item");
    }

    @Override
    public String toString() {
      return among
          .map(items -> pointer + " (each " + items.take() + ")")
          .orElse(pointer.toString());
    }
  }

  /**
   * The items of an array that count.
   *
   * @param where words of which one must stand at each of these places of an item; none: all items
   * @param take where the value stands in an item
   */
  record Among(Map<JsonPointer, Set<String>> where, JsonPointer take) {
    List<JsonNode> values(JsonNode array) {
      List<JsonNode> values = new ArrayList<>();
      for (JsonNode item : array) {
        JsonNode value = item.at(take);
        if (Scalars.holds(value) && fits(item)) {
          values.add(value);
        }
      }
      return values;
    }

    private boolean fits(JsonNode item) {
      return where.entrySet().stream()
          .allMatch(
              condition ->
                  Scalars.word(item.at(condition.getKey()))
                      .filter(condition.getValue()::contains)
                      .isPresent());
    }
  }

  /**
   * A value that the descriptor itself gives.
   *
   * @param text the value
   */
  record Text(String text) implements Place {
    @Override
    public JsonNode node(JsonNode root) {
      return TextNode.valueOf(text);
    }

    @Override
    public List<JsonNode> nodes(JsonNode root) {
      return List.of(node(root));
    }

    @Override
    public Optional<String> rewrite(String value) {
      return Optional.of(value);
    }

    @Override
    public boolean inItem() {
      return false;
    }

    @Override
    public String toString() {
      return '"' + text + '"';
    }
  }
}
