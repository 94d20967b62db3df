package io.sendflowr.flink;

import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.identity.HeldEvent;
import io.sendflowr.identity.HeldEvent.Share;
import io.sendflowr.identity.HeldRequest;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.timing.PersonRequest;
import io.sendflowr.timing.Standing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Every state of the job: its name and its form. A name, once released, is never used for anything
 * else.
 */
public final class States {
  private static final int FIRST = 1;

  private States() {}

  /** How far event time had come where records are read, one entry a subtask. */
  public static ListStateDescriptor<Long> watermarkReached() {
    return new ListStateDescriptor<>("watermark-reached", LongSerializer.INSTANCE);
  }

  /** The time of the last unlink or erasure that was heard of, one entry a subtask. */
  public static ListStateDescriptor<Long> latestRemoval() {
    return new ListStateDescriptor<>("latest-removal", LongSerializer.INSTANCE);
  }

  /** Live links, broadcast: the same in every subtask. */
  public static MapStateDescriptor<Integer, LiveLink> liveLinks() {
    return new MapStateDescriptor<>("live-links", IntSerializer.INSTANCE, new LiveLinkSerializer());
  }

  /** Links whose time the watermark has not reached, broadcast: the same in every subtask. */
  public static MapStateDescriptor<Integer, LinkChange> pendingLinks() {
    return new MapStateDescriptor<>(
        "pending-links", IntSerializer.INSTANCE, new Types.LinkChangeSerializer());
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

  /** What happened to a request id at instants that the watermark has not reached. */
  public static ListStateDescriptor<RevisionInput> revisionInbox() {
    return new ListStateDescriptor<>("revision-inbox", new Types.RevisionInputSerializer());
  }

  /** What a request id stands for. */
  public static ValueStateDescriptor<Standing> standing() {
    return new ValueStateDescriptor<>("standing", new StandingSerializer());
  }

  /** Serializer of {@link LiveLink}. */
  public static final class LiveLinkSerializer extends VersionedSerializer<LiveLink> {
    private static final long serialVersionUID = 1L;

    public LiveLinkSerializer() {
      super(FIRST);
    }

    @Override
    protected void write(LiveLink value, DataOutputView out) throws IOException {
      Wire.writeIdentifier(value.a(), out);
      Wire.writeIdentifier(value.b(), out);
      out.writeDouble(value.weight());
      Wire.writeText(value.source(), out);
      out.writeLong(value.firstTime());
      out.writeLong(value.bridgesSince());
      out.writeInt(value.stamps().size());
      for (long stamp : value.stamps()) {
        out.writeLong(stamp);
      }
    }

    @Override
    protected LiveLink read(DataInputView in, int version) throws IOException {
      var a = Wire.readIdentifier(in);
      var b = Wire.readIdentifier(in);
      double weight = in.readDouble();
      String source = Wire.readText(in);
      long firstTime = in.readLong();
      long bridgesSince = in.readLong();
      int count = in.readInt();
      List<Long> stamps = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        stamps.add(in.readLong());
      }
      return new LiveLink(a, b, weight, source, firstTime, bridgesSince, stamps);
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
      out.writeInt(value.shares().size());
      for (Share share : value.shares()) {
        out.writeLong(share.person());
        out.writeBoolean(share.guardOnly());
      }
    }

    @Override
    protected HeldEvent read(DataInputView in, int version) throws IOException {
      var observation = Wire.readObservation(in);
      int count = in.readInt();
      List<Share> shares = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        shares.add(new Share(in.readLong(), in.readBoolean()));
      }
      return new HeldEvent(observation, shares);
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
      out.writeBoolean(value.placed());
      out.writeLong(value.person());
      out.writeLong(value.members());
      out.writeDouble(value.identityConfidence());
    }

    @Override
    protected HeldRequest read(DataInputView in, int version) throws IOException {
      return new HeldRequest(
          Wire.readRequest(in), in.readBoolean(), in.readLong(), in.readLong(), in.readDouble());
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
      out.writeDouble(value.identityConfidence());
      out.writeLong(value.from());
      out.writeLong(value.until());
      out.writeLong(value.pendingUntil());
    }

    @Override
    protected PersonRequest read(DataInputView in, int version) throws IOException {
      return new PersonRequest(
          Wire.readRequest(in), in.readDouble(), in.readLong(), in.readLong(), in.readLong());
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
      out.writeBoolean(value.last() != null);
      if (value.last() != null) {
        Wire.writeDecision(value.last(), out);
      }
    }

    @Override
    protected Standing read(DataInputView in, int version) throws IOException {
      return new Standing(
          Wire.readRequest(in), in.readInt(), in.readBoolean() ? Wire.readDecision(in) : null);
    }
  }
}
