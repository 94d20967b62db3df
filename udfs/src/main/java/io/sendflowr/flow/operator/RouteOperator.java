package io.sendflowr.flow.operator;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flink.Metrics;
import io.sendflowr.flink.Types;
import io.sendflowr.flink.WatermarkLag;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.Sighting;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.latency.DeliveryReport;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * Stamps and routes what a source read: events and requests to the identifiers that hold them,
 * links (given, and those of records with several identifiers) to the identity operator's second
 * input, requests and cancels to their request id, what events say of deliveries to the message,
 * unusable records to the dead letters.
 *
 * <p>It is chained to its source, before the first shuffle, because a record that came late gets
 * its effective time here, once and for everybody: the watermark reached where it was read (SPEC
 * section 2, "Event time"). It keeps no state: a source that is restored begins with the watermark
 * that it had reached.
 */
public final class RouteOperator extends AbstractStreamOperator<IdentityInput>
    implements OneInputStreamOperator<Inbound, IdentityInput> {
  private static final long serialVersionUID = 1L;

  /** Links, unlinks, and consent withdrawn or given back. */
  public static final OutputTag<GraphChange> LINKS = new OutputTag<>("links", Types.GRAPH_CHANGE);

  /** Erasures. */
  public static final OutputTag<GraphChange> ERASURES =
      new OutputTag<>("erasures", Types.GRAPH_CHANGE);

  /** What concerns request ids. */
  public static final OutputTag<RevisionInput> REQUESTS =
      new OutputTag<>("requests", Types.REVISION_INPUT);

  /** What providers say of the messages that they send and deliver. */
  public static final OutputTag<DeliveryReport> DELIVERIES =
      new OutputTag<>("deliveries", Types.DELIVERY_REPORT);

  /** Records that cannot be used. */
  public static final OutputTag<DeadLetter> UNUSABLE =
      new OutputTag<>("unusable-records", Types.DEAD_LETTER);

  /** All side outputs. */
  public static final Set<OutputTag<?>> SIDE_OUTPUTS =
      Set.of(LINKS, ERASURES, REQUESTS, DELIVERIES, UNUSABLE);

  private static final String SEND_REQUEST = "send-request";
  private static final String RESOLVE_REQUEST = "resolve-request";

  private final Catalogue catalogue;
  private final boolean canErase;
  private final Set<OutputTag<?>> attached;

  private transient long watermark;
  private transient Counter late;
  private transient Counter unknownTypes;
  private transient Counter erasures;
  private transient Map<DeadLetterReason, Counter> deadLetters;
  private transient WatermarkLag lag;

  /**
   * @param catalogue identifier types and known event types
   * @param canErase whether there is a key to mark erased identifiers with
   * @param attached those of {@link #SIDE_OUTPUTS} that somebody reads. Flink would drop what goes
   *     to another, so this fails instead
   */
  public RouteOperator(Catalogue catalogue, boolean canErase, Set<OutputTag<?>> attached) {
    this.catalogue = catalogue;
    this.canErase = canErase;
    this.attached = Set.copyOf(attached);
  }

  @Override
  public void open() throws Exception {
    super.open();
    watermark = Long.MIN_VALUE;
    MetricGroup metrics = Metrics.of(getMetricGroup());
    late = metrics.counter("lateRecords");
    unknownTypes = metrics.counter("unknownEventTypes");
    erasures = metrics.counter("erasures");
    deadLetters =
        Metrics.counters(
            metrics,
            "code",
            // Whether a request is a duplicate is known where request ids are kept.
            EnumSet.complementOf(EnumSet.of(DeadLetterReason.DUPLICATE_REQUEST)),
            "deadLetters");
    lag = metrics.gauge("watermarkLag", new WatermarkLag(getProcessingTimeService()));
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    if (mark.getTimestamp() > watermark) {
      watermark = mark.getTimestamp();
      lag.advance(watermark);
      super.processWatermark(mark);
    }
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) throws Exception {
    lag.rest(status.isIdle());
    super.processWatermarkStatus(status);
  }

  @Override
  public void processElement(StreamRecord<Inbound> element) {
    Inbound record = element.getValue();
    if (record instanceof Inbound.Event event) {
      route(event);
    } else if (record instanceof Inbound.Link link) {
      LinkChange change = link.change();
      link(change, stamp(change.time()));
    } else if (record instanceof Inbound.Request asked) {
      route(asked);
    } else if (record instanceof Inbound.Resolve asked) {
      route(asked.request());
    } else if (record instanceof Inbound.Erase erase) {
      erase(erase);
    } else if (record instanceof Inbound.Cancel cancel) {
      emit(REQUESTS, new RevisionInput.Cancelled(cancel.requestId(), stamp(cancel.time())));
    } else if (record instanceof Inbound.Unusable unusable) {
      reject(unusable.deadLetter());
    }
  }

  private void route(Inbound.Event event) {
    Observation observation = event.observation();
    if (!catalogue.isKnown(observation.type())) {
      unknownTypes.inc();
    }
    long time = stamp(observation.time());
    List<Identifier> identifiers = event.identifiers();
    long[] keys = keys(identifiers);
    Observation stamped =
        new Observation(
            observation.source(),
            observation.eventId(),
            observation.type(),
            time,
            observation.reportedTime());
    collect(new IdentityInput.Observed(keys[0], stamped));
    DeliveryReport.of(stamped, event.delivery()).ifPresent(report -> emit(DELIVERIES, report));
    if (catalogue.consentTypes().contains(observation.type())) {
      emit(
          LINKS,
          new GraphChange.Consented(keys[0], observation.type(), time, observation.reportedTime()));
    }
    linkPairwise(identifiers, keys, observation.source(), time, observation.reportedTime());
  }

  private void route(Inbound.Request asked) {
    SendRequest request = asked.request().stamped(stamp(asked.request().time()));
    List<Identifier> identifiers = request.identifiers();
    long[] keys = keys(identifiers);
    emit(REQUESTS, new RevisionInput.Asked(request, asked.origin()));
    if (identifiers.isEmpty()) {
      collect(new IdentityInput.Requested(request.personKey(), 0, request));
    }
    for (int i = 0; i < keys.length; i++) {
      collect(new IdentityInput.Requested(keys[i], i, request));
    }
    linkPairwise(identifiers, keys, SEND_REQUEST, request.time(), request.reportedTime());
  }

  private void route(ResolveRequest asked) {
    ResolveRequest request = asked.stamped(stamp(asked.time()));
    List<Identifier> identifiers = request.identifiers();
    long[] keys = keys(identifiers);
    if (identifiers.isEmpty()) {
      collect(new IdentityInput.Asked(request.personKey(), IdentityInput.UNIVERSAL, request));
    }
    for (int i = 0; i < keys.length; i++) {
      collect(new IdentityInput.Asked(keys[i], identifiers.get(i).rank(), request));
    }
    linkPairwise(identifiers, keys, RESOLVE_REQUEST, request.time(), request.reportedTime());
  }

  private void erase(Inbound.Erase erase) {
    Erasure erasure = erase.erasure();
    long time = stamp(erasure.time());
    if (canErase) {
      erasures.inc();
      emit(ERASURES, new GraphChange.Erased(erasure.stamped(time)));
    } else {
      reject(
          new DeadLetter(
              erase.origin(),
              DeadLetterReason.BAD_VALUE,
              "Nobody can be erased because no erasure key is configured: configure one, and"
                  + " send the record again.",
              erase.origin().receivedAt()));
    }
  }

  private void reject(DeadLetter letter) {
    deadLetters.get(letter.reason()).inc();
    emit(UNUSABLE, dated(letter));
  }

  /**
   * A record of which nobody knows when it was received is dated by how far event time has come.
   */
  private DeadLetter dated(DeadLetter letter) {
    return letter.timestamp() != Origin.UNKNOWN_TIME || watermark == Long.MIN_VALUE
        ? letter
        : new DeadLetter(letter.origin(), letter.reason(), letter.detail(), watermark + 1);
  }

  /** The effective time of a record: its own, unless the watermark has passed it. */
  private long stamp(long time) {
    if (time > watermark) {
      return time;
    }
    late.inc();
    // The watermark says that nothing at or before it is still to come, so the first instant open
    // is the one after.
    return watermark + 1;
  }

  private void linkPairwise(
      List<Identifier> identifiers, long[] keys, String source, long time, long reportedTime) {
    for (int i = 0; i < keys.length; i++) {
      for (int j = i + 1; j < keys.length; j++) {
        Identifier a = identifiers.get(i);
        Identifier b = identifiers.get(j);
        emit(
            LINKS,
            new GraphChange.Linked(new LinkChange(false, a, b, 1.0, source, time), reportedTime));
      }
    }
    if (keys.length > 1) {
      remind(identifiers, keys, time, reportedTime);
    }
  }

  private void link(LinkChange change, long time) {
    long reportedTime = change.time();
    emit(
        LINKS,
        new GraphChange.Linked(
            new LinkChange(
                change.unlink(), change.a(), change.b(), change.weight(), change.source(), time),
            reportedTime));
    if (!change.unlink()) {
      List<Identifier> ends = List.of(change.a(), change.b());
      remind(ends, keys(ends), time, reportedTime);
    }
  }

  /** Tells each identifier with whom it was seen, of those that could own what it holds. */
  private void remind(List<Identifier> identifiers, long[] keys, long time, long reportedTime) {
    for (int i = 0; i < keys.length; i++) {
      List<Long> others = new ArrayList<>(keys.length - 1);
      for (int j = 0; j < keys.length; j++) {
        if (j != i && !catalogue.typeOf(identifiers.get(j).rank()).isWeak()) {
          others.add(keys[j]);
        }
      }
      if (!others.isEmpty()) {
        collect(new IdentityInput.Sighted(keys[i], new Sighting(time, others), reportedTime));
      }
    }
  }

  private void collect(IdentityInput input) {
    output.collect(new StreamRecord<>(input));
  }

  private <T> void emit(OutputTag<T> tag, T value) {
    if (!attached.contains(tag)) {
      throw new IllegalStateException("Nobody reads the output " + tag.getId() + " of this source");
    }
    output.collect(tag, new StreamRecord<>(value));
  }

  private long[] keys(List<Identifier> identifiers) {
    long[] keys = new long[identifiers.size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = UniversalId.keyOf(identifiers.get(i).text(catalogue));
    }
    return keys;
  }
}
