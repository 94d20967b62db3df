package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * Where an id stands that may be made of several values.
 *
 * @param inOrder places whose values, joined by colons, are the id: the first list of which every
 *     value is there counts
 */
record JoinedPlaces(List<List<Place>> inOrder) {

  /**
   * An id that was found.
   *
   * @param value its parts, joined
   * @param ofItem whether a part of it comes from the item of a batch
   */
  record Found(String value, boolean ofItem) {}

  Optional<Found> find(JsonNode root) {
    for (List<Place> parts : inOrder) {
      Optional<String> id = joined(parts, root);
      if (id.isPresent()) {
        return Optional.of(new Found(id.get(), parts.stream().anyMatch(Place::inItem)));
      }
    }
    return Optional.empty();
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
}
