package io.sendflowr.latency;

import io.sendflowr.signal.Observation;
import java.util.Comparator;
import java.util.Optional;

/**
 * That a provider sent or delivered a message.
 *
 * @param provider who says so: the {@code source} of the event, not empty
 * @param messageId the provider's id of the message; empty if it names none
 * @param eventId the provider's id of the event
 * @param kind what happened
 * @param time effective event time, epoch ms
 * @param latencyMillis how long the delivery took, as the provider measured it, from 0; {@link
 *     DeliveryMetadata#NO_LATENCY} if it does not say
 */
public record DeliveryReport(
    String provider, String messageId, String eventId, Kind kind, long time, long latencyMillis) {

  /** What happened to a message, and the type of the event that tells of it. */
  public enum Kind {
    /** It was handed over. */
    SENT("sent"),
    /** It arrived. */
    DELIVERED("delivered");

    private final String eventType;

    Kind(String eventType) {
      this.eventType = eventType;
    }

    /** What an event of a type tells, if it is one that tells of a message. */
    public static Optional<Kind> of(String eventType) {
      for (Kind kind : values()) {
        if (kind.eventType.equals(eventType)) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }
  }

  /** By time; the rest makes the order of reports of one time that of nobody's arrival. */
  static final Comparator<DeliveryReport> ORDER =
      Comparator.comparingLong(DeliveryReport::time)
          .thenComparing(DeliveryReport::eventId)
          .thenComparing(DeliveryReport::kind)
          .thenComparing(DeliveryReport::latencyMillis)
          .thenComparing(DeliveryReport::messageId);

  /**
   * What an event says of a delivery that an estimate could need.
   *
   * @param event the event
   * @param metadata what it says of its message, or null
   */
  public static Optional<DeliveryReport> of(Observation event, DeliveryMetadata metadata) {
    if (metadata == null || event.source().isEmpty()) {
      return Optional.empty();
    }
    return Kind.of(event.type())
        .map(
            kind ->
                new DeliveryReport(
                    event.source(),
                    metadata.messageId(),
                    event.eventId(),
                    kind,
                    event.time(),
                    metadata.latencyMillis()))
        .filter(report -> !report.messageId().isEmpty() || report.isMeasured());
  }

  /** The message; of a delivery that names none but is measured, the event itself. */
  public String key() {
    // Lengths first, so that no two pairs make the same text.
    return messageId.isEmpty()
        ? "e" + provider.length() + ":" + provider + eventId
        : "m" + provider.length() + ":" + provider + messageId;
  }

  /** Whether it is a delivery of which the provider says how long it took. */
  boolean isMeasured() {
    return kind == Kind.DELIVERED && latencyMillis != DeliveryMetadata.NO_LATENCY;
  }
}
