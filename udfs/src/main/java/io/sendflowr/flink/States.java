package io.sendflowr.flink;

import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.ResolutionPart;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.HeldEvent;
import io.sendflowr.identity.HeldEvent.Share;
import io.sendflowr.identity.HeldQuestion;
import io.sendflowr.identity.HeldRequest;
import io.sendflowr.identity.Sighting;
import io.sendflowr.identity.store.Chunk;
import io.sendflowr.identity.store.Chunk.Slice;
import io.sendflowr.latency.DeliveryReport;
import io.sendflowr.latency.Latency;
import io.sendflowr.latency.LatencyEstimate;
import io.sendflowr.latency.LatencyTimeline;
import io.sendflowr.timing.PersonRequest;
import io.sendflowr.timing.SendRequest;
import io.sendflowr.timing.Standing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Every state of the job: its name and its form. A name, once released, is never used for anything
 * else.
 */
public final class States {
  private static final int FIRST = 1;

  private States() {}

  /** The time of the last unlink or erasure that was heard of, one entry a subtask. */
  public static ListStateDescriptor<Long> latestRemoval() {
    return new ListStateDescriptor<>("latest-removal", LongSerializer.INSTANCE);
  }

  /** The link graph, in chunks of bytes, broadcast: the same in every subtask. */
  public static MapStateDescriptor<Integer, Chunk> linkGraph() {
    return new MapStateDescriptor<>("link-graph", IntSerializer.INSTANCE, new ChunkSerializer());
  }

  /**
   * Changes to the link graph whose time the watermark has not reached, broadcast: the same in
   * every subtask.
   */
  public static MapStateDescriptor<Integer, GraphChange> pendingGraphChanges() {
    return new MapStateDescriptor<>(
        "pending-graph-changes", IntSerializer.INSTANCE, new Types.GraphChangeSerializer());
  }

  /** With whom an identifier was seen lately, as it was read. */
  public static ListStateDescriptor<Sighting> recentSightings() {
    return new ListStateDescriptor<>("recent-sightings", new SightingSerializer());
  }

  /** With whom an identifier was seen last, of what is folded in. */
  public static ValueStateDescriptor<Sighting> latestSighting() {
    return new ValueStateDescriptor<>("latest-sighting", new SightingSerializer());
  }

  /** When an identifier was seen with another one, ascending. */
  public static MapStateDescriptor<Long, long[]> sightings() {
    return new MapStateDescriptor<>("sightings", LongSerializer.INSTANCE, new StampsSerializer());
  }

  /** Questions that present an identifier and wait for their time. */
  public static ListStateDescriptor<HeldQuestion> heldQuestions() {
    return new ListStateDescriptor<>("held-questions", new HeldQuestionSerializer());
  }

  /** What presented identifiers contribute to an answer. */
  public static ListStateDescriptor<ResolutionPart> resolutionParts() {
    return new ListStateDescriptor<>("resolution-parts", new Types.ResolutionPartSerializer());
  }

  /**
   * Which other identifiers that a request presented lead to a person, in the order of each
   * identifier.
   */
  public static ListStateDescriptor<PersonChange> personClaims() {
    return new ListStateDescriptor<>("person-claims", new Types.PersonChangeSerializer());
  }

  /** Events that an identifier holds. */
  public static ListStateDescriptor<HeldEvent> heldEvents() {
    return new ListStateDescriptor<>("held-events", new HeldEventSerializer());
  }

  /** Requests that an identifier holds. */
  public static ListStateDescriptor<HeldRequest> heldRequests() {
    return new ListStateDescriptor<>("held-requests", new HeldRequestSerializer());
  }

  /** What identifiers gave to a person and took back, in the order of each identifier. */
  public static ListStateDescriptor<PersonChange> personEvents() {
    return new ListStateDescriptor<>("person-events", new Types.PersonChangeSerializer());
  }

  /** Requests that are decided for a person. */
  public static ListStateDescriptor<PersonRequest> personRequests() {
    return new ListStateDescriptor<>("person-requests", new PersonRequestSerializer());
  }

  /** How many requests are decided for persons, one entry a subtask; they add up. */
  public static ListStateDescriptor<Long> pendingRequests() {
    return new ListStateDescriptor<>("pending-requests", LongSerializer.INSTANCE);
  }

  /** What happened to a request id at instants that the watermark has not reached. */
  public static ListStateDescriptor<RevisionInput> revisionInbox() {
    return new ListStateDescriptor<>("revision-inbox", new Types.RevisionInputSerializer());
  }

  /** What a request id stands for. */
  public static ValueStateDescriptor<Standing> standing() {
    return new ValueStateDescriptor<>("standing", new StandingSerializer());
  }

  /** What was reported of a message lately. */
  public static ListStateDescriptor<DeliveryReport> deliveryReports() {
    return new ListStateDescriptor<>("delivery-reports", new Types.DeliveryReportSerializer());
  }

  /** By minute, how many samples of a provider there are in each page of latencies. */
  public static MapStateDescriptor<Long, long[]> latencyPages() {
    return new MapStateDescriptor<>(
        "latency-pages", LongSerializer.INSTANCE, new StampsSerializer());
  }

  /** By minute and page, how many samples of a provider there are of each latency. */
  public static MapStateDescriptor<Long, long[]> latencyCounts() {
    return new MapStateDescriptor<>(
        "latency-counts", LongSerializer.INSTANCE, new StampsSerializer());
  }

  /** The estimate that was told last of a provider, if it is one. */
  public static ValueStateDescriptor<Latency> latencyTold() {
    return new ValueStateDescriptor<>("latency-told", new LatencySerializer());
  }

  /** What was estimated of each provider lately, broadcast: the same in every subtask. */
  public static MapStateDescriptor<String, LatencyTimeline> latencyTimelines() {
    return new MapStateDescriptor<>(
        "latency-timelines", StringSerializer.INSTANCE, new LatencyTimelineSerializer());
  }

  /** Serializer of {@link Chunk}. */
  public static final class ChunkSerializer extends VersionedSerializer<Chunk> {
    private static final long serialVersionUID = 1L;

    public ChunkSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(Chunk value, DataOutputView out) throws IOException {
      out.writeByte(value.kind());
      out.writeInt(value.first());
      out.writeInt(value.rows());
      out.writeByte(value.slices().size());
      for (Slice slice : value.slices()) {
        out.writeInt(slice.length());
        out.write(slice.bytes(), 0, slice.length());
      }
    }

    @Override
    protected Chunk read(DataInputView in, int version) throws IOException {
      int kind = in.readByte();
      int first = in.readInt();
      int rows = in.readInt();
      int count = in.readByte();
      List<Slice> slices = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        slices.add(new Slice(bytes, bytes.length));
      }
      return new Chunk(kind, first, rows, slices);
    }
  }

  /** Serializer of stamps or counts, which nobody changes. */
  public static final class StampsSerializer extends VersionedSerializer<long[]> {
    private static final long serialVersionUID = 1L;

    public StampsSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(long[] value, DataOutputView out) throws IOException {
      out.writeInt(value.length);
      for (long stamp : value) {
        out.writeLong(stamp);
      }
    }

    @Override
    protected long[] read(DataInputView in, int version) throws IOException {
      long[] value = new long[in.readInt()];
      for (int i = 0; i < value.length; i++) {
        value[i] = in.readLong();
      }
      return value;
    }
  }

  /** Serializer of {@link Sighting}. */
  public static final class SightingSerializer extends VersionedSerializer<Sighting> {
    private static final long serialVersionUID = 1L;

    public SightingSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(Sighting value, DataOutputView out) throws IOException {
      Wire.writeSighting(value, out);
    }

    @Override
    protected Sighting read(DataInputView in, int version) throws IOException {
      return Wire.readSighting(in);
    }
  }

  /** Serializer of {@link HeldQuestion}. */
  public static final class HeldQuestionSerializer extends VersionedSerializer<HeldQuestion> {
    private static final long serialVersionUID = 1L;

    public HeldQuestionSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(HeldQuestion value, DataOutputView out) throws IOException {
      Wire.writeResolve(value.request(), out);
      out.writeShort(value.rank());
    }

    @Override
    protected HeldQuestion read(DataInputView in, int version) throws IOException {
      return new HeldQuestion(Wire.readResolve(in), in.readShort());
    }
  }

  /** Serializer of {@link HeldEvent}. */
  public static final class HeldEventSerializer extends VersionedSerializer<HeldEvent> {
    private static final long serialVersionUID = 1L;

    public HeldEventSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(HeldEvent value, DataOutputView out) throws IOException {
      Wire.writeObservation(value.observation(), out);
      out.writeBoolean(value.lastingOnly());
      out.writeInt(value.shares().size());
      for (Share share : value.shares()) {
        out.writeLong(share.person());
        out.writeBoolean(share.guardOnly());
      }
    }

    @Override
    protected HeldEvent read(DataInputView in, int version) throws IOException {
      var observation = Wire.readObservation(in);
      boolean lastingOnly = in.readBoolean();
      int count = in.readInt();
      List<Share> shares = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        shares.add(new Share(in.readLong(), in.readBoolean()));
      }
      return new HeldEvent(observation, lastingOnly, shares);
    }
  }

  /** Serializer of {@link HeldRequest}. */
  public static final class HeldRequestSerializer extends VersionedSerializer<HeldRequest> {
    private static final long serialVersionUID = 1L;

    public HeldRequestSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(HeldRequest value, DataOutputView out) throws IOException {
      Wire.writeRequest(value.request(), out);
      out.writeShort(value.place());
      out.writeBoolean(value.placed());
      out.writeLong(value.person());
      out.writeLong(value.members());
      out.writeShort(value.confidences().size());
      for (double confidence : value.confidences()) {
        out.writeDouble(confidence);
      }
    }

    @Override
    protected HeldRequest read(DataInputView in, int version) throws IOException {
      SendRequest request = Wire.readRequest(in);
      int place = in.readShort();
      boolean placed = in.readBoolean();
      long person = in.readLong();
      long members = in.readLong();
      int count = in.readShort();
      List<Double> confidences = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        confidences.add(in.readDouble());
      }
      return new HeldRequest(request, place, placed, person, members, confidences);
    }
  }

  /** Serializer of {@link PersonRequest}. */
  public static final class PersonRequestSerializer extends VersionedSerializer<PersonRequest> {
    private static final long serialVersionUID = 1L;

    public PersonRequestSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(PersonRequest value, DataOutputView out) throws IOException {
      Wire.writeRequest(value.request(), out);
      Wire.writeIdentifiers(value.members(), out);
      Wire.writeLeads(value.leads(), out);
      out.writeDouble(value.identityConfidence());
      out.writeLong(value.from());
      out.writeLong(value.until());
      Wire.writeOptionalDecision(value.last(), out);
    }

    @Override
    protected PersonRequest read(DataInputView in, int version) throws IOException {
      return new PersonRequest(
          Wire.readRequest(in),
          Wire.readIdentifiers(in),
          Wire.readLeads(in),
          in.readDouble(),
          in.readLong(),
          in.readLong(),
          Wire.readOptionalDecision(in));
    }
  }

  /** Serializer of {@link Standing}. */
  public static final class StandingSerializer extends VersionedSerializer<Standing> {
    private static final long serialVersionUID = 1L;

    public StandingSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(Standing value, DataOutputView out) throws IOException {
      Wire.writeRequest(value.request(), out);
      out.writeInt(value.revision());
      Wire.writeOptionalDecision(value.last(), out);
      out.writeLong(value.erasedAt());
    }

    @Override
    protected Standing read(DataInputView in, int version) throws IOException {
      return new Standing(
          Wire.readRequest(in), in.readInt(), Wire.readOptionalDecision(in), in.readLong());
    }
  }

  /** Serializer of {@link Latency}. */
  public static final class LatencySerializer extends VersionedSerializer<Latency> {
    private static final long serialVersionUID = 1L;

    public LatencySerializer() {
      super(FIRST);
    }

    @Override
    protected void write(Latency value, DataOutputView out) throws IOException {
      Wire.writeLatency(value, out);
    }

    @Override
    protected Latency read(DataInputView in, int version) throws IOException {
      return Wire.readLatency(in);
    }
  }

  /** Serializer of {@link LatencyTimeline}. */
  public static final class LatencyTimelineSerializer extends VersionedSerializer<LatencyTimeline> {
    private static final long serialVersionUID = 1L;

    public LatencyTimelineSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(LatencyTimeline value, DataOutputView out) throws IOException {
      out.writeInt(value.estimates().size());
      for (LatencyEstimate estimate : value.estimates()) {
        Wire.writeEstimate(estimate, out);
      }
    }

    @Override
    protected LatencyTimeline read(DataInputView in, int version) throws IOException {
      int count = in.readInt();
      List<LatencyEstimate> estimates = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        estimates.add(Wire.readEstimate(in));
      }
      return new LatencyTimeline(estimates);
    }
  }
}
