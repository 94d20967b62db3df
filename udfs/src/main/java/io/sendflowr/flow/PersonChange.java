package io.sendflowr.flow;

import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Lead;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.SendRequest;
import java.util.List;

/**
 * What an identifier tells a person: that something it holds counts for them from some instant on,
 * or no longer. The sum of these is all that is known of the person. The changes of one identifier
 * arrive in the order they were made.
 */
public sealed interface PersonChange {

  /** Key of the person's universal id. */
  long person();

  /** From when on it holds, epoch ms. */
  long at();

  /**
   * An event counts for the person from {@code at} on.
   *
   * @param person key of the person
   * @param holder key of the identifier that holds the event
   * @param event the event as it counts
   * @param at epoch ms
   */
  record EventGiven(long person, long holder, PersonEvent event, long at) implements PersonChange {}

  /**
   * An event given before no longer counts for the person from {@code at} on.
   *
   * @param person key of the person
   * @param holder key of the identifier that holds the event
   * @param event the event as it was given
   * @param at epoch ms
   */
  record EventWithdrawn(long person, long holder, PersonEvent event, long at)
      implements PersonChange {}

  /**
   * A request is to be decided for the person from {@code at} on, with this standing; replaces what
   * was said of it before.
   *
   * @param person key of the person
   * @param request the request
   * @param members identifiers of the person, ascending
   * @param leads by place, how each presented identifier leads to the person: the first, which
   *     holds the request, does; any other, if it claims to from {@code at} or before
   * @param at epoch ms
   */
  record RequestGiven(
      long person, SendRequest request, List<Identifier> members, List<Lead> leads, long at)
      implements PersonChange {
    public RequestGiven {
      members = List.copyOf(members);
      leads = List.copyOf(leads);
    }
  }

  /** Whether another identifier that a request presented leads to the person. */
  sealed interface ClaimChange extends PersonChange {
    /** The request. */
    SendRequest request();

    /** Place of the identifier among those presented, from 1. */
    int place();
  }

  /**
   * Another identifier that the request presented leads to the person from {@code at} on, whether
   * or not the request is given to them; replaces what it claimed of the request there before.
   *
   * @param person key of the person
   * @param request the request
   * @param place place of the identifier among those presented, from 1
   * @param owner the link by which what the identifier holds counts for the person; null if it is
   *     one of theirs, or a person of its own
   * @param at epoch ms
   */
  record Claimed(long person, SendRequest request, int place, LiveLink owner, long at)
      implements ClaimChange {}

  /**
   * An identifier that claimed to lead to the person no longer does from {@code at} on.
   *
   * @param person key of the person
   * @param request the request
   * @param place place of the identifier among those presented, from 1
   * @param at epoch ms
   */
  record ClaimWithdrawn(long person, SendRequest request, int place, long at)
      implements ClaimChange {}

  /**
   * The identifier that holds a request was erased; the request is closed at {@code at}.
   *
   * @param person key of the person that it was given to last
   * @param request the request
   * @param at epoch ms
   */
  record RequestErased(long person, SendRequest request, long at) implements PersonChange {}

  /**
   * A request given before is decided elsewhere from {@code at} on.
   *
   * @param person key of the person
   * @param request the request
   * @param at epoch ms
   */
  record RequestWithdrawn(long person, SendRequest request, long at) implements PersonChange {}
}
