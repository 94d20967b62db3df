package io.sendflowr.timing.operator;

import io.sendflowr.flink.Metrics;
import io.sendflowr.flink.States;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.Explanation;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.RevisionInput.Asked;
import io.sendflowr.flow.RevisionInput.Cancelled;
import io.sendflowr.flow.RevisionInput.Decided;
import io.sendflowr.flow.RevisionInput.Erased;
import io.sendflowr.flow.Schedule;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Turns decisions into send schedules, keyed by request id (SPEC section 6, "Revisions"): numbers
 * them, writes only those that say something new, and closes a request when its trigger has passed
 * or it is cancelled.
 *
 * <p>It stands after the persons and not inside them, because a request changes persons when they
 * merge or split, and its number and its last word must not be left behind.
 */
public final class RevisionFunction extends KeyedProcessFunction<String, RevisionInput, Schedule> {
  private static final long serialVersionUID = 1L;

  /** Requests whose id stands for another request. */
  public static final OutputTag<DeadLetter> REJECTED =
      new OutputTag<>("rejected-requests", Types.DEAD_LETTER);

  /** Why each schedule is as it is. */
  public static final OutputTag<Explanation> EXPLANATIONS =
      new OutputTag<>("explanations", Types.EXPLANATION);

  /** Latest decisions whose lags the metric shows. */
  private static final int LAGS = 1000;

  private static final Comparator<Asked> FIRST =
      Comparator.comparingLong(Asked::time)
          .thenComparingLong(asked -> asked.request().reportedTime())
          .thenComparing(asked -> asked.request().toString());

  private transient ListState<RevisionInput> inbox;
  private transient ValueState<Standing> state;
  private transient Counter idleCancels;
  private transient Counter repeated;
  private transient Counter duplicates;
  private transient Counter unresolved;
  private transient Map<Status, Counter> firstDecisions;
  private transient Map<Status, Counter> laterDecisions;
  private transient Histogram lag;

  @Override
  public void open(OpenContext context) {
    inbox = getRuntimeContext().getListState(States.revisionInbox());
    state = getRuntimeContext().getState(States.standing());
    MetricGroup metrics = Metrics.of(getRuntimeContext().getMetricGroup());
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
  public void processElement(RevisionInput input, Context context, Collector<Schedule> out)
      throws Exception {
    inbox.add(input);
    context.timerService().registerEventTimeTimer(input.time());
  }

  @Override
  public void onTimer(long now, OnTimerContext context, Collector<Schedule> out) throws Exception {
    List<Asked> asked = new ArrayList<>();
    List<Decided> decided = new ArrayList<>();
    List<Erased> erased = new ArrayList<>();
    boolean cancelled = false;
    List<RevisionInput> later = new ArrayList<>();
    for (RevisionInput input : inbox.get()) {
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
    inbox.update(later);

    Standing before = state.value();
    Standing standing = before;
    if (standing != null && now >= forgottenAt(standing)) {
      standing = null;
    }
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
        context.output(REJECTED, duplicate(one, standing.request()));
      }
    }
    if (isErased(standing, erased)) {
      standing = close(standing, now, context, out);
    } else {
      standing = answer(standing, decided, cancelled, now, context, out);
    }
    if (!Objects.equals(standing, before)) {
      state.update(standing);
    }
    if (standing != null && standing.last() != null) {
      context.timerService().registerEventTimeTimer(forgottenAt(standing));
    }
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
  private Standing close(
      Standing before, long now, OnTimerContext context, Collector<Schedule> out) {
    if (before.last() == null) {
      return null;
    }
    if (before.erasedAt() != Standing.NOT_ERASED) {
      return before;
    }
    Standing closed =
        before.isPending(now)
            ? write(before, before.last().cancelled(Decision.ERASED, now), null, context, out)
            : before;
    return closed.erased(now);
  }

  private Standing answer(
      Standing before,
      List<Decided> decided,
      boolean cancelled,
      long now,
      OnTimerContext context,
      Collector<Schedule> out) {
    Standing standing = before;
    boolean wasPending = standing != null && standing.isPending(now);
    boolean replaced = cancelled && standing != null && standing.last() != null;
    for (Decided one : decided) {
      if (wasPending && !replaced && standing.isFor(one.request())) {
        Decision decision = one.decision();
        if (standing.last() == null || decision.differsFrom(standing.last())) {
          standing = write(standing, decision, one.grounds(), context, out);
        }
      }
    }
    if (cancelled) {
      if (wasPending && standing.last() != null && standing.isPending(now)) {
        standing =
            write(standing, standing.last().cancelled(Decision.REQUESTED, now), null, context, out);
      } else {
        idleCancels.inc();
      }
    }
    return standing;
  }

  private Standing write(
      Standing standing,
      Decision decision,
      Grounds grounds,
      OnTimerContext context,
      Collector<Schedule> out) {
    Standing revised = standing.revised(decision);
    Schedule schedule = new Schedule(revised.request(), revised.revision(), decision);
    out.collect(schedule);
    context.output(EXPLANATIONS, new Explanation(schedule, grounds));
    count(schedule, context.timerService().currentProcessingTime());
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
