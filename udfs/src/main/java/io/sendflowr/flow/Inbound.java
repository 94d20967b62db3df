package io.sendflowr.flow;

import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.latency.DeliveryMetadata;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;
import java.util.List;

/**
 * A record as it was read, checked and normalised. Its times are its own; lateness is judged after.
 */
public sealed interface Inbound {

  /** The record says nothing about how far event time has come. */
  long NO_CLOCK = Long.MIN_VALUE;

  /**
   * How far event time has come by this record (epoch ms): its own time, but never later than it
   * was received, so that one clock that is ahead does not move everybody's; {@link #NO_CLOCK} if
   * it says nothing.
   */
  long clock();

  /** The same with another {@link #clock}. */
  Inbound withClock(long clock);

  /**
   * An event.
   *
   * @param observation the event
   * @param identifiers whom it is about: distinct, ascending, at least one
   * @param delivery what it says of the message it is about; null if nothing
   * @param clock see {@link Inbound#clock()}
   */
  record Event(
      Observation observation, List<Identifier> identifiers, DeliveryMetadata delivery, long clock)
      implements Inbound {
    public Event {
      identifiers = List.copyOf(identifiers);
    }

    /** An event that says nothing of a message. */
    public Event(Observation observation, List<Identifier> identifiers, long clock) {
      this(observation, identifiers, null, clock);
    }

    @Override
    public Event withClock(long clock) {
      return new Event(observation, identifiers, delivery, clock);
    }
  }

  /**
   * A link or unlink.
   *
   * @param change what it says
   * @param clock see {@link Inbound#clock()}
   */
  record Link(LinkChange change, long clock) implements Inbound {
    @Override
    public Link withClock(long clock) {
      return new Link(change, clock);
    }
  }

  /**
   * A send request.
   *
   * @param request what is asked
   * @param origin the record, in case its id turns out to be taken
   * @param clock see {@link Inbound#clock()}
   */
  record Request(SendRequest request, Origin origin, long clock) implements Inbound {
    @Override
    public Request withClock(long clock) {
      return new Request(request, origin, clock);
    }
  }

  /**
   * The withdrawal of a send request.
   *
   * @param requestId which
   * @param time epoch ms
   * @param clock see {@link Inbound#clock()}
   */
  record Cancel(String requestId, long time, long clock) implements Inbound {
    @Override
    public Cancel withClock(long clock) {
      return new Cancel(requestId, time, clock);
    }
  }

  /**
   * The question who somebody is.
   *
   * @param request what is asked
   * @param clock see {@link Inbound#clock()}
   */
  record Resolve(ResolveRequest request, long clock) implements Inbound {
    @Override
    public Resolve withClock(long clock) {
      return new Resolve(request, clock);
    }
  }

  /**
   * That a person is to be forgotten.
   *
   * @param erasure who
   * @param origin the record, in case it cannot be done
   * @param clock see {@link Inbound#clock()}
   */
  record Erase(Erasure erasure, Origin origin, long clock) implements Inbound {
    @Override
    public Erase withClock(long clock) {
      return new Erase(erasure, origin, clock);
    }
  }

  /**
   * A record that cannot be used. It says nothing about event time, so that what is broken moves
   * nobody.
   *
   * @param deadLetter what is written of it
   */
  record Unusable(DeadLetter deadLetter) implements Inbound {
    @Override
    public long clock() {
      return NO_CLOCK;
    }

    @Override
    public Unusable withClock(long clock) {
      return this;
    }
  }
}
