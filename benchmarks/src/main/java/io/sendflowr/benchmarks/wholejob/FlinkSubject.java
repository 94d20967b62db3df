package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.job.Defaults;
import io.sendflowr.job.KafkaJob;
import io.sendflowr.job.KafkaOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
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
  private static final String HOST = "127.0.0.1";
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final Duration OUT_OF_ORDERNESS = Duration.ofSeconds(5);
  private static final long PATIENCE_SECONDS = 900;

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

  @Option(names = "--restore")
  private boolean restore;

  private MiniCluster cluster;

  private FlinkSubject() {}

  /** Runs it. */
  public static void main(String[] args) {
    CommandLine line = new CommandLine(new FlinkSubject());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    System.exit(line.execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Configuration configuration = cluster();
    try (MiniCluster started =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(parallelism)
                .setCommonBindAddress(HOST)
                .build())) {
      cluster = started;
      cluster.start();
      JobGraph job = job(configuration);
      JobID id = cluster.submitJob(job).get().getJobID();
      awaitRead(untimed, id);
      long before = ReadCounter.read();
      double cpuBefore = ProcessCost.cpuSeconds();
      long begin = System.nanoTime();
      awaitRead(records, id);
      cluster.triggerCheckpoint(id, CheckpointType.CONFIGURED).get();
      double seconds = (System.nanoTime() - begin) / 1e9;
      double cpuSeconds = ProcessCost.cpuSeconds() - cpuBefore;
      CheckpointStatsSnapshot stats =
          cluster.getExecutionGraph(id).get().getCheckpointStatsSnapshot();
      CompletedCheckpointStats last = stats.getHistory().getLatestCompletedCheckpoint();
      long restoreMillis = restore ? restore(id, configuration, last.getExternalPath()) : 0;
      System.out.println(
          new Result(
                  records - before,
                  seconds,
                  cpuSeconds,
                  ProcessCost.peakRssBytes(),
                  last.getStateSize(),
                  medianMillis(stats),
                  restoreMillis,
                  0)
              .line());
      System.out.flush();
      if (!restore) {
        cluster.cancelJob(id).get();
      }
      return 0;
    }
  }

  private void awaitRead(long count, JobID id) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    CompletableFuture<JobResult> ended = cluster.requestJobResult(id);
    while (ReadCounter.read() < count) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            ReadCounter.read()
                + " of "
                + count
                + " records were read in "
                + PATIENCE_SECONDS
                + " s");
      }
      if (ended.isDone()) {
        throw new IllegalStateException(
            "The job failed", ended.get().getSerializedThrowable().orElse(null));
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private long restore(JobID id, Configuration configuration, String checkpoint) throws Exception {
    cluster.cancelJob(id).get();
    cluster.requestJobResult(id).get();
    ReadCounter.reset();
    JobGraph job = job(configuration);
    job.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(checkpoint));
    long begin = System.nanoTime();
    JobID again = cluster.submitJob(job).get().getJobID();
    boolean running = false;
    while (!running) {
      LockSupport.parkNanos(LOOK_NANOS);
      running = isRunning(cluster.getExecutionGraph(again).get());
    }
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
  }

  private static boolean isRunning(AccessExecutionGraph graph) {
    int count = 0;
    for (AccessExecutionVertex vertex : graph.getAllExecutionVertices()) {
      count++;
      if (vertex.getExecutionState() != ExecutionState.RUNNING) {
        return false;
      }
    }
    return count > 0;
  }

  private JobGraph job(Configuration configuration) {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    env.setParallelism(parallelism);
    KafkaOptions options =
        new KafkaOptions(bootstrapServers)
            .withGroupId(name)
            .withTransactionalIdPrefix(name)
            .withOutOfOrderness(OUT_OF_ORDERNESS)
            .withCheckpointInterval(Duration.ofSeconds(5))
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

  private Configuration cluster() {
    Configuration configuration =
        new Configuration()
            .set(CoreOptions.TMP_DIRS, folder.toString())
            .set(CoreOptions.DEFAULT_PARALLELISM, parallelism)
            .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(512))
            .set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    configuration.setString("metrics.reporters", "read");
    configuration.setString(
        "metrics.reporter.read.factory.class", ReadCounter.Factory.class.getName());
    return configuration;
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
