package io.sendflowr.benchmarks.wholejob;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.deploy.Folders;
import io.sendflowr.deploy.LocalBroker;
import io.sendflowr.deploy.Topics;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures the job beside its limit and its peers. One broker holds the same records for all; each
 * subject runs in a process of its own, one after the other, in several rounds.
 */
@Command(
    name = "benchmarks/whole-job",
    description = {
      "Measures the job beside its limit and its peers: one broker on 127.0.0.1 with the same records for all, each"
          + " subject in a process of its own, in rounds. Prints a table, and as its last line a JSON object.",
      "What is timed begins when half of the records have been read and ends when all are worked off and"
          + " what came of them is in a checkpoint."
    },
    mixinStandardHelpOptions = true)
public final class WholeJob implements Callable<Integer> {
  private static final long SEED = 2026;

  /** On two processors the compilers have not caught up sooner. */
  private static final int WARM_UP_SHARE = 2;

  private static final String HEAP = "-Xmx2g";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Option(
      names = "--records",
      defaultValue = "2000000",
      description = "Events and send requests. Default: ${DEFAULT-VALUE}.")
  private long records;

  @Option(
      names = "--people",
      defaultValue = "200000",
      description = "Whom they are about. Default: ${DEFAULT-VALUE}.")
  private int people;

  @Option(
      names = "--zipf",
      defaultValue = "0.6",
      description =
          "Exponent of Zipf's law, by which a few do much: 0 to 1. Default: ${DEFAULT-VALUE}.")
  private double exponent;

  @Option(
      names = "--links",
      defaultValue = "0",
      description =
          "Links that are there before the first event, besides those of records with two identifiers."
              + " Default: ${DEFAULT-VALUE}.")
  private int links;

  @Option(
      names = "--parallelism",
      defaultValue = "2",
      description = "Of Flink and Kafka Streams. Default: ${DEFAULT-VALUE}.")
  private int parallelism;

  @Option(names = "--rounds", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--subjects",
      defaultValue = "abcde",
      description =
          "Which: a pass-through, b keyed, c the job, d Kafka Streams, e the rules in a loop."
              + " Default: ${DEFAULT-VALUE}.")
  private String letters;

  @Option(
      names = "--restore",
      description = "Measures also how long the job takes to run again from its last checkpoint.")
  private boolean restore;

  @Option(
      names = "--quick",
      description = "One round of 400,000 records: about 4 minutes on 2 cores.")
  private boolean quick;

  @Option(
      names = "--jfr",
      paramLabel = "FILE",
      description = "Writes a recording of Java Flight Recorder of the last run of the job.")
  private Path recording;

  private WholeJob() {}

  /** Runs it. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new WholeJob()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (quick) {
      records = Math.min(records, 400_000);
      rounds = 1;
    }
    List<Subject> subjects = Subject.of(letters);
    Path folder = Files.createTempDirectory("sendflowr-benchmark-");
    try (LocalBroker broker = LocalBroker.start()) {
      String servers = broker.bootstrapServers();
      Preload.createTopics(servers);
      say(
          "%,d records of %,d people, %,d links, parallelism %d",
          records, people, links, parallelism);
      long begin = System.nanoTime();
      Preload.fill(
          servers,
          new Workload(SEED, people, exponent),
          records,
          links,
          System.currentTimeMillis());
      say("written in %.0f s", (System.nanoTime() - begin) / 1e9);
      Map<Subject, List<Result>> results = new EnumMap<>(Subject.class);
      for (int round = 1; round <= rounds; round++) {
        for (Subject subject : subjects) {
          Result result = run(subject, round, servers, folder.resolve(subject.key() + round));
          say(
              "round %d, %s: %,.0f records/s, %.1f s of processor a million, %,d written",
              round,
              subject.key(),
              result.perSecond(),
              result.cpuSecondsPerMillion(),
              result.written());
          results.computeIfAbsent(subject, s -> new ArrayList<>()).add(result);
        }
      }
      report(results);
      return 0;
    } finally {
      Folders.delete(folder);
    }
  }

  private Result run(Subject subject, int round, String servers, Path folder) throws Exception {
    Files.createDirectories(folder);
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.add(HEAP);
    command.add("-XX:+UseG1GC");
    if (recording != null && subject == Subject.JOB) {
      command.add("-XX:StartFlightRecording=settings=profile,filename=" + recording);
    }
    command.addAll(List.of(System.getProperty("sendflowr.opens", "").split(" ")));
    command.removeIf(String::isEmpty);
    command.addAll(List.of("-cp", classpath(subject)));
    command.add(program(subject).getName());
    command.addAll(List.of("--bootstrap-servers", servers));
    command.addAll(List.of("--records", Long.toString(records + links)));
    command.addAll(List.of("--untimed", Long.toString(records / WARM_UP_SHARE + links)));
    if (subject != Subject.KERNEL) {
      command.addAll(List.of("--name", subject.key().replace('_', '-') + "-" + round));
      command.addAll(List.of("--parallelism", Integer.toString(parallelism)));
      command.addAll(List.of("--folder", folder.toString()));
    }
    if (program(subject) == FlinkSubject.class) {
      command.addAll(List.of("--subject", subject.name()));
    }
    if (restore && subject == Subject.JOB) {
      command.add("--restore");
    }
    long before = Preload.end(servers, Topics.SEND_SCHEDULES);
    Result result = output(command, folder);
    Folders.delete(folder);
    return result.withWritten(Preload.end(servers, Topics.SEND_SCHEDULES) - before);
  }

  private static Class<?> program(Subject subject) {
    return switch (subject) {
      case PASS_THROUGH, KEYED, JOB -> FlinkSubject.class;
      case KAFKA_STREAMS -> StreamsPeer.class;
      case KERNEL -> Kernel.class;
    };
  }

  /** Flink and Kafka Streams each bring a RocksDB of their own, of the same names. */
  private static String classpath(Subject subject) {
    String others = subject == Subject.KAFKA_STREAMS ? "frocksdbjni" : "/rocksdbjni";
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.contains(others))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Runs a process to its end. */
  private static Result output(List<String> command, Path folder)
      throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    Thread stop = new Thread(process::destroyForcibly, "stop-subject");
    Runtime.getRuntime().addShutdownHook(stop);
    Result result = null;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      while (line != null) {
        if (Result.isIn(line)) {
          result = Result.of(line);
        }
        line = lines.readLine();
      }
    } finally {
      process.destroyForcibly();
      process.waitFor();
      Runtime.getRuntime().removeShutdownHook(stop);
    }
    if (result == null) {
      throw new IllegalStateException(
          "A subject failed; it said:\n" + Files.readString(log, StandardCharsets.UTF_8));
    }
    return result;
  }

  private void report(Map<Subject, List<Result>> results) {
    System.out.println();
    System.out.printf(
        Locale.ROOT,
        "%-14s %10s %10s %10s %9s %8s  %s%n",
        "subject",
        "median/s",
        "least",
        "most",
        "cpu s/M",
        "rss MB",
        "what");
    ObjectNode json = JSON.createObjectNode();
    results.forEach(
        (subject, runs) -> {
          double[] rates = sorted(runs, Result::perSecond);
          double[] cpu = sorted(runs, Result::cpuSecondsPerMillion);
          double[] memory = sorted(runs, Result::peakRssBytes);
          System.out.printf(
              Locale.ROOT,
              "%-14s %,10.0f %,10.0f %,10.0f %9.1f %,8.0f  %s%n",
              subject.key(),
              median(rates),
              rates[0],
              rates[rates.length - 1],
              median(cpu),
              memory[memory.length - 1] / (1 << 20),
              subject.description());
          json.put(subject.key() + "_per_s", Math.round(median(rates)));
          ObjectNode more = json.putObject(subject.key());
          more.put("median_per_s", Math.round(median(rates)));
          more.put("min_per_s", Math.round(rates[0]));
          more.put("max_per_s", Math.round(rates[rates.length - 1]));
          more.put("cpu_s_per_million", rounded(median(cpu)));
          more.put("peak_rss_bytes", Math.round(memory[memory.length - 1]));
          if (subject == Subject.JOB) {
            more.put(
                "state_bytes_per_person",
                Math.round(median(sorted(runs, Result::stateBytes)) / people));
            more.put("checkpoint_ms", Math.round(median(sorted(runs, Result::checkpointMillis))));
            if (restore) {
              more.put("restore_ms", Math.round(median(sorted(runs, Result::restoreMillis))));
            }
          }
        });
    ratio(results, Subject.PASS_THROUGH, json);
    ratio(results, Subject.KEYED, json);
    ratio(results, Subject.KAFKA_STREAMS, json);
    ratio(results, Subject.KERNEL, json);
    System.out.println(json);
  }

  /** The median over the rounds of how much the job does for each record that another does. */
  private static void ratio(Map<Subject, List<Result>> results, Subject other, ObjectNode json) {
    List<Result> ours = results.get(Subject.JOB);
    List<Result> theirs = results.get(other);
    if (ours == null || theirs == null) {
      return;
    }
    double[] ratios = new double[ours.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = ours.get(i).perSecond() / theirs.get(i).perSecond();
    }
    Arrays.sort(ratios);
    json.put("job_to_" + other.key(), rounded(median(ratios)));
  }

  private static double[] sorted(List<Result> runs, ToDoubleFunction<Result> figure) {
    return runs.stream().mapToDouble(figure).sorted().toArray();
  }

  private static double median(double[] sorted) {
    return sorted[sorted.length / 2];
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  private static void say(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }
}
