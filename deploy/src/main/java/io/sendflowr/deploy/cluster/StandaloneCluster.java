package io.sendflowr.deploy.cluster;

import io.sendflowr.deploy.cluster.ClusterState.Submission;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.deployment.StandaloneClusterId;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobmanager.JobManagerProcessSpec;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.apache.flink.runtime.rest.messages.job.JobDetailsInfo;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/**
 * A Flink cluster of processes on this machine, made of Flink's artifacts as Maven has them: a
 * JobManager, TaskManagers, and a folder with all that has to outlive a command. It listens on
 * 127.0.0.1 only.
 *
 * <p>Memory is worked out as Flink's start scripts do it, by the same classes. The job is not on
 * the class path of the processes; it comes to them as on any cluster.
 */
public final class StandaloneCluster {
  private static final String HOST = "127.0.0.1";
  private static final String CONFIGURATION = "config.yaml";
  private static final String METADATA = "_metadata";
  private static final String CHECKPOINT_PREFIX = "chk-";
  private static final Duration START_PATIENCE = Duration.ofSeconds(60);
  private static final Duration RUN_PATIENCE = Duration.ofMinutes(3);
  private static final Duration SAVEPOINT_PATIENCE = Duration.ofMinutes(10);
  private static final Duration REQUEST_PATIENCE = Duration.ofSeconds(30);
  private static final long STOP_SECONDS = 10;
  private static final long POLL_MILLIS = 200;
  private static final int TAIL_LINES = 5;

  private final Installation installation;
  private final Path folder;
  private ClusterState state;

  private StandaloneCluster(Installation installation, Path folder, ClusterState state) {
    this.installation = installation;
    this.folder = folder;
    this.state = state;
  }

  /**
   * A job of this cluster as it is now.
   *
   * @param id Flink's id
   * @param status what Flink says of it; empty if it does not know it any more
   * @param parallelism with which it was submitted
   * @param running subtasks that run
   * @param subtasks all subtasks
   * @param restartedMillis when it began to restart last, epoch ms; 0 if it never did
   */
  public record Job(
      String id,
      Optional<JobStatus> status,
      int parallelism,
      int running,
      int subtasks,
      long restartedMillis) {
    /** Whether it has an end before it. */
    public boolean isActive() {
      return status.isPresent() && !status.get().isGloballyTerminalState();
    }
  }

  /**
   * Starts a cluster.
   *
   * @param installation what to start it from
   * @param folder where it is kept; an earlier cluster's checkpoints and savepoints there stay
   * @param profile settings, a Flink configuration file
   * @param taskManagers at least 1
   * @param slots of each task manager, at least 1
   * @throws ClusterException if one runs in the folder, or it does not come up
   */
  public static StandaloneCluster start(
      Installation installation, Path folder, Path profile, int taskManagers, int slots)
      throws IOException, InterruptedException, ClusterException {
    Optional<ClusterState> before = ClusterState.read(folder);
    if (before.isPresent() && before.get().processes().stream().anyMatch(FlinkProcess::isAlive)) {
      throw new ClusterException("a cluster runs already in " + folder + "; stop it first");
    }
    Files.createDirectories(folder.resolve("log"));
    Files.createDirectories(folder.resolve("conf"));
    Files.createDirectories(folder.resolve("tmp"));
    writeConfiguration(folder, profile, slots);
    StandaloneCluster cluster =
        new StandaloneCluster(
            installation,
            folder,
            new ClusterState(List.of(), before.map(ClusterState::jobs).orElse(List.of())));
    try {
      cluster.startJobManager();
      for (int i = 0; i < taskManagers; i++) {
        cluster.launchTaskManager();
      }
      cluster.awaitTaskManagers(taskManagers);
      return cluster;
    } catch (IOException | InterruptedException | ClusterException | RuntimeException e) {
      cluster.stop();
      throw e;
    }
  }

  /**
   * The cluster that is kept in a folder.
   *
   * @throws ClusterException if there is none
   */
  public static StandaloneCluster open(Installation installation, Path folder)
      throws IOException, ClusterException {
    return new StandaloneCluster(
        installation,
        folder,
        ClusterState.read(folder)
            .orElseThrow(
                () ->
                    new ClusterException(
                        "there is no cluster in "
                            + folder
                            + "; sendflowr cluster start makes one")));
  }

  private static void writeConfiguration(Path folder, Path profile, int slots) throws IOException {
    Path conf = folder.resolve("conf");
    if (!Files.isRegularFile(profile)) {
      throw new IOException("there is no profile " + profile);
    }
    Files.copy(profile, conf.resolve(CONFIGURATION), StandardCopyOption.REPLACE_EXISTING);
    Configuration configuration = GlobalConfiguration.loadConfiguration(conf.toString());
    try (ServerSocket rest = freePort();
        ServerSocket rpc = freePort()) {
      configuration
          .set(RestOptions.ADDRESS, HOST)
          .set(RestOptions.BIND_ADDRESS, HOST)
          .set(RestOptions.PORT, rest.getLocalPort())
          .set(RestOptions.BIND_PORT, Integer.toString(rest.getLocalPort()))
          .set(JobManagerOptions.ADDRESS, HOST)
          .set(JobManagerOptions.BIND_HOST, HOST)
          .set(JobManagerOptions.PORT, rpc.getLocalPort())
          .set(TaskManagerOptions.HOST, HOST)
          .set(TaskManagerOptions.BIND_HOST, HOST)
          .set(TaskManagerOptions.NUM_TASK_SLOTS, slots)
          .set(CoreOptions.TMP_DIRS, folder.resolve("tmp").toString())
          .set(
              CheckpointingOptions.CHECKPOINTS_DIRECTORY,
              folder.resolve("checkpoints").toUri().toString())
          .set(
              CheckpointingOptions.SAVEPOINT_DIRECTORY,
              folder.resolve("savepoints").toUri().toString());
    }
    List<String> lines = new ArrayList<>();
    lines.add("# Written by sendflowr cluster start, from " + profile + ".");
    lines.addAll(ConfigurationUtils.convertConfigToWritableLines(configuration, false));
    Files.write(conf.resolve(CONFIGURATION), lines);
  }

  private static ServerSocket freePort() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  /** Where it is kept. */
  public Path folder() {
    return folder;
  }

  /** Its processes, dead ones that nobody stopped among them. */
  public List<FlinkProcess> processes() {
    return state.processes();
  }

  /** Its task managers that run. */
  public List<FlinkProcess> taskManagers() {
    return state.processes().stream()
        .filter(process -> !process.isJobManager() && process.isAlive())
        .toList();
  }

  /** Its JobManager, if one was started. */
  public Optional<FlinkProcess> jobManager() {
    return state.processes().stream().filter(FlinkProcess::isJobManager).findFirst();
  }

  /** Address of the web UI and REST interface. */
  public String webUi() {
    return "http://" + HOST + ":" + configuration().get(RestOptions.PORT);
  }

  /**
   * Starts the JobManager, again if there was one, at the same address.
   *
   * @throws ClusterException if it runs already or does not answer within a minute
   */
  public void startJobManager() throws IOException, InterruptedException, ClusterException {
    Optional<FlinkProcess> former = jobManager();
    if (former.isPresent()) {
      if (former.get().isAlive()) {
        throw new ClusterException("the JobManager runs already");
      }
      remember(state.without(former.get()));
    }
    JobManagerProcessSpec memory = JobManagerProcessUtils.processSpecFromConfig(configuration());
    launch(
        FlinkProcess.JOB_MANAGER,
        "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
        ProcessMemoryUtils.generateJvmParametersStr(memory),
        JobManagerProcessUtils.generateDynamicConfigsStr(memory));
    await(
        START_PATIENCE,
        "the JobManager does not answer",
        () -> {
          checkAlive(jobManager().orElseThrow());
          return ask(client -> client.getClusterOverview()).isPresent();
        });
  }

  /**
   * Starts one more task manager, and waits until it has joined.
   *
   * @throws ClusterException if it does not within a minute
   */
  public FlinkProcess addTaskManager() throws IOException, InterruptedException, ClusterException {
    FlinkProcess started = launchTaskManager();
    awaitTaskManagers();
    return started;
  }

  /** Starts one more task manager, and does not wait. */
  public FlinkProcess launchTaskManager() throws IOException {
    TaskExecutorProcessSpec memory =
        TaskExecutorProcessUtils.processSpecFromConfig(configuration());
    int number =
        1
            + state.processes().stream()
                .filter(process -> !process.isJobManager())
                .mapToInt(process -> Integer.parseInt(process.name().split("-", 2)[1]))
                .max()
                .orElse(0);
    return launch(
        "taskmanager-" + number,
        "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
        ProcessMemoryUtils.generateJvmParametersStr(memory),
        TaskExecutorProcessUtils.generateDynamicConfigsStr(memory));
  }

  /**
   * Starts a task manager in place of each that has ended by itself, and does not wait. One that
   * loses another in the middle of a record may take that for fatal, and end as well.
   *
   * @return how many there were
   */
  public int replaceTaskManagers() throws IOException {
    List<FlinkProcess> ended =
        state.processes().stream()
            .filter(process -> !process.isJobManager() && !process.isAlive())
            .toList();
    for (FlinkProcess process : ended) {
      remember(state.without(process));
      launchTaskManager();
    }
    return ended.size();
  }

  /**
   * Waits until every task manager that runs has joined.
   *
   * @throws ClusterException if one does not within a minute
   */
  public void awaitTaskManagers() throws InterruptedException, ClusterException {
    awaitTaskManagers(taskManagers().size());
  }

  private void awaitTaskManagers(int count) throws InterruptedException, ClusterException {
    await(
        START_PATIENCE,
        "not all task managers have joined",
        () -> {
          for (FlinkProcess process : state.processes()) {
            checkAlive(process);
          }
          return ask(RestClusterClient::getClusterOverview)
              .filter(overview -> overview.getNumTaskManagersConnected() >= count)
              .isPresent();
        });
  }

  private void checkAlive(FlinkProcess process) throws ClusterException {
    if (!process.isAlive()) {
      throw new ClusterException(
          process.name() + " has ended; its log is " + log(process.name()) + logTail(process));
    }
  }

  /** What it said last: a cluster of a test takes its logs with it. */
  private String logTail(FlinkProcess process) {
    try {
      Path said = folder.resolve("log").resolve(process.name() + ".out");
      List<String> lines = new ArrayList<>();
      for (Path file : List.of(log(process.name()), said)) {
        if (Files.exists(file)) {
          List<String> all = Files.readAllLines(file);
          lines.addAll(all.subList(Math.max(0, all.size() - TAIL_LINES), all.size()));
        }
      }
      return lines.isEmpty() ? "" : ", and it said last: " + String.join(" | ", lines);
    } catch (IOException e) {
      return ", which cannot be read: " + e.getMessage();
    }
  }

  private Path log(String name) {
    return folder.resolve("log").resolve(name + ".log");
  }

  private FlinkProcess launch(String name, String main, String jvm, String dynamic)
      throws IOException {
    List<String> command = new ArrayList<>();
    // A terminal that closes must not take the cluster with it.
    command.add("nohup");
    command.addAll(java(name, jvm));
    command.add(main);
    command.add("--configDir");
    command.add(folder.resolve("conf").toString());
    command.addAll(words(dynamic));
    Path said = folder.resolve("log").resolve(name + ".out");
    Process process =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    FlinkProcess started = FlinkProcess.of(name, process);
    remember(state.with(started));
    return started;
  }

  /** A Java with Flink's artifacts that logs to a file of this name. */
  private List<String> java(String name, String jvm) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(words(jvm));
    command.addAll(words(configuration().get(CoreOptions.FLINK_JVM_OPTIONS)));
    command.add("-Dlog.file=" + log(name));
    command.add("-Dlog4j2.configurationFile=" + installation.logConfiguration().toUri());
    command.add("-cp");
    command.add(installation.flinkClasspath());
    return command;
  }

  private static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
  }

  /**
   * Ends all its processes. Checkpoints, savepoints and logs stay.
   *
   * @return how many processes were ended
   */
  public int stop() throws IOException, InterruptedException {
    int ended = 0;
    // Task managers first: one that loses its JobManager complains for long.
    List<FlinkProcess> all =
        state.processes().stream()
            .sorted(Comparator.comparing(FlinkProcess::isJobManager))
            .toList();
    for (FlinkProcess process : all) {
      if (process.isAlive()) {
        process.stop(STOP_SECONDS);
        ended++;
      }
      remember(state.without(process));
    }
    return ended;
  }

  /**
   * Ends a process as {@code kill -9} does, and forgets it if it is a task manager.
   *
   * @param process one of this cluster
   */
  public void kill(FlinkProcess process) throws IOException {
    process.kill();
    if (!process.isJobManager()) {
      remember(state.without(process));
    }
  }

  /** The job that was submitted last; empty if none was. */
  public Optional<Job> job() throws ClusterException {
    return submitted().map(this::look);
  }

  private Optional<Submission> submitted() {
    return state.jobs().isEmpty()
        ? Optional.empty()
        : Optional.of(state.jobs().get(state.jobs().size() - 1));
  }

  private Job look(Submission submission) {
    Optional<JobDetailsInfo> details =
        ask(client -> client.getJobDetails(JobID.fromHexString(submission.id())));
    int running =
        details
            .map(
                info ->
                    info.getJobVertexInfos().stream()
                        .mapToInt(
                            vertex ->
                                vertex.getTasksPerState().getOrDefault(ExecutionState.RUNNING, 0))
                        .sum())
            .orElse(0);
    int subtasks =
        details
            .map(
                info ->
                    info.getJobVertexInfos().stream()
                        .mapToInt(JobDetailsInfo.JobVertexDetailsInfo::getParallelism)
                        .sum())
            .orElse(0);
    return new Job(
        submission.id(),
        details.map(JobDetailsInfo::getJobStatus),
        submission.parallelism(),
        running,
        subtasks,
        details
            .map(info -> info.getTimestamps().getOrDefault(JobStatus.RESTARTING, 0L))
            .orElse(0L));
  }

  /**
   * Submits the job, and waits until all of it runs.
   *
   * @param jar the job, with what it needs
   * @param parallelism of its operators
   * @param arguments its options
   * @return its id
   * @throws ClusterException if one runs already, there are not slots enough, it is refused, or
   *     does not come to run within three minutes
   */
  public String submit(Path jar, int parallelism, List<String> arguments)
      throws IOException, InterruptedException, ClusterException {
    return submit(jar, parallelism, arguments, Optional.empty());
  }

  /**
   * The same, from a savepoint or checkpoint, which another cluster may have written.
   *
   * @param from where it is; empty to start from nothing
   */
  public String submit(Path jar, int parallelism, List<String> arguments, Optional<String> from)
      throws IOException, InterruptedException, ClusterException {
    return submit(
        new Submission(id(), jar.toAbsolutePath().toString(), arguments, parallelism), from);
  }

  private static String id() {
    return new JobID().toHexString();
  }

  private String submit(Submission job, Optional<String> from)
      throws IOException, InterruptedException, ClusterException {
    requireJobManager();
    Optional<Job> before = job();
    if (before.isPresent() && before.get().isActive()) {
      throw new ClusterException(
          "job " + before.get().id() + " is there already, " + before.get().status().get());
    }
    requireSlots(job.parallelism());
    runClient(job, from);
    remember(state.with(job));
    awaitRunning();
    return job.id();
  }

  /**
   * Checks that a job could run: without slots enough it would wait for them.
   *
   * @throws ClusterException if the task managers that run do not have so many
   */
  public void requireSlots(int parallelism) throws ClusterException {
    int slots = taskManagers().size() * configuration().get(TaskManagerOptions.NUM_TASK_SLOTS);
    if (parallelism > slots) {
      throw new ClusterException(
          "a job of parallelism %d takes %d slots, and the task managers that run have %d"
              .formatted(parallelism, parallelism, slots));
    }
  }

  /**
   * Has Flink's own client submit the job, in a process of its own: the job's classes must come
   * from its jar alone, and this JVM has them, too.
   */
  private void runClient(Submission job, Optional<String> from)
      throws IOException, InterruptedException, ClusterException {
    List<String> command = new ArrayList<>(java("submit", "-Xmx256m"));
    command.add("org.apache.flink.client.cli.CliFrontend");
    command.addAll(List.of("run", "--detached", "--target", "remote"));
    command.addAll(List.of("--parallelism", Integer.toString(job.parallelism())));
    command.add("-D" + PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID.key() + "=" + job.id());
    from.ifPresent(path -> command.addAll(List.of("--fromSavepoint", path)));
    command.add(job.jar());
    command.addAll(job.arguments());
    Path said = folder.resolve("log").resolve("submit.out");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
    builder.environment().put("FLINK_CONF_DIR", folder.resolve("conf").toString());
    Process client = builder.start();
    try {
      if (!client.waitFor(RUN_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new ClusterException(
            "the job was not accepted in " + RUN_PATIENCE.toSeconds() + " s");
      }
    } finally {
      client.destroyForcibly();
    }
    if (client.exitValue() != 0) {
      throw new ClusterException(
          "the job was refused: " + reason(Files.readAllLines(said)) + " (more in " + said + ")");
    }
  }

  /** What was wrong in the first place, of what Flink's client says of a failure. */
  private static String reason(List<String> said) {
    String prefix = "Caused by: ";
    return said.stream()
        .filter(line -> line.startsWith(prefix))
        .reduce((first, last) -> last)
        .map(line -> line.substring(prefix.length()))
        .or(() -> said.stream().filter(line -> !line.isBlank()).findFirst())
        .orElse("it said nothing");
  }

  /** What the job itself had to say, without what Flink wraps around it. */
  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }

  /**
   * Waits until all subtasks of the job run.
   *
   * @throws ClusterException if they do not within three minutes, or the job has failed
   */
  public void awaitRunning() throws InterruptedException, ClusterException {
    await(
        RUN_PATIENCE,
        "the job does not come to run; its exceptions are at " + webUi(),
        () -> {
          Job job = job().orElseThrow(() -> new ClusterException("no job was submitted"));
          if (job.status().isPresent() && job.status().get().isGloballyTerminalState()) {
            throw new ClusterException(
                "job " + job.id() + " has " + job.status().get() + "; see " + webUi());
          }
          return job.subtasks() > 0 && job.running() == job.subtasks();
        });
  }

  /**
   * Takes a savepoint; the job goes on.
   *
   * @return where it is
   * @throws ClusterException if no job runs or the savepoint fails
   */
  public String savepoint() throws InterruptedException, ClusterException {
    JobID job = requireJob();
    return get(
        SAVEPOINT_PATIENCE,
        "the savepoint failed",
        client -> client.triggerSavepoint(job, null, SavepointFormatType.CANONICAL));
  }

  /**
   * Stops the job with a savepoint.
   *
   * @return where it is
   * @throws ClusterException if no job runs or the savepoint fails; the job goes on then
   */
  public String stopWithSavepoint() throws InterruptedException, ClusterException {
    JobID job = requireJob();
    String savepoint =
        get(
            SAVEPOINT_PATIENCE,
            "the job could not be stopped with a savepoint, and goes on",
            client -> client.stopWithSavepoint(job, false, null, SavepointFormatType.CANONICAL));
    awaitEnd();
    return savepoint;
  }

  /**
   * Submits the job that was submitted last once more, from a savepoint or checkpoint, and waits
   * until it runs.
   *
   * @param from where it is
   * @param parallelism of its operators
   * @return its new id
   * @throws ClusterException if it runs, was never submitted, or does not come to run
   */
  public String restore(String from, int parallelism)
      throws IOException, InterruptedException, ClusterException {
    Submission last =
        submitted()
            .orElseThrow(() -> new ClusterException("no job was submitted here: use submit"));
    return submit(
        new Submission(id(), last.jar(), last.arguments(), parallelism), Optional.of(from));
  }

  /**
   * The newest completed checkpoint of the latest job that has one.
   *
   * @return its folder; empty if there is none
   */
  public Optional<String> latestCheckpoint() throws IOException {
    for (int i = state.jobs().size() - 1; i >= 0; i--) {
      Path checkpoints = folder.resolve("checkpoints").resolve(state.jobs().get(i).id());
      if (Files.isDirectory(checkpoints)) {
        try (Stream<Path> all = Files.list(checkpoints)) {
          Optional<Path> newest =
              all.filter(path -> path.getFileName().toString().startsWith(CHECKPOINT_PREFIX))
                  .filter(path -> Files.exists(path.resolve(METADATA)))
                  .max(Comparator.comparingLong(StandaloneCluster::checkpointNumber));
          if (newest.isPresent()) {
            return newest.map(Path::toString);
          }
        }
      }
    }
    return Optional.empty();
  }

  private static long checkpointNumber(Path checkpoint) {
    return Long.parseLong(
        checkpoint.getFileName().toString().substring(CHECKPOINT_PREFIX.length()));
  }

  /** Ends the job without a savepoint; its last checkpoint stays. */
  public void cancel() throws InterruptedException, ClusterException {
    JobID job = requireJob();
    get(REQUEST_PATIENCE, "the job could not be cancelled", client -> client.cancel(job));
    awaitEnd();
  }

  private void awaitEnd() throws InterruptedException, ClusterException {
    await(RUN_PATIENCE, "the job does not end", () -> job().filter(Job::isActive).isEmpty());
  }

  private JobID requireJob() throws InterruptedException, ClusterException {
    requireJobManager();
    Job job = job().orElseThrow(() -> new ClusterException("no job was submitted"));
    if (!job.isActive()) {
      throw new ClusterException(
          "no job runs; job "
              + job.id()
              + job.status().map(status -> " has " + status).orElse(" is not known any more"));
    }
    return JobID.fromHexString(job.id());
  }

  private void requireJobManager() throws InterruptedException, ClusterException {
    if (jobManager().filter(FlinkProcess::isAlive).isEmpty()) {
      throw new ClusterException(
          "the JobManager does not run; sendflowr cluster status tells more");
    }
  }

  private Configuration configuration() {
    return GlobalConfiguration.loadConfiguration(folder.resolve("conf").toString());
  }

  private void remember(ClusterState next) throws IOException {
    state = next;
    state.write(folder);
  }

  /** A question to the JobManager. */
  private interface Question<T> {
    CompletableFuture<T> ask(RestClusterClient<StandaloneClusterId> client) throws Exception;
  }

  private <T> T get(Duration patience, String failure, Question<T> question)
      throws InterruptedException, ClusterException {
    try (RestClusterClient<StandaloneClusterId> client = client(configuration())) {
      return question.ask(client).get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw e;
    } catch (TimeoutException e) {
      throw new ClusterException(failure + ": no answer in " + patience.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw new ClusterException(failure + ": " + rootMessage(e), e);
    } catch (Exception e) {
      throw new ClusterException(failure + ": " + rootMessage(e), e);
    }
  }

  /** The answer, or nothing if there is none at once: it may be asked again. */
  private <T> Optional<T> ask(Question<T> question) {
    Configuration once = configuration();
    once.set(RestOptions.RETRY_MAX_ATTEMPTS, 0);
    try (RestClusterClient<StandaloneClusterId> client = client(once)) {
      return Optional.of(
          question.ask(client).get(REQUEST_PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (Exception e) {
      return Optional.empty();
    }
  }

  private static RestClusterClient<StandaloneClusterId> client(Configuration configuration)
      throws Exception {
    return new RestClusterClient<>(configuration, StandaloneClusterId.getInstance());
  }

  private static void await(Duration patience, String failure, Callable<Boolean> condition)
      throws InterruptedException, ClusterException {
    long giveUp = System.nanoTime() + patience.toNanos();
    try {
      while (!condition.call()) {
        if (System.nanoTime() - giveUp > 0) {
          throw new ClusterException(failure + " (waited " + patience.toSeconds() + " s)");
        }
        Thread.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException | ClusterException e) {
      throw e;
    } catch (Exception e) {
      throw new ClusterException(failure, e);
    }
  }
}
