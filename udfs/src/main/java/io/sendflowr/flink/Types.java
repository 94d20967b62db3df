package io.sendflowr.flink;

import io.sendflowr.flow.Explanation;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.ClaimWithdrawn;
import io.sendflowr.flow.PersonChange.Claimed;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.flow.PersonChange.RequestErased;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.flow.PersonChange.RequestWithdrawn;
import io.sendflowr.flow.ResolutionPart;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.identity.Resolution;
import io.sendflowr.latency.DeliveryReport;
import io.sendflowr.latency.LatencyEstimate;
import io.sendflowr.latency.LatencySample;
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

  /** Explanations on their way out. */
  public static final TypeInformation<Explanation> EXPLANATION =
      new SerializerTypeInfo<>(Explanation.class, new ExplanationSerializer());

  /** The audit trail on its way out. */
  public static final TypeInformation<IdentityChange> IDENTITY_CHANGE =
      new SerializerTypeInfo<>(IdentityChange.class, new IdentityChangeSerializer());

  /** What presented identifiers contribute to answers. */
  public static final TypeInformation<ResolutionPart> RESOLUTION_PART =
      new SerializerTypeInfo<>(ResolutionPart.class, new ResolutionPartSerializer());

  /** Answers on their way out. */
  public static final TypeInformation<Resolution> RESOLUTION =
      new SerializerTypeInfo<>(Resolution.class, new ResolutionSerializer());

  /** What providers report of messages. */
  public static final TypeInformation<DeliveryReport> DELIVERY_REPORT =
      new SerializerTypeInfo<>(DeliveryReport.class, new DeliveryReportSerializer());

  /** How long messages took. */
  public static final TypeInformation<LatencySample> LATENCY_SAMPLE =
      new SerializerTypeInfo<>(LatencySample.class, new LatencySampleSerializer());

  /** What every subtask must know of latencies. */
  public static final TypeInformation<LatencyEstimate> LATENCY_ESTIMATE =
      new SerializerTypeInfo<>(LatencyEstimate.class, new LatencyEstimateSerializer());

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
        Wire.writeDeliveryMetadata(event.delivery(), out);
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
            new Inbound.Event(
                Wire.readObservation(in),
                Wire.readIdentifiers(in),
                Wire.readDeliveryMetadata(in),
                in.readLong());
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
    private static final int ASKED = 2;
    private static final int SIGHTED = 3;

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
        out.writeLong(requested.holder());
        out.writeShort(requested.place());
        Wire.writeRequest(requested.request(), out);
      } else if (value instanceof IdentityInput.Asked asked) {
        out.writeByte(ASKED);
        out.writeLong(asked.holder());
        out.writeShort(asked.rank());
        Wire.writeResolve(asked.request(), out);
      } else if (value instanceof IdentityInput.Sighted sighted) {
        out.writeByte(SIGHTED);
        out.writeLong(sighted.holder());
        Wire.writeSighting(sighted.sighting(), out);
        out.writeLong(sighted.reportedTime());
      }
    }

    @Override
    protected IdentityInput read(DataInputView in, int version) throws IOException {
      int kind = in.readByte();
      return switch (kind) {
        case OBSERVED -> new IdentityInput.Observed(in.readLong(), Wire.readObservation(in));
        case REQUESTED ->
            new IdentityInput.Requested(in.readLong(), in.readShort(), Wire.readRequest(in));
        case ASKED -> new IdentityInput.Asked(in.readLong(), in.readShort(), Wire.readResolve(in));
        case SIGHTED ->
            new IdentityInput.Sighted(in.readLong(), Wire.readSighting(in), in.readLong());
        default -> throw unknownKind(this, kind);
      };
    }
  }

  /** Serializer of {@link PersonChange}. */
  public static final class PersonChangeSerializer extends VersionedSerializer<PersonChange> {
    private static final long serialVersionUID = 1L;
    private static final int EVENT_GIVEN = 0;
    private static final int EVENT_WITHDRAWN = 1;
    private static final int REQUEST_GIVEN = 2;
    private static final int REQUEST_WITHDRAWN = 3;
    private static final int CLAIMED = 4;
    private static final int REQUEST_ERASED = 5;
    private static final int CLAIM_WITHDRAWN = 6;

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
        Wire.writeIdentifiers(given.members(), out);
        Wire.writeLeads(given.leads(), out);
      } else if (value instanceof RequestWithdrawn withdrawn) {
        out.writeByte(REQUEST_WITHDRAWN);
        Wire.writeRequest(withdrawn.request(), out);
      } else if (value instanceof Claimed claimed) {
        out.writeByte(CLAIMED);
        Wire.writeRequest(claimed.request(), out);
        out.writeShort(claimed.place());
        Wire.writeOwner(claimed.owner(), out);
      } else if (value instanceof ClaimWithdrawn withdrawn) {
        out.writeByte(CLAIM_WITHDRAWN);
        Wire.writeRequest(withdrawn.request(), out);
        out.writeShort(withdrawn.place());
      } else if (value instanceof RequestErased erased) {
        out.writeByte(REQUEST_ERASED);
        Wire.writeRequest(erased.request(), out);
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
          var members = Wire.readIdentifiers(in);
          var leads = Wire.readLeads(in);
          return new RequestGiven(in.readLong(), request, members, leads, in.readLong());
        }
        case CLAIMED -> {
          var request = Wire.readRequest(in);
          int place = in.readShort();
          var owner = Wire.readOwner(in);
          return new Claimed(in.readLong(), request, place, owner, in.readLong());
        }
        case CLAIM_WITHDRAWN -> {
          var request = Wire.readRequest(in);
          int place = in.readShort();
          return new ClaimWithdrawn(in.readLong(), request, place, in.readLong());
        }
        case REQUEST_WITHDRAWN, REQUEST_ERASED -> {
          var request = Wire.readRequest(in);
          long person = in.readLong();
          long at = in.readLong();
          return kind == REQUEST_WITHDRAWN
              ? new RequestWithdrawn(person, request, at)
              : new RequestErased(person, request, at);
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
    private static final int ERASED = 3;

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
        Wire.writeGrounds(decided.grounds(), out);
      } else if (value instanceof RevisionInput.Erased erased) {
        out.writeByte(ERASED);
        Wire.writeRequest(erased.request(), out);
        out.writeLong(erased.time());
      }
    }

    @Override
    protected RevisionInput read(DataInputView in, int version) throws IOException {
      int kind = in.readByte();
      return switch (kind) {
        case ASKED -> new RevisionInput.Asked(Wire.readRequest(in), Wire.readOrigin(in));
        case CANCELLED -> new RevisionInput.Cancelled(Wire.readText(in), in.readLong());
        case DECIDED ->
            new RevisionInput.Decided(
                Wire.readRequest(in), Wire.readDecision(in), Wire.readGrounds(in));
        case ERASED -> new RevisionInput.Erased(Wire.readRequest(in), in.readLong());
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
      Wire.writeSchedule(value, out);
    }

    @Override
    protected Schedule read(DataInputView in, int version) throws IOException {
      return Wire.readSchedule(in);
    }
  }

  /** Serializer of {@link Explanation}. */
  public static final class ExplanationSerializer extends VersionedSerializer<Explanation> {
    private static final long serialVersionUID = 1L;

    public ExplanationSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(Explanation value, DataOutputView out) throws IOException {
      Wire.writeSchedule(value.schedule(), out);
      out.writeBoolean(value.grounds() != null);
      if (value.grounds() != null) {
        Wire.writeGrounds(value.grounds(), out);
      }
    }

    @Override
    protected Explanation read(DataInputView in, int version) throws IOException {
      return new Explanation(Wire.readSchedule(in), in.readBoolean() ? Wire.readGrounds(in) : null);
    }
  }

  /** Serializer of {@link IdentityChange}. */
  public static final class IdentityChangeSerializer extends VersionedSerializer<IdentityChange> {
    private static final long serialVersionUID = 1L;

    public IdentityChangeSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(IdentityChange value, DataOutputView out) throws IOException {
      Wire.writeText(value.kind().name(), out);
      out.writeLong(value.person());
      out.writeLong(value.previous());
      Wire.writeIdentifiers(value.identifiers(), out);
      out.writeBoolean(value.cause() != null);
      if (value.cause() != null) {
        Wire.writeLink(value.cause(), out);
      }
      out.writeLong(value.time());
    }

    @Override
    protected IdentityChange read(DataInputView in, int version) throws IOException {
      return new IdentityChange(
          IdentityChange.Kind.valueOf(Wire.readText(in)),
          in.readLong(),
          in.readLong(),
          Wire.readIdentifiers(in),
          in.readBoolean() ? Wire.readLink(in) : null,
          in.readLong());
    }
  }

  /** Serializer of {@link ResolutionPart}. */
  public static final class ResolutionPartSerializer extends VersionedSerializer<ResolutionPart> {
    private static final long serialVersionUID = 1L;

    public ResolutionPartSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(ResolutionPart value, DataOutputView out) throws IOException {
      Wire.writeResolve(value.request(), out);
      out.writeInt(value.place());
      out.writeLong(value.person());
      Wire.writeIdentifiers(value.members(), out);
      Wire.writeClaim(value.claim(), out);
      Wire.writeTexts(value.steps(), out);
    }

    @Override
    protected ResolutionPart read(DataInputView in, int version) throws IOException {
      return new ResolutionPart(
          Wire.readResolve(in),
          in.readInt(),
          in.readLong(),
          Wire.readIdentifiers(in),
          Wire.readClaim(in),
          Wire.readTexts(in));
    }
  }

  /** Serializer of {@link Resolution}. */
  public static final class ResolutionSerializer extends VersionedSerializer<Resolution> {
    private static final long serialVersionUID = 1L;

    public ResolutionSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(Resolution value, DataOutputView out) throws IOException {
      Wire.writeResolve(value.request(), out);
      out.writeLong(value.person());
      Wire.writeIdentifiers(value.members(), out);
      Wire.writeTexts(value.steps(), out);
      out.writeDouble(value.confidence());
    }

    @Override
    protected Resolution read(DataInputView in, int version) throws IOException {
      return new Resolution(
          Wire.readResolve(in),
          in.readLong(),
          Wire.readIdentifiers(in),
          Wire.readTexts(in),
          in.readDouble());
    }
  }

  /** Serializer of {@link DeliveryReport}. */
  public static final class DeliveryReportSerializer extends VersionedSerializer<DeliveryReport> {
    private static final long serialVersionUID = 1L;

    public DeliveryReportSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(DeliveryReport value, DataOutputView out) throws IOException {
      Wire.writeDeliveryReport(value, out);
    }

    @Override
    protected DeliveryReport read(DataInputView in, int version) throws IOException {
      return Wire.readDeliveryReport(in);
    }
  }

  /** Serializer of {@link LatencySample}. */
  public static final class LatencySampleSerializer extends VersionedSerializer<LatencySample> {
    private static final long serialVersionUID = 1L;

    public LatencySampleSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(LatencySample value, DataOutputView out) throws IOException {
      Wire.writeText(value.provider(), out);
      out.writeLong(value.deliveredAt());
      out.writeLong(value.latencyMillis());
    }

    @Override
    protected LatencySample read(DataInputView in, int version) throws IOException {
      return new LatencySample(Wire.readText(in), in.readLong(), in.readLong());
    }
  }

  /** Serializer of {@link LatencyEstimate}. */
  public static final class LatencyEstimateSerializer extends VersionedSerializer<LatencyEstimate> {
    private static final long serialVersionUID = 1L;

    public LatencyEstimateSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(LatencyEstimate value, DataOutputView out) throws IOException {
      Wire.writeEstimate(value, out);
    }

    @Override
    protected LatencyEstimate read(DataInputView in, int version) throws IOException {
      return Wire.readEstimate(in);
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
