package io.sendflowr.catalogue;

import java.io.Serializable;
import java.util.List;

/**
 * A signal that asks to send later or not at all (SPEC section 3, "Circuit breakers").
 *
 * @param type event type or derived signal
 * @param windowMillis how long it suppresses; {@link #PERMANENT} for good
 * @param permanentChannel channel for whose requests it suppresses for good; empty for none
 * @param endedBy event types that end it early
 */
public record CircuitBreaker(
    String type, long windowMillis, String permanentChannel, List<String> endedBy)
    implements Serializable {

  /** The window, and the end, of a suppression that does not end by itself. */
  public static final long PERMANENT = Long.MAX_VALUE;

  public CircuitBreaker {
    endedBy = List.copyOf(endedBy);
  }

  /**
   * When a suppression that starts at {@code start} ends by itself for a request of {@code
   * channel}: epoch ms, or {@link #PERMANENT}.
   */
  public long endFor(long start, String channel) {
    boolean forGood =
        windowMillis == PERMANENT
            || (!permanentChannel.isEmpty() && permanentChannel.equals(channel));
    return forGood ? PERMANENT : start + windowMillis;
  }

  /** The longest it suppresses for any channel, in ms, or {@link #PERMANENT}. */
  public long longestMillis() {
    return permanentChannel.isEmpty() ? windowMillis : PERMANENT;
  }
}
