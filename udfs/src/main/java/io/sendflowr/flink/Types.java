package io.sendflowr.flink;

import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.flow.PersonChange.RequestWithdrawn;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.record.DeadLetter;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Type information of everything that flows between operators. */
public final class Types {
  /** Records as they were read. */
  public static final TypeInformation<Inbound> INBOUND =
      new SerializerTypeInfo<>(Inbound.class, new InboundSerializer());

  /** Records on their way to the identifier that holds them. */
  public static final TypeInformation<IdentityInput> IDENTITY_INPUT =
      new SerializerTypeInfo<>(IdentityInput.class, new IdentityInputSerializer());

  /** Links and unlinks. */
  public static final TypeInformation<LinkChange> LINK_CHANGE =
      new SerializerTypeInfo<>(LinkChange.class, new LinkChangeSerializer());

  /** What every subtask must know of identities. */
  public static final TypeInformation<GraphChange> GRAPH_CHANGE =
      new SerializerTypeInfo<>(GraphChange.class, new GraphChangeSerializer());

  /** What identifiers tell persons. */
  public static final TypeInformation<PersonChange> PERSON_CHANGE =
      new SerializerTypeInfo<>(PersonChange.class, new PersonChangeSerializer());

  /** What happens to request ids. */
  public static final TypeInformation<RevisionInput> REVISION_INPUT =
      new SerializerTypeInfo<>(RevisionInput.class, new RevisionInputSerializer());

  /** Schedules on their way out. */
  public static final TypeInformation<Schedule> SCHEDULE =
      new SerializerTypeInfo<>(Schedule.class, new ScheduleSerializer());

  /** Dead letters on their way out. */
  public static final TypeInformation<DeadLetter> DEAD_LETTER =
      new SerializerTypeInfo<>(DeadLetter.class, new DeadLetterSerializer());

  private static final int FIRST = 1;

  private Types() {}

  private static IOException unknownKind(Object serializer, int kind) {
    return new IOException(
        serializer.getClass().getSimpleName() + " read a kind it does not know: " + kind);
  }

  /** Serializer of {@link Inbound}. */
  public static final class InboundSerializer extends VersionedSerializer<Inbound> {
    private static final long serialVersionUID = 1L;
    private static final int EVENT = 0;
    private static final int LINK = 1;
    private static final int REQUEST = 2;
    private static final int CANCEL = 3;
    private static final int UNUSABLE = 4;
    private static final int RESOLVE = 5;
    private static final int ERASE = 6;

    public InboundSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(Inbound value, DataOutputView out) throws IOException {
      if (value instanceof Inbound.Event event) {
        out.writeByte(EVENT);
        Wire.writeObservation(event.observation(), out);
        Wire.writeIdentifiers(event.identifiers(), out);
        out.writeLong(event.clock());
      } else if (value instanceof Inbound.Link link) {
        out.writeByte(LINK);
        Wire.writeLink(link.change(), out);
        out.writeLong(link.clock());
      } else if (value instanceof Inbound.Request request) {
        out.writeByte(REQUEST);
        Wire.writeRequest(request.request(), out);
        Wire.writeOrigin(request.origin(), out);
        out.writeLong(request.clock());
      } else if (value instanceof Inbound.Cancel cancel) {
        out.writeByte(CANCEL);
        Wire.writeText(cancel.requestId(), out);
        out.writeLong(cancel.time());
        out.writeLong(cancel.clock());
      } else if (value instanceof Inbound.Unusable unusable) {
        out.writeByte(UNUSABLE);
        Wire.writeDeadLetter(unusable.deadLetter(), out);
      } else if (value instanceof Inbound.Resolve resolve) {
        out.writeByte(RESOLVE);
        Wire.writeResolve(resolve.request(), out);
        out.writeLong(resolve.clock());
      } else if (value instanceof Inbound.Erase erase) {
        out.writeByte(ERASE);
        Wire.writeErasure(erase.erasure(), out);
        Wire.writeOrigin(erase.origin(), out);
        out.writeLong(erase.clock());
      }
    }

    @Override
    protected Inbound read(DataInputView in, int version) throws IOException {
      int kind = in.readByte();
      return switch (kind) {
        case EVENT ->
            new Inbound.Event(Wire.readObservation(in), Wire.readIdentifiers(in), in.readLong());
        case LINK -> new Inbound.Link(Wire.readLink(in), in.readLong());
        case REQUEST ->
            new Inbound.Request(Wire.readRequest(in), Wire.readOrigin(in), in.readLong());
        case CANCEL -> new Inbound.Cancel(Wire.readText(in), in.readLong(), in.readLong());
        case UNUSABLE -> new Inbound.Unusable(Wire.readDeadLetter(in));
        case RESOLVE -> new Inbound.Resolve(Wire.readResolve(in), in.readLong());
        case ERASE -> new Inbound.Erase(Wire.readErasure(in), Wire.readOrigin(in), in.readLong());
        default -> throw unknownKind(this, kind);
      };
    }
  }

  /** Serializer of {@link GraphChange}. */
  public static final class GraphChangeSerializer extends VersionedSerializer<GraphChange> {
    private static final long serialVersionUID = 1L;

    public GraphChangeSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(GraphChange value, DataOutputView out) throws IOException {
      Wire.writeGraphChange(value, out);
    }

    @Override
    protected GraphChange read(DataInputView in, int version) throws IOException {
      return Wire.readGraphChange(in);
    }
  }

  /** Serializer of {@link IdentityInput}. */
  public static final class IdentityInputSerializer extends VersionedSerializer<IdentityInput> {
    private static final long serialVersionUID = 1L;
    private static final int OBSERVED = 0;
    private static final int REQUESTED = 1;

    public IdentityInputSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(IdentityInput value, DataOutputView out) throws IOException {
      if (value instanceof IdentityInput.Observed observed) {
        out.writeByte(OBSERVED);
        out.writeLong(observed.holder());
        Wire.writeObservation(observed.observation(), out);
      } else if (value instanceof IdentityInput.Requested requested) {
        out.writeByte(REQUESTED);
        Wire.writeRequest(requested.request(), out);
      }
    }

    @Override
    protected IdentityInput read(DataInputView in, int version) throws IOException {
      int kind = in.readByte();
      return switch (kind) {
        case OBSERVED -> new IdentityInput.Observed(in.readLong(), Wire.readObservation(in));
        case REQUESTED -> new IdentityInput.Requested(Wire.readRequest(in));
        default -> throw unknownKind(this, kind);
      };
    }
  }

  /** Serializer of {@link LinkChange}. */
  public static final class LinkChangeSerializer extends VersionedSerializer<LinkChange> {
    private static final long serialVersionUID = 1L;

    public LinkChangeSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(LinkChange value, DataOutputView out) throws IOException {
      Wire.writeLink(value, out);
    }

    @Override
    protected LinkChange read(DataInputView in, int version) throws IOException {
      return Wire.readLink(in);
    }
  }

  /** Serializer of {@link PersonChange}. */
  public static final class PersonChangeSerializer extends VersionedSerializer<PersonChange> {
    private static final long serialVersionUID = 1L;
    private static final int EVENT_GIVEN = 0;
    private static final int EVENT_WITHDRAWN = 1;
    private static final int REQUEST_GIVEN = 2;
    private static final int REQUEST_WITHDRAWN = 3;

    public PersonChangeSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(PersonChange value, DataOutputView out) throws IOException {
      if (value instanceof EventGiven given) {
        out.writeByte(EVENT_GIVEN);
        out.writeLong(given.holder());
        Wire.writePersonEvent(given.event(), out);
      } else if (value instanceof EventWithdrawn withdrawn) {
        out.writeByte(EVENT_WITHDRAWN);
        out.writeLong(withdrawn.holder());
        Wire.writePersonEvent(withdrawn.event(), out);
      } else if (value instanceof RequestGiven given) {
        out.writeByte(REQUEST_GIVEN);
        Wire.writeRequest(given.request(), out);
        out.writeDouble(given.identityConfidence());
      } else if (value instanceof RequestWithdrawn withdrawn) {
        out.writeByte(REQUEST_WITHDRAWN);
        Wire.writeRequest(withdrawn.request(), out);
      }
      out.writeLong(value.person());
      out.writeLong(value.at());
    }

    @Override
    protected PersonChange read(DataInputView in, int version) throws IOException {
      int kind = in.readByte();
      switch (kind) {
        case EVENT_GIVEN, EVENT_WITHDRAWN -> {
          long holder = in.readLong();
          var event = Wire.readPersonEvent(in);
          long person = in.readLong();
          long at = in.readLong();
          return kind == EVENT_GIVEN
              ? new EventGiven(person, holder, event, at)
              : new EventWithdrawn(person, holder, event, at);
        }
        case REQUEST_GIVEN -> {
          var request = Wire.readRequest(in);
          double confidence = in.readDouble();
          return new RequestGiven(in.readLong(), request, confidence, in.readLong());
        }
        case REQUEST_WITHDRAWN -> {
          var request = Wire.readRequest(in);
          return new RequestWithdrawn(in.readLong(), request, in.readLong());
        }
        default -> throw unknownKind(this, kind);
      }
    }
  }

  /** Serializer of {@link RevisionInput}. */
  public static final class RevisionInputSerializer extends VersionedSerializer<RevisionInput> {
    private static final long serialVersionUID = 1L;
    private static final int ASKED = 0;
    private static final int CANCELLED = 1;
    private static final int DECIDED = 2;

    public RevisionInputSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(RevisionInput value, DataOutputView out) throws IOException {
      if (value instanceof RevisionInput.Asked asked) {
        out.writeByte(ASKED);
        Wire.writeRequest(asked.request(), out);
        Wire.writeOrigin(asked.origin(), out);
      } else if (value instanceof RevisionInput.Cancelled cancelled) {
        out.writeByte(CANCELLED);
        Wire.writeText(cancelled.requestId(), out);
        out.writeLong(cancelled.time());
      } else if (value instanceof RevisionInput.Decided decided) {
        out.writeByte(DECIDED);
        Wire.writeRequest(decided.request(), out);
        Wire.writeDecision(decided.decision(), out);
      }
    }

    @Override
    protected RevisionInput read(DataInputView in, int version) throws IOException {
      int kind = in.readByte();
      return switch (kind) {
        case ASKED -> new RevisionInput.Asked(Wire.readRequest(in), Wire.readOrigin(in));
        case CANCELLED -> new RevisionInput.Cancelled(Wire.readText(in), in.readLong());
        case DECIDED -> new RevisionInput.Decided(Wire.readRequest(in), Wire.readDecision(in));
        default -> throw unknownKind(this, kind);
      };
    }
  }

  /** Serializer of {@link Schedule}. */
  public static final class ScheduleSerializer extends VersionedSerializer<Schedule> {
    private static final long serialVersionUID = 1L;

    public ScheduleSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(Schedule value, DataOutputView out) throws IOException {
      Wire.writeRequest(value.request(), out);
      out.writeInt(value.revision());
      Wire.writeDecision(value.decision(), out);
    }

    @Override
    protected Schedule read(DataInputView in, int version) throws IOException {
      return new Schedule(Wire.readRequest(in), in.readInt(), Wire.readDecision(in));
    }
  }

  /** Serializer of {@link DeadLetter}. */
  public static final class DeadLetterSerializer extends VersionedSerializer<DeadLetter> {
    private static final long serialVersionUID = 1L;

    public DeadLetterSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(DeadLetter value, DataOutputView out) throws IOException {
      Wire.writeDeadLetter(value, out);
    }

    @Override
    protected DeadLetter read(DataInputView in, int version) throws IOException {
      return Wire.readDeadLetter(in);
    }
  }
}
