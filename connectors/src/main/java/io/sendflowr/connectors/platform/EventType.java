package io.sendflowr.connectors.platform;

import java.util.Map;
import java.util.Optional;

/** Which canonical event type a rule makes. */
sealed interface EventType {

  /**
   * The type of an occurrence.
   *
   * @throws UnmappedException if the payload decides, and holds no value that the rule knows
   */
  String of(Occurrence occurrence) throws UnmappedException;

  /**
   * Always the same.
   *
   * @param type the canonical type
   */
  record Fixed(String type) implements EventType {
    @Override
    public String of(Occurrence occurrence) {
      return type;
    }
  }

  /**
   * A value in the payload decides. A value that is not listed is refused rather than taken for
   * harmless: it might withdraw a consent.
   *
   * @param at where the value stands
   * @param types canonical type of each value
   * @param absent canonical type where there is no value
   */
  record ByValue(Places at, Map<String, String> types, Optional<String> absent)
      implements EventType {
    @Override
    public String of(Occurrence occurrence) throws UnmappedException {
      for (Place place : at.inOrder()) {
        if (!Scalars.holds(place.node(occurrence.root()))) {
          continue;
        }
        String type = place.word(occurrence.root()).map(types::get).orElse(null);
        if (type == null) {
          throw occurrence.unmapped(
              Rejection.UNMAPPED_PAYLOAD,
              place
                  + " is "
                  + place.word(occurrence.root()).map(Scalars::quote).orElse("no single value")
                  + ", which the descriptor does not know; add it to the map of its event_type");
        }
        return type;
      }
      return absent.orElseThrow(
          () ->
              occurrence.unmapped(
                  Rejection.MISSING_FIELD,
                  at + " is missing, and it decides the type of the event; send it"));
    }
  }
}
