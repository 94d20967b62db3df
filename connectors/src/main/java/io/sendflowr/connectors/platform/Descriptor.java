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
 * @param each where the array stands whose items are told one by one, most wanted first; a single
 *     object there is the only item. Empty if deliveries are no batches.
 * @param eventName where the platform's name of the event stands, if it gives one
 * @param signature how a delivery proves where it comes from
 * @param rules rules by the name of the event, in the order in which they are tried; all under the
 *     empty name if the platform gives none
 */
record Descriptor(
    String platform,
    String source,
    BodyFormat bodyFormat,
    List<JsonPointer> each,
    Optional<Places> eventName,
    SignatureScheme signature,
    Map<String, List<Rule>> rules) {
  /** Stands for the name of an event on platforms that give none. */
  static final String NO_NAME = "";
}
