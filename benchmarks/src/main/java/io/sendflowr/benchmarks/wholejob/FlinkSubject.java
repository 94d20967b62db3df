package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.job.Defaults;
import io.sendflowr.job.KafkaJob;
import io.sendflowr.job.KafkaOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * Runs one of the subjects on Flink, in a process of its own, over what is in the topics, and tells
 * how long it took. What is timed begins when a share of the records has been read, by which the
 * code is compiled, and ends when a checkpoint is complete that was asked for after the last record
 * was read: then each is worked off, and what came of it is in transactions that can be committed.
 */
public final class FlinkSubject implements Callable<Integer> {
  private static final Duration OUT_OF_ORDERNESS = Duration.ofSeconds(5);

  @Option(names = "--subject", required = true)
  private Subject subject;

  @Option(names = "--bootstrap-servers", required = true)
  private String bootstrapServers;

  @Option(names = "--name", required = true)
  private String name;

  @Option(names = "--records", required = true)
  private long records;

  @Option(names = "--untimed", required = true)
  private long untimed;

  @Option(names = "--parallelism", required = true)
  private int parallelism;

  @Option(names = "--folder", required = true)
  private Path folder;

  @Option(names = "--checkpoint-interval", required = true)
  private Duration checkpointInterval;

  @Option(names = "--restore")
  private boolean restore;

  private FlinkSubject() {}

  /** Runs it. */
  public static void main(String[] args) {
    CommandLine line = new CommandLine(new FlinkSubject());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    System.exit(line.execute(args));
  }

  @Override
  public Integer call() throws Exception {
    try (EmbeddedFlink flink = EmbeddedFlink.start(folder, parallelism, Map.of())) {
      JobID id = flink.submit(job(flink));
      flink.awaitRead(untimed, id);
      long before = JobMetrics.read();
      double cpuBefore = ProcessCost.cpuSeconds();
      long begin = System.nanoTime();
      flink.awaitRead(records, id);
      flink.checkpoint(id);
      double seconds = (System.nanoTime() - begin) / 1e9;
      double cpuSeconds = ProcessCost.cpuSeconds() - cpuBefore;
      long linkBytes = JobMetrics.linkBytes();
      long peakRssBytes = ProcessCost.peakRssBytes();
      CheckpointStatsSnapshot stats = flink.checkpoints(id);
      CompletedCheckpointStats last = stats.getHistory().getLatestCompletedCheckpoint();
      flink.cancel(id);
      long restoreMillis = restore ? restore(flink, last.getExternalPath()) : 0;
      System.out.println(
          new Result(
                  records - before,
                  seconds,
                  cpuSeconds,
                  peakRssBytes,
                  new Result.State(
                      last.getStateSize(), medianMillis(stats), restoreMillis, linkBytes))
              .line());
      System.out.flush();
      return 0;
    }
  }

  /** How long the job takes to run again from a checkpoint, in ms. */
  private long restore(EmbeddedFlink flink, String checkpoint) throws Exception {
    JobGraph job = job(flink);
    job.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(checkpoint));
    long begin = System.nanoTime();
    JobID id = flink.submit(job);
    flink.awaitRunning(id);
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    flink.cancel(id);
    return millis;
  }

  private JobGraph job(EmbeddedFlink flink) {
    StreamExecutionEnvironment env = flink.environment();
    KafkaOptions options =
        new KafkaOptions(bootstrapServers)
            .withGroupId(name)
            .withTransactionalIdPrefix(name)
            .withOutOfOrderness(OUT_OF_ORDERNESS)
            .withCheckpointInterval(checkpointInterval)
            .withCheckpointDirectory(folder.resolve("checkpoints"));
    if (subject == Subject.JOB) {
      KafkaJob.attach(env, options);
    } else {
      env.configure(KafkaJob.configuration(options));
      Properties client = new Properties();
      client.setProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
      var catalogue = CatalogueReader.builtIn();
      PassThrough.attach(
          env,
          client,
          name,
          Defaults.readers(catalogue, DescriptorFile.builtIn()),
          OUT_OF_ORDERNESS,
          subject == Subject.KEYED);
    }
    return env.getStreamGraph().getJobGraph();
  }

  private static long medianMillis(CheckpointStatsSnapshot stats) {
    List<Long> durations =
        stats.getHistory().getCheckpoints().stream()
            .filter(CompletedCheckpointStats.class::isInstance)
            .map(AbstractCheckpointStats::getEndToEndDuration)
            .sorted()
            .toList();
    return durations.get(durations.size() / 2);
  }
}
