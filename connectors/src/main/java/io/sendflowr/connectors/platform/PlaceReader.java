package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads and checks the places of a descriptor: where in a delivery values stand. */
final class PlaceReader {
  private static final List<String> FIELDS =
      List.of("at", "where", "take", "strip_prefix", "add_prefix", "text");

  /** What a value is for, which says what may stand in for it. */
  enum Use {
    /** Several values may count. None may be given by the descriptor: it would be everybody's. */
    IDENTIFIERS,
    /** Exactly one value counts, likewise. */
    IDENTIFIER,
    /** Any single value, also one that the descriptor gives. */
    VALUE
  }

  private final boolean batches;

  /**
   * @param batches whether deliveries are batches, so that there is an item to point into
   */
  PlaceReader(boolean batches) {
    this.batches = batches;
  }

  Places places(YamlMapping yaml, Node node, String field, Use use) {
    if (node instanceof MappingNode && yaml.mapping(node, field).has("all_of")) {
      YamlMapping all = yaml.mapping(node, field, List.of("all_of"));
      if (use != Use.IDENTIFIERS) {
        throw all.error("all_of", "has no meaning here: one value counts");
      }
      return new Places(inOrder(all, all.value("all_of"), "all_of", use), true);
    }
    return new Places(inOrder(yaml, node, field, use), false);
  }

  private List<Place> inOrder(YamlMapping yaml, Node node, String field, Use use) {
    List<Place> inOrder = new ArrayList<>();
    for (Node alternative : alternatives(yaml, node, field)) {
      if (!inOrder.isEmpty() && inOrder.get(inOrder.size() - 1) instanceof Place.Text) {
        throw yaml.error(
            alternative, field, "is never reached: the text before it always holds a value");
      }
      inOrder.add(place(yaml, alternative, field, use));
    }
    return List.copyOf(inOrder);
  }

  JoinedPlaces joined(YamlMapping yaml, Node node, String field) {
    List<List<Place>> inOrder = new ArrayList<>();
    for (Node alternative : alternatives(yaml, node, field)) {
      List<Place> parts = new ArrayList<>();
      for (Node part : alternatives(yaml, alternative, field)) {
        parts.add(place(yaml, part, field, Use.VALUE));
      }
      if (parts.stream().allMatch(Place.Text.class::isInstance)) {
        throw yaml.error(alternative, field, "tells nothing apart: it is always the same");
      }
      inOrder.add(List.copyOf(parts));
    }
    return new JoinedPlaces(List.copyOf(inOrder));
  }

  private Place place(YamlMapping yaml, Node node, String field, Use use) {
    if (!(node instanceof MappingNode)) {
      return new Place.At(pointer(yaml, node, field), Optional.empty(), "", "");
    }
    YamlMapping place = yaml.mapping(node, field, FIELDS);
    if (place.has("text")) {
      if (use != Use.VALUE) {
        throw place.error("text", "has no meaning here: it would be the same for everybody");
      }
      for (String other : FIELDS) {
        if (!other.equals("text") && place.has(other)) {
          throw place.error(other, "has no meaning beside a text");
        }
      }
      return new Place.Text(place.text("text"));
    }
    if (place.has("where") && !place.has("take")) {
      throw place.error("where", "needs the field take: where in such an item the value stands");
    }
    return new Place.At(
        pointer(place, place.value("at"), "at"),
        place.has("take") ? Optional.of(among(place)) : Optional.empty(),
        place.has("strip_prefix") ? place.text("strip_prefix") : "",
        place.has("add_prefix") ? place.text("add_prefix") : "");
  }

  private static Place.Among among(YamlMapping place) {
    Map<JsonPointer, Set<String>> where = new LinkedHashMap<>();
    place
        .named("where")
        .forEach(
            (at, words) -> {
              Set<String> allowed = new LinkedHashSet<>();
              for (Node word : alternatives(place, words, at)) {
                allowed.add(place.text(word, at));
              }
              where.put(compiled(place, words, "where", at), allowed);
            });
    return new Place.Among(where, compiled(place, place.value("take"), "take", place.text("take")));
  }

  /** The items of a list, or the one value that stands in its stead. */
  static List<Node> alternatives(YamlMapping yaml, Node node, String field) {
    return node instanceof SequenceNode ? yaml.list(node, field) : List.of(node);
  }

  /** A pointer that starts at the delivery. */
  JsonPointer pointer(YamlMapping yaml, Node node, String field) {
    String text = yaml.text(node, field);
    JsonPointer pointer = compiled(yaml, node, field, text);
    if (startsIn(pointer, "headers")) {
      if (!text.equals(text.toLowerCase(Locale.ROOT))) {
        throw yaml.error(node, field, text + " never fits: header names come in lower case");
      }
    } else if (startsIn(pointer, "item")) {
      if (!batches) {
        throw yaml.error(node, field, text + " needs the field each: only a batch has items");
      }
    } else if (!startsIn(pointer, "body")
        && !text.equals("/received_at")
        && !text.equals("/path")) {
      throw yaml.error(
          node,
          field,
          text
              + " leads nowhere: a pointer begins with /body, /headers, /item, /path or"
              + " /received_at");
    }
    return pointer;
  }

  private static JsonPointer compiled(YamlMapping yaml, Node node, String field, String text) {
    try {
      return JsonPointer.compile(text);
    } catch (IllegalArgumentException e) {
      throw yaml.error(node, field, text + " is no JSON Pointer; one begins with a slash");
    }
  }

  static boolean startsIn(JsonPointer pointer, String property) {
    return property.equals(pointer.getMatchingProperty());
  }
}
