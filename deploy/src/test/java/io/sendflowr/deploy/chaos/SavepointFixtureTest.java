package io.sendflowr.deploy.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.deploy.chaos.ChaosStream.Entry;
import io.sendflowr.flink.States;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Savepoints of the job as released versions wrote them, each in the middle of a stream. This
 * version goes on from each of them, and what it writes, with what was written before, is what a
 * replay of the whole stream writes.
 *
 * <p>A fixture is a zip file: {@code in.tsv} (topic, partition and record a line, in the order in
 * which they were produced), {@code written/<topic>.jsonl}, and the savepoint.
 */
class SavepointFixtureTest {
  private static final Path FIXTURES = Path.of("src/test/resources/savepoints");
  private static final String VERSION = "sendflowr.write-savepoint";
  private static final String INPUT = "in.tsv";
  private static final String WRITTEN = "written";
  private static final String SAVEPOINT = "savepoint";

  /**
   * At least once, because transactions are part of the state of an exactly-once sink, and of a
   * broker that is not there any more.
   */
  private static final String[] OPTIONS = {
    "--out-of-orderness", ChaosStream.OUT_OF_ORDERNESS.toString(), "--delivery", "AT_LEAST_ONCE"
  };

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @TempDir private Path folder;

  @ParameterizedTest
  @MethodSource("fixtures")
  void goesOnFromASavepoint(Path fixture) throws Exception {
    unzip(fixture, folder);
    List<Entry> stream = readInput(folder.resolve(INPUT));
    Outputs expected = Chaos.replay(stream);
    try (Ground ground = Ground.start(1, PATIENCE)) {
      ground.produce(stream);
      ground.written(Outputs.ofReplay(folder.resolve(WRITTEN)));
      // At another parallelism than it was written at.
      ground.submit(1, Optional.of(folder.resolve(SAVEPOINT).toUri().toString()), OPTIONS);
      Outputs written = ground.awaitOutputs(expected);
      ground.cluster().cancel();
      ground.read();
      assertThat(written.differencesFrom(expected)).isEmpty();
    }
  }

  /** The newest fixture has every state that there is now: one that has a new state is due. */
  @Test
  void theNewestHasEveryState() throws Exception {
    unzip(newest(), folder);
    Set<String> found = new TreeSet<>();
    Path metadata = folder.resolve(SAVEPOINT).resolve("_metadata");
    try (DataInputStream in = new DataInputStream(Files.newInputStream(metadata))) {
      CheckpointMetadata savepoint =
          Checkpoints.loadCheckpointMetadata(
              in, getClass().getClassLoader(), folder.resolve(SAVEPOINT).toUri().toString());
      for (OperatorState operator : savepoint.getOperatorStates()) {
        for (OperatorSubtaskState subtask : operator.getSubtaskStates().values()) {
          for (OperatorStateHandle handle : subtask.getManagedOperatorState()) {
            found.addAll(handle.getStateNameToPartitionOffsets().keySet());
          }
          for (KeyedStateHandle handle : subtask.getManagedKeyedState()) {
            found.addAll(names((KeyGroupsStateHandle) handle));
          }
        }
      }
    }
    assertThat(found).containsAll(states());
  }

  /** Names of all states of the job. */
  private static Set<String> states() throws ReflectiveOperationException {
    Set<String> names = new TreeSet<>();
    for (Method method : States.class.getMethods()) {
      if (StateDescriptor.class.isAssignableFrom(method.getReturnType())
          && method.getParameterCount() == 0) {
        names.add(((StateDescriptor<?, ?>) method.invoke(null)).getName());
      }
    }
    return names;
  }

  private Set<String> names(KeyGroupsStateHandle handle) throws IOException {
    KeyedBackendSerializationProxy<?> proxy =
        new KeyedBackendSerializationProxy<>(getClass().getClassLoader());
    try (FSDataInputStream in = handle.openInputStream()) {
      proxy.read(new DataInputViewStreamWrapper(in));
    }
    Set<String> names = new TreeSet<>();
    proxy.getStateMetaInfoSnapshots().forEach(state -> names.add(state.getName()));
    return names;
  }

  private static List<Path> fixtures() throws IOException {
    try (Stream<Path> all = Files.list(FIXTURES)) {
      return all.sorted(Comparator.comparingInt(SavepointFixtureTest::number)).toList();
    }
  }

  private static Path newest() throws IOException {
    List<Path> all = fixtures();
    return all.get(all.size() - 1);
  }

  private static int number(Path fixture) {
    return Integer.parseInt(fixture.getFileName().toString().replaceAll("\\D", ""));
  }

  /** Writes the fixture of this version; CONTRIBUTING.md says when, and how. */
  @Test
  @EnabledIfSystemProperty(named = VERSION, matches = "v\\d+")
  void writes() throws Exception {
    Path fixture = FIXTURES.resolve(System.getProperty(VERSION) + ".zip");
    assertThat(fixture).as("what was released stays as it is").doesNotExist();
    List<Entry> stream = ChaosStream.of(11, 3_000, 150, 0);
    try (Ground ground = Ground.start(1, PATIENCE)) {
      ground.produce(stream);
      ground.limitReading(8_000);
      ground.submit(2, OPTIONS);
      ground.awaitProgress(0.3);
      URI savepoint = URI.create(ground.cluster().stopWithSavepoint());
      assertThat(ground.progress()).as("the rest is for those who restore it").isLessThan(0.95);
      Outputs written = ground.read();

      Files.createDirectories(FIXTURES);
      try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(fixture))) {
        add(zip, INPUT, input(stream));
        for (String topic : written.sizes().keySet()) {
          add(zip, WRITTEN + "/" + topic + ".jsonl", written.lines(topic).getBytes(UTF_8));
        }
        try (Stream<Path> files = Files.list(Path.of(savepoint))) {
          for (Path file : files.sorted().toList()) {
            add(zip, SAVEPOINT + "/" + file.getFileName(), Files.readAllBytes(file));
          }
        }
      }
    }
  }

  private static byte[] input(List<Entry> stream) {
    StringBuilder lines = new StringBuilder();
    for (Entry entry : stream) {
      lines
          .append(entry.topic())
          .append('\t')
          .append(entry.partition(Ground.PARTITIONS))
          .append('\t')
          .append(new String(entry.value(), UTF_8))
          .append('\n');
    }
    return lines.toString().getBytes(UTF_8);
  }

  private static List<Entry> readInput(Path file) throws IOException {
    List<Entry> stream = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      String[] fields = line.split("\t", 3);
      stream.add(new Entry(fields[0], Integer.parseInt(fields[1]), fields[2].getBytes(UTF_8)));
    }
    return stream;
  }

  private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
  }

  private static void unzip(Path file, Path to) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path target = to.resolve(entry.getName());
        Files.createDirectories(target.getParent());
        try (OutputStream out = Files.newOutputStream(target)) {
          zip.transferTo(out);
        }
      }
    }
  }
}
