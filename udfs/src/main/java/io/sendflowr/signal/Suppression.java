package io.sendflowr.signal;

import io.sendflowr.catalogue.CircuitBreaker;
import java.util.Comparator;

/**
 * A time in which a person is not to be messaged.
 *
 * @param reason event type or derived signal that asks for it
 * @param start epoch ms, inclusive
 * @param end epoch ms, exclusive; {@link CircuitBreaker#PERMANENT} for good
 */
public record Suppression(String reason, long start, long end) {

  /**
   * The one that ends last is last; on a tie the later start, then the lesser name (SPEC section
   * 6).
   */
  public static final Comparator<Suppression> BY_END =
      Comparator.comparingLong(Suppression::end)
          .thenComparingLong(Suppression::start)
          .thenComparing(Comparator.comparing(Suppression::reason).reversed());

  /** Whether it holds at an instant (epoch ms). */
  public boolean covers(long instant) {
    return start <= instant && instant < end;
  }

  /** Whether it does not end by itself. */
  public boolean isPermanent() {
    return end == CircuitBreaker.PERMANENT;
  }
}
