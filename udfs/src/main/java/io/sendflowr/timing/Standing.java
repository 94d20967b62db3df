package io.sendflowr.timing;

import io.sendflowr.latency.Latency;
import java.util.List;

/**
 * The request that a request id stands for, and what was last written of it.
 *
 * @param request the request
 * @param revision number of the last schedule written, −1 before the first
 * @param last the last decision written; null before the first
 * @param erasedAt when the person was erased (epoch ms); {@link #NOT_ERASED} if not
 */
public record Standing(SendRequest request, int revision, Decision last, long erasedAt) {
  /** The person was not erased. */
  public static final long NOT_ERASED = Long.MIN_VALUE;

  /** A request of which nothing was written. */
  public static Standing of(SendRequest request) {
    return new Standing(request, -1, null, NOT_ERASED);
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
    return new Standing(request, revision + 1, decision, erasedAt);
  }

  /** The same after the person was erased: the id stays taken, nothing tells for whom. */
  public Standing erased(long at) {
    SendRequest nobodys =
        new SendRequest(
            request.requestId(), 0, 0, List.of(), 0, 0, 0, 0, null, null, null, null, null, null);
    Decision closed =
        new Decision(
            Decision.Status.CANCELLED,
            0,
            0,
            Latency.ofRequest(0),
            0,
            0,
            closesAt(),
            0,
            List.of(),
            null,
            0,
            Decision.ERASED);
    return new Standing(nobodys, revision, closed, at);
  }

  /**
   * Whether a request of the same id is the one that the id stands for. What that was is not known
   * once the person was erased; whoever reads it again is told that it is erased.
   */
  public boolean isFor(SendRequest other) {
    return erasedAt == NOT_ERASED && request.isSameAs(other);
  }
}
