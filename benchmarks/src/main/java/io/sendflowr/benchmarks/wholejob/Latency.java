package io.sendflowr.benchmarks.wholejob;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.benchmarks.wholejob.LoadGenerator.Pace;
import io.sendflowr.benchmarks.wholejob.Probes.Answers;
import io.sendflowr.deploy.Folders;
import io.sendflowr.deploy.LocalBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures how long the live job takes to answer, while it is loaded with a share of what it can
 * do. What is sent is sent at instants that were fixed before, and times count from those, so that
 * a job that stands still cannot hide it by being asked less.
 */
@Command(
    name = "benchmarks/latency",
    description = {
      "Measures how long the live job takes from a send request to its schedule, and from an unsubscription to the"
          + " revised schedule, at shares of its maximum throughput, with each delivery guarantee. Times count from"
          + " the instant at which something was to be sent. Prints a table, and as its last line a JSON object.",
      "Broker, job and client share this machine's processors: with few of them the times are those of a crowded machine."
    },
    mixinStandardHelpOptions = true)
public final class Latency implements Callable<Integer> {
  private static final long SEED = 2026;
  private static final double EXPONENT = 0.6;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** How long answers are waited for after the last was asked. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  @Option(
      names = "--delivery",
      split = ",",
      defaultValue = "AT_LEAST_ONCE,EXACTLY_ONCE",
      description =
          "Which delivery guarantees, separated by commas. What is written exactly once is read when the"
              + " next checkpoint completes. Default: ${DEFAULT-VALUE}.")
  private List<Delivery> deliveries;

  @Option(
      names = "--loads",
      split = ",",
      defaultValue = "50,80",
      description = "Percent of the maximum, separated by commas. Default: ${DEFAULT-VALUE}.")
  private List<Integer> loads;

  @Option(
      names = "--max-per-s",
      paramLabel = "N",
      description = "The maximum throughput. Default: measured first.")
  private Double maximum;

  @Option(
      names = "--out-of-orderness",
      defaultValue = "PT0.2S",
      paramLabel = "DURATION",
      description =
          "How long the job waits for what may still come before it decides. Default: ${DEFAULT-VALUE}.")
  private Duration outOfOrderness;

  @Option(
      names = "--checkpoint-interval",
      paramLabel = "DURATION",
      description = "Time between checkpoints. Default: the job's, 2 s exactly once and 10 s else.")
  private Duration checkpointInterval;

  @Option(
      names = "--people",
      defaultValue = "200000",
      description = "Whom the records are about. Default: ${DEFAULT-VALUE}.")
  private int people;

  @Option(names = "--parallelism", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
  private int parallelism;

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "How long each load is measured. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--warm-up",
      defaultValue = "PT1M",
      paramLabel = "DURATION",
      description =
          "How long the job runs at its maximum before anything is measured. Default:"
              + " ${DEFAULT-VALUE}; the compilers of Java are busy for minutes.")
  private Duration warmUp;

  @Option(
      names = "--flink",
      paramLabel = "KEY=VALUE",
      description = "A setting of Flink to try; can be repeated.")
  private Map<String, String> settings = Map.of();

  @Option(
      names = "--quick",
      description = "18 s for each load and a short warm-up: about 3 minutes on 2 cores.")
  private boolean quick;

  /** How results are written, and how they are read then. */
  private enum Delivery {
    AT_LEAST_ONCE("read_uncommitted"),
    EXACTLY_ONCE("read_committed");

    final String isolation;

    Delivery(String isolation) {
      this.isolation = isolation;
    }
  }

  /** How long the parts of the measurement take. */
  private record Times(Duration warmUp, Duration saturated, Duration settle, Duration measured) {}

  private Latency() {}

  /** Runs it. */
  public static void main(String[] args) {
    CommandLine line = new CommandLine(new Latency());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    System.exit(line.execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Times times =
        quick
            ? new Times(seconds(20), seconds(8), seconds(4), seconds(18))
            : new Times(warmUp, seconds(20), seconds(10), seconds(seconds));
    ObjectNode json = JSON.createObjectNode();
    json.put("out_of_orderness_ms", outOfOrderness.toMillis());
    if (checkpointInterval != null) {
      json.put("checkpoint_interval_ms", checkpointInterval.toMillis());
    }
    for (Delivery delivery : deliveries) {
      measure(delivery, times, json.putObject(delivery.name().toLowerCase(Locale.ROOT)));
    }
    System.out.println();
    System.out.println(json);
    return 0;
  }

  private void measure(Delivery delivery, Times times, ObjectNode json) throws Exception {
    Path folder = Files.createTempDirectory("sendflowr-benchmark-");
    try (LocalBroker broker = LocalBroker.start()) {
      String servers = broker.bootstrapServers();
      Preload.createTopics(servers);
      try (LiveJobProcess job = LiveJobProcess.start(arguments(delivery, servers, folder), folder);
          LoadGenerator load =
              new LoadGenerator(servers, new Workload(SEED, people, EXPONENT), job);
          ScheduleWatch watch = ScheduleWatch.start(servers, delivery.isolation)) {
        load.saturate(times.warmUp());
        double most = maximum == null ? maximum(load, times, json) : maximum;
        System.out.printf(Locale.ROOT, "%n%s, at most %,.0f records/s%n", delivery, most);
        printHead();
        for (int percent : loads) {
          load.awaitRead();
          job.takeCheckpointMillis();
          Probes probes = new Probes();
          watch.watchFor(probes);
          Pace pace = load.send(most * percent / 100, times.settle(), times.measured(), probes);
          awaitAnswers(probes, watch);
          report(
              percent,
              pace,
              probes.answers(),
              job.takeCheckpointMillis(),
              json.putObject("load_" + percent));
        }
      }
    } finally {
      Folders.delete(folder);
    }
  }

  private static double maximum(LoadGenerator load, Times times, ObjectNode json) {
    Pace saturated = load.saturate(times.saturated());
    json.put("max_per_s", Math.round(saturated.perSecond()));
    json.put("job_cpu_us_per_record_at_max", Figures.rounded(saturated.cpuMicros()));
    return saturated.perSecond();
  }

  private List<String> arguments(Delivery delivery, String servers, Path folder) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--bootstrap-servers",
                servers,
                "--delivery",
                delivery.name(),
                "--out-of-orderness",
                outOfOrderness.toString(),
                "--parallelism",
                Integer.toString(parallelism),
                "--folder",
                folder.toString()));
    if (checkpointInterval != null) {
      arguments.add("--checkpoint-interval=" + checkpointInterval);
    }
    settings.forEach((key, value) -> arguments.add("--flink=" + key + "=" + value));
    return arguments;
  }

  private static void awaitAnswers(Probes probes, ScheduleWatch watch) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (probes.unanswered() > 0 && System.nanoTime() < end) {
      watch.check();
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private static void printHead() {
    System.out.printf(
        Locale.ROOT,
        "%-5s %9s  %-26s %7s %8s %8s %8s %8s %10s %10s %10s%n",
        "load",
        "records/s",
        "from ... to ...",
        "count",
        "p50 ms",
        "p99",
        "p99.9",
        "most",
        "sent late",
        "unanswered",
        "checkpoint");
  }

  private void report(
      int percent, Pace pace, Answers answers, List<Long> checkpoints, ObjectNode json) {
    long checkpoint = median(checkpoints);
    json.put("per_s", Math.round(pace.perSecond()));
    json.put("job_cpu_us_per_record", Figures.rounded(pace.cpuMicros()));
    json.put("sent_late_share", Figures.rounded(pace.lateShare()));
    json.put("unanswered", answers.unanswered());
    json.put("checkpoint_ms", checkpoint);
    Map<String, Histogram> all =
        Map.of(
            "request to schedule", answers.requests(), "breaker to revision", answers.breakers());
    all.keySet().stream()
        .sorted(Collections.reverseOrder())
        .forEach(
            what -> {
              Histogram histogram = all.get(what);
              System.out.printf(
                  Locale.ROOT,
                  "%-5s %,9.0f  %-26s %,7d %,8.0f %,8.0f %,8.0f %,8.0f %9.1f%% %10d %7d ms%n",
                  percent + "%",
                  pace.perSecond(),
                  what,
                  histogram.getTotalCount(),
                  millis(histogram.getValueAtPercentile(50)),
                  millis(histogram.getValueAtPercentile(99)),
                  millis(histogram.getValueAtPercentile(99.9)),
                  millis(histogram.getMaxValue()),
                  100 * pace.lateShare(),
                  answers.unanswered(),
                  checkpoint);
              put(json.putObject(what.replace(' ', '_')), histogram);
            });
  }

  private void put(ObjectNode json, Histogram histogram) {
    double p99 = millis(histogram.getValueAtPercentile(99));
    json.put("count", histogram.getTotalCount());
    json.put("p50_ms", Figures.rounded(millis(histogram.getValueAtPercentile(50))));
    json.put("p99_ms", Figures.rounded(p99));
    json.put("p999_ms", Figures.rounded(millis(histogram.getValueAtPercentile(99.9))));
    json.put("max_ms", Figures.rounded(millis(histogram.getMaxValue())));
    json.put("p99_above_out_of_orderness_ms", Figures.rounded(p99 - outOfOrderness.toMillis()));
  }

  private static double millis(long micros) {
    return micros / 1e3;
  }

  private static long median(List<Long> values) {
    return values.isEmpty() ? 0 : values.stream().sorted().toList().get(values.size() / 2);
  }

  private static Duration seconds(int count) {
    return Duration.ofSeconds(count);
  }
}
