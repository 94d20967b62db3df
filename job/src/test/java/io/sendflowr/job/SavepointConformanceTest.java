package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.EventTime;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.file.FileEnds;
import io.sendflowr.connectors.json.JsonOutput;
import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.connectors.json.Timestamps;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.ErasureKey;
import io.sendflowr.record.Origin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.SimpleStreamFormat;
import org.apache.flink.connector.file.src.reader.StreamFormat;
import org.apache.flink.connector.file.src.reader.TextLineInputFormat;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.checkpoint.CheckpointFailureReason;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The cases of the behaviour contract with the input cut in two by a savepoint: what is stamped
 * before the middle is read by one job, which is stopped with a savepoint, and the rest by another
 * one, which starts from it at another parallelism.
 */
class SavepointConformanceTest {
  private static final Path CASES = Path.of("src/test/resources/conformance");
  private static final Duration OUT_OF_ORDERNESS = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final RecordReaderFactory READERS = Defaults.readers(CATALOGUE);
  private static final byte[] KEY = "of a test, 16 bytes".getBytes(StandardCharsets.US_ASCII);

  /** Records that left the sources since it was set to 0. */
  private static final AtomicLong READ = new AtomicLong();

  @TempDir private Path folder;

  static Stream<Arguments> cuts() throws IOException {
    int[] parallelisms = {2, 4, 1};
    List<Arguments> cuts = new ArrayList<>();
    try (Stream<Path> cases = Files.list(CASES)) {
      for (Path one : cases.sorted().toList()) {
        int after = parallelisms[cuts.size() % parallelisms.length];
        cuts.add(Arguments.of(one.getFileName().toString(), after));
      }
    }
    return cuts.stream();
  }

  @ParameterizedTest(name = "{0}, at parallelism 1 and then {1}")
  @MethodSource("cuts")
  void goesOnFromASavepointAsIfNothingHadHappened(String name, int parallelism) throws Exception {
    Path in = Files.createDirectory(folder.resolve("in"));
    Path theCase = CASES.resolve(name);
    long middle = middle(theCase);

    int before = copy(theCase, in, Long.MIN_VALUE, middle, "1");
    assertThat(before).isPositive();
    String savepoint = run(in, "before", 1, null, before, false);
    int after = copy(theCase, in, middle, Long.MAX_VALUE, "2");
    assertThat(after).isPositive();
    run(in, "after", parallelism, savepoint, after, true);

    Expected.of(theCase).isSame(written("send-schedules"));
    Path uncut = folder.resolve("uncut");
    ReplayJob.run(theCase, uncut, 1, OUT_OF_ORDERNESS, CATALOGUE);
    for (String topic : List.of("send-schedules", "explanations", "identity-changes")) {
      assertThat(written(topic))
          .as(topic)
          .containsExactlyInAnyOrderElementsOf(Replays.read(FileEnds.file(uncut, topic)));
    }
  }

  private List<JsonNode> written(String topic) throws IOException {
    List<JsonNode> all = new ArrayList<>();
    for (String part : List.of("before", "after")) {
      all.addAll(Replays.read(FileEnds.file(folder.resolve(part), topic)));
    }
    return all;
  }

  /** Half of the records are stamped before it. */
  private static long middle(Path theCase) throws IOException {
    List<Long> times = new ArrayList<>();
    for (InputTopic topic : InputTopic.values()) {
      for (String line : lines(theCase, topic)) {
        times.add(time(line));
      }
    }
    times.sort(null);
    return times.get(times.size() / 2);
  }

  /** Copies the records stamped within a time to files of their own; how many there were. */
  private static int copy(Path theCase, Path in, long from, long before, String part)
      throws IOException {
    int copied = 0;
    for (InputTopic topic : InputTopic.values()) {
      List<String> lines = new ArrayList<>();
      for (String line : lines(theCase, topic)) {
        if (from <= time(line) && time(line) < before) {
          lines.add(line);
        }
      }
      Files.write(in.resolve(topic.defaultName() + "-" + part), lines);
      copied += lines.size();
    }
    return copied;
  }

  private static List<String> lines(Path theCase, InputTopic topic) throws IOException {
    Path file = FileEnds.file(theCase, topic.defaultName());
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  private static long time(String line) throws IOException {
    return Timestamps.parse(Replays.JSON.readTree(line).path("timestamp").asText()).orElseThrow();
  }

  /** Runs the job until it has read so many records; where the savepoint is that stopped it. */
  private String run(
      Path in, String out, int parallelism, String savepoint, long records, boolean toTheEnd)
      throws Exception {
    Configuration configuration = Flink.configuration();
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "disable");
    if (savepoint != null) {
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    }
    READ.set(0);
    try (StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration)) {
      // State is assigned by key groups, of which there have to be as many in both jobs.
      env.setMaxParallelism(128);
      new Topology(
              env,
              new Growing(in, Files.createDirectory(folder.resolve(out))),
              CATALOGUE,
              Defaults.MAX_PERSON_SIZE,
              ErasureKey.of(KEY))
          .attach();
      JobClient job = env.executeAsync("savepoint-conformance");
      await()
          .atMost(PATIENCE)
          .until(() -> READ.get() == records || job.getJobStatus().get().isGloballyTerminalState());
      // The last operator may still be restoring what it has when the sources are through.
      return await()
          .atMost(PATIENCE)
          .ignoreExceptionsMatching(SavepointConformanceTest::isTooEarly)
          .until(() -> stop(job, toTheEnd), path -> true);
    }
  }

  private String stop(JobClient job, boolean toTheEnd) throws Exception {
    return job.stopWithSavepoint(
            toTheEnd,
            folder.resolve("savepoints").toUri().toString(),
            SavepointFormatType.CANONICAL)
        .get();
  }

  private static boolean isTooEarly(Throwable failure) {
    return failure.getCause() instanceof CheckpointException refused
        && refused.getCheckpointFailureReason()
            == CheckpointFailureReason.NOT_ALL_REQUIRED_TASKS_RUNNING;
  }

  /** A folder of inputs to which files may be added. */
  private record Growing(Path in, Path out) implements Ends {
    @Override
    public Source<Inbound, ?, ?> source(InputTopic topic) {
      String start = in.resolve(topic.defaultName()).toString();
      return FileSource.forRecordStreamFormat(
              new Lines(topic), new org.apache.flink.core.fs.Path(in.toUri()))
          .setFileEnumerator(() -> (paths, minSplits) -> splits(start))
          .monitorContinuously(Duration.ofMillis(100))
          .build();
    }

    private static List<FileSourceSplit> splits(String start) throws IOException {
      List<FileSourceSplit> splits = new ArrayList<>();
      for (String part : List.of("-1", "-2")) {
        Path file = Path.of(start + part);
        if (Files.exists(file)) {
          long length = Files.size(file);
          splits.add(
              new FileSourceSplit(
                  file.toString(),
                  new org.apache.flink.core.fs.Path(file.toUri()),
                  0,
                  length,
                  0,
                  length));
        }
      }
      return splits;
    }

    @Override
    public int sourceParallelism(InputTopic topic, int jobParallelism) {
      return jobParallelism;
    }

    @Override
    public WatermarkStrategy<Inbound> eventTime() {
      return EventTime.ofFiles(OUT_OF_ORDERNESS)
          .withTimestampAssigner(
              (record, ignored) -> {
                READ.incrementAndGet();
                return record.clock();
              });
    }

    @Override
    public <T> Sink<T> sink(OutputTopic topic, JsonOutput<T> json) {
      return FileEnds.sink(out, topic, json);
    }

    @Override
    public int sinkParallelism(int jobParallelism) {
      return 1;
    }
  }

  /** One record a line; no line of a case yields none, or several. */
  private static final class Lines extends SimpleStreamFormat<Inbound> {
    private static final long serialVersionUID = 1L;

    private final InputTopic topic;

    Lines(InputTopic topic) {
      this.topic = topic;
    }

    @Override
    public StreamFormat.Reader<Inbound> createReader(Configuration config, FSDataInputStream stream)
        throws IOException {
      TextLineInputFormat.Reader lines = new TextLineInputFormat().createReader(config, stream);
      RecordReader records = READERS.create();
      return new StreamFormat.Reader<>() {
        @Override
        public Inbound read() throws IOException {
          String line = lines.read();
          if (line == null) {
            return null;
          }
          List<Inbound> read = new ArrayList<>();
          byte[] value = line.getBytes(StandardCharsets.UTF_8);
          Origin origin = new Origin(topic.defaultName(), 0, 0, value, Origin.UNKNOWN_TIME);
          records.read(topic, origin, read::add);
          assertThat(read).as(line).hasSize(1);
          return read.get(0);
        }

        @Override
        public void close() throws IOException {
          lines.close();
        }
      };
    }

    @Override
    public TypeInformation<Inbound> getProducedType() {
      return Types.INBOUND;
    }
  }
}
