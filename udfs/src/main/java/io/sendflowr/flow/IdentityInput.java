package io.sendflowr.flow;

import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;

/** A record on its way to the identifier that holds it. */
public sealed interface IdentityInput {

  /** Key of the identifier that holds the record. */
  long holder();

  /**
   * An event.
   *
   * @param holder key of the identifier that holds it
   * @param observation the event
   */
  record Observed(long holder, Observation observation) implements IdentityInput {}

  /**
   * A send request.
   *
   * @param request the request
   */
  record Requested(SendRequest request) implements IdentityInput {
    @Override
    public long holder() {
      return request.personKey();
    }
  }
}
