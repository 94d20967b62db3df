package io.sendflowr.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.platform.DescriptorException;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.job.CatalogueOption;
import io.sendflowr.job.WebhookTrial;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sendflowr connector check}. */
@Command(
    name = "check",
    description =
        "Show what a descriptor makes of a sample: the records, and why what becomes a dead letter does. The exit status"
            + " is 0 if nothing becomes a dead letter, else 1.")
final class ConnectorCheckCommand extends Subcommand {
  private static final String SUFFIX = ".yaml";

  // Numbers in full: ids go beyond what a double can tell apart.
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "A descriptor, or the name of one that ships, such as stripe.")
  private String descriptor;

  @Parameters(
      index = "1",
      paramLabel = "SAMPLE",
      description =
          "A file with a record of the topic webhooks (platform, headers, body), or with a body alone as the platform sends"
              + " it: JSON or a form.")
  private Path sample;

  @Option(
      names = "--header",
      paramLabel = "NAME:VALUE",
      description = "A header that comes with a body alone. Repeatable.")
  private List<String> headers = List.of();

  @Option(
      names = "--path",
      paramLabel = "PATH",
      description =
          "What stands behind the platform's name in the URL that a body alone is sent to.")
  private String path;

  @Option(
      names = "--received-at",
      paramLabel = "TIME",
      description = "When a body alone was received, ISO 8601. Default: now.")
  private String receivedAt;

  @Mixin private CatalogueOption catalogueOption;

  @Override
  public Integer call() throws IOException {
    for (String header : headers) {
      check(header.indexOf(':') > 0, "--header must be NAME:VALUE, not " + header);
    }
    Instant received = received();
    Catalogue catalogue = catalogueOption.read();
    WebhookTrial trial;
    try {
      trial = new WebhookTrial(descriptorFile(), catalogue);
    } catch (DescriptorException e) {
      spec().commandLine().getErr().println(e.getMessage());
      return 1;
    }
    WebhookTrial.Outcome outcome = trial.of(delivery(trial.platform(), received));
    spec().commandLine().getOut().println(outcome.json().toPrettyString());
    return outcome.isUsed() ? 0 : 1;
  }

  private Instant received() {
    if (receivedAt == null) {
      return Clock.systemUTC().instant().truncatedTo(ChronoUnit.MILLIS);
    }
    try {
      return Instant.parse(receivedAt);
    } catch (DateTimeParseException e) {
      check(false, "--received-at must be a time such as 2026-01-10T12:00:00Z, not " + receivedAt);
      throw e;
    }
  }

  private DescriptorFile descriptorFile() {
    if (Files.exists(Path.of(descriptor))) {
      return DescriptorFile.of(Path.of(descriptor));
    }
    List<DescriptorFile> shipped = DescriptorFile.builtIn();
    return shipped.stream()
        .filter(file -> file.name().equals(descriptor) || file.name().equals(descriptor + SUFFIX))
        .findFirst()
        .orElseThrow(
            () ->
                new DescriptorException(
                    descriptor
                        + ": there is no such file, and none of this name ships: "
                        + String.join(
                            ", ",
                            shipped.stream()
                                .map(file -> file.name().replace(SUFFIX, ""))
                                .toList())));
  }

  private ObjectNode delivery(String platform, Instant received) throws IOException {
    String text;
    try {
      text = Files.readString(sample);
    } catch (CharacterCodingException e) {
      throw new IOException(sample + " is not UTF-8", e);
    } catch (IOException e) {
      throw new IOException(
          Files.exists(sample) ? sample + " cannot be read" : "there is no file " + sample, e);
    }
    JsonNode read = read(text);
    if (read instanceof ObjectNode whole
        && whole.path("platform").isTextual()
        && whole.has("body")) {
      return whole;
    }
    ObjectNode delivery = JSON.createObjectNode();
    delivery.put("platform", platform).put("received_at", received.toString());
    ObjectNode named = delivery.putObject("headers");
    for (String header : headers) {
      int colon = header.indexOf(':');
      named.put(
          header.substring(0, colon).strip().toLowerCase(Locale.ROOT),
          header.substring(colon + 1).strip());
    }
    if (path != null) {
      delivery.put("path", path);
    }
    delivery.set("body", read);
    return delivery;
  }

  /** The JSON, or the text that it is not: a form, or broken JSON, is passed on as it is. */
  private static JsonNode read(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(text);
    }
  }
}
