package io.sendflowr.deploy.demo;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * Flink in this JVM, with its web UI.
 *
 * <p>A local environment would start the same cluster by itself; but it leaves open when the
 * cluster has stopped, and cannot take whatever port is free for the web UI.
 */
final class DemoCluster implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final int SLOTS = 2;
  private static final int RESTARTS = 3;
  private static final int STOP_SECONDS = 15;

  private final Configuration configuration;
  private final MiniCluster cluster;

  private DemoCluster(Configuration configuration, MiniCluster cluster) {
    this.configuration = configuration;
    this.cluster = cluster;
  }

  /**
   * Starts the cluster.
   *
   * @param folder for its temporary files
   * @throws Exception if Flink does not start
   */
  static DemoCluster start(Path folder) throws Exception {
    Configuration configuration = configuration(folder);
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(SLOTS)
                .setCommonBindAddress(HOST)
                .build());
    try {
      cluster.start();
      return new DemoCluster(configuration, cluster);
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  /** An environment to build a job on that is to run here. */
  StreamExecutionEnvironment environment() {
    return StreamExecutionEnvironment.getExecutionEnvironment(configuration);
  }

  /** Where the web UI answers. */
  URI webUi() {
    return cluster.getRestAddress().join();
  }

  /**
   * Runs a job.
   *
   * @param environment one of ours
   * @param name shown in the web UI
   * @return completes when the job ends, by itself or because it failed
   * @throws ExecutionException if the job is refused
   * @throws InterruptedException if interrupted before the job is accepted
   */
  CompletableFuture<JobResult> submit(StreamExecutionEnvironment environment, String name)
      throws ExecutionException, InterruptedException {
    StreamGraph job = environment.getStreamGraph();
    job.setJobName(name);
    JobID id = cluster.submitJob(job.getJobGraph()).get().getJobID();
    return cluster.requestJobResult(id);
  }

  /**
   * Ends the job and the cluster.
   *
   * @throws TimeoutException if that takes long, as it can if the broker is gone; what still runs
   *     ends with this process
   * @throws Exception if something could not be stopped
   */
  @Override
  public void close() throws Exception {
    cluster.closeAsync().get(STOP_SECONDS, TimeUnit.SECONDS);
  }

  private static Configuration configuration(Path folder) {
    String temporary = folder.toString();
    return new Configuration()
        .set(RestOptions.ADDRESS, HOST)
        .set(RestOptions.BIND_ADDRESS, HOST)
        .set(RestOptions.PORT, 0)
        .set(RestOptions.BIND_PORT, "0")
        .set(JobManagerOptions.BIND_HOST, HOST)
        .set(TaskManagerOptions.BIND_HOST, HOST)
        .set(TaskManagerOptions.HOST, HOST)
        .set(WebOptions.SUBMIT_ENABLE, false)
        .set(WebOptions.TMP_DIR, temporary)
        .set(CoreOptions.TMP_DIRS, temporary)
        .set(CoreOptions.DEFAULT_PARALLELISM, SLOTS)
        .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(128))
        // A failure that lasts shall be seen soon; one that passes shall not end the demo.
        .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, RESTARTS)
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1));
  }
}
