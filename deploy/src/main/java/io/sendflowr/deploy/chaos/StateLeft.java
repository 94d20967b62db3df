package io.sendflowr.deploy.chaos;

import io.sendflowr.flink.States;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.runtime.state.restore.FullSnapshotRestoreOperation;
import org.apache.flink.runtime.state.restore.KeyGroup;
import org.apache.flink.runtime.state.restore.KeyGroupEntry;
import org.apache.flink.runtime.state.restore.SavepointRestoreResult;
import org.apache.flink.runtime.state.restore.ThrowingIterator;
import org.apache.flink.util.StateMigrationException;

/**
 * How much a savepoint holds of what is kept by identifier, person, request or provider.
 *
 * @param entries of each state that has any, by its name; timers are states, too
 */
record StateLeft(Map<String, Long> entries) {
  /** Of which something stays when all that can expire has (docs/state.md). */
  private static final Set<String> STAYING =
      Set.of(
          States.heldEvents().getName(),
          States.sightings().getName(),
          States.latestSighting().getName(),
          States.personEvents().getName());

  StateLeft {
    entries = Map.copyOf(entries);
  }

  /** Counts what is in a savepoint of the canonical format. */
  static StateLeft in(String savepoint) throws IOException {
    Map<String, Long> entries = new TreeMap<>();
    ClassLoader classes = StateLeft.class.getClassLoader();
    Path metadata = Path.of(URI.create(savepoint)).resolve("_metadata");
    try (DataInputStream in = new DataInputStream(Files.newInputStream(metadata))) {
      CheckpointMetadata read = Checkpoints.loadCheckpointMetadata(in, classes, savepoint);
      for (OperatorState operator : read.getOperatorStates()) {
        for (OperatorSubtaskState subtask : operator.getSubtaskStates().values()) {
          for (KeyedStateHandle handle : subtask.getManagedKeyedState()) {
            count((KeyGroupsStateHandle) handle, classes, entries);
          }
        }
      }
    } catch (StateMigrationException e) {
      throw new IOException(e);
    }
    return new StateLeft(entries);
  }

  private static <K> void count(
      KeyGroupsStateHandle handle, ClassLoader classes, Map<String, Long> entries)
      throws IOException, StateMigrationException {
    KeyedBackendSerializationProxy<K> written = new KeyedBackendSerializationProxy<>(classes);
    try (FSDataInputStream in = handle.openInputStream()) {
      written.read(new DataInputViewStreamWrapper(in));
    }
    FullSnapshotRestoreOperation<K> restore =
        new FullSnapshotRestoreOperation<>(
            handle.getKeyGroupRange(),
            classes,
            List.of(handle),
            StateSerializerProvider.fromNewRegisteredSerializer(
                written.getKeySerializerSnapshot().restoreSerializer()));
    try (ThrowingIterator<SavepointRestoreResult> results = restore.restore()) {
      while (results.hasNext()) {
        count(results.next(), entries);
      }
    }
  }

  private static void count(SavepointRestoreResult result, Map<String, Long> entries)
      throws IOException, StateMigrationException {
    List<StateMetaInfoSnapshot> states = result.getStateMetaInfoSnapshots();
    try (ThrowingIterator<KeyGroup> groups = result.getRestoredKeyGroups()) {
      while (groups.hasNext()) {
        try (ThrowingIterator<KeyGroupEntry> of = groups.next().getKeyGroupEntries()) {
          while (of.hasNext()) {
            entries.merge(states.get(of.next().getKvStateId()).getName(), 1L, Long::sum);
          }
        }
      }
    }
  }

  /** What is there of states of which nothing stays; empty if all that can expire has. */
  Map<String, Long> aboveFloor() {
    Map<String, Long> above = new TreeMap<>(entries);
    above.keySet().removeAll(STAYING);
    return above;
  }

  @Override
  public String toString() {
    return new TreeMap<>(entries).toString();
  }
}
