package io.sendflowr.timing;

/**
 * The request that a request id stands for, and what was last written of it.
 *
 * @param request the request
 * @param revision number of the last schedule written, −1 before the first
 * @param last the last decision written; null before the first
 */
public record Standing(SendRequest request, int revision, Decision last) {

  /** A request of which nothing was written. */
  public static Standing of(SendRequest request) {
    return new Standing(request, -1, null);
  }

  /** Whether a decision at an instant (epoch ms) can still be written. */
  public boolean isPending(long instant) {
    return last == null || instant <= last.pendingUntil(request);
  }

  /**
   * When it is or was closed, as far as is known now (epoch ms); {@link Long#MAX_VALUE} before the
   * first decision.
   */
  public long closesAt() {
    return last == null ? Long.MAX_VALUE : Math.max(last.pendingUntil(request), last.decidedAt());
  }

  /** The same after one more schedule was written. */
  public Standing revised(Decision decision) {
    return new Standing(request, revision + 1, decision);
  }
}
