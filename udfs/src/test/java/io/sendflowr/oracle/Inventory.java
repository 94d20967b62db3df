package io.sendflowr.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.flink.States;
import io.sendflowr.identity.ErasureMarks;
import io.sendflowr.identity.HeldEvent;
import io.sendflowr.identity.LinkGraph;
import io.sendflowr.identity.Sighting;
import io.sendflowr.identity.store.Chunk;
import io.sendflowr.latency.LatencyTimeline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackend;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;

/** All that the operators of a {@link JobRig} hold between two records. */
final class Inventory {
  private static final int TEXT_CHUNK = 0;

  private static final List<StateDescriptor<?, ?>> KEYED =
      List.of(
          States.recentSightings(),
          States.latestSighting(),
          States.sightings(),
          States.heldQuestions(),
          States.resolutionParts(),
          States.personClaims(),
          States.heldEvents(),
          States.heldRequests(),
          States.personEvents(),
          States.personRequests(),
          States.revisionInbox(),
          States.standing(),
          States.deliveryReports(),
          States.latencyPages(),
          States.latencyCounts(),
          States.latencyTold());

  private final Map<String, Long> sizes = new TreeMap<>();
  private final Map<Long, List<HeldEvent>> heldEvents = new HashMap<>();
  private final Map<Long, Map<Long, long[]>> sightings = new HashMap<>();
  private final Map<Long, Sighting> latestSightings = new HashMap<>();
  private long timers;
  private LinkGraph graph;

  private Inventory() {}

  /**
   * Counts everything.
   *
   * @param maxPersonSize that of the job
   */
  static Inventory of(JobRig rig, int maxPersonSize) throws Exception {
    Inventory inventory = new Inventory();
    KEYED.forEach(state -> inventory.sizes.put(state.getName(), 0L));
    rig.letAllArrive();
    for (List<AbstractStreamOperatorTestHarness<?>> operator : rig.operators()) {
      for (int subtask = 0; subtask < operator.size(); subtask++) {
        inventory.count(operator.get(subtask), subtask, maxPersonSize);
      }
    }
    return inventory;
  }

  /** By the name of each state how much there is in it: elements of lists, entries of maps. */
  Map<String, Long> sizes() {
    return sizes;
  }

  /** How many event-time timers there are. */
  long timers() {
    return timers;
  }

  /** The events of each identifier. */
  Map<Long, List<HeldEvent>> heldEvents() {
    return heldEvents;
  }

  /** When each identifier was seen with others, of what is folded in. */
  Map<Long, Map<Long, long[]>> sightings() {
    return sightings;
  }

  /** With whom each identifier was seen last. */
  Map<Long, Sighting> latestSightings() {
    return latestSightings;
  }

  /** The link graph of the first subtask, which is that of all. */
  LinkGraph graph() {
    return graph;
  }

  private void count(AbstractStreamOperatorTestHarness<?> harness, int subtask, int maxPersonSize)
      throws Exception {
    AbstractStreamOperator<?> operator = (AbstractStreamOperator<?>) harness.getOperator();
    // What waits in memory goes to state before a checkpoint; what is broadcast is written to its
    // state for it, and cleared after it.
    harness.prepareSnapshotPreBarrier(0);
    harness.snapshot(0, 0);
    if (subtask == 0) {
      countBroadcast(operator.getOperatorStateBackend(), maxPersonSize);
    }
    OperatorStateBackend ofSubtask = operator.getOperatorStateBackend();
    if (ofSubtask.getRegisteredStateNames().contains(States.pendingRequests().getName())) {
      for (long pending : ofSubtask.getListState(States.pendingRequests()).get()) {
        sizes.merge(States.pendingRequests().getName(), pending, Long::sum);
      }
    }
    harness.notifyOfCompletedCheckpoint(0);
    KeyedStateBackend<?> keyed = operator.getKeyedStateBackend();
    if (keyed != null) {
      timers += harness.numEventTimeTimers();
      long keys = 0;
      for (StateDescriptor<?, ?> state : KEYED) {
        keys += keyed.getKeys(state.getName(), VoidNamespace.INSTANCE).count();
        visit(keyed, state);
      }
      assertThat(keys)
          .as("states in the list above")
          .isEqualTo(((HeapKeyedStateBackend<?>) keyed).numKeyValueStateEntries());
    }
  }

  private void countBroadcast(OperatorStateBackend backend, int maxPersonSize) throws Exception {
    List<String> names = List.copyOf(backend.getRegisteredBroadcastStateNames());
    if (names.contains(States.linkGraph().getName())) {
      List<Chunk> chunks = new ArrayList<>();
      backend
          .getBroadcastState(States.linkGraph())
          .immutableEntries()
          .forEach(entry -> chunks.add(entry.getValue()));
      graph =
          new LinkGraph(
              Worlds.CATALOGUE, maxPersonSize, new ErasureMarks(JobRig.ERASURE_KEY.load()));
      graph.restore(chunks);
      sizes.put("link-graph rows and marks", chunks.stream().mapToLong(Inventory::bytes).sum());
      sizes.put("erasure marks", (long) graph.marks().size());
      sizes.put("link-graph links", (long) graph.links());
      sizes.put("link-graph identifiers", (long) graph.size());
      count(backend.getBroadcastState(States.pendingGraphChanges()), "pending-graph-changes");
    }
    if (names.contains(States.latencyTimelines().getName())) {
      long estimates = 0;
      for (Map.Entry<String, LatencyTimeline> entry :
          backend.getBroadcastState(States.latencyTimelines()).immutableEntries()) {
        estimates += entry.getValue().estimates().size();
      }
      sizes.put("latency-timelines", estimates);
    }
  }

  /** Without values: what was removed stays as a hole until its page is given back as a whole. */
  private static long bytes(Chunk chunk) {
    return chunk.kind() == TEXT_CHUNK
        ? 0
        : chunk.slices().stream().mapToLong(Chunk.Slice::length).sum();
  }

  private void count(BroadcastState<?, ?> state, String name) throws Exception {
    long entries = 0;
    for (var ignored : state.immutableEntries()) {
      entries++;
    }
    sizes.put(name, entries);
  }

  private <K, S extends State, T> void visit(
      KeyedStateBackend<K> keyed, StateDescriptor<S, T> descriptor) throws Exception {
    if (keyed.getKeys(descriptor.getName(), VoidNamespace.INSTANCE).findAny().isEmpty()) {
      return;
    }
    keyed.applyToAllKeys(
        VoidNamespace.INSTANCE,
        VoidNamespaceSerializer.INSTANCE,
        descriptor,
        (key, state) -> sizes.merge(descriptor.getName(), size(descriptor, key, state), Long::sum));
  }

  private long size(StateDescriptor<?, ?> descriptor, Object key, State state) throws Exception {
    String name = descriptor.getName();
    if (descriptor instanceof ListStateDescriptor) {
      List<Object> values = new ArrayList<>();
      ((ListState<?>) state).get().forEach(values::add);
      if (name.equals(States.heldEvents().getName())) {
        heldEvents.put((Long) key, values.stream().map(HeldEvent.class::cast).toList());
      }
      return values.size();
    } else if (descriptor instanceof MapStateDescriptor) {
      Map<Long, long[]> values = new HashMap<>();
      for (Map.Entry<?, ?> entry : ((MapState<?, ?>) state).entries()) {
        values.put((Long) entry.getKey(), (long[]) entry.getValue());
      }
      if (name.equals(States.sightings().getName())) {
        sightings.put((Long) key, values);
      }
      return values.size();
    }
    Object value = ((ValueState<?>) state).value();
    if (value instanceof Sighting sighting) {
      latestSightings.put((Long) key, sighting);
    }
    return 1;
  }
}
