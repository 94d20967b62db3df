package io.sendflowr.benchmarks.wholejob;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.deploy.Folders;
import io.sendflowr.deploy.LocalBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures how the job's costs grow with people, links and parallelism. One thing differs at a time
 * from the size to which all are compared.
 */
@Command(
    name = "benchmarks/scale",
    description = {
      "Measures the job at more and fewer people, links and subtasks: throughput, state, checkpoints, and how long it"
          + " takes to run again from its last checkpoint. Prints a table, and as its last line a JSON object.",
      "Everybody is heard of once, and all links are there, before what is timed. Each row has a broker of its own."
    },
    mixinStandardHelpOptions = true)
public final class Scale implements Callable<Integer> {
  private static final double EXPONENT = 0.6;

  /** Five million links twice, and what a checkpoint shares of them, beside what is read. */
  private static final String HEAP = "4g";

  private static final int INTERVAL_SECONDS = 5;

  /**
   * A checkpoint writes all links: hundreds of megabytes of them every 5 s are no more than that.
   */
  private static final int LONG_INTERVAL_SECONDS = 60;

  private static final Size COMMON = new Size(200_000, 0, 2, INTERVAL_SECONDS);
  private static final Size FEW_PEOPLE = new Size(20_000, 0, 2, INTERVAL_SECONDS);
  private static final Size MANY_PEOPLE = new Size(2_000_000, 0, 2, INTERVAL_SECONDS);
  private static final Size MANY_LINKS = new Size(200_000, 5_000_000, 2, LONG_INTERVAL_SECONDS);
  private static final Size ONE_SUBTASK = new Size(200_000, 0, 1, INTERVAL_SECONDS);
  private static final int QUICK = 10;
  private static final double MEGA = 1 << 20;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "WHAT",
      description =
          "people, links or parallelism, separated by commas: what differs in the rows. Default: each.")
  private List<Dimension> only = List.of(Dimension.values());

  @Option(
      names = "--records",
      defaultValue = "1000000",
      description =
          "Events and send requests of each row; the second half is timed. Default: ${DEFAULT-VALUE}.")
  private long records;

  @Option(names = "--rounds", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--quick",
      description =
          "A tenth of the people and links, and 200,000 records: shows that it works, and little else.")
  private boolean quick;

  /** What differs. */
  private enum Dimension {
    PEOPLE,
    LINKS,
    PARALLELISM;

    private List<Size> sizes() {
      return switch (this) {
        case PEOPLE -> List.of(FEW_PEOPLE, MANY_PEOPLE);
        case LINKS ->
            List.of(
                new Size(200_000, 10_000, 2, INTERVAL_SECONDS),
                new Size(200_000, 1_000_000, 2, INTERVAL_SECONDS),
                MANY_LINKS);
        case PARALLELISM -> List.of(ONE_SUBTASK);
      };
    }
  }

  /** A row; {@code interval} is between checkpoints, in seconds. */
  private record Size(int people, int links, int parallelism, int interval) {}

  private Scale() {}

  /** Runs it. */
  public static void main(String[] args) {
    CommandLine line = new CommandLine(new Scale());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    System.exit(line.execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (quick) {
      records = Math.min(records, 200_000);
    }
    Set<Size> sizes = new LinkedHashSet<>(List.of(COMMON));
    only.forEach(dimension -> sizes.addAll(dimension.sizes()));
    Map<Size, List<Result>> results = new LinkedHashMap<>();
    printHead();
    for (int round = 1; round <= rounds; round++) {
      for (Size size : sizes) {
        results.computeIfAbsent(size, s -> new ArrayList<>()).add(run(size));
        print(row(size, results));
      }
    }
    report(results);
    return 0;
  }

  private int people(Size size) {
    return quick ? size.people() / QUICK : size.people();
  }

  private int links(Size size) {
    return quick ? size.links() / QUICK : size.links();
  }

  private Result run(Size size) throws Exception {
    Backlog backlog = new Backlog(records, people(size), EXPONENT, links(size), true);
    Path folder = Files.createTempDirectory("sendflowr-benchmark-");
    try (LocalBroker broker = LocalBroker.start()) {
      String servers = broker.bootstrapServers();
      Preload.createTopics(servers);
      Preload.fill(servers, backlog, System.currentTimeMillis());
      return new SubjectRun(servers, backlog, size.parallelism())
          .withHeap(HEAP)
          .withRestore(true)
          .withCheckpointInterval(Duration.ofSeconds(size.interval()))
          .run(Subject.JOB, "job", folder.resolve("job"));
    } finally {
      Folders.delete(folder);
    }
  }

  private static void printHead() {
    System.out.printf(
        Locale.ROOT,
        "%9s %9s %11s %10s %9s %6s %8s %12s %9s %13s %10s %8s%n",
        "people",
        "links",
        "parallelism",
        "interval s",
        "records/s",
        "ratio",
        "cpu s/M",
        "state B/pers",
        "links MB",
        "checkpoint ms",
        "restore ms",
        "rss MB");
  }

  private static void print(ObjectNode row) {
    System.out.printf(
        Locale.ROOT,
        "%,9d %,9d %11d %10d %,9d %6.2f %8.1f %,12d %,9.1f %,13d %,10d %,8.0f%n",
        row.get("people").asInt(),
        row.get("links").asInt(),
        row.get("parallelism").asInt(),
        row.get("checkpoint_interval_s").asInt(),
        row.get("per_s").asLong(),
        row.get("ratio").asDouble(),
        row.get("cpu_s_per_million").asDouble(),
        row.get("state_bytes_per_person").asLong(),
        row.get("link_heap_bytes").asLong() / MEGA,
        row.get("checkpoint_ms").asLong(),
        row.get("restore_ms").asLong(),
        row.get("peak_rss_bytes").asLong() / MEGA);
    System.out.flush();
  }

  private void report(Map<Size, List<Result>> results) {
    ObjectNode json = JSON.createObjectNode();
    json.put("records", records);
    ArrayNode rows = json.putArray("rows");
    results.keySet().forEach(size -> rows.add(row(size, results)));
    ratio(results, MANY_PEOPLE, FEW_PEOPLE, "throughput_2m_to_20k", json);
    ratio(results, MANY_LINKS, COMMON, "throughput_5m_links_to_none", json);
    ratio(results, COMMON, ONE_SUBTASK, "throughput_parallelism_2_to_1", json);
    if (rounds > 1) {
      System.out.println();
      System.out.println("medians");
      printHead();
      rows.forEach(row -> print((ObjectNode) row));
    }
    System.out.println();
    System.out.println(json);
  }

  /** The medians of the rounds so far. */
  private ObjectNode row(Size size, Map<Size, List<Result>> results) {
    List<Result> runs = results.get(size);
    double perSecond = perSecond(results, size);
    double bytes = Figures.of(runs, run -> run.state().bytes()).median();
    ObjectNode row = JSON.createObjectNode();
    row.put("people", people(size));
    row.put("links", links(size));
    row.put("parallelism", size.parallelism());
    row.put("checkpoint_interval_s", size.interval());
    row.put("per_s", Math.round(perSecond));
    row.put("ratio", Figures.rounded(perSecond / perSecond(results, COMMON)));
    row.put(
        "cpu_s_per_million",
        Figures.rounded(Figures.of(runs, Result::cpuSecondsPerMillion).median()));
    row.put("state_bytes", Math.round(bytes));
    row.put("state_bytes_per_person", Math.round(bytes / people(size)));
    row.put(
        "link_heap_bytes", Math.round(Figures.of(runs, run -> run.state().linkBytes()).median()));
    row.put(
        "checkpoint_ms",
        Math.round(Figures.of(runs, run -> run.state().checkpointMillis()).median()));
    row.put(
        "restore_ms", Math.round(Figures.of(runs, run -> run.state().restoreMillis()).median()));
    row.put("peak_rss_bytes", Math.round(Figures.of(runs, Result::peakRssBytes).most()));
    return row;
  }

  /** What one size does for each record that another does, in the same rounds. */
  private static void ratio(
      Map<Size, List<Result>> results, Size size, Size other, String name, ObjectNode json) {
    if (results.containsKey(size) && results.containsKey(other)) {
      json.put(name, Figures.rounded(perSecond(results, size) / perSecond(results, other)));
    }
  }

  private static double perSecond(Map<Size, List<Result>> results, Size size) {
    return Figures.of(results.get(size), Result::perSecond).median();
  }
}
