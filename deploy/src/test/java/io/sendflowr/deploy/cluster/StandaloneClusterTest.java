package io.sendflowr.deploy.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sendflowr.deploy.LocalBroker;
import io.sendflowr.deploy.Topics;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of real processes, with the job on it. */
class StandaloneClusterTest {
  private static final Installation INSTALLATION = Installation.find();
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path folder;

  @Test
  void runsTheJobThroughFailuresAndRescaling() throws Exception {
    List<FlinkProcess> started;
    try (LocalBroker broker = LocalBroker.start()) {
      Topics.create(broker.bootstrapServers());
      StandaloneCluster cluster =
          StandaloneCluster.start(INSTALLATION, folder, INSTALLATION.localProfile(), 1, 2);
      try {
        started = cluster.processes();
        assertThat(started).allMatch(FlinkProcess::isAlive).hasSize(2);
        assertThatThrownBy(
                () ->
                    StandaloneCluster.start(
                        INSTALLATION, folder, INSTALLATION.localProfile(), 1, 2))
            .hasMessageContaining("runs already");

        assertThatThrownBy(() -> cluster.submit(INSTALLATION.jobJar(), 1, List.of()))
            .isInstanceOf(ClusterException.class)
            .hasMessageContaining("Missing required option: '--bootstrap-servers");
        String first =
            cluster.submit(
                INSTALLATION.jobJar(),
                1,
                List.of("--bootstrap-servers", broker.bootstrapServers()));
        assertThatThrownBy(
                () -> cluster.submit(INSTALLATION.jobJar(), 1, List.of("--bootstrap-servers", "x")))
            .hasMessageContaining(first);

        cluster.kill(cluster.taskManagers().get(0));
        cluster.addTaskManager();
        await()
            .atMost(PATIENCE)
            .until(() -> cluster.job().filter(job -> job.running() < job.subtasks()).isEmpty());
        cluster.awaitRunning();

        assertThat(Path.of(URI.create(cluster.savepoint()))).isDirectory();
        String savepoint = cluster.stopWithSavepoint();
        assertThat(cluster.job()).get().matches(job -> !job.isActive());
        String second = cluster.restore(savepoint, 2);
        assertThat(second).isNotEqualTo(first);
        assertThat(cluster.job().orElseThrow().parallelism()).isEqualTo(2);

        await().atMost(PATIENCE).until(() -> cluster.latestCheckpoint().isPresent());
        cluster.kill(cluster.jobManager().orElseThrow());
        assertThatThrownBy(cluster::savepoint).hasMessageContaining("JobManager does not run");
        StandaloneCluster later = StandaloneCluster.open(INSTALLATION, folder);
        later.startJobManager();
        later.restore(later.latestCheckpoint().orElseThrow(), 2);
        later.cancel();
        started = later.processes();
        assertThat(later.stop()).isEqualTo(2);
      } finally {
        StandaloneCluster.open(INSTALLATION, folder).stop();
      }
    }
    assertThat(started).noneMatch(FlinkProcess::isAlive);
    assertThat(Files.readString(folder.resolve("cluster.json"))).doesNotContain("pid");
  }
}
