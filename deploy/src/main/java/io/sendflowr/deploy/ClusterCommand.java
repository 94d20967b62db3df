package io.sendflowr.deploy;

import io.sendflowr.deploy.cluster.FlinkProcess;
import io.sendflowr.deploy.cluster.StandaloneCluster;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sendflowr cluster}. */
@Command(
    name = "cluster",
    description =
        "Run a Flink cluster on this machine: a JobManager and TaskManagers as processes of their own, on 127.0.0.1.",
    subcommands = {
      ClusterCommand.Start.class,
      ClusterCommand.Stop.class,
      ClusterCommand.Status.class
    },
    synopsisSubcommandLabel = "start|stop|status",
    commandListHeading = "%nCommands:%n")
final class ClusterCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  @SuppressWarnings("unused") // Asks picocli for the text, which looks at the annotation alone.
  private boolean help;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say start, stop or status");
  }

  /** {@code sendflowr cluster start}. */
  @Command(name = "start", description = "Start a cluster; it runs until it is stopped.")
  static final class Start extends Subcommand {
    @Option(
        names = "--task-managers",
        paramLabel = "N",
        defaultValue = "1",
        description = "How many task managers. Default: ${DEFAULT-VALUE}.")
    private int taskManagers;

    @Option(
        names = "--slots",
        paramLabel = "N",
        defaultValue = "4",
        description =
            "Slots of each; a job takes as many as its parallelism. Default: ${DEFAULT-VALUE}.")
    private int slots;

    @Option(
        names = "--profile",
        paramLabel = "FILE",
        description = "Flink configuration to start from. Default: flink-conf/local.yaml.")
    private Path profile;

    @Mixin private ClusterFolder folder;

    @Override
    public Integer call() throws Exception {
      check(taskManagers > 0, "--task-managers must be at least 1");
      check(slots > 0, "--slots must be at least 1");
      StandaloneCluster cluster =
          StandaloneCluster.start(
              folder.installation(),
              folder.path(),
              profile == null ? folder.installation().localProfile() : profile,
              taskManagers,
              slots);
      PrintWriter out = spec().commandLine().getOut();
      out.println(
          "The cluster runs: %d task manager%s of %d slots, web UI %s, kept in %s."
              .formatted(
                  taskManagers,
                  taskManagers == 1 ? "" : "s",
                  slots,
                  cluster.webUi(),
                  cluster.folder()));
      return 0;
    }
  }

  /** {@code sendflowr cluster stop}. */
  @Command(
      name = "stop",
      description =
          "End all processes of the cluster. The job ends as if it had failed: its checkpoints stay, and restore goes on"
              + " from the newest.")
  static final class Stop extends Subcommand {
    @Mixin private ClusterFolder folder;

    @Override
    public Integer call() throws Exception {
      int ended = folder.open().stop();
      spec()
          .commandLine()
          .getOut()
          .println(
              ended == 0
                  ? "No cluster runs in " + folder.path() + "."
                  : "The cluster is stopped; checkpoints, savepoints and logs stay in "
                      + folder.path()
                      + ".");
      return 0;
    }
  }

  /** {@code sendflowr cluster status}. */
  @Command(
      name = "status",
      description =
          "Show the processes, the job and its newest checkpoint. Exit status 1 if something that should run does not.")
  static final class Status extends Subcommand {
    @Mixin private ClusterFolder folder;

    @Override
    public Integer call() throws Exception {
      StandaloneCluster cluster = folder.open();
      PrintWriter out = spec().commandLine().getOut();
      List<FlinkProcess> processes = cluster.processes();
      if (processes.isEmpty()) {
        out.println("No cluster runs in " + folder.path() + ".");
        return 1;
      }
      for (FlinkProcess process : processes) {
        out.println(
            "%-14s %-8s process %d"
                .formatted(process.name(), process.isAlive() ? "runs" : "is gone", process.pid()));
      }
      out.println("web UI         " + cluster.webUi());
      Optional<StandaloneCluster.Job> job = cluster.job();
      out.println(
          "job            "
              + job.map(
                      j ->
                          "%s, %s, parallelism %d, %d of %d subtasks run"
                              .formatted(
                                  j.id(),
                                  j.status().map(Enum::name).orElse("unknown to the cluster"),
                                  j.parallelism(),
                                  j.running(),
                                  j.subtasks()))
                  .orElse("none was submitted"));
      out.println("checkpoint     " + cluster.latestCheckpoint().orElse("none"));
      boolean whole =
          processes.stream().allMatch(FlinkProcess::isAlive)
              && job.map(j -> j.isActive() && j.running() == j.subtasks()).orElse(true);
      return whole ? 0 : 1;
    }
  }
}
