package io.sendflowr.deploy;

import io.sendflowr.deploy.cluster.ClusterException;
import io.sendflowr.deploy.cluster.StandaloneCluster;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sendflowr rescale}. */
@Command(
    name = "rescale",
    description =
        "Stop the job with a savepoint, and start it from there with another parallelism and the same options.")
final class RescaleCommand extends Subcommand {
  @Option(
      names = "--parallelism",
      required = true,
      paramLabel = "N",
      description = "Subtasks of each operator from then on.")
  private int parallelism;

  @Mixin private ClusterFolder folder;

  @Override
  public Integer call() throws Exception {
    check(parallelism > 0, "--parallelism must be at least 1");
    StandaloneCluster cluster = folder.open();
    // Before the job is stopped.
    cluster.requireSlots(parallelism);
    String savepoint = cluster.stopWithSavepoint();
    try {
      String job = cluster.restore(savepoint, parallelism);
      spec()
          .commandLine()
          .getOut()
          .println(
              "Job %s runs, with parallelism %d, from %s.".formatted(job, parallelism, savepoint));
      return 0;
    } catch (ClusterException e) {
      throw new IOException(
          e.getMessage()
              + ". The job is stopped, and nothing is lost: sendflowr restore --from "
              + savepoint,
          e);
    }
  }
}
