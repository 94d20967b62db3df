package io.sendflowr.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sendflowr.deploy.cluster.FlinkProcess;
import io.sendflowr.deploy.cluster.Installation;
import io.sendflowr.deploy.cluster.StandaloneCluster;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator calls, on a cluster of real processes with the job on it. */
class ClusterCommandsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What Flink logs of the reporter of a process. */
  private static final Pattern METRICS_PORT =
      Pattern.compile("PrometheusReporter HTTP server on port (\\d+)");

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void takeAJobThroughFailuresAndRescaling() throws Exception {
    List<FlinkProcess> started = new ArrayList<>();
    try (LocalBroker broker = LocalBroker.start()) {
      Topics.create(broker.bootstrapServers());
      String[] job = {"--", "--bootstrap-servers", broker.bootstrapServers()};
      try {
        start();
        started.addAll(cluster().processes());
        assertThat(started).allMatch(FlinkProcess::isAlive).hasSize(2);
        submit(job);
        isWatched();
        aTaskManagerDies();
        savepointAndRescale();
        started.addAll(cluster().processes());
        theJobManagerDies();
        started.addAll(cluster().processes());
      } finally {
        run("cluster", "stop");
      }
    }
    assertThat(out.toString()).startsWith("The cluster is stopped; ");
    assertThat(started).noneMatch(FlinkProcess::isAlive);
    assertThat(Files.readString(folder.resolve("cluster.json"))).doesNotContain("pid");
    assertThat(run("cluster", "stop")).isZero();
    assertThat(run("cluster", "status")).isEqualTo(1);
    assertThat(out.toString()).isEqualToIgnoringNewLines("No cluster runs in " + folder + ".");
  }

  private void start() {
    assertThat(run("cluster", "start", "--slots", "2")).as(err.toString()).isZero();
    assertThat(out.toString())
        .matches(
            "The cluster runs: 1 task manager of 2 slots, web UI http://127\\.0\\.0\\.1:\\d+, kept in "
                + Pattern.quote(folder.toString())
                + "\\.\\R");
    assertThat(run("cluster", "start")).isEqualTo(1);
    assertThat(err.toString()).contains("a cluster runs already in " + folder).hasLineCount(1);
    assertThat(run("cluster", "status")).isZero();
    assertThat(out.toString()).contains("none was submitted");
    for (String command : List.of("savepoint", "restore")) {
      assertThat(run(command)).isEqualTo(1);
      assertThat(err.toString()).contains("no job was submitted").hasLineCount(1);
    }
  }

  private void submit(String... job) throws Exception {
    assertThat(run("submit", "--parallelism", "1")).isEqualTo(1);
    assertThat(err.toString())
        .contains("Missing required option: '--bootstrap-servers")
        .hasLineCount(1);
    assertThat(run(with(job, "submit", "--parallelism", "3"))).isEqualTo(1);
    assertThat(err.toString())
        .contains("parallelism 3 takes 3 slots, and the task managers that run have 2")
        .hasLineCount(1);
    assertThat(run(with(job, "submit", "--parallelism", "1"))).as(err.toString()).isZero();
    assertThat(out.toString()).matches("Job [0-9a-f]{32} runs, with parallelism 1\\.\\R");
    assertThat(run(with(job, "submit", "--parallelism", "1"))).isEqualTo(1);
    assertThat(err.toString()).contains(job().id() + " is there already, RUNNING").hasLineCount(1);
    assertRuns(1);
  }

  /** Under the names that topics have, as the profile wants it. */
  private void isWatched() throws Exception {
    Matcher port =
        METRICS_PORT.matcher(Files.readString(folder.resolve("log").resolve("taskmanager-1.log")));
    assertThat(port.find()).isTrue();
    URI metrics = URI.create("http://127.0.0.1:" + port.group(1) + "/metrics");
    String lag = "flink_taskmanager_job_task_operator_sendflowr_watermarkLag{";
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        HttpClient.newHttpClient()
                            .send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString())
                            .body()
                            .lines()
                            .filter(line -> line.startsWith(lag)))
                    .anyMatch(line -> line.contains("operator_name=\"route-send-requests\"")));
  }

  private void aTaskManagerDies() throws Exception {
    StandaloneCluster cluster = cluster();
    cluster.kill(cluster.taskManagers().get(0));
    // Seen before there is another, because a job that moves in between two looks seems never to
    // have stopped, and what still believes in the killed one cannot take a savepoint.
    await()
        .atMost(PATIENCE)
        .until(() -> cluster.job().filter(job -> job.running() < job.subtasks()).isPresent());
    assertThat(run("cluster", "status")).isEqualTo(1);
    cluster.addTaskManager();
    cluster.awaitRunning();
    assertThat(job().restartedMillis()).isPositive();
    assertRuns(1);
  }

  private void savepointAndRescale() throws Exception {
    assertThat(run("savepoint")).as(err.toString()).isZero();
    assertThat(Path.of(URI.create(out.toString().strip()))).isDirectory();

    String first = job().id();
    assertThat(run("rescale", "--parallelism", "3")).isEqualTo(1);
    assertThat(err.toString()).contains("takes 3 slots").hasLineCount(1);
    assertThat(job().id()).as("what cannot be done stops nothing").isEqualTo(first);
    assertRuns(1);
    assertThat(run("rescale", "--parallelism", "2")).as(err.toString()).isZero();
    assertThat(out.toString())
        .matches("Job [0-9a-f]{32} runs, with parallelism 2, from file:.*savepoint-.*\\.\\R");
    assertThat(job().id()).isNotEqualTo(first);
    assertRuns(2);
  }

  private void theJobManagerDies() throws Exception {
    await().atMost(PATIENCE).until(() -> isInStatus("checkpoint .*/" + job().id() + "/chk-\\d+"));
    StandaloneCluster cluster = cluster();
    cluster.kill(cluster.jobManager().orElseThrow());
    assertThat(run("cluster", "status")).isEqualTo(1);
    assertThat(out.toString()).containsPattern("jobmanager +is gone");
    for (String[] command :
        new String[][] {{"savepoint"}, {"rescale", "--parallelism", "1"}, {"submit"}}) {
      assertThat(run(command)).isEqualTo(1);
      assertThat(err.toString()).contains("the JobManager does not run").hasLineCount(1);
    }

    assertThat(run("restore")).as(err.toString()).isZero();
    assertThat(out.toString())
        .matches("Job [0-9a-f]{32} runs, with parallelism 2, from .*/chk-\\d+\\.\\R");
    assertRuns(2);
  }

  private void assertRuns(int parallelism) throws IOException {
    assertThat(run("cluster", "status")).as(out.toString()).isZero();
    assertThat(out.toString())
        .containsPattern("jobmanager +runs")
        .containsPattern("taskmanager-\\d+ +runs")
        .containsPattern(
            "job .*, RUNNING, parallelism " + parallelism + ", (\\d+) of \\1 subtasks");
  }

  private boolean isInStatus(String pattern) {
    run("cluster", "status");
    return Pattern.compile(pattern).matcher(out.toString()).find();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cluster stop", "cluster status", "submit", "savepoint", "restore"})
  void whereThereIsNoClusterOneLineSaysHowToMakeOne(String command) {
    assertThat(run(command.split(" ", -1))).isEqualTo(1);
    assertThat(err.toString())
        .contains("there is no cluster in " + folder + "; sendflowr cluster start makes one")
        .hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cluster start --task-managers 0 | --task-managers must be at least 1
          cluster start --slots 0         | --slots must be at least 1
          submit --parallelism 0          | --parallelism must be at least 1
          rescale                         | '--parallelism=N'
          rescale --parallelism 0         | --parallelism must be at least 1
          restore --parallelism 0         | --parallelism must be at least 1
          """)
  void whatIsNotUnderstoodIsNamed(String line, String named) {
    assertThat(run(line.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString()).contains(named);
  }

  @Test
  void aProfileThatIsNotThereStartsNothing() {
    Path missing = folder.resolve("missing.yaml");
    assertThat(run("cluster", "start", "--profile", missing.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("there is no profile " + missing).hasLineCount(1);
    assertThat(folder.resolve("cluster.json")).doesNotExist();
  }

  private StandaloneCluster cluster() throws Exception {
    return StandaloneCluster.open(Installation.find(), folder);
  }

  private StandaloneCluster.Job job() throws Exception {
    return cluster().job().orElseThrow();
  }

  private static String[] with(String[] job, String... command) {
    String[] all = Arrays.copyOf(command, command.length + job.length);
    System.arraycopy(job, 0, all, command.length, job.length);
    return all;
  }

  /** Runs a command for the cluster in the folder; what it says is what there is then. */
  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(args[0].equals("cluster") ? 2 : 1, List.of("--dir", folder.toString()));
    return Sendflowr.run(
        new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
  }
}
