package io.sendflowr.deploy;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.job.CatalogueOption;
import io.sendflowr.job.PlatformsOption;
import io.sendflowr.job.ReplayJob;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sendflowr replay}. */
@Command(
    name = "replay",
    description =
        "Read each topic from a file <topic>.jsonl, one record a line, and write what the job makes of them to files of"
            + " the same kind.")
final class ReplayCommand extends Subcommand {
  private static final String SUFFIX = ".jsonl";

  @Option(
      names = "--in",
      required = true,
      paramLabel = "DIR",
      description =
          "Folder with webhooks.jsonl, events.jsonl, links.jsonl and send-requests.jsonl, or some of them.")
  private Path in;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder for the results; made if it is missing.")
  private Path out;

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      defaultValue = "2",
      description = "Subtasks; makes no difference to the results. Default: ${DEFAULT-VALUE}.")
  private int parallelism;

  @Option(
      names = "--out-of-orderness-ms",
      paramLabel = "N",
      defaultValue = "5000",
      description =
          "Records come at most so many milliseconds of event time out of order; later ones count from when they come."
              + " Default: ${DEFAULT-VALUE}.")
  private long outOfOrdernessMillis;

  @Mixin private CatalogueOption catalogueOption;

  @Mixin private PlatformsOption platformsOption;

  @Override
  public Integer call() throws Exception {
    check(parallelism > 0, "--parallelism must be at least 1");
    check(outOfOrdernessMillis >= 0, "--out-of-orderness-ms must not be negative");
    Catalogue catalogue = catalogueOption.read();
    List<DescriptorFile> platforms = platformsOption.read(catalogue);
    checkFolders();
    Map<String, Long> counts =
        ReplayJob.run(
            in, out, parallelism, Duration.ofMillis(outOfOrdernessMillis), catalogue, platforms);
    print(counts, spec().commandLine().getOut());
    return 0;
  }

  private void checkFolders() throws IOException {
    if (!Files.isDirectory(in)) {
      throw new IOException(Files.exists(in) ? in + " is no folder" : "there is no folder " + in);
    }
    if (Topics.INPUTS.stream()
        .noneMatch(topic -> Files.isRegularFile(in.resolve(topic + SUFFIX)))) {
      throw new IOException(
          in + " has no file of a topic: " + String.join(SUFFIX + ", ", Topics.INPUTS) + SUFFIX);
    }
    if (Files.exists(out) && !Files.isDirectory(out)) {
      throw new IOException(out + " is no folder");
    }
    try {
      Files.createDirectories(out);
    } catch (IOException e) {
      throw new IOException("the folder " + out + " cannot be made", e);
    }
  }

  private static void print(Map<String, Long> counts, PrintWriter out) {
    int width = counts.keySet().stream().mapToInt(String::length).max().orElse(1);
    counts.forEach(
        (topic, count) ->
            out.println(String.format(Locale.ROOT, "%-" + width + "s  %10d", topic, count)));
  }
}
