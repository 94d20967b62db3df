package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What becomes of one kind of occurrence.
 *
 * @param when all of these must hold
 * @param reject why nothing is made of it; then all that follows is empty
 * @param erase where the identifiers stand of a person who is to be erased, by type; if not empty,
 *     all that follows but {@code eventTimes} is empty
 * @param eventType the canonical event that it is, if it is one
 * @param eventIds how the event is told from others
 * @param eventTimes when it happened, or as of when to erase
 * @param identifiers where the person's identifiers stand, by type, in the order of the descriptor
 * @param messageId where the provider's id of a message stands, if the descriptor says so
 * @param metadata what else is kept of it, by name
 * @param links the links that it means
 */
record Rule(
    List<Condition> when,
    Optional<String> reject,
    Map<String, Places> erase,
    Optional<EventType> eventType,
    EventIds eventIds,
    EventTimes eventTimes,
    Map<String, Places> identifiers,
    Optional<JoinedPlaces> messageId,
    Map<String, Places> metadata,
    List<LinkTemplate> links) {

  boolean applies(JsonNode root) {
    for (Condition condition : when) {
      if (!condition.holds(root)) {
        return false;
      }
    }
    return true;
  }
}
