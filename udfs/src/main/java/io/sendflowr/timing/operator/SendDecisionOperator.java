package io.sendflowr.timing.operator;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flink.EventTimers;
import io.sendflowr.flink.KnownTimers;
import io.sendflowr.flink.Metrics;
import io.sendflowr.flink.SparseList;
import io.sendflowr.flink.States;
import io.sendflowr.flink.Waiting;
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
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Decides the requests of a person, keyed by universal id, whenever what is effective for that
 * person changes.
 *
 * <p>Everything that counts for the person arrives with the instant from which it counts, and every
 * instant at which something changes is looked at once, by a timer, when the watermark has reached
 * it: nothing stamped up to it can be missing then. The operator keeps no memory of its earlier
 * answers. What is effective is computed twice, with and without what came at the instant, and a
 * request is decided again when the two differ. Timers are set only while a request is pending; an
 * event of a person whom nobody asks about costs one append. Those of instants soon to come are
 * kept in memory and become timers of Flink before a checkpoint.
 *
 * <p>What is estimated of a provider's latency is broadcast, with the minute from which it holds,
 * and decides nothing by itself: a decision looks up what holds at its instant. The watermark that
 * lets it be made has come by way of the estimates, too, so none of them is missing.
 */
public final class SendDecisionOperator extends AbstractStreamOperator<RevisionInput>
    implements TwoInputStreamOperator<PersonChange, LatencyEstimate, RevisionInput>,
        Triggerable<Long, VoidNamespace> {
  private static final long serialVersionUID = 1L;

  private static final long NEVER = PersonLog.NEVER;

  /** As Flink calls the timers of a process function, which this was in earlier savepoints. */
  private static final String TIMERS = "user-timers";

  private final Catalogue catalogue;

  private transient Horizon horizon;
  private transient DecisionEngine engine;
  private transient PersonEvents events;
  private transient SparseList<PersonRequest> requests;
  private transient SparseList<PersonChange> claims;
  private transient BroadcastState<String, LatencyTimeline> timelines;
  private transient InternalTimerService<VoidNamespace> timers;
  private transient KnownTimers knownTimers;
  private transient Waiting<Long, Boolean> waiting;
  private transient long lookedAt;
  private transient Set<Long> looked;
  private transient long person;
  private transient long nextPruning;
  private transient ListState<Long> pendingOfSubtasks;
  private transient long pending;

  public SendDecisionOperator(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /** A presented identifier that claims to lead to the person. */
  private record Claimant(SendRequest request, int place) {}

  /**
   * Persons move between subtasks when the job is scaled and their requests are not counted anew,
   * so what a subtask counts may be less than nothing; all of them together count right.
   */
  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    SignalReader reader = new SignalReader(catalogue, new CepSignals());
    horizon = reader.horizon();
    engine = new DecisionEngine(catalogue);
    KeyedStateStore keyed = context.getKeyedStateStore();
    events = new PersonEvents(keyed.getListState(States.personEvents()), reader);
    requests = new SparseList<>(keyed.getListState(States.personRequests()), () -> person);
    claims = new SparseList<>(keyed.getListState(States.personClaims()), () -> person);
    timelines = context.getOperatorStateStore().getBroadcastState(States.latencyTimelines());
    pendingOfSubtasks = context.getOperatorStateStore().getListState(States.pendingRequests());
    pending = 0;
    for (long one : pendingOfSubtasks.get()) {
      pending += one;
    }
    knownTimers = new KnownTimers();
    waiting = new Waiting<>();
    looked = Set.of();
    nextPruning = 0;
  }

  @Override
  public void open() throws Exception {
    super.open();
    timers = getInternalTimerService(TIMERS, VoidNamespaceSerializer.INSTANCE, this);
    Metrics.of(getMetricGroup()).gauge("pendingRequests", () -> pending);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    super.prepareSnapshotPreBarrier(checkpointId);
    while (!waiting.isEmpty()) {
      Map.Entry<Long, Map<Long, List<Boolean>>> instant = waiting.poll();
      for (long one : instant.getValue().keySet()) {
        setCurrentKey(one);
        setTimer(instant.getKey());
      }
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    pendingOfSubtasks.update(List.of(pending));
  }

  @Override
  public void processElement1(StreamRecord<PersonChange> element) throws Exception {
    PersonChange change = element.getValue();
    person = change.person();
    if (change instanceof EventGiven given) {
      events.add(given);
      // Not before the event arrived: a timer of an instant that is over would decide it once more.
      long check = checkOf(given.event(), given.at());
      if (check <= timers.currentWatermark() || knownTimers.add(person, check)) {
        setTimer(check);
      }
      if (!requests.isEmpty()) {
        lookAt(given.at());
      }
    } else if (change instanceof EventWithdrawn) {
      events.add(change);
      lookAt(change.at());
    } else if (change instanceof RequestGiven given) {
      List<PersonRequest> standing = closed(given.request(), given.at());
      standing.add(
          PersonRequest.given(given.request(), given.members(), given.leads(), given.at()));
      pending++;
      requests.update(standing);
      lookAt(given.at());
    } else if (change instanceof RequestWithdrawn withdrawn) {
      requests.update(closed(withdrawn.request(), withdrawn.at()));
      lookAt(withdrawn.at());
    } else if (change instanceof ClaimChange) {
      claims.add(change);
      lookAt(change.at());
    } else if (change instanceof RequestErased erased) {
      requests.update(closed(erased.request(), erased.at()));
      lookAt(erased.at());
      emit(new RevisionInput.Erased(erased.request(), erased.at()), erased.at());
    }
  }

  /** Looks at the current person when the watermark reaches an instant. */
  private void lookAt(long instant) {
    if (!waiting.add(instant, person, true)) {
      setTimer(instant);
    }
  }

  private void setTimer(long instant) {
    timers.registerEventTimeTimer(VoidNamespace.INSTANCE, instant);
  }

  private void emit(RevisionInput input, long timestamp) {
    output.collect(new StreamRecord<>(input, timestamp));
  }

  @Override
  public void processElement2(StreamRecord<LatencyEstimate> element) throws Exception {
    LatencyEstimate estimate = element.getValue();
    LatencyTimeline before = timelines.get(estimate.provider());
    timelines.put(
        estimate.provider(), (before == null ? LatencyTimeline.EMPTY : before).with(estimate));
    long watermark = timers.currentWatermark();
    if (watermark >= nextPruning) {
      nextPruning = watermark + LatencyRule.MINUTE;
      prune(watermark);
    }
  }

  /** Drops what holds at no instant after the watermark. */
  private void prune(long watermark) throws Exception {
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
  public void processWatermark(Watermark mark) throws Exception {
    waiting.advance(
        mark.getTimestamp(),
        this::fireUpTo,
        (now, byPerson) -> {
          lookedAt = now;
          looked = byPerson.keySet();
          for (long one : looked) {
            setCurrentKey(one);
            look(now);
          }
        });
    super.processWatermark(mark);
    looked = Set.of();
  }

  private void fireUpTo(long instant) throws Exception {
    EventTimers.fireUpTo(instant, timers, getTimeServiceManager());
  }

  @Override
  public void onEventTime(InternalTimer<Long, VoidNamespace> timer) throws Exception {
    // Once at each instant: what was given to the person just then would be read anew.
    if (timer.getTimestamp() != lookedAt || !looked.contains(timer.getKey())) {
      look(timer.getTimestamp());
    }
  }

  @Override
  public void onProcessingTime(InternalTimer<Long, VoidNamespace> timer) {
    throw new IllegalStateException("No processing-time timer is ever registered");
  }

  /** Decides what is to be decided for the current person at an instant. */
  private void look(long now) throws Exception {
    person = (long) getCurrentKey();
    PersonLog log = events.of(person);
    List<ClaimChange> claimChanges = claimChanges();
    Collection<Claimed> claimed = claimedAt(now, claimChanges);
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
        after = decide(read, change, now);
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
    if (Horizon.isCheck(person, now) || log.dangles() || log.isMuchOver(now)) {
      for (Entry gone : events.forget(person, log, now)) {
        idle.add(checkOf(gone));
        if (gone.end() > now) {
          // Of one that is over it fires within hours, and that costs less than to look for it.
          idle.add(firstVersionCheckOf(gone));
        }
      }
    }
    long claimsEnd = forgetClaims(claimChanges, claimed, closed, now, idle);
    deleteTimers(idle, log.entries(), now);
    long next = claimsEnd;
    if (!standing.isEmpty()) {
      next = Math.min(next, nextInstant(log, standing, now));
      events.keep(person, log);
    }
    if (next != NEVER && !waiting.holds(next, person) && knownTimers.add(person, next)) {
      setTimer(next);
    }
  }

  private long checkOf(PersonEvent event, long from) {
    return Math.max(
        horizon.nextCheck(person, event.observation()), Horizon.checkAfter(person, from));
  }

  private long checkOf(Entry entry) {
    return checkOf(entry.event(), entry.from());
  }

  private long firstVersionCheckOf(Entry entry) {
    return Math.max(
        horizon.firstVersionNextCheck(entry.event().observation()),
        Horizon.firstVersionCheckAfter(entry.from()));
  }

  /**
   * Deletes timers that nobody waits for any more: each bears the key of the person, of whom
   * nothing may be left for weeks after an erasure.
   */
  private void deleteTimers(Set<Long> idle, List<Entry> entries, long now) throws Exception {
    idle.removeIf(instant -> instant <= now || instant == NEVER);
    if (idle.isEmpty()) {
      return;
    }
    for (Entry entry : entries) {
      idle.remove(entry.from());
      idle.remove(entry.until());
      idle.remove(checkOf(entry));
      idle.remove(firstVersionCheckOf(entry));
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
      waiting.remove(instant, person);
      timers.deleteEventTimeTimer(VoidNamespace.INSTANCE, instant);
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

  private PersonRequest decide(PersonRequest request, Change change, long now) throws Exception {
    SendRequest asked = request.request();
    boolean arrives = request.from() == now;
    if (!arrives && !change.isAnyFor(asked.effectiveChannel())) {
      return request;
    }
    EffectiveSignals after = change.after(asked.effectiveChannel());
    Latency latency = latency(asked, now);
    Optional<Decision> decision =
        engine.revise(
            asked, latency, person, request.identityConfidence(), after, now, request.last());
    if (decision.isEmpty()) {
      return request;
    }
    emit(
        new RevisionInput.Decided(
            asked, decision.get(), grounds(request, latency, after, change.log, now)),
        now);
    return request.decided(decision.get());
  }

  private Grounds grounds(
      PersonRequest request, Latency latency, EffectiveSignals signals, PersonLog log, long now) {
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
                        origin(log, signal.type(), signal.time(), now)))
            .toList(),
        signals.suppressions().stream()
            .map(
                one ->
                    new Hold(
                        one.reason(),
                        one.start(),
                        one.end(),
                        origin(log, one.reason(), one.start(), now)))
            .toList(),
        signals.clicks().stream().map(Observation::time).toList(),
        engine.rank(request.request(), latency, signals, now));
  }

  /** Where a signal comes from: the first event that counts of its type and time, if any does. */
  private static Origin origin(PersonLog log, String type, long time, long now) {
    Observation first = log.first(type, time, now);
    return first == null ? Origin.derived(time) : Origin.of(first);
  }

  /** What is known of the provider's latency at an instant, else what the request says. */
  private Latency latency(SendRequest request, long instant) throws Exception {
    LatencyTimeline timeline =
        request.provider() == null ? null : timelines.get(request.provider());
    Latency measured = timeline == null ? null : timeline.at(instant);
    return measured == null ? request.ownLatency() : measured;
  }

  /** What is effective for the person with and without what came at an instant. */
  private static final class Change {
    private final PersonLog log;
    private final long now;
    private Boolean possible;
    private PersonSignals before;
    private PersonSignals after;
    private String channel;
    private EffectiveSignals effective;
    private Boolean any;

    Change(PersonLog log, long now) {
      this.log = log;
      this.now = now;
    }

    boolean isAnyFor(String asked) {
      if (possible == null) {
        // Something came or went at the instant, or was derived by the passing of time.
        possible = log.isTouchedAt(now) || log.nextDue(now - 1) == now;
      }
      if (!possible) {
        return false;
      }
      EffectiveSignals standing = after(asked);
      if (any == null) {
        any = standing.isNewAt(now) || !standing.equals(before(asked));
      }
      return any;
    }

    private EffectiveSignals before(String asked) {
      if (before == null) {
        before = log.signals(now - 1, now);
      }
      return before.of(asked);
    }

    /** Most requests of a person are of the same channel as the one before. */
    EffectiveSignals after(String asked) {
      if (after == null) {
        after = log.signals(now, now);
      }
      if (!asked.equals(channel)) {
        channel = asked;
        effective = after.of(asked);
        any = null;
      }
      return effective;
    }
  }

  private static long nextInstant(PersonLog log, List<PersonRequest> standing, long now) {
    long next = Math.min(log.nextChange(now), log.nextDue(now));
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
}
