package io.sendflowr.deploy;

import io.sendflowr.deploy.cluster.StandaloneCluster;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sendflowr submit}. */
@Command(
    name = "submit",
    description = "Start the job on the cluster, and wait until all of it runs.",
    footer = {
      "",
      "What is behind -- are options of the job: sendflowr submit --parallelism 2 -- --bootstrap-servers HOST:PORT"
    })
final class SubmitCommand extends Subcommand {
  @Option(
      names = "--parallelism",
      paramLabel = "N",
      defaultValue = "2",
      description = "Subtasks of each operator. Default: ${DEFAULT-VALUE}.")
  private int parallelism;

  @Option(
      names = "--jar",
      paramLabel = "FILE",
      description = "Another build of the job than that of this project.")
  private Path jar;

  @Parameters(paramLabel = "JOB OPTIONS", description = "Options of the job, behind --.")
  private List<String> arguments = List.of();

  @Mixin private ClusterFolder folder;

  @Override
  public Integer call() throws Exception {
    check(parallelism > 0, "--parallelism must be at least 1");
    StandaloneCluster cluster = folder.open();
    String job =
        cluster.submit(jar == null ? folder.installation().jobJar() : jar, parallelism, arguments);
    spec()
        .commandLine()
        .getOut()
        .println("Job %s runs, with parallelism %d.".formatted(job, parallelism));
    return 0;
  }
}
