package io.sendflowr.timing;

import io.sendflowr.identity.Identifier;
import io.sendflowr.latency.Latency;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * The question when a message should reach a person (SPEC section 6).
 *
 * @param requestId the asker's id
 * @param time effective event time, epoch ms: its own, or, if it came late, the watermark reached
 *     then
 * @param reportedTime its own timestamp, epoch ms
 * @param identifiers presented identifiers, ascending; empty if a universal id was presented
 * @param personKey key of the identifier that holds the request
 * @param sendAfter earliest target, epoch ms
 * @param sendBefore end of the window, epoch ms, exclusive
 * @param latencyMillis how long the message takes from trigger to arrival, as the asker estimates
 * @param channel as given, or null
 * @param provider as given, or null
 * @param campaignType as given, or null
 * @param intentId as given, or null
 * @param campaignId as given, or null
 * @param template as given, or null
 */
public record SendRequest(
    String requestId,
    long time,
    long reportedTime,
    List<Identifier> identifiers,
    long personKey,
    long sendAfter,
    long sendBefore,
    long latencyMillis,
    String channel,
    String provider,
    String campaignType,
    String intentId,
    String campaignId,
    String template)
    implements Serializable {

  /** How long after a request was closed its id still stands for it. */
  public static final long ID_STANDS_MILLIS = Duration.ofDays(7).toMillis();

  private static final String DEFAULT_CHANNEL = "email";

  public SendRequest {
    identifiers = List.copyOf(identifiers);
  }

  /** The channel whose consent it needs: a spelling of it must not let a message through. */
  public String effectiveChannel() {
    return channel == null || channel.isBlank()
        ? DEFAULT_CHANNEL
        : channel.strip().toLowerCase(Locale.ROOT);
  }

  /** The latency by which it is decided while none is known of its provider. */
  public Latency ownLatency() {
    return Latency.ofRequest(latencyMillis);
  }

  /**
   * From when on (epoch ms) it can no longer be pending: its window is over, or was when it came.
   */
  public long overAt() {
    return Math.max(time, sendBefore) + 1;
  }

  /**
   * From when on (epoch ms) nobody needs to know of it: its id stands for it no longer, whenever it
   * was closed.
   */
  public long forgottenAt() {
    return overAt() + ID_STANDS_MILLIS;
  }

  /** The same request, used as of another time because it came late. */
  public SendRequest stamped(long effectiveTime) {
    return new SendRequest(
        requestId,
        effectiveTime,
        reportedTime,
        identifiers,
        personKey,
        sendAfter,
        sendBefore,
        latencyMillis,
        channel,
        provider,
        campaignType,
        intentId,
        campaignId,
        template);
  }

  /** Whether both ask the same, whenever they were read. */
  public boolean isSameAs(SendRequest other) {
    return stamped(0).equals(other.stamped(0));
  }
}
