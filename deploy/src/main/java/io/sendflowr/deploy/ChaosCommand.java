package io.sendflowr.deploy;

import io.sendflowr.deploy.chaos.Chaos;
import io.sendflowr.deploy.chaos.Chaos.Scenario;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sendflowr chaos}. */
@Command(
    name = "chaos",
    description =
        "Break processes, the broker and records under the job, and compare what it commits with a replay of the same"
            + " stream. Everything is started here, on 127.0.0.1, and stopped in the end; exit status 1 if something differs.")
final class ChaosCommand extends Subcommand {
  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "The same seed, the same stream and the same faults. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--records",
      paramLabel = "N",
      defaultValue = "200000",
      description = "Records that can be used. Default: ${DEFAULT-VALUE}.")
  private int records;

  @Option(
      names = "--people",
      paramLabel = "N",
      defaultValue = "20000",
      description = "People they are about. Default: ${DEFAULT-VALUE}.")
  private int people;

  @Option(
      names = "--broken",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Records that cannot be used. Default: ${DEFAULT-VALUE}.")
  private int broken;

  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "5",
      description = "How often a task manager is killed. Default: ${DEFAULT-VALUE}.")
  private int kills;

  @Option(
      names = "--reading-seconds",
      paramLabel = "N",
      defaultValue = "120",
      description =
          "How long the job has to take for the stream, about; the broker lets it read no faster. Default:"
              + " ${DEFAULT-VALUE}.")
  private int readingSeconds;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      split = ",",
      description =
          "Any of ${COMPLETION-CANDIDATES}. Default: all but BRIEF, which has a bit of each and is for a few thousand"
              + " records.")
  private List<Scenario> scenarios =
      List.of(
          Scenario.CRASHES,
          Scenario.REPEATS,
          Scenario.RESCALING,
          Scenario.BROKEN_RECORDS,
          Scenario.SILENCE);

  @Option(
      names = "--patience-seconds",
      paramLabel = "N",
      defaultValue = "900",
      description = "After so long a wait is a failure. Default: ${DEFAULT-VALUE}.")
  private int patienceSeconds;

  @Override
  public Integer call() throws Exception {
    check(records > 0, "--records must be at least 1");
    check(people > 1, "--people must be at least 2");
    check(broken >= 0, "--broken must not be negative");
    check(kills >= 0, "--kills must not be negative");
    check(readingSeconds > 0, "--reading-seconds must be at least 1");
    check(patienceSeconds > 0, "--patience-seconds must be at least 1");
    boolean good =
        new Chaos(
                new Chaos.Settings(
                    seed,
                    records,
                    people,
                    broken,
                    kills,
                    readingSeconds,
                    Duration.ofSeconds(patienceSeconds)),
                spec().commandLine().getOut())
            .run(scenarios);
    return good ? 0 : 1;
  }
}
