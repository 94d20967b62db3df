package io.sendflowr.catalogue;

import java.io.Serializable;

/**
 * A signal that asks to send sooner (SPEC section 3, "Hot paths").
 *
 * @param type event type or derived signal
 * @param amplitude boost at the instant of the signal, above 0
 * @param tauMillis decay constant, above 0
 * @param freshMillis how long after the signal it counts in a decision
 * @param effectMillis how far beyond the decision it reaches
 */
public record HotPath(
    String type, double amplitude, long tauMillis, long freshMillis, long effectMillis)
    implements Serializable {

  /**
   * Whether a signal stamped {@code signalTime} counts in a decision at {@code now} (both epoch
   * ms).
   */
  public boolean isLive(long signalTime, long now) {
    return signalTime <= now && now - signalTime < freshMillis;
  }

  /**
   * ω: the boost of minute {@code minute} in a decision at {@code now} by a live signal stamped
   * {@code signalTime} (all epoch ms). 0 outside the effect window.
   */
  public double boost(long signalTime, long now, long minute) {
    long ahead = minute - now;
    if (ahead < 0 || ahead >= effectMillis) {
      return 0;
    }
    return amplitude * StrictMath.exp(-((double) (minute - signalTime)) / tauMillis);
  }
}
