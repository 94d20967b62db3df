package io.sendflowr.flow;

import io.sendflowr.record.Origin;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Grounds;
import io.sendflowr.timing.SendRequest;

/** What happens to a request id. */
public sealed interface RevisionInput {

  /** The request id. */
  String requestId();

  /** Effective event time, epoch ms. */
  long time();

  /**
   * A request was read.
   *
   * @param request the request
   * @param origin the record, in case it cannot stand
   */
  record Asked(SendRequest request, Origin origin) implements RevisionInput {
    @Override
    public String requestId() {
      return request.requestId();
    }

    @Override
    public long time() {
      return request.time();
    }
  }

  /**
   * A request is withdrawn.
   *
   * @param requestId its id
   * @param time epoch ms
   */
  record Cancelled(String requestId, long time) implements RevisionInput {}

  /**
   * Whoever a request was for was erased.
   *
   * @param request the request
   * @param time epoch ms
   */
  record Erased(SendRequest request, long time) implements RevisionInput {
    @Override
    public String requestId() {
      return request.requestId();
    }
  }

  /**
   * A request was decided, for the first time or again.
   *
   * @param request the request
   * @param decision the answer
   * @param grounds why
   */
  record Decided(SendRequest request, Decision decision, Grounds grounds) implements RevisionInput {
    @Override
    public String requestId() {
      return request.requestId();
    }

    @Override
    public long time() {
      return decision.decidedAt();
    }
  }
}
