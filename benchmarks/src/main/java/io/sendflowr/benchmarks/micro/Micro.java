package io.sendflowr.benchmarks.micro;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sendflowr.benchmarks.DecisionBenchmark;
import java.io.File;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs the benchmarks of what a record passes through, and prints what each costs. */
@Command(
    name = "benchmarks/micro",
    description =
        "Time and allocation of each thing that a record passes through, on one core. The last line"
            + " is one JSON object: by name, ns (median) and bytes of one operation.",
    mixinStandardHelpOptions = true)
public final class Micro implements Callable<Integer> {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  /** Operators need longer than the rest until RocksDB has its usual shape. */
  private static final String OPERATORS = "(Identity|SendDecision)Benchmark";

  private static final String OTHERS =
      "(%s|(Graph|Json|Serializer|Signals)Benchmark)"
          .formatted(DecisionBenchmark.class.getSimpleName());

  @Parameters(
      paramLabel = "REGEX",
      arity = "0..*",
      description = "Only benchmarks with such a name, as CLASS.METHOD (default: all).")
  private List<String> names = List.of("");

  @Option(
      names = "--quick",
      description = "Fewer sizes, and so short that only large differences show.")
  private boolean quick;

  @Option(
      names = "--log",
      required = true,
      hidden = true,
      description = "Gets what JMH says while it runs.")
  private File log;

  /** How long a benchmark runs. */
  private record Pace(int warmUps, int rounds, long millis) {}

  /** What one operation costs. */
  private record Cost(double ns, double bytes) {}

  /**
   * Runs the benchmarks.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Micro()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    List<RunResult> results = new ArrayList<>();
    try (PrintStream out = new PrintStream(log, UTF_8)) {
      OutputFormat format = OutputFormatFactory.createFormatInstance(out, VerboseMode.NORMAL);
      results.addAll(run(OTHERS, quick ? new Pace(2, 2, 200) : new Pace(2, 3, 400), format));
      results.addAll(run(OPERATORS, quick ? new Pace(2, 2, 700) : new Pace(3, 4, 1000), format));
    }
    if (results.isEmpty()) {
      System.err.println("No benchmark has such a name.");
      return 1;
    }
    System.out.printf(
        Locale.ROOT,
        "%d processors, Java %s, load %.1f (more than processors: others had a share, and times are"
            + " too long)%n%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    System.out.println(
        "                                                           ns     ±      ops/s   bytes");
    Map<String, Cost> costs = new LinkedHashMap<>();
    for (RunResult result : results) {
      Statistics rounds = result.getPrimaryResult().getStatistics();
      // Other work on the machine makes some rounds slow and none fast.
      double ns = rounds.getPercentile(50);
      double bytes = result.getSecondaryResults().get(ALLOCATED).getScore();
      System.out.printf(
          Locale.ROOT,
          "%-48s%13.1f%5.0f%%%11.0f%8.0f%n",
          name(result.getParams()),
          ns,
          100 * rounds.getStandardDeviation() / ns,
          TimeUnit.SECONDS.toNanos(1) / ns,
          bytes);
      costs.put(name(result.getParams()), new Cost(tenth(ns), tenth(bytes)));
    }
    System.out.println();
    System.out.println(JsonMapper.builder().build().writeValueAsString(costs));
    return 0;
  }

  private List<RunResult> run(String group, Pace pace, OutputFormat format) throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .mode(Mode.AverageTime)
            .timeUnit(TimeUnit.NANOSECONDS)
            // All in one process, as in the job. Where others use the machine, too, a process for
            // each would be measured while it is still being compiled.
            .forks(0)
            .warmupIterations(pace.warmUps())
            .warmupTime(TimeValue.milliseconds(pace.millis()))
            .measurementIterations(pace.rounds())
            .measurementTime(TimeValue.milliseconds(pace.millis()))
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true);
    if (quick) {
      options
          .param("events", "1", "256")
          .param("clicksAndDays", "64:7")
          .param("persons", "10000")
          .param("form", "ROUTED_EVENT", "HELD_EVENT", "PERSON_EVENT", "PERSON_REQUEST");
    }
    names.forEach(name -> options.include("^(?=.*\\." + group + "\\.).*(" + name + ")"));
    try {
      return List.copyOf(new Runner(options.build(), format).run());
    } catch (NoBenchmarksException e) {
      return List.of();
    }
  }

  /** Class, method and sizes. */
  private static String name(BenchmarkParams params) {
    String name = params.getBenchmark().replaceFirst(".*\\.(\\w+\\.\\w+)$", "$1");
    List<String> sizes = params.getParamsKeys().stream().map(params::getParam).toList();
    return sizes.isEmpty() ? name : name + "(" + String.join(",", sizes) + ")";
  }

  private static double tenth(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
