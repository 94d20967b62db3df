package io.sendflowr.deploy.chaos;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.deploy.Folders;
import io.sendflowr.deploy.Topics;
import io.sendflowr.deploy.chaos.ChaosStream.Entry;
import io.sendflowr.deploy.cluster.FlinkProcess;
import io.sendflowr.deploy.cluster.StandaloneCluster;
import io.sendflowr.job.ReplayJob;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeoutException;

/**
 * Breaks what the job runs on while it works off a stream, and compares what it commits, record for
 * record, with what a replay writes of the same stream.
 */
public final class Chaos {
  private static final double MEGABYTE = 1 << 20;

  /** What the heap of a task manager may grow by over all broken records, in bytes. */
  private static final long HEAP_TOLERANCE = 64L << 20;

  private final Settings settings;
  private final PrintWriter out;

  /**
   * @param settings how much, and how long
   * @param out for what happens
   */
  public Chaos(Settings settings, PrintWriter out) {
    this.settings = settings;
    this.out = out;
  }

  /**
   * How much, and how long.
   *
   * @param seed of the stream and of when things break
   * @param records that can be used, in the stream
   * @param people they are about
   * @param broken records that cannot be used
   * @param taskManagerKills how often a task manager is killed
   * @param readingSeconds how long the job has to take for the stream, about
   * @param patience after which a wait is a failure
   */
  public record Settings(
      long seed,
      int records,
      int people,
      int broken,
      int taskManagerKills,
      int readingSeconds,
      Duration patience) {}

  /** What can be gone through. */
  public enum Scenario {
    /** Processes and the broker are killed. */
    CRASHES,
    /** Parallelism changes from 1 to 2, 4 and 1. */
    RESCALING,
    /** Records that cannot be used, and what they do to memory. */
    BROKEN_RECORDS,
    /** Live, and nothing comes. */
    SILENCE,
    /** One of each in one short run; for a stream of a few thousand records. */
    BRIEF
  }

  private enum Fault {
    TASK_MANAGER,
    JOB_MANAGER,
    BROKER,
    PARALLELISM
  }

  private interface Act {
    void on(Ground ground) throws Exception;
  }

  /**
   * Goes through scenarios, each with a broker, a cluster and a job of its own.
   *
   * @return whether all was as it should be
   * @throws Exception if something could not even be tried
   */
  public boolean run(List<Scenario> scenarios) throws Exception {
    boolean good = true;
    List<Entry> stream = List.of();
    Outputs expected = new Outputs();
    if (!scenarios.equals(List.of(Scenario.SILENCE))) {
      stream = ChaosStream.of(settings.seed, settings.records, settings.people, settings.broken);
      expected = replay(stream);
      say("replay: " + expected.sizes());
      good = everyBrokenRecordOnce(stream, expected);
    }
    for (Scenario scenario : scenarios) {
      say("");
      say(scenario.name().toLowerCase(Locale.ROOT).replace('_', ' '));
      good &=
          switch (scenario) {
            case CRASHES -> against(expected, stream, 2, 2, ground -> crash(ground, crashes()));
            case RESCALING -> against(expected, stream, 1, 1, this::rescale);
            case BROKEN_RECORDS -> against(expected, stream, 1, 2, this::watchHeap);
            case SILENCE -> new Silence(settings.patience, out).run();
            case BRIEF ->
                against(expected, stream, 1, 1, ground -> crash(ground, List.of(Fault.values())));
          };
    }
    return good;
  }

  private boolean everyBrokenRecordOnce(List<Entry> stream, Outputs expected) {
    int letters = expected.sizes().get(Topics.DEAD_LETTERS);
    if (letters == settings.broken) {
      return true;
    }
    say(
        "%d of %d records cannot be used, and there are %d dead letters"
            .formatted(settings.broken, stream.size(), letters));
    return false;
  }

  /** What a replay writes of a stream. */
  static Outputs replay(List<Entry> stream) throws Exception {
    Path folder = Files.createTempDirectory("sendflowr-chaos-replay-");
    try {
      Map<String, OutputStream> files = new HashMap<>();
      Path in = Files.createDirectories(folder.resolve("in"));
      try {
        for (String topic : Topics.INPUTS) {
          files.put(
              topic, new BufferedOutputStream(Files.newOutputStream(in.resolve(topic + ".jsonl"))));
        }
        for (Entry entry : stream) {
          files.get(entry.topic()).write(entry.value());
          files.get(entry.topic()).write('\n');
        }
      } finally {
        for (OutputStream file : files.values()) {
          file.close();
        }
      }
      ReplayJob.run(
          in, folder.resolve("out"), 2, ChaosStream.OUT_OF_ORDERNESS, CatalogueReader.builtIn());
      return Outputs.ofReplay(folder.resolve("out"));
    } finally {
      Folders.delete(folder);
    }
  }

  private boolean against(
      Outputs expected, List<Entry> stream, int taskManagers, int parallelism, Act act)
      throws Exception {
    try (Ground ground = Ground.start(taskManagers, settings.patience)) {
      ground.produce(stream);
      long bytes = stream.stream().mapToLong(entry -> entry.value().length).sum();
      // Most of it is in one topic.
      ground.limitReading((double) bytes / settings.readingSeconds / parallelism);
      ground.submit(parallelism, "--out-of-orderness", ChaosStream.OUT_OF_ORDERNESS.toString());
      act.on(ground);
      ground.limitReading(100 * MEGABYTE);
      ground.cluster().awaitRunning();
      Outputs written = ground.awaitOutputs(expected);
      ground.cluster().cancel();
      ground.read();
      List<String> differences = written.differencesFrom(expected);
      differences.forEach(difference -> say("  DIFFERS: " + difference));
      if (differences.isEmpty()) {
        say("  what was committed equals the replay, record for record");
      }
      return differences.isEmpty();
    } catch (TimeoutException e) {
      say("  FAILED: " + e.getMessage());
      return false;
    }
  }

  private List<Fault> crashes() {
    List<Fault> faults =
        new ArrayList<>(Collections.nCopies(settings.taskManagerKills, Fault.TASK_MANAGER));
    faults.add(faults.size() / 3, Fault.JOB_MANAGER);
    faults.add(2 * faults.size() / 3, Fault.BROKER);
    return faults;
  }

  private void crash(Ground ground, List<Fault> faults) throws Exception {
    Random random = new Random(settings.seed);
    for (int i = 0; i < faults.size(); i++) {
      ground.awaitProgress((i + 0.3) / (faults.size() + 1));
      // Somewhere between two checkpoints, or in one.
      Thread.sleep(random.nextInt(1500));
      say(
          "  %3.0f %% read: %s"
              .formatted(100 * ground.progress(), commit(faults.get(i), ground, random)));
    }
  }

  /** Breaks something, and does what an operator would do then. */
  private static String commit(Fault fault, Ground ground, Random random) throws Exception {
    StandaloneCluster cluster = ground.cluster();
    int parallelism = cluster.job().orElseThrow().parallelism();
    switch (fault) {
      case TASK_MANAGER -> {
        List<FlinkProcess> all = cluster.taskManagers();
        cluster.kill(all.get(random.nextInt(all.size())));
        cluster.launchTaskManager();
        return "kill -9 of a task manager";
      }
      case JOB_MANAGER -> {
        cluster.kill(cluster.jobManager().orElseThrow());
        cluster.startJobManager();
        cluster.awaitTaskManagers();
        cluster.restore(cluster.latestCheckpoint().orElseThrow(), parallelism);
        return "kill -9 of the JobManager, restored from its last checkpoint";
      }
      case BROKER -> {
        ground.broker().kill();
        ground.broker().restart();
        return "kill -9 of the broker";
      }
      case PARALLELISM -> {
        cluster.restore(cluster.stopWithSavepoint(), parallelism + 1);
        return "parallelism " + (parallelism + 1) + " from a savepoint";
      }
    }
    throw new IllegalStateException("Nobody knows of " + fault);
  }

  private void rescale(Ground ground) throws Exception {
    int[] parallelisms = {2, 4, 1};
    for (int i = 0; i < parallelisms.length; i++) {
      ground.awaitProgress((i + 1.0) / (parallelisms.length + 1));
      double read = ground.progress();
      String savepoint = ground.cluster().stopWithSavepoint();
      ground.cluster().restore(savepoint, parallelisms[i]);
      say(
          "  %3.0f %% read: parallelism %d from a savepoint"
              .formatted(100 * read, parallelisms[i]));
    }
  }

  private void watchHeap(Ground ground) throws Exception {
    FlinkProcess taskManager = ground.cluster().taskManagers().get(0);
    ground.awaitProgress(0.4);
    long before = Ground.usedHeap(taskManager);
    ground.awaitProgress(0.6);
    long after = Ground.usedHeap(taskManager);
    say(
        "  heap after collection: %.0f MB before, %.0f MB after %d broken records"
            .formatted(before / MEGABYTE, after / MEGABYTE, settings.broken));
    if (after - before > HEAP_TOLERANCE) {
      throw new TimeoutException("the heap grew by more than " + HEAP_TOLERANCE / MEGABYTE + " MB");
    }
  }

  private void say(String line) {
    out.println(line);
  }
}
