package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How one platform's webhooks become canonical records.
 *
 * @param platform the value of {@code platform} in deliveries
 * @param source the {@code source} of the records
 * @param bodyFormat how a body that arrives as text is read
 * @param each the array whose items are told one by one, if deliveries are batches
 * @param eventName where the platform's name of the event stands, if it gives one
 * @param rules rules by the name of the event, in the order in which they are tried; all under the
 *     empty name if the platform gives none
 */
record Descriptor(
    String platform,
    String source,
    BodyFormat bodyFormat,
    Optional<JsonPointer> each,
    Optional<Places> eventName,
    Map<String, List<Rule>> rules) {
  /** Stands for the name of an event on platforms that give none. */
  static final String NO_NAME = "";
}
