package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A link that a delivery means.
 *
 * @param typeA identifier type of one end
 * @param identifierA where the one end stands
 * @param typeB identifier type of the other end
 * @param identifierB where the other end stands
 * @param weight trust in the link, in (0, 1]
 * @param op {@code link} or {@code unlink}
 */
record LinkTemplate(
    String typeA, Places identifierA, String typeB, Places identifierB, double weight, String op) {

  /**
   * @throws UnmappedException if an end is missing
   */
  ObjectNode link(Occurrence occurrence, ObjectNode link, String source, String timestamp)
      throws UnmappedException {
    return link.put("identifier_a", end(identifierA, occurrence))
        .put("type_a", typeA)
        .put("identifier_b", end(identifierB, occurrence))
        .put("type_b", typeB)
        .put("weight", weight)
        .put("source", source)
        .put("timestamp", timestamp)
        .put("op", op);
  }

  private static String end(Places places, Occurrence occurrence) throws UnmappedException {
    return places
        .id(occurrence.root())
        .orElseThrow(
            () ->
                occurrence.unmapped(
                    Rejection.MISSING_FIELD,
                    places + " holds no identifier, so there is nothing to link; send both"));
  }
}
