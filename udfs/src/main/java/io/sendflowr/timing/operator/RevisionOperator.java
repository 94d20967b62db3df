package io.sendflowr.timing.operator;

import io.sendflowr.flink.EventTimers;
import io.sendflowr.flink.Metrics;
import io.sendflowr.flink.SparseList;
import io.sendflowr.flink.States;
import io.sendflowr.flink.Types;
import io.sendflowr.flink.Waiting;
import io.sendflowr.flow.Explanation;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.RevisionInput.Asked;
import io.sendflowr.flow.RevisionInput.Cancelled;
import io.sendflowr.flow.RevisionInput.Decided;
import io.sendflowr.flow.RevisionInput.Erased;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.Grounds;
import io.sendflowr.timing.SendRequest;
import io.sendflowr.timing.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Turns decisions into send schedules, keyed by request id (SPEC section 6, "Revisions"): numbers
 * them, writes only those that say something new, and closes a request when its trigger has passed
 * or it is cancelled.
 *
 * <p>It stands after the persons and not inside them, because a request changes persons when they
 * merge or split, and its number and its last word must not be left behind.
 *
 * <p>What comes waits in memory for its instant, which is nearly always the next watermark, and
 * goes to state before a checkpoint or when it is too much.
 */
public final class RevisionOperator extends AbstractStreamOperator<Schedule>
    implements OneInputStreamOperator<RevisionInput, Schedule>, Triggerable<String, VoidNamespace> {
  private static final long serialVersionUID = 1L;

  /** Requests whose id stands for another request. */
  public static final OutputTag<DeadLetter> REJECTED =
      new OutputTag<>("rejected-requests", Types.DEAD_LETTER);

  /** Why each schedule is as it is. */
  public static final OutputTag<Explanation> EXPLANATIONS =
      new OutputTag<>("explanations", Types.EXPLANATION);

  /** As Flink calls the timers of a process function, which this was in earlier savepoints. */
  private static final String TIMERS = "user-timers";

  /** Requests whose state is in memory, too: those that are decided again and again. */
  private static final int MOST_LATELY = 1 << 13;

  /** Latest decisions whose lags the metric shows. */
  private static final int LAGS = 1000;

  private static final Comparator<Asked> FIRST =
      Comparator.comparingLong(Asked::time)
          .thenComparingLong(asked -> asked.request().reportedTime())
          .thenComparing(asked -> asked.request().toString());

  private transient Waiting<String, RevisionInput> waiting;
  private transient SparseList<RevisionInput> inbox;
  private transient ValueState<Standing> state;
  private transient Map<String, Standing> lately;
  private transient InternalTimerService<VoidNamespace> timers;
  private transient Counter idleCancels;
  private transient Counter repeated;
  private transient Counter duplicates;
  private transient Counter unresolved;
  private transient Map<Status, Counter> firstDecisions;
  private transient Map<Status, Counter> laterDecisions;
  private transient Histogram lag;

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    waiting = new Waiting<>();
    inbox =
        new SparseList<>(
            context.getKeyedStateStore().getListState(States.revisionInbox()),
            () -> UniversalId.keyOf((String) getCurrentKey()));
    state = context.getKeyedStateStore().getState(States.standing());
    lately = new LinkedHashMap<>(64, 0.75f, true);
  }

  @Override
  public void open() throws Exception {
    super.open();
    timers = getInternalTimerService(TIMERS, VoidNamespaceSerializer.INSTANCE, this);
    MetricGroup metrics = Metrics.of(getMetricGroup());
    idleCancels = metrics.counter("cancelsWithoutPendingRequest");
    repeated = metrics.counter("repeatedRequests");
    duplicates =
        Metrics.counters(
                metrics, "code", EnumSet.of(DeadLetterReason.DUPLICATE_REQUEST), "deadLetters")
            .get(DeadLetterReason.DUPLICATE_REQUEST);
    unresolved = metrics.counter("unresolvedRequests");
    firstDecisions =
        Metrics.counters(
            metrics.addGroup("revision", "first"),
            "status",
            EnumSet.complementOf(EnumSet.of(Status.CANCELLED)),
            "decisions");
    laterDecisions =
        Metrics.counters(
            metrics.addGroup("revision", "later"),
            "status",
            EnumSet.allOf(Status.class),
            "decisions");
    lag = metrics.histogram("decisionLag", new DescriptiveStatisticsHistogram(LAGS));
  }

  @Override
  public void processElement(StreamRecord<RevisionInput> element) throws Exception {
    RevisionInput input = element.getValue();
    if (!waiting.add(input.time(), input.requestId(), input)) {
      store(input);
    }
  }

  /** Keeps what happened to the request id of the current key until its instant. */
  private void store(RevisionInput input) throws Exception {
    inbox.add(input);
    timers.registerEventTimeTimer(VoidNamespace.INSTANCE, input.time());
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    super.prepareSnapshotPreBarrier(checkpointId);
    while (!waiting.isEmpty()) {
      for (Map.Entry<String, List<RevisionInput>> one : waiting.poll().getValue().entrySet()) {
        setCurrentKey(one.getKey());
        for (RevisionInput input : one.getValue()) {
          store(input);
        }
      }
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    waiting.advance(
        mark.getTimestamp(),
        this::fireUpTo,
        (now, byRequest) -> {
          for (Map.Entry<String, List<RevisionInput>> one : byRequest.entrySet()) {
            setCurrentKey(one.getKey());
            look(one.getValue(), now);
          }
        });
    super.processWatermark(mark);
  }

  private void fireUpTo(long instant) throws Exception {
    EventTimers.fireUpTo(instant, timers, getTimeServiceManager());
  }

  @Override
  public void onEventTime(InternalTimer<String, VoidNamespace> timer) throws Exception {
    look(List.of(), timer.getTimestamp());
    Standing standing = standing();
    if (standing != null && standing.last() != null) {
      // It was set when this was to be forgotten sooner.
      forgetAt(forgottenAt(standing));
    }
  }

  @Override
  public void onProcessingTime(InternalTimer<String, VoidNamespace> timer) {
    throw new IllegalStateException("No processing-time timer is ever registered");
  }

  /** Takes up what has come of the request id of the current key by an instant. */
  private void look(List<RevisionInput> waited, long now) throws Exception {
    List<Asked> asked = new ArrayList<>();
    List<Decided> decided = new ArrayList<>();
    List<Erased> erased = new ArrayList<>();
    boolean cancelled = false;
    List<RevisionInput> later = new ArrayList<>();
    List<RevisionInput> come = inbox.get();
    boolean isAnyStored = !come.isEmpty();
    come.addAll(waited);
    for (RevisionInput input : come) {
      if (input.time() > now) {
        later.add(input);
      } else if (input instanceof Asked one) {
        asked.add(one);
      } else if (input instanceof Decided one) {
        decided.add(one);
      } else if (input instanceof Cancelled) {
        cancelled = true;
      } else if (input instanceof Erased one) {
        erased.add(one);
      }
    }
    if (isAnyStored) {
      inbox.update(later);
    }

    Standing before = standing();
    Standing remembered = before != null && now >= forgottenAt(before) ? null : before;
    Standing standing = remembered;
    // What is forgotten at the instant at which it is read does not take up its id.
    asked.removeIf(one -> erased.stream().anyMatch(gone -> gone.request().isSameAs(one.request())));
    asked.sort(FIRST);
    for (Asked one : asked) {
      boolean free =
          standing == null || (now >= freeAt(standing) && !standing.isFor(one.request()));
      if (free) {
        standing = Standing.of(one.request());
      } else if (standing.isFor(one.request())) {
        repeated.inc();
      } else {
        duplicates.inc();
        output.collect(REJECTED, new StreamRecord<>(duplicate(one, standing.request()), now));
      }
    }
    if (isErased(standing, erased)) {
      standing = close(standing, now);
    } else {
      standing = answer(standing, decided, cancelled, now);
    }
    if (!Objects.equals(standing, before)) {
      update(standing);
      if (standing != null
          && standing.last() != null
          && (remembered == null
              || remembered.last() == null
              || forgottenAt(standing) < forgottenAt(remembered))) {
        // Else the timer that is set looks when it will be: most decisions only put it off.
        forgetAt(forgottenAt(standing));
      }
    }
  }

  /** What the current key stands for, or null. */
  private Standing standing() throws Exception {
    String requestId = (String) getCurrentKey();
    Standing standing = lately.get(requestId);
    return standing == null ? state.value() : standing;
  }

  private void update(Standing standing) throws Exception {
    String requestId = (String) getCurrentKey();
    state.update(standing);
    if (standing == null) {
      lately.remove(requestId);
    } else {
      lately.put(requestId, standing);
      if (lately.size() > MOST_LATELY) {
        Iterator<Standing> eldest = lately.values().iterator();
        eldest.next();
        eldest.remove();
      }
    }
  }

  private void forgetAt(long instant) {
    timers.registerEventTimeTimer(VoidNamespace.INSTANCE, instant);
  }

  /** From when on its id may stand for another request. */
  private static long freeAt(Standing standing) {
    return standing.last() == null
        ? Long.MAX_VALUE
        : standing.closesAt() + SendRequest.ID_STANDS_MILLIS + 1;
  }

  /** The same request, read again while its window is open, must not be answered again. */
  private static long forgottenAt(Standing standing) {
    return Math.max(freeAt(standing), standing.request().overAt());
  }

  private static boolean isErased(Standing standing, List<Erased> erased) {
    return standing != null && erased.stream().anyMatch(one -> standing.isFor(one.request()));
  }

  /** Writes the last word on a request whose person was erased, and forgets whom it was for. */
  private Standing close(Standing before, long now) {
    if (before.last() == null) {
      return null;
    }
    if (before.erasedAt() != Standing.NOT_ERASED) {
      return before;
    }
    Standing closed =
        before.isPending(now)
            ? write(before, before.last().cancelled(Decision.ERASED, now), null, now)
            : before;
    return closed.erased(now);
  }

  private Standing answer(Standing before, List<Decided> decided, boolean cancelled, long now) {
    Standing standing = before;
    boolean wasPending = standing != null && standing.isPending(now);
    boolean replaced = cancelled && standing != null && standing.last() != null;
    for (Decided one : decided) {
      if (wasPending && !replaced && standing.isFor(one.request())) {
        Decision decision = one.decision();
        if (standing.last() == null || decision.differsFrom(standing.last())) {
          standing = write(standing, decision, one.grounds(), now);
        }
      }
    }
    if (cancelled) {
      if (wasPending && standing.last() != null && standing.isPending(now)) {
        standing = write(standing, standing.last().cancelled(Decision.REQUESTED, now), null, now);
      } else {
        idleCancels.inc();
      }
    }
    return standing;
  }

  private Standing write(Standing standing, Decision decision, Grounds grounds, long now) {
    Standing revised = standing.revised(decision);
    Schedule schedule = new Schedule(revised.request(), revised.revision(), decision);
    output.collect(new StreamRecord<>(schedule, now));
    output.collect(EXPLANATIONS, new StreamRecord<>(new Explanation(schedule, grounds), now));
    count(schedule, timers.currentProcessingTime());
    return revised;
  }

  private void count(Schedule schedule, long wallClock) {
    Decision decision = schedule.decision();
    if (schedule.revision() == 0) {
      firstDecisions.get(decision.status()).inc();
      if (decision.identityConfidence() < 1) {
        unresolved.inc();
      }
    } else {
      laterDecisions.get(decision.status()).inc();
    }
    lag.update(wallClock - decision.decidedAt());
  }

  private static DeadLetter duplicate(Asked asked, SendRequest standing) {
    return new DeadLetter(
        asked.origin(),
        DeadLetterReason.DUPLICATE_REQUEST,
        "request_id \""
            + standing.requestId()
            + "\" already stands for another request; give each request an id of its own.",
        asked.time());
  }
}
