package io.sendflowr.deploy.chaos;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.deploy.Folders;
import io.sendflowr.deploy.Topics;
import io.sendflowr.deploy.chaos.ChaosStream.Entry;
import io.sendflowr.deploy.cluster.ClusterException;
import io.sendflowr.deploy.cluster.FlinkProcess;
import io.sendflowr.deploy.cluster.StandaloneCluster;
import io.sendflowr.job.ReplayJob;
import java.io.BufferedOutputStream;
import java.io.IOException;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.connector.base.DeliveryGuarantee;

/**
 * Breaks what the job runs on while it works off a stream, and compares what it commits, record for
 * record, with what a replay writes of the same stream.
 */
public final class Chaos {
  private static final double MEGABYTE = 1 << 20;

  /** What the heap of a task manager may grow by over all broken records, in bytes. */
  private static final long HEAP_TOLERANCE = 64L << 20;

  /** How long event time may take from the end of the stream to now. */
  private static final Duration FLOOR_PATIENCE = Duration.ofSeconds(60);

  private final Settings settings;
  private final PrintWriter out;
  private StateLeft floor;

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
    /** The same under a job that writes at least once, for a reader that drops repeats. */
    REPEATS,
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
   * What a job runs on, and how.
   *
   * @param taskManagers how many
   * @param slots of each
   * @param parallelism of the job
   * @param delivery whether it may write a record more than once
   */
  private record Setup(int taskManagers, int slots, int parallelism, DeliveryGuarantee delivery) {
    /** With slots for the largest parallelism. */
    static Setup of(int taskManagers, int parallelism) {
      return new Setup(taskManagers, 4, parallelism, DeliveryGuarantee.EXACTLY_ONCE);
    }

    /** With no slot to spare, so that each task manager has something to lose. */
    static Setup full(DeliveryGuarantee delivery) {
      return new Setup(2, 1, 2, delivery);
    }

    boolean mayRepeat() {
      return delivery == DeliveryGuarantee.AT_LEAST_ONCE;
    }
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
      good = eachBrokenRecordIsOneDeadLetter(stream, expected);
    }
    for (Scenario scenario : scenarios) {
      say("");
      say(scenario.name().toLowerCase(Locale.ROOT).replace('_', ' '));
      good &=
          switch (scenario) {
            case CRASHES ->
                against(
                    expected,
                    stream,
                    Setup.full(DeliveryGuarantee.EXACTLY_ONCE),
                    ground -> crash(ground, crashes()));
            case REPEATS ->
                against(
                    expected,
                    stream,
                    Setup.full(DeliveryGuarantee.AT_LEAST_ONCE),
                    ground ->
                        crash(
                            ground, List.of(Fault.TASK_MANAGER, Fault.BROKER, Fault.TASK_MANAGER)));
            case RESCALING -> against(expected, stream, Setup.of(1, 1), this::rescale);
            case BROKEN_RECORDS -> against(expected, stream, Setup.of(1, 2), this::watchHeap);
            case SILENCE -> new Silence(settings.patience, out).run();
            case BRIEF ->
                against(
                    expected,
                    stream,
                    Setup.of(1, 1),
                    ground -> crash(ground, List.of(Fault.values())));
          };
    }
    return good;
  }

  /**
   * Whether the dead letters are the records that cannot be used, each once and whole, and nothing
   * else is any different for them.
   */
  private boolean eachBrokenRecordIsOneDeadLetter(List<Entry> stream, Outputs expected)
      throws Exception {
    Map<String, Integer> broken = new HashMap<>();
    for (Entry entry : stream) {
      if (!entry.usable()) {
        broken.merge(Outputs.letter(entry.topic(), entry.value()), 1, Integer::sum);
      }
    }
    Outputs without = replay(stream.stream().filter(Entry::usable).toList());
    List<String> differences = new ArrayList<>();
    Outputs.difference("dead letters", expected.deadLetters(), broken, false)
        .ifPresent(differences::add);
    Topics.OUTPUTS.stream()
        .filter(topic -> !topic.equals(Topics.DEAD_LETTERS))
        .flatMap(topic -> expected.difference(topic, without).stream())
        .forEach(differences::add);
    differences.forEach(difference -> say("  DIFFERS: " + difference));
    if (differences.isEmpty()) {
      say(
          "  each of %d broken records is one dead letter, and all else is as without them"
              .formatted(settings.broken));
    }
    return differences.isEmpty();
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

  private boolean against(Outputs expected, List<Entry> stream, Setup setup, Act act)
      throws Exception {
    try (Ground ground = Ground.start(setup.taskManagers, setup.slots, settings.patience)) {
      ground.produce(stream);
      long bytes = stream.stream().mapToLong(entry -> entry.value().length).sum();
      // Most of it is in one topic.
      ground.limitReading((double) bytes / settings.readingSeconds / setup.parallelism);
      ground.submit(
          setup.parallelism,
          "--out-of-orderness",
          ChaosStream.OUT_OF_ORDERNESS.toString(),
          "--delivery",
          setup.delivery.name());
      act.on(ground);
      ground.limitReading(100 * MEGABYTE);
      ground.cluster().awaitRunning();
      Outputs written =
          setup.mayRepeat()
              ? ground.awaitOutputsAndRepeats(expected)
              : ground.awaitOutputs(expected);
      boolean atFloor = returnsToFloor(ground);
      // Commits what it has written, and not only what was committed when there was enough.
      String unused = ground.cluster().stopWithSavepoint();
      ground.read();
      List<String> differences =
          setup.mayRepeat()
              ? written.differencesButRepeatsFrom(expected)
              : written.differencesFrom(expected);
      differences.forEach(difference -> say("  DIFFERS: " + difference));
      if (differences.isEmpty()) {
        say(
            setup.mayRepeat()
                ? "  what was written, without %d repeats, equals the replay, record for record"
                    .formatted(written.size() - expected.size())
                : "  what was committed equals the replay, record for record");
      }
      return differences.isEmpty() && atFloor;
    } catch (TimeoutException e) {
      say("  FAILED: " + e.getMessage());
      return false;
    }
  }

  /**
   * Whether all state goes that can expire: the stream was long ago, and event time is now when all
   * of it has been read. What is left has to be the same, too, whatever happened on the way.
   */
  private boolean returnsToFloor(Ground ground) throws Exception {
    StateLeft left = StateLeft.in(ground.cluster().savepoint());
    long giveUp = System.nanoTime() + FLOOR_PATIENCE.toNanos();
    while (!left.aboveFloor().isEmpty() && System.nanoTime() - giveUp < 0) {
      left = StateLeft.in(ground.cluster().savepoint());
    }
    if (!left.aboveFloor().isEmpty()) {
      say("  FAILED: state that should have expired: " + left.aboveFloor());
      return false;
    }
    if (floor == null) {
      floor = left;
    }
    if (!left.equals(floor)) {
      say("  DIFFERS: state is left of " + left + ", and it was " + floor);
      return false;
    }
    say("  a year later state is at its floor: " + left);
    return true;
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
    StandaloneCluster.Job job = cluster.job().orElseThrow();
    int parallelism = job.parallelism();
    switch (fault) {
      case TASK_MANAGER -> {
        List<FlinkProcess> all = cluster.taskManagers();
        cluster.kill(all.get(random.nextInt(all.size())));
        cluster.launchTaskManager();
        // Else it would have had nothing to do, and nobody would have lost anything.
        ground.await(
            "the job has not restarted for a task manager that was killed",
            () -> restarted(cluster) > job.restartedMillis());
        int more = replaced(ground);
        return "kill -9 of a task manager, and the job restarts"
            + (more == 0 ? "" : "; " + more + " more ended with it");
      }
      case JOB_MANAGER -> {
        cluster.kill(cluster.jobManager().orElseThrow());
        cluster.startJobManager();
        int unused = cluster.replaceTaskManagers();
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

  /** Replaces what ends by itself because another was killed, until all of the job runs again. */
  private static int replaced(Ground ground) throws Exception {
    StandaloneCluster cluster = ground.cluster();
    AtomicInteger more = new AtomicInteger();
    ground.await(
        "the job does not run again",
        () -> {
          more.addAndGet(cluster.replaceTaskManagers());
          return runs(cluster);
        });
    return more.get();
  }

  private static boolean runs(StandaloneCluster cluster) throws IOException {
    try {
      StandaloneCluster.Job job = cluster.job().orElseThrow();
      return job.subtasks() > 0 && job.running() == job.subtasks();
    } catch (ClusterException e) {
      throw new IOException(e);
    }
  }

  private static long restarted(StandaloneCluster cluster) throws IOException {
    try {
      return cluster.job().orElseThrow().restartedMillis();
    } catch (ClusterException e) {
      throw new IOException(e);
    }
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
