package io.sendflowr.timing;

import io.sendflowr.identity.Claim;

/**
 * A request that is decided for a person during some time.
 *
 * @param request the request
 * @param claim what the identifier that holds the request says of the person
 * @param identityConfidence how sure it is that the request means the person, 0 to 1, as read when
 *     it was decided first for this person
 * @param from epoch ms, inclusive
 * @param until epoch ms, exclusive; {@link Long#MAX_VALUE} while it stays
 * @param pendingUntil last instant (epoch ms) at which a change can revise it; {@link
 *     Long#MAX_VALUE} before the first decision
 */
public record PersonRequest(
    SendRequest request,
    Claim claim,
    double identityConfidence,
    long from,
    long until,
    long pendingUntil) {

  /** A request that is decided for a person from {@code from} on. */
  public static PersonRequest given(SendRequest request, Claim claim, long from) {
    return new PersonRequest(request, claim, 0, from, Long.MAX_VALUE, Long.MAX_VALUE);
  }

  /** The same with the confidence that was read. */
  public PersonRequest withConfidence(double confidence) {
    return new PersonRequest(request, claim, confidence, from, until, pendingUntil);
  }

  /** Whether it is to be decided for this person at an instant. */
  public boolean isAt(long instant) {
    return from <= instant && instant < until && instant <= pendingUntil;
  }

  /** Whether nothing after {@code instant} can concern it. */
  public boolean isOver(long instant) {
    return until <= instant || pendingUntil <= instant;
  }

  /** The same, decided elsewhere from {@code end} on. */
  public PersonRequest endingAt(long end) {
    return new PersonRequest(
        request, claim, identityConfidence, from, Math.min(until, end), pendingUntil);
  }

  /** The same after a decision. */
  public PersonRequest decided(Decision decision) {
    return new PersonRequest(
        request, claim, identityConfidence, from, until, decision.pendingAtMostUntil(request));
  }
}
