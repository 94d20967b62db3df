package io.sendflowr.benchmarks.wholejob;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Flink in this process, for one job at a time that is measured. A job that fails stays failed: its
 * figures would mean nothing.
 */
final class EmbeddedFlink implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long PATIENCE_SECONDS = 900;

  private final Configuration configuration;
  private final MiniCluster cluster;
  private final int parallelism;

  private EmbeddedFlink(Configuration configuration, MiniCluster cluster, int parallelism) {
    this.configuration = configuration;
    this.cluster = cluster;
    this.parallelism = parallelism;
  }

  /**
   * Starts it.
   *
   * @param folder for what RocksDB and the network spill
   * @param settings of Flink, besides those that all benchmarks have
   */
  static EmbeddedFlink start(Path folder, int parallelism, Map<String, String> settings)
      throws Exception {
    Configuration configuration =
        new Configuration()
            .set(CoreOptions.TMP_DIRS, folder.toString())
            .set(CoreOptions.DEFAULT_PARALLELISM, parallelism)
            .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(512))
            .set(RestartStrategyOptions.RESTART_STRATEGY, "none")
            // One that is free: somebody else on this machine may run a Flink.
            .set(RestOptions.BIND_PORT, "0");
    configuration.setString("metrics.reporters", "benchmark");
    configuration.setString(
        "metrics.reporter.benchmark.factory.class", JobMetrics.Factory.class.getName());
    // As in the profiles of flink-conf.
    configuration.setString("state.backend.rocksdb.thread.num", "16");
    settings.forEach(configuration::setString);
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(parallelism)
                .setCommonBindAddress(HOST)
                .build());
    cluster.start();
    return new EmbeddedFlink(configuration, cluster, parallelism);
  }

  /** Where a job is put together that is to run here. */
  StreamExecutionEnvironment environment() {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    env.setParallelism(parallelism);
    return env;
  }

  /** Starts a job. */
  JobID submit(JobGraph job) throws Exception {
    return cluster.submitJob(job).get().getJobID();
  }

  /** Waits until each subtask has its state and works. */
  void awaitRunning(JobID id) throws Exception {
    await(
        id,
        () -> isRunning(cluster.getExecutionGraph(id).join()),
        "The job does not run after " + PATIENCE_SECONDS + " s");
  }

  /** Waits until the sources have read so many records. */
  void awaitRead(long count, JobID id) throws Exception {
    await(
        id,
        () -> JobMetrics.read() >= count,
        "No " + count + " records were read in " + PATIENCE_SECONDS + " s");
  }

  /** Takes a checkpoint and waits until it is complete. */
  void checkpoint(JobID id) throws Exception {
    cluster.triggerCheckpoint(id, CheckpointType.CONFIGURED).get();
  }

  CheckpointStatsSnapshot checkpoints(JobID id) throws Exception {
    return cluster.getExecutionGraph(id).get().getCheckpointStatsSnapshot();
  }

  /** Ends a job and waits until it has. */
  void cancel(JobID id) throws Exception {
    cluster.cancelJob(id).get();
    cluster.requestJobResult(id).get();
  }

  /**
   * Throws if a job has ended.
   *
   * @throws IllegalStateException with the reason
   */
  void check(JobID id) throws Exception {
    CompletableFuture<JobResult> ended = cluster.requestJobResult(id);
    if (ended.isDone()) {
      throw new IllegalStateException(
          "The job failed", ended.get().getSerializedThrowable().orElse(null));
    }
  }

  private void await(JobID id, BooleanSupplier condition, String otherwise) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(otherwise);
      }
      check(id);
      LockSupport.parkNanos(LOOK_NANOS);
    }
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

  @Override
  public void close() throws Exception {
    cluster.close();
  }
}
