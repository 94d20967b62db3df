package io.sendflowr.timing.operator;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flink.KnownTimers;
import io.sendflowr.flink.Metrics;
import io.sendflowr.flink.SparseList;
import io.sendflowr.flink.States;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.ClaimChange;
import io.sendflowr.flow.PersonChange.Claimed;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.flow.PersonChange.RequestErased;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.flow.PersonChange.RequestWithdrawn;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.identity.Lead;
import io.sendflowr.latency.Latency;
import io.sendflowr.latency.LatencyEstimate;
import io.sendflowr.latency.LatencyRule;
import io.sendflowr.latency.LatencyTimeline;
import io.sendflowr.signal.DerivedSignals;
import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.Horizon;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.signal.PersonSignals;
import io.sendflowr.signal.SignalReader;
import io.sendflowr.signal.cep.CepSignals;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.DecisionEngine;
import io.sendflowr.timing.Grounds;
import io.sendflowr.timing.Grounds.Boost;
import io.sendflowr.timing.Grounds.Hold;
import io.sendflowr.timing.Grounds.Origin;
import io.sendflowr.timing.PersonRequest;
import io.sendflowr.timing.SendRequest;
import io.sendflowr.timing.operator.PersonLog.Entry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Decides the requests of a person, keyed by universal id, whenever what is effective for that
 * person changes.
 *
 * <p>Everything that counts for the person arrives with the instant from which it counts, and every
 * instant at which something changes is looked at once, by a timer, when the watermark has reached
 * it: nothing stamped up to it can be missing then. The function keeps no memory of its earlier
 * answers. What is effective is computed twice, with and without what came at the instant, and a
 * request is decided again when the two differ. Timers are set only while a request is pending; an
 * event of a person whom nobody asks about costs one append.
 *
 * <p>What is estimated of a provider's latency is broadcast, with the minute from which it holds,
 * and decides nothing by itself: a decision looks up what holds at its instant. The watermark that
 * lets it be made has come by way of the estimates, too, so none of them is missing.
 */
public final class SendDecisionFunction
    extends KeyedBroadcastProcessFunction<Long, PersonChange, LatencyEstimate, RevisionInput>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;

  private static final long NEVER = PersonLog.NEVER;

  /** Fewer events that are over are not worth writing the others once more. */
  private static final int MANY_OVER = 16;

  private final Catalogue catalogue;

  private transient DerivedSignals derived;
  private transient SignalReader reader;
  private transient Horizon horizon;
  private transient DecisionEngine engine;
  private transient PersonEvents events;
  private transient SparseList<PersonRequest> requests;
  private transient SparseList<PersonChange> claims;
  private transient KnownTimers knownTimers;
  private transient long person;
  private transient long nextPruning;
  private transient ListState<Long> pendingOfSubtasks;
  private transient long pending;

  public SendDecisionFunction(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /** A presented identifier that claims to lead to the person. */
  private record Claimant(SendRequest request, int place) {}

  /**
   * Persons move between subtasks when the job is scaled and their requests are not counted anew,
   * so what a subtask counts may be less than nothing; all of them together count right.
   */
  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    pendingOfSubtasks = context.getOperatorStateStore().getListState(States.pendingRequests());
    pending = 0;
    for (long one : pendingOfSubtasks.get()) {
      pending += one;
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    pendingOfSubtasks.update(List.of(pending));
  }

  @Override
  public void open(OpenContext context) {
    derived = new CepSignals();
    reader = new SignalReader(catalogue, derived);
    horizon = reader.horizon();
    engine = new DecisionEngine(catalogue);
    events = new PersonEvents(getRuntimeContext().getListState(States.personEvents()), horizon);
    requests =
        new SparseList<>(getRuntimeContext().getListState(States.personRequests()), () -> person);
    claims =
        new SparseList<>(getRuntimeContext().getListState(States.personClaims()), () -> person);
    knownTimers = new KnownTimers();
    nextPruning = 0;
    Metrics.of(getRuntimeContext().getMetricGroup()).gauge("pendingRequests", () -> pending);
  }

  @Override
  public void processElement(
      PersonChange change, ReadOnlyContext context, Collector<RevisionInput> out) throws Exception {
    person = change.person();
    if (change instanceof EventGiven given) {
      events.add(given);
      // Not before the event arrived: a timer of an instant that is over would decide it once more.
      long check = checkOf(given.event(), given.at());
      if (check <= context.currentWatermark() || knownTimers.add(person, check)) {
        context.timerService().registerEventTimeTimer(check);
      }
      wakeIfAsked(given.at(), context);
    } else if (change instanceof EventWithdrawn) {
      events.add(change);
      context.timerService().registerEventTimeTimer(change.at());
    } else if (change instanceof RequestGiven given) {
      List<PersonRequest> standing = closed(given.request(), given.at());
      standing.add(
          PersonRequest.given(given.request(), given.members(), given.leads(), given.at()));
      pending++;
      requests.update(standing);
      context.timerService().registerEventTimeTimer(given.at());
    } else if (change instanceof RequestWithdrawn withdrawn) {
      requests.update(closed(withdrawn.request(), withdrawn.at()));
      context.timerService().registerEventTimeTimer(withdrawn.at());
    } else if (change instanceof ClaimChange) {
      claims.add(change);
      context.timerService().registerEventTimeTimer(change.at());
    } else if (change instanceof RequestErased erased) {
      requests.update(closed(erased.request(), erased.at()));
      context.timerService().registerEventTimeTimer(erased.at());
      out.collect(new RevisionInput.Erased(erased.request(), erased.at()));
    }
  }

  @Override
  public void processBroadcastElement(
      LatencyEstimate estimate, Context context, Collector<RevisionInput> out) throws Exception {
    BroadcastState<String, LatencyTimeline> timelines =
        context.getBroadcastState(States.latencyTimelines());
    LatencyTimeline before = timelines.get(estimate.provider());
    timelines.put(
        estimate.provider(), (before == null ? LatencyTimeline.EMPTY : before).with(estimate));
    long watermark = context.currentWatermark();
    if (watermark >= nextPruning) {
      nextPruning = watermark + LatencyRule.MINUTE;
      prune(timelines, watermark);
    }
  }

  /** Drops what holds at no instant after the watermark. */
  private static void prune(BroadcastState<String, LatencyTimeline> timelines, long watermark)
      throws Exception {
    Map<String, LatencyTimeline> needed = new HashMap<>();
    for (Map.Entry<String, LatencyTimeline> entry : timelines.entries()) {
      needed.put(entry.getKey(), entry.getValue().since(watermark));
    }
    for (Map.Entry<String, LatencyTimeline> entry : needed.entrySet()) {
      if (entry.getValue().estimates().isEmpty()) {
        timelines.remove(entry.getKey());
      } else {
        timelines.put(entry.getKey(), entry.getValue());
      }
    }
  }

  @Override
  public void onTimer(long now, OnTimerContext context, Collector<RevisionInput> out)
      throws Exception {
    person = context.getCurrentKey();
    PersonLog log = events.of(person);
    List<ClaimChange> claimChanges = claimChanges();
    Collection<Claimed> claimed = claimedAt(now, claimChanges);
    ReadOnlyBroadcastState<String, LatencyTimeline> timelines =
        context.getBroadcastState(States.latencyTimelines());
    List<PersonRequest> held = requests.get();
    List<PersonRequest> standing = new ArrayList<>();
    Set<SendRequest> closed = new HashSet<>();
    Set<Long> idle = new TreeSet<>();
    boolean changed = false;
    Change change = new Change(log, now);
    for (PersonRequest request : held) {
      PersonRequest after = request;
      if (request.isAt(now)) {
        PersonRequest read = request.from() == now ? read(request, held, claimed) : request;
        after = decide(read, change, timelines, now, out);
      }
      changed |= !after.equals(request);
      if (after.pendingUntil() != request.pendingUntil()) {
        idle.add(request.pendingUntil());
      }
      if (after.isOver(now)) {
        changed = true;
        idle.add(after.pendingUntil());
        if (after.isClosed(now)) {
          closed.add(after.request());
        }
      } else {
        standing.add(after);
      }
    }
    if (changed) {
      requests.update(standing);
      pending += standing.size() - held.size();
    }
    if (Horizon.checkAfter(now) == now || log.dangles() || isMuchOver(log, now)) {
      events.forget(person, log, now).forEach(gone -> idle.add(checkOf(gone)));
    }
    long claimsEnd = forgetClaims(claimChanges, claimed, closed, now, idle);
    deleteTimers(idle, log.entries(), now, context);
    long next = claimsEnd;
    if (!standing.isEmpty()) {
      next = Math.min(next, nextInstant(log.entries(), standing, now));
      events.keep(person, log);
    }
    if (next != NEVER && knownTimers.add(person, next)) {
      context.timerService().registerEventTimeTimer(next);
    }
  }

  private long checkOf(PersonEvent event, long from) {
    return Math.max(horizon.nextCheck(event.observation()), Horizon.checkAfter(from));
  }

  private long checkOf(Entry entry) {
    return checkOf(entry.event(), entry.from());
  }

  /**
   * Deletes timers that nobody waits for any more: each bears the key of the person, of whom
   * nothing may be left for weeks after an erasure.
   */
  private void deleteTimers(Set<Long> idle, List<Entry> entries, long now, OnTimerContext context)
      throws Exception {
    idle.removeIf(instant -> instant <= now || instant == NEVER);
    if (idle.isEmpty()) {
      return;
    }
    for (Entry entry : entries) {
      idle.remove(entry.from());
      idle.remove(entry.until());
      idle.remove(checkOf(entry));
    }
    for (PersonRequest request : requests.get()) {
      idle.remove(request.from());
      idle.remove(request.until());
    }
    for (ClaimChange claim : claimChanges()) {
      idle.remove(claim.at());
      idle.remove(claim.request().overAt());
    }
    for (long instant : idle) {
      context.timerService().deleteEventTimeTimer(instant);
      knownTimers.remove(person, instant);
    }
  }

  private List<ClaimChange> claimChanges() throws Exception {
    List<ClaimChange> changes = new ArrayList<>();
    for (PersonChange change : claims.get()) {
      changes.add((ClaimChange) change);
    }
    return changes;
  }

  /** What presented identifiers claim at an instant, in the order in which they said so. */
  private static Collection<Claimed> claimedAt(long now, List<ClaimChange> changes) {
    Map<Claimant, Claimed> claimed = new LinkedHashMap<>();
    for (ClaimChange change : changes) {
      if (change.at() <= now) {
        Claimant claimant = new Claimant(change.request(), change.place());
        claimed.remove(claimant);
        if (change instanceof Claimed one) {
          claimed.put(claimant, one);
        }
      }
    }
    return claimed.values();
  }

  /**
   * Drops what no request can be read by after an instant.
   *
   * @param claimed what is claimed at that instant
   * @param closed requests that are not read again anywhere
   * @param idle gets the instants at which what goes would have been looked at
   * @return when the next of what stays is over; {@link #NEVER} if nothing stays
   */
  private long forgetClaims(
      List<ClaimChange> changes,
      Collection<Claimed> claimed,
      Set<SendRequest> closed,
      long now,
      Set<Long> idle)
      throws Exception {
    List<PersonChange> kept = new ArrayList<>();
    long next = NEVER;
    for (Claimed one : claimed) {
      if (one.request().overAt() > now && !closed.contains(one.request())) {
        kept.add(one);
        next = Math.min(next, one.request().overAt());
      }
    }
    for (ClaimChange change : changes) {
      if (change.at() > now) {
        kept.add(change);
      }
    }
    if (kept.size() < changes.size()) {
      changes.forEach(change -> idle.add(change.request().overAt()));
      claims.update(kept);
    }
    return next;
  }

  /**
   * Reads the identity confidence of a request that is given to the person just now, and what it
   * was told by the person last if it was theirs until now.
   */
  private static PersonRequest read(
      PersonRequest request, List<PersonRequest> held, Collection<Claimed> claimed) {
    Decision last = null;
    for (PersonRequest one : held) {
      if (one.until() == request.from() && one.request().isSameAs(request.request())) {
        last = one.last();
      }
    }
    List<Lead> leading = new ArrayList<>();
    leading.add(request.leads().get(0));
    claimed.stream()
        .filter(one -> one.request().equals(request.request()))
        .sorted(Comparator.comparingInt(Claimed::place))
        .forEach(one -> leading.add(request.leads().get(one.place()).ownedBy(one.owner())));
    return request.read(leading, last);
  }

  private PersonRequest decide(
      PersonRequest request,
      Change change,
      ReadOnlyBroadcastState<String, LatencyTimeline> timelines,
      long now,
      Collector<RevisionInput> out)
      throws Exception {
    SendRequest asked = request.request();
    boolean arrives = request.from() == now;
    if (!arrives && !change.isAnyFor(asked.effectiveChannel())) {
      return request;
    }
    EffectiveSignals after = change.after(asked.effectiveChannel());
    Latency latency = latency(asked, timelines, now);
    Optional<Decision> decision =
        engine.revise(
            asked, latency, person, request.identityConfidence(), after, now, request.last());
    if (decision.isEmpty()) {
      return request;
    }
    out.collect(
        new RevisionInput.Decided(
            asked, decision.get(), grounds(request, latency, after, change.log.entries(), now)));
    return request.decided(decision.get());
  }

  private Grounds grounds(
      PersonRequest request,
      Latency latency,
      EffectiveSignals signals,
      List<Entry> entries,
      long now) {
    List<Observation> events =
        entries.stream()
            .filter(entry -> entry.countsAt(now))
            .map(entry -> entry.event().observation())
            .sorted(Observation.ORDER)
            .toList();
    return new Grounds(
        request.members(),
        request.leads(),
        signals.hotPaths().stream()
            .map(
                signal ->
                    new Boost(
                        signal.type(),
                        signal.time(),
                        catalogue.hotPath(signal.type()).boost(signal.time(), now, now),
                        origin(events, signal.type(), signal.time())))
            .toList(),
        signals.suppressions().stream()
            .map(
                one ->
                    new Hold(
                        one.reason(),
                        one.start(),
                        one.end(),
                        origin(events, one.reason(), one.start())))
            .toList(),
        signals.clicks().stream().map(Observation::time).toList(),
        engine.rank(request.request(), latency, signals, now));
  }

  private static Origin origin(List<Observation> events, String type, long time) {
    return events.stream()
        .filter(event -> event.type().equals(type) && event.time() == time)
        .findFirst()
        .map(Origin::of)
        .orElseGet(() -> Origin.derived(time));
  }

  /** What is known of the provider's latency at an instant, else what the request says. */
  private static Latency latency(
      SendRequest request, ReadOnlyBroadcastState<String, LatencyTimeline> timelines, long instant)
      throws Exception {
    LatencyTimeline timeline =
        request.provider() == null ? null : timelines.get(request.provider());
    Latency measured = timeline == null ? null : timeline.at(instant);
    return measured == null ? request.ownLatency() : measured;
  }

  /** What is effective for the person with and without what came at an instant. */
  private final class Change {
    private final PersonLog log;
    private final long now;
    private Boolean possible;
    private PersonSignals before;
    private PersonSignals after;

    Change(PersonLog log, long now) {
      this.log = log;
      this.now = now;
    }

    boolean isAnyFor(String channel) {
      if (possible == null) {
        possible = mayBeAny();
      }
      if (!possible) {
        return false;
      }
      if (after(channel).isNewAt(now)) {
        return true;
      }
      if (before == null) {
        before = log.signals(reader, now - 1, now);
      }
      return !after(channel).equals(before.of(channel));
    }

    EffectiveSignals after(String channel) {
      if (after == null) {
        after = log.signals(reader, now, now);
      }
      return after.of(channel);
    }

    /** Whether something came or went at the instant, or was derived by the passing of time. */
    private boolean mayBeAny() {
      List<Observation> counting = new ArrayList<>();
      for (Entry entry : log.entries()) {
        if (entry.from() == now || entry.until() == now || entry.time() == now) {
          return true;
        }
        if (entry.countsAt(now - 1)) {
          counting.add(entry.event().observation());
        }
      }
      return derived.nextDue(counting, now - 1) == now;
    }
  }

  private long nextInstant(List<Entry> entries, List<PersonRequest> standing, long now) {
    long next = NEVER;
    List<Observation> counting = new ArrayList<>();
    for (Entry entry : entries) {
      next = Math.min(next, after(entry.from(), now));
      next = Math.min(next, after(entry.until(), now));
      if (entry.countsAt(now) && !entry.event().guardOnly()) {
        counting.add(entry.event().observation());
      }
    }
    next = Math.min(next, derived.nextDue(counting, now));
    for (PersonRequest request : standing) {
      next = Math.min(next, after(request.from(), now));
      next = Math.min(next, after(request.until(), now));
      next = Math.min(next, after(request.pendingUntil(), now));
    }
    return next;
  }

  private static long after(long instant, long now) {
    return instant > now ? instant : NEVER;
  }

  /** The requests, where the standing of {@code request} ends at an instant. */
  private List<PersonRequest> closed(SendRequest request, long end) throws Exception {
    List<PersonRequest> standing = new ArrayList<>();
    for (PersonRequest one : requests.get()) {
      standing.add(one.request().isSameAs(request) ? one.endingAt(end) : one);
    }
    return standing;
  }

  private void wakeIfAsked(long instant, ReadOnlyContext context) throws Exception {
    if (!requests.isEmpty()) {
      context.timerService().registerEventTimeTimer(instant);
    }
  }

  /**
   * Whether enough is over to be forgotten before the next look that is made anyway: what was taken
   * back, or most of what is read for each decision.
   */
  private static boolean isMuchOver(PersonLog log, long now) {
    int over = 0;
    for (Entry entry : log.entries()) {
      if (entry.until() <= now) {
        return true;
      }
      if (entry.end() <= now) {
        over++;
      }
    }
    return over >= MANY_OVER && over >= log.size() / 2;
  }
}
