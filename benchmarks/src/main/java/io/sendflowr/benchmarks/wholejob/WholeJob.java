package io.sendflowr.benchmarks.wholejob;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.deploy.Folders;
import io.sendflowr.deploy.LocalBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
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
      Backlog backlog = new Backlog(records, people, exponent, links, false);
      long begin = System.nanoTime();
      Preload.fill(servers, backlog, System.currentTimeMillis());
      say("written in %.0f s", (System.nanoTime() - begin) / 1e9);
      SubjectRun run =
          new SubjectRun(servers, backlog, parallelism)
              .withRestore(restore)
              .withRecording(recording);
      Map<Subject, List<Result>> results = new EnumMap<>(Subject.class);
      for (int round = 1; round <= rounds; round++) {
        for (Subject subject : subjects) {
          String name = subject.key().replace('_', '-') + "-" + round;
          Result result = run.run(subject, name, folder.resolve(name));
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
          Figures rates = Figures.of(runs, Result::perSecond);
          double cpu = Figures.of(runs, Result::cpuSecondsPerMillion).median();
          double memory = Figures.of(runs, Result::peakRssBytes).most();
          System.out.printf(
              Locale.ROOT,
              "%-14s %,10.0f %,10.0f %,10.0f %9.1f %,8.0f  %s%n",
              subject.key(),
              rates.median(),
              rates.least(),
              rates.most(),
              cpu,
              memory / (1 << 20),
              subject.description());
          json.put(subject.key() + "_per_s", Math.round(rates.median()));
          ObjectNode more = json.putObject(subject.key());
          more.put("median_per_s", Math.round(rates.median()));
          more.put("min_per_s", Math.round(rates.least()));
          more.put("max_per_s", Math.round(rates.most()));
          more.put("cpu_s_per_million", Figures.rounded(cpu));
          more.put("peak_rss_bytes", Math.round(memory));
          if (subject == Subject.JOB) {
            more.put(
                "state_bytes_per_person",
                Math.round(Figures.of(runs, run -> run.state().bytes()).median() / people));
            more.put(
                "checkpoint_ms",
                Math.round(Figures.of(runs, run -> run.state().checkpointMillis()).median()));
            if (restore) {
              more.put(
                  "restore_ms",
                  Math.round(Figures.of(runs, run -> run.state().restoreMillis()).median()));
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
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < ours.size(); i++) {
      ratios.add(ours.get(i).perSecond() / theirs.get(i).perSecond());
    }
    json.put(
        "job_to_" + other.key(), Figures.rounded(Figures.of(ratios, Double::doubleValue).median()));
  }

  private static void say(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }
}
