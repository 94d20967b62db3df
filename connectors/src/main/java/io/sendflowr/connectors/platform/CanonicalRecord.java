package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One record in SendFlowr's own format, made from a platform's webhook.
 *
 * @param topic the stream it belongs to, which says how {@code value} is to be read
 * @param value the record; identifiers are as the platform wrote them, not yet normalised, and
 *     whole numbers among them are text of all their digits
 */
public record CanonicalRecord(Topic topic, ObjectNode value) {

  /** The streams that webhooks become a part of; what they are called in Kafka is configured. */
  public enum Topic {
    /** An event: what somebody did. */
    EVENTS,
    /** What is said of identifiers: that two belong together, or that a person is to be erased. */
    LINKS
  }
}
