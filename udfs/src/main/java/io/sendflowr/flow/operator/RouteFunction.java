package io.sendflowr.flow.operator;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Stamps and routes what a source read: events and requests to the identifiers that hold them,
 * links (given, and those of records with several identifiers) to the identity operator's second
 * input, requests and cancels to their request id, unusable records to the dead letters.
 *
 * <p>It is chained to its source, before the first shuffle, because a record that came late gets
 * its effective time here, once and for everybody: the watermark reached where it was read (SPEC
 * section 2, "Event time").
 */
public final class RouteFunction extends ProcessFunction<Inbound, IdentityInput> {
  private static final long serialVersionUID = 1L;

  /** Links and unlinks. */
  public static final OutputTag<LinkChange> LINKS = new OutputTag<>("links", Types.LINK_CHANGE);

  /** What concerns request ids. */
  public static final OutputTag<RevisionInput> REQUESTS =
      new OutputTag<>("requests", Types.REVISION_INPUT);

  /** Records that cannot be used. */
  public static final OutputTag<DeadLetter> UNUSABLE =
      new OutputTag<>("unusable-records", Types.DEAD_LETTER);

  private final Catalogue catalogue;

  private transient Counter late;
  private transient Counter unknownTypes;

  public RouteFunction(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  @Override
  public void open(OpenContext context) {
    late = getRuntimeContext().getMetricGroup().counter("lateRecords");
    unknownTypes = getRuntimeContext().getMetricGroup().counter("unknownEventTypes");
  }

  @Override
  public void processElement(Inbound record, Context context, Collector<IdentityInput> out) {
    long watermark = context.timerService().currentWatermark();
    if (record instanceof Inbound.Event event) {
      Observation observation = event.observation();
      long time = stamp(observation.time(), watermark);
      if (!catalogue.isKnown(observation.type())) {
        unknownTypes.inc();
      }
      out.collect(
          new IdentityInput.Observed(
              key(event.identifiers().get(0)),
              new Observation(
                  observation.source(),
                  observation.eventId(),
                  observation.type(),
                  time,
                  observation.reportedTime())));
      linkPairwise(event.identifiers(), observation.source(), time, context);
    } else if (record instanceof Inbound.Link link) {
      LinkChange change = link.change();
      context.output(
          LINKS,
          new LinkChange(
              change.unlink(),
              change.a(),
              change.b(),
              change.weight(),
              change.source(),
              stamp(change.time(), watermark)));
    } else if (record instanceof Inbound.Request asked) {
      SendRequest request = asked.request().stamped(stamp(asked.request().time(), watermark));
      out.collect(new IdentityInput.Requested(request));
      context.output(REQUESTS, new RevisionInput.Asked(request, asked.origin()));
      linkPairwise(request.identifiers(), "send-request", request.time(), context);
    } else if (record instanceof Inbound.Cancel cancel) {
      context.output(
          REQUESTS,
          new RevisionInput.Cancelled(cancel.requestId(), stamp(cancel.time(), watermark)));
    } else if (record instanceof Inbound.Unusable unusable) {
      context.output(UNUSABLE, dated(unusable.deadLetter(), watermark));
    }
  }

  /**
   * A record of which nobody knows when it was received is dated by how far event time has come.
   */
  private static DeadLetter dated(DeadLetter letter, long watermark) {
    return letter.timestamp() != Origin.UNKNOWN_TIME || watermark == Long.MIN_VALUE
        ? letter
        : new DeadLetter(letter.origin(), letter.reason(), letter.detail(), watermark + 1);
  }

  /** The effective time of a record: its own, unless the watermark has passed it. */
  private long stamp(long time, long watermark) {
    if (time > watermark) {
      return time;
    }
    late.inc();
    // The watermark says that nothing at or before it is still to come, so the first instant open
    // is the one after.
    return watermark + 1;
  }

  private void linkPairwise(
      List<Identifier> identifiers, String source, long time, Context context) {
    for (int i = 0; i < identifiers.size(); i++) {
      for (int j = i + 1; j < identifiers.size(); j++) {
        context.output(
            LINKS,
            new LinkChange(false, identifiers.get(i), identifiers.get(j), 1.0, source, time));
      }
    }
  }

  private long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(catalogue));
  }
}
