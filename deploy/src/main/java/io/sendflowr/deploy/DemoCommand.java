package io.sendflowr.deploy;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.deploy.demo.Demo;
import io.sendflowr.job.CatalogueOption;
import io.sendflowr.job.PlatformsOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sendflowr demo}. */
@Command(
    name = "demo",
    description =
        "Start a Kafka broker and the job on this machine, let made-up people browse, buy, click and complain, and show"
            + " each decision about them as it is made. Ctrl-C stops everything.")
final class DemoCommand extends Subcommand {
  private static final int MAX_RATE = 1_000;

  private static final int MAX_PORT = 65_535;

  /** What a shell reports of a process that Ctrl-C ended. */
  private static final int STATUS_INTERRUPTED = 130;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Stop after so many seconds of the stream. Default: go on until Ctrl-C.")
  private Integer seconds;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "20",
      description = "Records a second, on average, from 1 to 1000. Default: ${DEFAULT-VALUE}.")
  private int rate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "7",
      description = "The same seed, the same people. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--gateway-port",
      paramLabel = "N",
      defaultValue = "8001",
      description =
          "Port of the gateway, which takes webhooks and questions over HTTP; 0 for any that is free. Default:"
              + " ${DEFAULT-VALUE}.")
  private int gatewayPort;

  @Mixin private CatalogueOption catalogueOption;

  @Mixin private PlatformsOption platformsOption;

  @Override
  public Integer call() throws Exception {
    check(seconds == null || seconds > 0, "--seconds must be at least 1");
    check(rate > 0 && rate <= MAX_RATE, "--rate must be from 1 to " + MAX_RATE);
    check(
        gatewayPort >= 0 && gatewayPort <= MAX_PORT,
        "--gateway-port must be from 0 to " + MAX_PORT);
    Catalogue catalogue = catalogueOption.read();
    Demo demo =
        new Demo(
            new Demo.Settings(
                Optional.ofNullable(seconds).map(Duration::ofSeconds),
                rate,
                seed,
                gatewayPort,
                catalogue,
                platformsOption.read(catalogue),
                // The script knows whether the output is a terminal; before Java 22 we cannot tell.
                Boolean.getBoolean("sendflowr.coloured")),
            Clock.systemUTC(),
            spec().commandLine().getOut());
    AtomicBoolean asked = new AtomicBoolean();
    for (String signal : List.of("INT", "TERM", "HUP")) {
      Signals.handle(
          signal,
          () -> {
            if (asked.getAndSet(true)) {
              // Asked twice: the broker sees that we are gone and cleans up.
              Runtime.getRuntime().halt(STATUS_INTERRUPTED);
            }
            spec().commandLine().getOut().println("\nStopping. Once more stops at once.");
            demo.stop();
          });
    }
    demo.run();
    return 0;
  }
}
