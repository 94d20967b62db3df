package io.sendflowr.identity.operator;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flink.States;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.flow.PersonChange.RequestWithdrawn;
import io.sendflowr.identity.HeldEvent;
import io.sendflowr.identity.HeldEvent.Share;
import io.sendflowr.identity.HeldRequest;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.LinkGraph;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.signal.DistinctEvents;
import io.sendflowr.signal.Horizon;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.SendRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimeServiceManager;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Says of every event and request for whom it counts, and says so again whenever links change the
 * answer.
 *
 * <p>First input: records, keyed by the identifier that holds them. What an identifier holds stays
 * in its own state; the person is told of it, and told when it counts no longer. So a merge and a
 * split are one movement: withdraw here, give there. Second input: links, broadcast. Every subtask
 * keeps all of them, but only the one that owns an identifier's key group ever speaks for that
 * identifier, on the same channel as for its events.
 *
 * <p>Links are applied in event time, when the watermark reaches them, and timers in between fire
 * in their place. So the links known at an instant are the same in every subtask and in every run,
 * in whatever order they came. An event is passed on at once, to whoever holds its identifier now:
 * a link of an instant before the event's moves it on before that instant can be decided. A request
 * waits for its instant, because its confidence is read then.
 *
 * <p>A plain operator and not a {@code KeyedBroadcastProcessFunction}: that one cannot set the key
 * for the few identifiers that a link concerns, only visit all keys.
 */
public final class IdentityResolutionOperator extends AbstractStreamOperator<PersonChange>
    implements TwoInputStreamOperator<IdentityInput, LinkChange, PersonChange>,
        Triggerable<Long, VoidNamespace> {
  private static final long serialVersionUID = 1L;

  private static final String TIMERS = "identity-timers";

  private final Catalogue catalogue;
  private final int maxPersonSize;

  private transient Horizon horizon;
  private transient LinkGraph graph;
  private transient TreeMap<Long, List<LinkChange>> pending;
  private transient BroadcastState<Integer, LiveLink> liveLinks;
  private transient BroadcastState<Integer, LinkChange> pendingLinks;
  private transient ListState<HeldEvent> heldEvents;
  private transient ListState<HeldRequest> heldRequests;
  private transient InternalTimerService<VoidNamespace> timers;
  private transient KeyGroupRange ownKeyGroups;
  private transient int maxParallelism;

  /**
   * @param catalogue identifier types and what events do
   * @param maxPersonSize most identifiers that one person may have
   */
  public IdentityResolutionOperator(Catalogue catalogue, int maxPersonSize) {
    this.catalogue = catalogue;
    this.maxPersonSize = maxPersonSize;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    horizon = new Horizon(catalogue);
    graph = new LinkGraph(catalogue, maxPersonSize);
    pending = new TreeMap<>();
    liveLinks = context.getOperatorStateStore().getBroadcastState(States.liveLinks());
    pendingLinks = context.getOperatorStateStore().getBroadcastState(States.pendingLinks());
    heldEvents = context.getKeyedStateStore().getListState(States.heldEvents());
    heldRequests = context.getKeyedStateStore().getListState(States.heldRequests());
    if (context.isRestored()) {
      List<LiveLink> links = new ArrayList<>();
      liveLinks.immutableEntries().forEach(entry -> links.add(entry.getValue()));
      graph.restore(links);
      pendingLinks.immutableEntries().forEach(entry -> await(entry.getValue()));
    }
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
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<LiveLink> links = new ArrayList<>();
    graph.forEachLink(links::add);
    write(liveLinks, links);
    write(pendingLinks, pending.values().stream().flatMap(List::stream).toList());
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
      hold(requested.request());
    }
  }

  @Override
  public void processElement2(StreamRecord<LinkChange> element) {
    await(element.getValue());
  }

  private void await(LinkChange change) {
    pending.computeIfAbsent(change.time(), t -> new ArrayList<>()).add(change);
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    InternalTimeServiceManager<?> timeline = getTimeServiceManager().orElseThrow();
    while (!pending.isEmpty() && pending.firstKey() <= mark.getTimestamp()) {
      timeline.advanceWatermark(new Watermark(pending.firstKey() - 1));
      Map.Entry<Long, List<LinkChange>> instant = pending.pollFirstEntry();
      move(graph.apply(instant.getValue()), instant.getKey());
    }
    super.processWatermark(mark);
  }

  @Override
  public void onEventTime(InternalTimer<Long, VoidNamespace> timer) throws Exception {
    long now = timer.getTimestamp();
    if (Horizon.checkAfter(now) == now) {
      expireEvents(now);
    }
    List<HeldRequest> requests = new ArrayList<>();
    boolean changed = false;
    for (HeldRequest held : heldRequests.get()) {
      SendRequest request = held.request();
      if (!held.placed() && request.time() <= now) {
        HeldRequest placed = place(request);
        emit(
            new RequestGiven(
                placed.person(), request, placed.identityConfidence(), request.time()));
        requests.add(placed);
        changed = true;
      } else if (held.placed() && lastUse(request) <= now) {
        changed = true;
      } else {
        requests.add(held);
      }
    }
    if (changed) {
      heldRequests.update(requests);
    }
  }

  @Override
  public void onProcessingTime(InternalTimer<Long, VoidNamespace> timer) {
    throw new IllegalStateException("No processing-time timer is ever registered");
  }

  private void hold(long holder, Observation event) throws Exception {
    long end = horizon.of(event);
    if (end <= event.time()) {
      return;
    }
    List<Share> shares = sharesOf(holder, event);
    heldEvents.add(new HeldEvent(event, shares));
    for (Share share : shares) {
      give(holder, event, share, event.time());
    }
    timers.registerEventTimeTimer(VoidNamespace.INSTANCE, horizon.nextCheck(event));
  }

  private void hold(SendRequest request) throws Exception {
    List<HeldRequest> requests = new ArrayList<>();
    for (HeldRequest held : heldRequests.get()) {
      if (!held.request().isSameAs(request)) {
        requests.add(held);
      } else if (held.placed() || held.request().time() <= request.time()) {
        return;
      }
    }
    requests.add(HeldRequest.waiting(request));
    heldRequests.update(requests);
    timers.registerEventTimeTimer(VoidNamespace.INSTANCE, request.time());
    timers.registerEventTimeTimer(VoidNamespace.INSTANCE, lastUse(request));
  }

  /** When a request can no longer be pending: its window is over, or was when it came. */
  private static long lastUse(SendRequest request) {
    return Math.max(request.time(), request.sendBefore()) + 1;
  }

  /** Tells persons what changes for them because these identifiers' links changed at an instant. */
  private void move(SortedSet<Long> holders, long at) throws Exception {
    for (long holder : holders) {
      if (isOwn(holder)) {
        setCurrentKey(holder);
        moveEvents(holder, at);
        moveRequests(at);
      }
    }
  }

  private boolean isOwn(long holder) {
    return ownKeyGroups.contains(KeyGroupRangeAssignment.assignToKeyGroup(holder, maxParallelism));
  }

  private void moveEvents(long holder, long at) throws Exception {
    List<HeldEvent> held = new ArrayList<>();
    heldEvents.get().forEach(held::add);
    Set<HeldEvent> standing = Collections.newSetFromMap(new IdentityHashMap<>());
    standing.addAll(distinct(held));
    List<HeldEvent> after = new ArrayList<>();
    for (HeldEvent one : held) {
      if (!standing.contains(one)) {
        // What repeats an event must not be left behind where the event was.
        one.shares().forEach(share -> withdraw(holder, one.observation(), share, at));
      } else if (horizon.of(one.observation()) <= at) {
        after.add(one);
      } else {
        after.add(moved(holder, one, at));
      }
    }
    if (!after.equals(held)) {
      heldEvents.update(after);
    }
  }

  private HeldEvent moved(long holder, HeldEvent held, long at) {
    Observation event = held.observation();
    List<Share> shares = sharesOf(holder, event);
    for (Share share : held.shares()) {
      if (!shares.contains(share)) {
        withdraw(holder, event, share, at);
      }
    }
    for (Share share : shares) {
      if (!held.shares().contains(share)) {
        give(holder, event, share, Math.max(at, event.time()));
      }
    }
    return new HeldEvent(event, shares);
  }

  private void moveRequests(long at) throws Exception {
    List<HeldRequest> requests = new ArrayList<>();
    boolean changed = false;
    for (HeldRequest held : heldRequests.get()) {
      SendRequest request = held.request();
      HeldRequest now = held.placed() ? place(request) : held;
      if (now.person() == held.person() && now.members() == held.members()) {
        requests.add(held);
        continue;
      }
      if (now.members() == held.members()) {
        // Only the universal id changed: the confidence is not read again (SPEC section 4).
        now = now.withConfidence(held.identityConfidence());
      }
      if (now.person() != held.person()) {
        emit(new RequestWithdrawn(held.person(), request, at));
      }
      emit(new RequestGiven(now.person(), request, now.identityConfidence(), at));
      requests.add(now);
      changed = true;
    }
    if (changed) {
      heldRequests.update(requests);
    }
  }

  private HeldRequest place(SendRequest request) {
    long person = graph.ownerOf(request.personKey(), request.time());
    double confidence =
        request.identifiers().isEmpty()
            ? 1.0
            : graph.confidence(request.identifiers(), person, request.time());
    return new HeldRequest(
        request,
        true,
        person,
        graph.membersFingerprint(request.personKey(), request.time()),
        confidence);
  }

  private List<Share> sharesOf(long holder, Observation event) {
    long owner = graph.ownerOf(holder, event.time());
    boolean guard =
        catalogue.circuitBreaker(event.type()) != null || catalogue.isEnding(event.type());
    if (!guard) {
      return List.of(new Share(owner, false));
    }
    return Arrays.stream(graph.doubtfulOwnersOf(holder, event.time()))
        .mapToObj(person -> new Share(person, person != owner))
        .toList();
  }

  private void withdraw(long holder, Observation event, Share share, long at) {
    emit(new EventWithdrawn(share.person(), holder, new PersonEvent(event, share.guardOnly()), at));
  }

  private void give(long holder, Observation event, Share share, long from) {
    emit(new EventGiven(share.person(), holder, new PersonEvent(event, share.guardOnly()), from));
  }

  private void expireEvents(long now) throws Exception {
    List<HeldEvent> held = new ArrayList<>();
    heldEvents.get().forEach(held::add);
    // Repetitions go before what they repeat does, or they would take its place.
    List<HeldEvent> kept =
        distinct(held).stream().filter(one -> horizon.of(one.observation()) > now).toList();
    if (kept.size() < held.size()) {
      heldEvents.update(kept);
    }
  }

  private List<HeldEvent> distinct(List<HeldEvent> held) {
    return DistinctEvents.of(
        held,
        Comparator.comparing(HeldEvent::observation, Observation.ORDER),
        HeldEvent::observation,
        horizon);
  }

  private void emit(PersonChange change) {
    output.collect(new StreamRecord<>(change, change.at()));
  }
}
