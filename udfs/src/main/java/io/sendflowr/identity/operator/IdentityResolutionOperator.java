package io.sendflowr.identity.operator;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.catalogue.IdentifierType;
import io.sendflowr.flink.EventTimers;
import io.sendflowr.flink.KnownTimers;
import io.sendflowr.flink.Metrics;
import io.sendflowr.flink.SparseList;
import io.sendflowr.flink.States;
import io.sendflowr.flink.Types;
import io.sendflowr.flink.Waiting;
import io.sendflowr.flink.WatermarkLag;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.IdentityInput.Asked;
import io.sendflowr.flow.IdentityInput.Requested;
import io.sendflowr.flow.IdentityInput.Sighted;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.ClaimWithdrawn;
import io.sendflowr.flow.PersonChange.Claimed;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.flow.PersonChange.RequestErased;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.flow.PersonChange.RequestWithdrawn;
import io.sendflowr.flow.ResolutionPart;
import io.sendflowr.identity.Claim;
import io.sendflowr.identity.ErasureKey;
import io.sendflowr.identity.ErasureMarks;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.HeldEvent;
import io.sendflowr.identity.HeldEvent.Share;
import io.sendflowr.identity.HeldQuestion;
import io.sendflowr.identity.HeldRequest;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.identity.Lead;
import io.sendflowr.identity.LinkGraph;
import io.sendflowr.identity.LinkGraph.Applied;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.identity.LinkGraph.Pair;
import io.sendflowr.identity.ResolutionSteps;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.Sighting;
import io.sendflowr.identity.Sightings;
import io.sendflowr.identity.Sightings.Fold;
import io.sendflowr.identity.store.Chunk;
import io.sendflowr.signal.DistinctEvents;
import io.sendflowr.signal.Horizon;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.signal.Turns;
import io.sendflowr.signal.cep.DerivedPatterns;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
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
import org.apache.flink.util.OutputTag;

/**
 * Says of every event and request for whom it counts, and says so again whenever links change the
 * answer.
 *
 * <p>First input: records, keyed by an identifier. What an identifier holds stays in its own state;
 * the person is told of it, and told when it counts no longer. So a merge and a split are one
 * movement: withdraw here, give there. With whom an identifier was seen is its own memory, too.
 * Second input: what everybody must know of links, consent and erasures, broadcast. Every subtask
 * keeps all of it, but only the one that owns an identifier's key group ever speaks for that
 * identifier, on the same channel as for its events.
 *
 * <p>Links are applied in event time, when the watermark reaches them, and timers in between fire
 * in their place. So the links known at an instant are the same in every subtask and in every run,
 * in whatever order they came. An event whose identifier counts for itself is passed on at once; a
 * link of an instant before the event's moves it on before that instant can be decided. An event
 * that is given out, and every request and question, waits for its instant, because with whom the
 * identifier was seen last, and how sure that is, is asked then.
 *
 * <p>A plain operator and not a {@code KeyedBroadcastProcessFunction}: that one cannot set the key
 * for the few identifiers that a link concerns, only visit all keys.
 */
public final class IdentityResolutionOperator extends AbstractStreamOperator<PersonChange>
    implements TwoInputStreamOperator<IdentityInput, GraphChange, PersonChange>,
        Triggerable<Long, VoidNamespace> {
  private static final long serialVersionUID = 1L;

  /** The audit trail. */
  public static final OutputTag<IdentityChange> CHANGES =
      new OutputTag<>("identity-changes", Types.IDENTITY_CHANGE);

  /** What presented identifiers contribute to answers. */
  public static final OutputTag<ResolutionPart> RESOLUTIONS =
      new OutputTag<>("resolution-parts", Types.RESOLUTION_PART);

  private static final String TIMERS = "identity-timers";

  /** How often what was seen is folded in: the sightings of a session are folded in once. */
  private static final Turns FOLDS = new Turns(Duration.ofMinutes(10));

  /** Source of the withdrawals that an erased identifier carries on. */
  private static final String CARRIED = "sendflowr-erasure";

  private final Catalogue catalogue;
  private final int maxPersonSize;
  private final ErasureKey erasureKey;

  private transient Horizon horizon;
  private transient LinkGraph graph;
  private transient ResolutionSteps steps;
  private transient TreeMap<Long, List<GraphChange>> pending;
  private transient BroadcastState<Integer, Chunk> storedGraph;
  private transient BroadcastState<Integer, GraphChange> storedPending;
  private transient SparseList<HeldEvent> heldEvents;
  private transient SparseList<HeldRequest> heldRequests;
  private transient SparseList<HeldQuestion> heldQuestions;
  private transient SparseList<Sighting> recentSightings;
  private transient ValueState<Sighting> latestSighting;
  private transient MapState<Long, long[]> sightings;
  private transient InternalTimerService<VoidNamespace> timers;
  private transient KnownTimers knownTimers;
  private transient Waiting<Long, Boolean> waiting;
  private transient long wokenAt;
  private transient Set<Long> woken;
  private transient KeyGroupRange ownKeyGroups;
  private transient int maxParallelism;
  private transient Counter ignored;
  private transient Counter erasedIdentifiers;
  private transient Map<IdentityChange.Kind, Counter> changes;
  private transient WatermarkLag lag;

  /**
   * @param catalogue identifier types and what events do
   * @param maxPersonSize most identifiers that one person may have
   * @param erasureKey where the key is that erased identifiers are marked with; null if nobody can
   *     be erased
   */
  public IdentityResolutionOperator(Catalogue catalogue, int maxPersonSize, ErasureKey erasureKey) {
    this.catalogue = catalogue;
    this.maxPersonSize = maxPersonSize;
    this.erasureKey = erasureKey;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    horizon = new Horizon(catalogue, DerivedPatterns.derivations());
    graph =
        new LinkGraph(
            catalogue,
            maxPersonSize,
            new ErasureMarks(erasureKey == null ? null : erasureKey.load()));
    steps = new ResolutionSteps(catalogue);
    pending = new TreeMap<>();
    storedGraph = context.getOperatorStateStore().getBroadcastState(States.linkGraph());
    storedPending = context.getOperatorStateStore().getBroadcastState(States.pendingGraphChanges());
    heldEvents = sparse(context, States.heldEvents());
    heldRequests = sparse(context, States.heldRequests());
    heldQuestions = sparse(context, States.heldQuestions());
    recentSightings = sparse(context, States.recentSightings());
    knownTimers = new KnownTimers();
    waiting = new Waiting<>();
    woken = Set.of();
    latestSighting = context.getKeyedStateStore().getState(States.latestSighting());
    sightings = context.getKeyedStateStore().getMapState(States.sightings());
    if (context.isRestored()) {
      List<Chunk> chunks = new ArrayList<>();
      storedGraph.immutableEntries().forEach(entry -> chunks.add(entry.getValue()));
      graph.restore(chunks);
      // What is kept is the graph.
      storedGraph.clear();
      storedPending.immutableEntries().forEach(entry -> await(entry.getValue()));
    }
  }

  private <T> SparseList<T> sparse(
      StateInitializationContext context, ListStateDescriptor<T> descriptor) throws Exception {
    return new SparseList<>(
        context.getKeyedStateStore().getListState(descriptor), () -> (long) getCurrentKey());
  }

  @Override
  public void open() throws Exception {
    super.open();
    timers = getInternalTimerService(TIMERS, VoidNamespaceSerializer.INSTANCE, this);
    TaskInfo task = getRuntimeContext().getTaskInfo();
    maxParallelism = task.getMaxNumberOfParallelSubtasks();
    ownKeyGroups =
        KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
            maxParallelism, task.getNumberOfParallelSubtasks(), task.getIndexOfThisSubtask());
    MetricGroup metrics = Metrics.of(getMetricGroup());
    ignored = metrics.counter("recordsOfErased");
    erasedIdentifiers = metrics.counter("erasedIdentifiers");
    changes =
        Metrics.counters(
            metrics, "type", EnumSet.allOf(IdentityChange.Kind.class), "identityChanges");
    lag = metrics.gauge("watermarkLag", new WatermarkLag(getProcessingTimeService()));
    metrics.gauge("links", () -> graph.links());
    metrics.gauge("linkedIdentifiers", () -> graph.size());
    metrics.gauge("linkBytes", () -> graph.bytes());
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<Chunk> chunks = new ArrayList<>();
    graph.write(chunks::add);
    write(storedGraph, chunks);
    write(storedPending, pending.values().stream().flatMap(List::stream).toList());
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    // Else the pages of the snapshot that changed since would be kept until the next one.
    storedGraph.clear();
    storedPending.clear();
  }

  private static <T> void write(BroadcastState<Integer, T> state, List<T> values) throws Exception {
    state.clear();
    for (int i = 0; i < values.size(); i++) {
      state.put(i, values.get(i));
    }
  }

  @Override
  public void processElement1(StreamRecord<IdentityInput> element) throws Exception {
    IdentityInput input = element.getValue();
    if (input instanceof IdentityInput.Observed observed) {
      hold(observed.holder(), observed.observation());
    } else if (input instanceof IdentityInput.Requested requested) {
      hold(requested);
    } else if (input instanceof IdentityInput.Asked asked) {
      hold(asked);
    } else if (input instanceof IdentityInput.Sighted sighted) {
      remember(sighted);
    }
  }

  @Override
  public void processElement2(StreamRecord<GraphChange> element) {
    await(element.getValue());
  }

  private void await(GraphChange change) {
    pending.computeIfAbsent(change.time(), t -> new ArrayList<>()).add(change);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    super.prepareSnapshotPreBarrier(checkpointId);
    while (!waiting.isEmpty()) {
      Map.Entry<Long, Map<Long, List<Boolean>>> instant = waiting.poll();
      for (long holder : instant.getValue().keySet()) {
        setCurrentKey(holder);
        wakeAt(instant.getKey());
      }
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    while (!pending.isEmpty() && pending.firstKey() <= mark.getTimestamp()) {
      Map.Entry<Long, List<GraphChange>> instant = pending.pollFirstEntry();
      wakeUpTo(instant.getKey() - 1);
      fireUpTo(instant.getKey() - 1);
      applied(graph.apply(instant.getValue(), this::isOwn), instant.getKey());
    }
    wakeUpTo(mark.getTimestamp());
    lag.advance(mark.getTimestamp());
    super.processWatermark(mark);
    woken = Set.of();
  }

  /** Wakes those who wait in memory for instants up to one, in the order of time. */
  private void wakeUpTo(long last) throws Exception {
    waiting.advance(
        last,
        this::fireUpTo,
        (now, byHolder) -> {
          wokenAt = now;
          woken = byHolder.keySet();
          for (long holder : woken) {
            setCurrentKey(holder);
            wake(holder, now);
          }
        });
  }

  private void fireUpTo(long instant) throws Exception {
    EventTimers.fireUpTo(instant, timers, getTimeServiceManager());
  }

  private void applied(Applied applied, long at) throws Exception {
    for (IdentityChange change : applied.changes()) {
      changes.get(change.kind()).inc();
      output.collect(CHANGES, new StreamRecord<>(change, at));
    }
    for (Pair pair : applied.removed()) {
      forgetSightings(pair.a(), pair.b(), at);
      forgetSightings(pair.b(), pair.a(), at);
    }
    for (long holder : applied.erased()) {
      if (isOwn(holder)) {
        setCurrentKey(holder);
        erase(holder, at);
        erasedIdentifiers.inc();
        move(holder, at);
      }
    }
    for (long holder : applied.affected()) {
      if (isOwn(holder)) {
        setCurrentKey(holder);
        move(holder, at);
      }
    }
  }

  @Override
  public void onEventTime(InternalTimer<Long, VoidNamespace> timer) throws Exception {
    if (timer.getTimestamp() != wokenAt || !woken.contains(timer.getKey())) {
      wake(timer.getKey(), timer.getTimestamp());
    }
  }

  /** Does for the current identifier what is to be done at an instant, all of it at once. */
  private void wake(long holder, long now) throws Exception {
    if (FOLDS.isAt(holder, now)) {
      fold(holder, now);
    }
    carryOn(holder, now);
    if (graph.givesOut(holder)) {
      moveEvents(holder, now, one -> one.observation().time() == now);
    }
    if (Horizon.isCheck(holder, now)) {
      expireEvents(holder, now);
    }
    placeRequests(holder, now);
    answerQuestions(holder, now);
  }

  @Override
  public void onProcessingTime(InternalTimer<Long, VoidNamespace> timer) {
    throw new IllegalStateException("No processing-time timer is ever registered");
  }

  // ---- records come

  private boolean isIgnored(long holder, long reportedTime) {
    boolean erased = reportedTime <= graph.marks().ignoredUntil(holder);
    if (erased) {
      ignored.inc();
    }
    return erased;
  }

  private void hold(long holder, Observation event) throws Exception {
    long end = horizon.of(event);
    if (end <= event.time() || isIgnored(holder, event.reportedTime())) {
      return;
    }
    List<Share> shares = List.of();
    if (graph.givesOut(holder)) {
      wakeSoon(event.time());
    } else {
      shares = List.of(new Share(graph.personOf(holder), false));
    }
    HeldEvent held = new HeldEvent(event, shares);
    heldEvents.add(held);
    for (Share share : shares) {
      give(holder, held.as(share), share, event.time());
    }
    wakeAt(horizon.nextCheck(holder, event));
    arrived(holder, event.time());
  }

  private void hold(Requested requested) throws Exception {
    SendRequest request = requested.request();
    if (isIgnored(requested.holder(), request.reportedTime())) {
      if (requested.place() == 0) {
        emit(new RequestErased(requested.holder(), request, request.time()));
      }
      return;
    }
    for (HeldRequest held : heldRequests.get()) {
      if (held.request().equals(request)) {
        return;
      }
    }
    // One that repeats another waits as well: if the person is erased until its instant, whoever
    // keeps the request ids has to know of it, too.
    heldRequests.add(HeldRequest.waiting(request, requested.place()));
    wakeSoon(request.time());
    // Its window may be over long before its id is free: until then somebody knows of it, and is to
    // be told if its person is erased.
    wakeAt(request.forgottenAt());
    arrived(requested.holder(), request.time());
  }

  private void hold(Asked asked) throws Exception {
    ResolveRequest request = asked.request();
    if (!isIgnored(asked.holder(), request.reportedTime())) {
      heldQuestions.add(new HeldQuestion(request, asked.rank()));
      wakeSoon(request.time());
    }
  }

  private void remember(Sighted sighted) throws Exception {
    ErasureMarks marks = graph.marks();
    Sighting sighting = sighted.sighting();
    if (!marks.isEmpty()) {
      if (isIgnored(sighted.holder(), sighted.reportedTime())) {
        return;
      }
      for (long other : sighting.others()) {
        if (sighted.reportedTime() <= marks.ignoredUntil(other)) {
          sighting = sighting.without(other);
        }
      }
      if (sighting.others().isEmpty()) {
        return;
      }
    }
    recentSightings.add(sighting);
    wakeAt(FOLDS.atOrAfter(sighted.holder(), sighting.time()));
  }

  private void arrived(long holder, long time) {
    graph.holdsNothing(holder, false);
    if (!graph.marks().isEmpty()
        && !graph.marks().carriedBy(holder, catalogue.consentTypes()).isEmpty()) {
      wakeSoon(time);
    }
  }

  /**
   * Whether a request says nothing new after an earlier one. If that one was over before, its id
   * may stand for the later one: where revisions are written, that is known.
   */
  private static boolean repeats(SendRequest later, SendRequest earlier) {
    return later.isSameAs(earlier) && later.time() < earlier.overAt();
  }

  /** Wakes the current identifier at an instant that the watermark is about to reach. */
  private void wakeSoon(long time) {
    if (!waiting.add(time, (long) getCurrentKey(), true)) {
      wakeAt(time);
    }
  }

  private void wakeAt(long time) {
    // One that is over fires once more, and is not known to be set any longer.
    if (time <= timers.currentWatermark() || knownTimers.add((long) getCurrentKey(), time)) {
      timers.registerEventTimeTimer(VoidNamespace.INSTANCE, time);
    }
  }

  // ---- records move

  private boolean isOwn(long holder) {
    return ownKeyGroups.contains(KeyGroupRangeAssignment.assignToKeyGroup(holder, maxParallelism));
  }

  /** Tells persons what changes for them because links of the current identifier changed. */
  private void move(long holder, long at) throws Exception {
    carryOn(holder, at);
    boolean nothing = !moveEvents(holder, at, one -> true);
    nothing &= !moveRequests(holder, at);
    graph.holdsNothing(holder, nothing);
  }

  /**
   * Tells persons what changes for them.
   *
   * @param may which events may count for others than before: all when links have changed; else
   *     those of the instant, which learn only now with whom the identifier was seen up to it, and
   *     no earlier one, of which that was known before
   * @return whether there are events at all
   */
  private boolean moveEvents(long holder, long at, Predicate<HeldEvent> may) throws Exception {
    List<HeldEvent> held = heldEvents.get();
    if (held.isEmpty()) {
      return false;
    }
    if (held.stream().noneMatch(may)) {
      return true;
    }
    Owners owners = new Owners(holder, at);
    Set<HeldEvent> standing = standing(held, at);
    List<HeldEvent> after = new ArrayList<>();
    List<HeldEvent> gone = new ArrayList<>(0);
    for (HeldEvent one : held) {
      if (!standing.contains(one)) {
        // What repeats an event must not be left behind where the event was.
        withdraw(holder, one, at);
        gone.add(one);
      } else if (!may.test(one) || horizon.of(one.observation()) <= at) {
        after.add(one);
      } else {
        after.add(moved(holder, one, owners, at));
      }
    }
    if (!after.equals(held)) {
      heldEvents.update(after);
    }
    if (!gone.isEmpty()) {
      thinSightings(holder);
    }
    forgetTimersOf(holder, gone, at);
    return true;
  }

  private HeldEvent moved(long holder, HeldEvent held, Owners owners, long at) throws Exception {
    Observation event = held.observation();
    List<Share> shares = owners.sharesOf(event);
    if (shares.isEmpty()) {
      // It counted for the identifier itself when it was read; now it waits like the others.
      wakeAt(event.time());
    }
    // A shared inbox may guard thousands.
    Set<Share> before = new HashSet<>(held.shares());
    Set<Share> after = new HashSet<>(shares);
    for (Share share : held.shares()) {
      if (!after.contains(share)) {
        withdraw(holder, held.as(share), share, at);
      }
    }
    for (Share share : shares) {
      if (!before.contains(share)) {
        give(holder, held.as(share), share, Math.max(at, event.time()));
      }
    }
    return shares.equals(held.shares()) ? held : held.sharedBy(shares);
  }

  /** Whether there are requests at all. */
  private boolean moveRequests(long holder, long at) throws Exception {
    List<HeldRequest> held = heldRequests.get();
    if (held.isEmpty()) {
      return false;
    }
    Owners owners = new Owners(holder, at);
    List<HeldRequest> requests = new ArrayList<>();
    for (HeldRequest one : held) {
      HeldRequest now = one.placed() ? owners.place(one) : one;
      if (now.person() != one.person() || now.members() != one.members()) {
        if (one.request().overAt() > at) {
          if (now.person() != one.person()) {
            emit(
                one.isFirst()
                    ? new RequestWithdrawn(one.person(), one.request(), at)
                    : claimWithdrawn(one, at));
          }
          tell(now, owners, at);
        }
      } else {
        now = one;
      }
      requests.add(now);
    }
    if (!requests.equals(held)) {
      heldRequests.update(requests);
    }
    return true;
  }

  private void placeRequests(long holder, long now) throws Exception {
    List<HeldRequest> held = heldRequests.get();
    if (held.isEmpty()) {
      return;
    }
    Owners owners = new Owners(holder, now);
    List<HeldRequest> requests = new ArrayList<>();
    for (HeldRequest one : held) {
      if (!one.placed() && one.request().time() <= now) {
        if (held.stream()
            .anyMatch(other -> other.placed() && repeats(one.request(), other.request()))) {
          continue;
        }
        HeldRequest placed = owners.place(one);
        tell(placed, owners, now);
        requests.add(placed);
      } else if (!one.placed() || one.request().forgottenAt() > now) {
        requests.add(one);
      }
    }
    if (!requests.equals(held)) {
      heldRequests.update(requests);
    }
    if (requests.size() < held.size()) {
      thinSightings(holder);
    }
  }

  private void tell(HeldRequest held, Owners owners, long at) throws Exception {
    SendRequest request = held.request();
    emit(
        held.isFirst()
            ? new RequestGiven(held.person(), request, owners.members(held), owners.leads(held), at)
            : new Claimed(held.person(), request, held.place(), owners.link(held), at));
  }

  private static PersonChange claimWithdrawn(HeldRequest held, long at) {
    return new ClaimWithdrawn(held.person(), held.request(), held.place(), at);
  }

  private Claim claim(int rank, double confidence) {
    return rank == IdentityInput.UNIVERSAL
        ? Claim.CERTAIN
        : new Claim(catalogue.typeOf(rank).kind(), confidence);
  }

  private void answerQuestions(long holder, long now) throws Exception {
    List<HeldQuestion> held = heldQuestions.get();
    if (held.isEmpty()) {
      return;
    }
    Owners owners = new Owners(holder, now);
    List<HeldQuestion> later = new ArrayList<>();
    for (HeldQuestion one : held) {
      if (one.request().time() > now) {
        later.add(one);
      } else {
        output.collect(RESOLUTIONS, new StreamRecord<>(owners.answer(one), now));
      }
    }
    heldQuestions.update(later);
  }

  /** For whom what the current identifier holds counts at an instant. */
  private final class Owners {
    private final long holder;
    private final long now;
    private final boolean givesOut;
    private Sightings seen;
    private Map<Long, long[]> folded;

    Owners(long holder, long now) {
      this.holder = holder;
      this.now = now;
      this.givesOut = graph.givesOut(holder);
    }

    long ownerOf(long stamp) throws Exception {
      if (!givesOut) {
        return holder;
      }
      if (seen == null) {
        seen = new Sightings(recentSightings.get(), latestSighting.value());
      }
      return seen.owner(graph, holder, stamp, now, this::folded);
    }

    private Map<Long, long[]> folded() throws Exception {
      if (folded == null) {
        folded = foldedSightings();
      }
      return folded;
    }

    List<Share> sharesOf(Observation event) throws Exception {
      if (givesOut && event.time() > now) {
        return List.of();
      }
      long owner = graph.personOf(ownerOf(event.time()));
      boolean guard =
          catalogue.circuitBreaker(event.type()) != null || catalogue.isEnding(event.type());
      long[] sharers = guard && givesOut ? graph.sharers(holder) : new long[0];
      return sharers.length == 0
          ? List.of(new Share(owner, false))
          : Arrays.stream(sharers).mapToObj(person -> new Share(person, person != owner)).toList();
    }

    HeldRequest place(HeldRequest held) throws Exception {
      long owner = ownerOf(held.request().time());
      long members = graph.membersFingerprint(owner);
      return new HeldRequest(
          held.request(),
          held.place(),
          true,
          graph.personOf(owner),
          members,
          // Not read again if only the universal id changed (SPEC section 4).
          held.placed() && members == held.members()
              ? held.confidences()
              : confidences(held, owner));
    }

    /**
     * Of all presented identifiers, because those that lead to the person already do not hear of a
     * request that comes there, and may be surer by now than when they said so.
     */
    private List<Double> confidences(HeldRequest held, long owner) {
      SendRequest request = held.request();
      if (!held.isFirst()) {
        return List.of();
      }
      if (request.identifiers().isEmpty()) {
        return List.of(confidence(IdentityInput.UNIVERSAL, holder, owner));
      }
      return request.identifiers().stream()
          .map(presented -> confidence(presented.rank(), graph.key(presented), owner))
          .toList();
    }

    private double confidence(int rank, long presented, long owner) {
      if (rank == IdentityInput.UNIVERSAL) {
        return 1.0;
      }
      IdentifierType type = catalogue.typeOf(rank);
      return type.kind() == IdentifierClass.DETERMINISTIC
          ? 1.0
          : type.weight() * graph.bestWay(presented, owner).weight();
    }

    ResolutionPart answer(HeldQuestion held) throws Exception {
      ResolveRequest request = held.request();
      long owner = ownerOf(request.time());
      Identifier presented = presented(request.identifiers());
      int place = presented == null ? 0 : request.identifiers().indexOf(presented);
      return new ResolutionPart(
          request,
          place,
          graph.personOf(owner),
          place == 0 ? members(owner, presented) : List.of(),
          claim(held.rank(), confidence(held.rank(), holder, owner)),
          steps.of(graph, presented, holder, owner, place == 0));
    }

    /** Which of the presented identifiers it is; null if a universal id was presented. */
    private Identifier presented(List<Identifier> identifiers) {
      for (Identifier identifier : identifiers) {
        if (graph.key(identifier) == holder) {
          return identifier;
        }
      }
      return null;
    }

    /** By place, how each presented identifier leads to the person of a request, if it does. */
    List<Lead> leads(HeldRequest held) throws Exception {
      long owner = ownerOf(held.request().time());
      List<Identifier> presented = held.request().identifiers();
      if (presented.isEmpty()) {
        return List.of(new Lead(null, Claim.CERTAIN, link(held), List.of()));
      }
      List<Lead> leads = new ArrayList<>(presented.size());
      for (int place = 0; place < presented.size(); place++) {
        Identifier one = presented.get(place);
        Claim claim = claim(one.rank(), held.confidences().get(place));
        leads.add(
            new Lead(
                one,
                claim,
                // Only the others themselves know by which link they are given out.
                place == held.place() ? link(held) : null,
                claim.kind() == IdentifierClass.DETERMINISTIC
                    ? List.of()
                    : graph.bestWay(graph.key(one), owner).links()));
      }
      return leads;
    }

    /** The link by which the identifier is given out to the person of a request, or null. */
    LiveLink link(HeldRequest held) throws Exception {
      long owner = ownerOf(held.request().time());
      return owner == holder ? null : graph.link(holder, owner);
    }

    List<Identifier> members(HeldRequest held) throws Exception {
      List<Identifier> presented = held.request().identifiers();
      return members(
          ownerOf(held.request().time()), presented.isEmpty() ? null : presented.get(held.place()));
    }

    private List<Identifier> members(long owner, Identifier presented) {
      List<Identifier> members = graph.membersOf(owner);
      return members.isEmpty() && presented != null ? List.of(presented) : members;
    }
  }

  private void withdraw(long holder, HeldEvent held, long at) {
    held.shares().forEach(share -> withdraw(holder, held.as(share), share, at));
  }

  private void withdraw(long holder, PersonEvent event, Share share, long at) {
    emit(new EventWithdrawn(share.person(), holder, event, at));
  }

  private void give(long holder, PersonEvent event, Share share, long from) {
    emit(new EventGiven(share.person(), holder, event, from));
  }

  private void emit(PersonChange change) {
    output.collect(new StreamRecord<>(change, change.at()));
  }

  // ---- records go

  private void expireEvents(long holder, long now) throws Exception {
    List<HeldEvent> held = heldEvents.get();
    Set<HeldEvent> standing = standing(held, now);
    List<HeldEvent> kept = new ArrayList<>();
    List<HeldEvent> gone = new ArrayList<>(0);
    for (HeldEvent one : held) {
      if (!standing.contains(one)) {
        gone.add(one);
        // Before what it repeats goes, or it would take its place; and not only from here, because
        // nobody here will know of it when what the person was told is to be taken back.
        withdraw(holder, one, now);
      } else if (horizon.of(one.observation()) > now) {
        kept.add(one);
      }
    }
    if (kept.size() < held.size()) {
      heldEvents.update(kept);
      thinSightings(holder);
    }
    forgetTimersOf(holder, gone, now);
  }

  /**
   * Those events that repeat none. What repeats one is not known before its instant: the other may
   * be erased until then.
   */
  private Set<HeldEvent> standing(List<HeldEvent> held, long now) {
    Set<HeldEvent> standing = Collections.newSetFromMap(new IdentityHashMap<>());
    List<HeldEvent> seen = new ArrayList<>();
    for (HeldEvent one : held) {
      if (one.observation().time() > now) {
        standing.add(one);
      } else {
        seen.add(one);
      }
    }
    standing.addAll(
        DistinctEvents.of(
            seen,
            Comparator.comparing(HeldEvent::observation, Observation.ORDER),
            HeldEvent::observation,
            horizon));
    return standing;
  }

  private void fold(long holder, long now) throws Exception {
    List<Sighting> recent = recentSightings.get();
    if (recent.isEmpty()) {
      return;
    }
    Fold fold =
        new Sightings(recent, latestSighting.value())
            .linked(graph, holder, now)
            .fold(now, heldTimes(), sightings::get);
    recentSightings.update(fold.left().recent());
    latestSighting.update(fold.left().latest());
    if (!fold.stamps().isEmpty()) {
      // Else the heap backend would keep an empty map.
      sightings.putAll(fold.stamps());
    }
  }

  /** Forgets when the current identifier was seen with others as far as only what is gone asked. */
  private void thinSightings(long holder) throws Exception {
    if (!graph.knows(holder)) {
      // What is folded in goes with its link, and to look through nothing takes RocksDB long.
      return;
    }
    Map<Long, long[]> folded = foldedSightings();
    if (!folded.isEmpty()) {
      sightings.putAll(Sightings.thinned(folded, heldTimes()));
    }
  }

  private Map<Long, long[]> foldedSightings() throws Exception {
    Map<Long, long[]> folded = new HashMap<>();
    for (Map.Entry<Long, long[]> entry : sightings.entries()) {
      folded.put(entry.getKey(), entry.getValue());
    }
    return folded;
  }

  /** Effective times of the records that the current identifier holds. */
  private NavigableSet<Long> heldTimes() throws Exception {
    NavigableSet<Long> held = new TreeSet<>();
    heldEvents.get().forEach(one -> held.add(one.observation().time()));
    heldRequests.get().forEach(one -> held.add(one.request().time()));
    return held;
  }

  private void forgetSightings(long holder, long end, long until) throws Exception {
    if (!isOwn(holder)) {
      return;
    }
    setCurrentKey(holder);
    Sightings before = new Sightings(recentSightings.get(), latestSighting.value());
    Sightings after = before.without(end, until);
    if (!after.equals(before)) {
      recentSightings.update(after.recent());
      latestSighting.update(after.latest());
    }
    // Folded in is only what lies before now.
    sightings.remove(end);
  }

  /** Forgets everything that the current identifier was told before an erasure. */
  private void erase(long holder, long at) throws Exception {
    List<HeldEvent> events = new ArrayList<>();
    for (HeldEvent one : heldEvents.get()) {
      if (one.observation().reportedTime() > at) {
        events.add(one);
      } else {
        withdraw(holder, one, at);
        forgetTimer(one.observation().time());
        forgetChecks(holder, one);
      }
    }
    heldEvents.update(events);
    List<HeldRequest> requests = new ArrayList<>();
    for (HeldRequest one : heldRequests.get()) {
      if (one.request().reportedTime() > at) {
        requests.add(one);
      } else {
        if (one.isFirst()) {
          // Not before its own instant, when it would take up its id.
          long from = Math.max(at, one.request().time());
          emit(new RequestErased(one.placed() ? one.person() : holder, one.request(), from));
        } else if (one.placed() && one.request().overAt() > at) {
          emit(claimWithdrawn(one, at));
        }
        forgetTimer(one.request().time());
        forgetTimer(one.request().forgottenAt());
      }
    }
    heldRequests.update(requests);
    List<HeldQuestion> questions = new ArrayList<>();
    for (HeldQuestion one : heldQuestions.get()) {
      if (one.request().reportedTime() > at) {
        questions.add(one);
      } else {
        forgetTimer(one.request().time());
      }
    }
    heldQuestions.update(questions);
    List<Sighting> recent = recentSightings.get().stream().filter(one -> one.time() > at).toList();
    recentSightings.update(recent);
    forgetTimer(FOLDS.atOrAfter(holder, at));
    forgetTimer(FOLDS.firstVersionAtOrAfter(at));
    latestSighting.clear();
    sightings.clear();
    wakeForRest(holder, at);
  }

  /** Wakes for all that the current identifier holds: a timer that was forgotten may be theirs. */
  private void wakeForRest(long holder, long now) throws Exception {
    Set<Long> instants = new TreeSet<>();
    for (HeldEvent one : heldEvents.get()) {
      instants.add(one.observation().time());
      instants.add(horizon.nextCheck(holder, one.observation()));
    }
    for (HeldRequest one : heldRequests.get()) {
      instants.add(one.request().time());
      instants.add(one.request().forgottenAt());
    }
    heldQuestions.get().forEach(one -> instants.add(one.request().time()));
    for (Sighting one : recentSightings.get()) {
      instants.add(FOLDS.atOrAfter(holder, one.time()));
    }
    instants.stream().filter(instant -> instant > now).forEach(this::wakeAt);
  }

  /**
   * Looks no more after events that are gone: a timer bears the key of the identifier, of which
   * nothing may be left for weeks after an erasure.
   */
  private void forgetTimersOf(long holder, List<HeldEvent> gone, long now) throws Exception {
    boolean any = false;
    for (HeldEvent one : gone) {
      if (horizon.nextCheck(holder, one.observation()) > now
          || horizon.firstVersionNextCheck(one.observation()) > now) {
        forgetChecks(holder, one);
        any = true;
      }
    }
    if (any) {
      wakeForRest(holder, now);
    }
  }

  private void forgetChecks(long holder, HeldEvent event) {
    forgetTimer(horizon.nextCheck(holder, event.observation()));
    forgetTimer(horizon.firstVersionNextCheck(event.observation()));
  }

  private void forgetTimer(long time) {
    waiting.remove(time, (long) getCurrentKey());
    timers.deleteEventTimeTimer(VoidNamespace.INSTANCE, time);
    knownTimers.remove((long) getCurrentKey(), time);
  }

  /**
   * Takes up the withdrawals of consent that an erased identifier carries on, once it is back: a
   * record of it has come, or a link joins it to somebody.
   */
  private void carryOn(long holder, long at) throws Exception {
    if (graph.marks().isEmpty()) {
      return;
    }
    Map<String, Long> carried = graph.marks().carriedBy(holder, catalogue.consentTypes());
    if (carried.isEmpty()) {
      return;
    }
    List<HeldEvent> held = heldEvents.get();
    boolean isBack =
        graph.knows(holder)
            || held.stream().anyMatch(one -> one.observation().time() <= at)
            || heldRequests.get().stream().anyMatch(one -> one.request().time() <= at);
    if (!isBack) {
      return;
    }
    Owners owners = new Owners(holder, at);
    for (Map.Entry<String, Long> withdrawal : carried.entrySet()) {
      long time = withdrawal.getValue();
      Observation event =
          new Observation(
              CARRIED, withdrawal.getKey() + "@" + time, withdrawal.getKey(), time, time);
      if (held.stream().noneMatch(one -> one.observation().equals(event))) {
        HeldEvent lasting = new HeldEvent(event, true, owners.sharesOf(event));
        heldEvents.add(lasting);
        lasting.shares().forEach(share -> give(holder, lasting.as(share), share, at));
        graph.holdsNothing(holder, false);
      }
    }
  }
}
