package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;

/**
 * Where the time of an event stands: the first place that holds a value counts, else the time of
 * receipt.
 *
 * @param inOrder most wanted first
 */
record EventTimes(List<At> inOrder) {
  private static final At RECEIPT = new At(JsonPointer.compile("/received_at"), TimeFormat.ISO);

  /**
   * One place.
   *
   * @param pointer where
   * @param format how the time is written there
   */
  record At(JsonPointer pointer, TimeFormat format) {}

  /**
   * ISO 8601 in UTC, in milliseconds at most.
   *
   * @throws UnmappedException if a value stands there that is no time, or there is none at all
   */
  String of(Occurrence occurrence) throws UnmappedException {
    for (At at : inOrder) {
      if (Scalars.holds(occurrence.root().at(at.pointer()))) {
        return read(at, occurrence);
      }
    }
    if (Scalars.holds(occurrence.root().at(RECEIPT.pointer()))) {
      return read(RECEIPT, occurrence);
    }
    throw occurrence.unmapped(
        Rejection.MISSING_FIELD, "received_at is missing, and the payload has no time; send it");
  }

  private static String read(At at, Occurrence occurrence) throws UnmappedException {
    JsonNode value = occurrence.root().at(at.pointer());
    return at.format()
        .read(value)
        .map(Instant::toString)
        .orElseThrow(
            () ->
                occurrence.unmapped(
                    Rejection.BAD_TIMESTAMP,
                    at.pointer()
                        + " is "
                        + (value.isValueNode() ? Scalars.quote(value.asText()) : "no single value")
                        + ", which is no "
                        + at.format().meaning()
                        + " from 1970 to 9999; correct it and send the delivery again"));
  }
}
