package io.sendflowr.timing;

import io.sendflowr.identity.Claim;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Lead;
import java.util.List;

/**
 * A request that is decided for a person during some time.
 *
 * @param request the request
 * @param members identifiers of the person, ascending
 * @param leads how presented identifiers lead to the person; before it is decided first, by place
 *     all that may
 * @param identityConfidence how sure it is that the request means the person, 0 to 1, as read when
 *     it was decided first for this person
 * @param from epoch ms, inclusive
 * @param until epoch ms, exclusive; {@link Long#MAX_VALUE} while it stays
 * @param last the last decision for this person that said something new; null before the first
 */
public record PersonRequest(
    SendRequest request,
    List<Identifier> members,
    List<Lead> leads,
    double identityConfidence,
    long from,
    long until,
    Decision last) {

  public PersonRequest {
    members = List.copyOf(members);
    leads = List.copyOf(leads);
  }

  /** A request that is decided for a person from {@code from} on. */
  public static PersonRequest given(
      SendRequest request, List<Identifier> members, List<Lead> leads, long from) {
    return new PersonRequest(request, members, leads, 0, from, Long.MAX_VALUE, null);
  }

  /**
   * The same with what is known of how it leads to the person, and how sure that is.
   *
   * @param leading how those presented identifiers that do lead there
   * @param before what was decided last if it was this person's until now; else null
   */
  public PersonRequest read(List<Lead> leading, Decision before) {
    double confidence = Claim.together(leading.stream().map(Lead::claim).toList());
    return new PersonRequest(request, members, leading, confidence, from, until, before);
  }

  /**
   * The last instant (epoch ms) at which a change can revise it; {@link Long#MAX_VALUE} before the
   * first decision.
   */
  public long pendingUntil() {
    return last == null ? Long.MAX_VALUE : last.pendingUntil(request);
  }

  /** Whether it is to be decided for this person at an instant. */
  public boolean isAt(long instant) {
    return from <= instant && instant < until && instant <= pendingUntil();
  }

  /** Whether nothing after {@code instant} can concern it here. */
  public boolean isOver(long instant) {
    return until <= instant || pendingUntil() <= instant;
  }

  /** Whether it is closed by {@code instant}, wherever it would be decided after. */
  public boolean isClosed(long instant) {
    return pendingUntil() <= instant && pendingUntil() < until;
  }

  /** The same, decided elsewhere from {@code end} on. */
  public PersonRequest endingAt(long end) {
    return new PersonRequest(
        request, members, leads, identityConfidence, from, Math.min(until, end), last);
  }

  /** The same after a decision that said something new. */
  public PersonRequest decided(Decision decision) {
    return new PersonRequest(request, members, leads, identityConfidence, from, until, decision);
  }
}
