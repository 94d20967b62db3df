package io.sendflowr.flow;

import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Lead;
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
   * @param lead how the identifier that holds the request leads to the person
   * @param at epoch ms
   */
  record RequestGiven(
      long person, SendRequest request, List<Identifier> members, Lead lead, long at)
      implements PersonChange {
    public RequestGiven {
      members = List.copyOf(members);
    }
  }

  /**
   * Another identifier that the request presented leads to the person. It counts if the request is
   * given to the person at the same instant, and not beyond.
   *
   * @param person key of the person
   * @param request the request
   * @param lead how the identifier leads there
   * @param at epoch ms
   */
  record Claimed(long person, SendRequest request, Lead lead, long at) implements PersonChange {}

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
