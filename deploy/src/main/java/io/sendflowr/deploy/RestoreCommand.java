package io.sendflowr.deploy;

import io.sendflowr.deploy.cluster.FlinkProcess;
import io.sendflowr.deploy.cluster.StandaloneCluster;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sendflowr restore}. */
@Command(
    name = "restore",
    description =
        "Start the job that was submitted last once more, from a savepoint or from its newest checkpoint. Starts the"
            + " JobManager first if it is gone.")
final class RestoreCommand extends Subcommand {
  private static final String LATEST = "latest";

  @Option(
      names = "--from",
      paramLabel = "PATH",
      defaultValue = LATEST,
      description =
          "Savepoint or checkpoint; latest: the newest completed checkpoint. Default: ${DEFAULT-VALUE}.")
  private String from;

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      description = "Subtasks of each operator. Default: as before.")
  private Integer parallelism;

  @Mixin private ClusterFolder folder;

  @Override
  public Integer call() throws Exception {
    check(parallelism == null || parallelism > 0, "--parallelism must be at least 1");
    StandaloneCluster cluster = folder.open();
    int wanted =
        parallelism != null
            ? parallelism
            : cluster
                .job()
                .map(StandaloneCluster.Job::parallelism)
                .orElseThrow(() -> new IOException("no job was submitted here: use submit"));
    String path =
        from.equals(LATEST)
            ? cluster
                .latestCheckpoint()
                .orElseThrow(() -> new IOException("no checkpoint was completed yet: use submit"))
            : from;
    if (cluster.jobManager().filter(FlinkProcess::isAlive).isEmpty()) {
      cluster.startJobManager();
    }
    if (cluster.taskManagers().isEmpty()) {
      cluster.addTaskManager();
    }
    String job = cluster.restore(path, wanted);
    spec()
        .commandLine()
        .getOut()
        .println("Job %s runs, with parallelism %d, from %s.".formatted(job, wanted, path));
    return 0;
  }
}
