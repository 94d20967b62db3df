package io.sendflowr.benchmarks.wholejob;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.deploy.Folders;
import io.sendflowr.deploy.LocalBroker;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private static final Size COMMON = new Size(200_000, 0, 2);
  private static final Size FEW_PEOPLE = new Size(20_000, 0, 2);
  private static final Size MANY_PEOPLE = new Size(2_000_000, 0, 2);
  private static final Size MANY_LINKS = new Size(200_000, 5_000_000, 2);
  private static final Size ONE_SUBTASK = new Size(200_000, 0, 1);
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
            List.of(new Size(200_000, 10_000, 2), new Size(200_000, 1_000_000, 2), MANY_LINKS);
        case PARALLELISM -> List.of(ONE_SUBTASK);
      };
    }
  }

  /** A row. */
  private record Size(int people, int links, int parallelism) {}

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
    for (int round = 1; round <= rounds; round++) {
      for (Size size : sizes) {
        Result result = run(size);
        System.out.printf(
            Locale.ROOT,
            "round %d, %,d people, %,d links, parallelism %d: %,.0f records/s%n",
            round,
            people(size),
            links(size),
            size.parallelism(),
            result.perSecond());
        results.computeIfAbsent(size, s -> new ArrayList<>()).add(result);
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
          .run(Subject.JOB, "job", folder.resolve("job"));
    } finally {
      Folders.delete(folder);
    }
  }

  private void report(Map<Size, List<Result>> results) {
    System.out.println();
    System.out.printf(
        Locale.ROOT,
        "%9s %9s %11s %9s %6s %8s %12s %9s %13s %10s %8s%n",
        "people",
        "links",
        "parallelism",
        "records/s",
        "ratio",
        "cpu s/M",
        "state B/pers",
        "links MB",
        "checkpoint ms",
        "restore ms",
        "rss MB");
    ObjectNode json = JSON.createObjectNode();
    json.put("records", records);
    ArrayNode rows = json.putArray("rows");
    double common = perSecond(results, COMMON);
    results.forEach((size, runs) -> report(size, runs, common, rows.addObject()));
    ratio(results, MANY_PEOPLE, FEW_PEOPLE, "throughput_2m_to_20k", json);
    ratio(results, MANY_LINKS, COMMON, "throughput_5m_links_to_none", json);
    ratio(results, COMMON, ONE_SUBTASK, "throughput_parallelism_2_to_1", json);
    System.out.println();
    System.out.println(json);
  }

  private void report(Size size, List<Result> runs, double common, ObjectNode json) {
    double perSecond = Figures.of(runs, Result::perSecond).median();
    double cpu = Figures.of(runs, Result::cpuSecondsPerMillion).median();
    double bytes = Figures.of(runs, run -> run.state().bytes()).median();
    double linkBytes = Figures.of(runs, run -> run.state().linkBytes()).median();
    double checkpoint = Figures.of(runs, run -> run.state().checkpointMillis()).median();
    double restore = Figures.of(runs, run -> run.state().restoreMillis()).median();
    double memory = Figures.of(runs, Result::peakRssBytes).most();
    System.out.printf(
        Locale.ROOT,
        "%,9d %,9d %11d %,9.0f %6.2f %8.1f %,12.0f %,9.1f %,13.0f %,10.0f %,8.0f%n",
        people(size),
        links(size),
        size.parallelism(),
        perSecond,
        perSecond / common,
        cpu,
        bytes / people(size),
        linkBytes / MEGA,
        checkpoint,
        restore,
        memory / MEGA);
    json.put("people", people(size));
    json.put("links", links(size));
    json.put("parallelism", size.parallelism());
    json.put("per_s", Math.round(perSecond));
    json.put("ratio", Figures.rounded(perSecond / common));
    json.put("cpu_s_per_million", Figures.rounded(cpu));
    json.put("state_bytes", Math.round(bytes));
    json.put("state_bytes_per_person", Math.round(bytes / people(size)));
    json.put("link_heap_bytes", Math.round(linkBytes));
    json.put("checkpoint_ms", Math.round(checkpoint));
    json.put("restore_ms", Math.round(restore));
    json.put("peak_rss_bytes", Math.round(memory));
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
