package io.sendflowr.latency;

import java.io.Serializable;

/**
 * What an event says of the message it is about.
 *
 * @param messageId the provider's id of the message, without any email address; empty if it names
 *     none
 * @param latencyMillis how long the delivery took, from 0; {@link #NO_LATENCY} if it does not say
 */
public record DeliveryMetadata(String messageId, long latencyMillis) implements Serializable {
  /** The event does not say how long the delivery took. */
  public static final long NO_LATENCY = -1;
}
