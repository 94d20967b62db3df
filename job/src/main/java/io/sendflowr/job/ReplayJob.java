package io.sendflowr.job;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.EventTime;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.file.FileEnds;
import io.sendflowr.connectors.json.JsonOutput;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.ErasureKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Runs the topology over a folder of files, to their end, in this process. */
public final class ReplayJob {
  /** No state outlives a replay, so its marks need not be kept from anybody. */
  private static final byte[] MARK_KEY = "sendflowr-replay".getBytes(StandardCharsets.US_ASCII);

  private ReplayJob() {}

  /**
   * Reads {@code <topic>.jsonl} of each input topic that has a file, and writes {@code
   * <topic>.jsonl} of each output topic.
   *
   * @param in input folder, which exists
   * @param out output folder; created if it does not exist, files of earlier runs in it are
   *     replaced
   * @param parallelism at least 1; the result does not depend on it
   * @param outOfOrderness how much later than its successors a record may stand in its file
   * @param catalogue identifier types and what events do
   * @return number of records of each topic, by topic and direction
   * @throws Exception if the job fails
   */
  public static Map<String, Long> run(
      Path in, Path out, int parallelism, Duration outOfOrderness, Catalogue catalogue)
      throws Exception {
    return run(in, out, parallelism, outOfOrderness, catalogue, DescriptorFile.builtIn());
  }

  /**
   * The same with other platforms than those that ship.
   *
   * @param platforms descriptors of the platforms whose webhooks are read
   */
  public static Map<String, Long> run(
      Path in,
      Path out,
      int parallelism,
      Duration outOfOrderness,
      Catalogue catalogue,
      List<DescriptorFile> platforms)
      throws Exception {
    Files.createDirectories(out);
    Configuration configuration = Flink.configuration();
    // A run that fails is run again from its start: the files are still there.
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "disable");
    try (StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration)) {
      attach(env, in, out, outOfOrderness, catalogue, platforms);
      env.execute("sendflowr-replay");
    }
    return counts(in, out);
  }

  /** Attaches the topology with files as its ends. */
  static void attach(
      StreamExecutionEnvironment env,
      Path in,
      Path out,
      Duration outOfOrderness,
      Catalogue catalogue,
      List<DescriptorFile> platforms) {
    new Topology(
            env,
            new Folders(in, out, outOfOrderness, Defaults.readers(catalogue, platforms)),
            catalogue,
            Defaults.MAX_PERSON_SIZE,
            ErasureKey.of(MARK_KEY))
        .attach();
  }

  private static Map<String, Long> counts(Path in, Path out) throws IOException {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (InputTopic topic : InputTopic.values()) {
      counts.put(topic.defaultName() + " (in)", lines(FileEnds.file(in, topic.defaultName())));
    }
    for (OutputTopic topic : OutputTopic.values()) {
      counts.put(topic.defaultName() + " (out)", lines(FileEnds.file(out, topic.defaultName())));
    }
    return counts;
  }

  private static long lines(Path file) throws IOException {
    if (!Files.exists(file)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      return lines.filter(line -> !line.isEmpty()).count();
    }
  }

  /** Folders as ends. */
  private record Folders(Path in, Path out, Duration outOfOrderness, RecordReaderFactory readers)
      implements Ends {
    @Override
    public Source<Inbound, ?, ?> source(InputTopic topic) {
      return FileEnds.source(in, topic, readers);
    }

    @Override
    public int sourceParallelism(InputTopic topic, int jobParallelism) {
      return jobParallelism;
    }

    @Override
    public WatermarkStrategy<Inbound> eventTime() {
      return EventTime.ofFiles(outOfOrderness);
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
}
