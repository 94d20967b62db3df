package io.sendflowr.flow;

import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.Sighting;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;

/** A record on its way to an identifier that it concerns. */
public sealed interface IdentityInput {

  /** The rank of what is no identifier: a universal id was presented. */
  int UNIVERSAL = 0;

  /** Key of the identifier. */
  long holder();

  /**
   * An event.
   *
   * @param holder key of the identifier that holds it
   * @param observation the event
   */
  record Observed(long holder, Observation observation) implements IdentityInput {}

  /**
   * A send request that presents the identifier. The first of those presented holds it, the others
   * say whom they lead to.
   *
   * @param holder key of the identifier
   * @param place its place among those presented, from 0; 0 if a universal id was presented
   * @param request the request
   */
  record Requested(long holder, int place, SendRequest request) implements IdentityInput {}

  /**
   * The question who somebody is that presents the identifier.
   *
   * @param holder key of the identifier
   * @param rank rank of its type, or {@link #UNIVERSAL}
   * @param request the question
   */
  record Asked(long holder, int rank, ResolveRequest request) implements IdentityInput {}

  /**
   * The identifier was seen with others.
   *
   * @param holder key of the identifier
   * @param sighting when and with which
   * @param reportedTime the record's own timestamp, epoch ms
   */
  record Sighted(long holder, Sighting sighting, long reportedTime) implements IdentityInput {}
}
