package io.sendflowr.deploy;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.gateway.Gateway;
import io.sendflowr.gateway.GatewaySettings;
import io.sendflowr.gateway.Limits;
import io.sendflowr.gateway.http.AccessLog;
import io.sendflowr.gateway.kafka.KafkaSettings;
import io.sendflowr.gateway.signature.FetchedCertificates;
import io.sendflowr.gateway.signature.Secrets;
import io.sendflowr.job.CatalogueOption;
import io.sendflowr.job.Defaults;
import io.sendflowr.job.PlatformsOption;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sendflowr gateway}. */
@Command(
    name = "gateway",
    description =
        "Take webhooks over HTTP, check their signatures and write them to Kafka; answer who somebody is and when to"
            + " send, by asking the job over Kafka. See docs/gateway.md.")
final class GatewayCommand extends Subcommand {
  private static final String TOKEN_VARIABLE = "SENDFLOWR_API_TOKEN";
  private static final int MAX_PORT = 65_535;

  @Option(
      names = "--bootstrap-servers",
      required = true,
      paramLabel = "HOST:PORT[,...]",
      description = "Kafka brokers to connect to. All topics have to be there.")
  private String bootstrapServers;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "Address to listen on. It speaks HTTP, so let a proxy in front of it speak TLS. Default: ${DEFAULT-VALUE}.")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8001",
      description = "Port to listen on; 0 for any that is free. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--public-url",
      paramLabel = "URL",
      description =
          "What stands before the path in the URLs that platforms call, such as https://hooks.example.com. Twilio signs"
              + " the URL. Default: what the request says.")
  private URI publicUrl;

  @Option(
      names = "--secrets-dir",
      paramLabel = "DIR",
      description =
          "Folder with a file for each platform, called like it, one secret a line; any of them counts. Default: the"
              + " environment variables "
              + Secrets.VARIABLE_PREFIX
              + "<PLATFORM> only. A platform without a secret is off.")
  private Path secretsFolder;

  @Option(
      names = "--api-token-file",
      paramLabel = "FILE",
      description =
          "File with the tokens of those who may ask, one a line. Default: the environment variable "
              + TOKEN_VARIABLE
              + ". Without one nobody may.")
  private Path apiTokenFile;

  @Option(
      names = "--insecure",
      description =
          "Take webhooks of platforms that have no secret, and let anybody ask if there is no token. On loopback only.")
  private boolean insecure;

  @Option(
      names = "--replay-window",
      paramLabel = "[PLATFORM=]DURATION",
      description =
          "How far the time that a platform signs may be from now, ISO 8601, for one platform or for all whose"
              + " documentation names no window. Default: PT5M. Repeatable.")
  private List<String> replayWindows = new ArrayList<>();

  @Option(
      names = "--answer-timeout",
      paramLabel = "DURATION",
      defaultValue = "PT15S",
      description =
          "How long to wait for an answer of the job, ISO 8601. Default: ${DEFAULT-VALUE}.")
  private Duration answerTimeout;

  @Option(
      names = "--uncommitted",
      description =
          "Read answers before the job commits them: a checkpoint sooner where it writes in transactions. After a"
              + " failure of the job it decides the same again.")
  private boolean uncommitted;

  @Option(
      names = "--topic-prefix",
      defaultValue = "",
      description = "Put before the name of every topic. Default: none.")
  private String topicPrefix;

  @Option(
      names = "--kafka-property",
      paramLabel = "KEY=VALUE",
      description = "Further Kafka client property, such as security.protocol=SSL. Repeatable.")
  private Map<String, String> kafkaProperties = new LinkedHashMap<>();

  @Mixin private CatalogueOption catalogueOption;

  @Mixin private PlatformsOption platformsOption;

  @Override
  public Integer call() throws Exception {
    check(port >= 0 && port <= MAX_PORT, "--port must be from 0 to " + MAX_PORT);
    check(answerTimeout.toMillis() > 0, "--answer-timeout must be above 0");
    GatewaySettings settings = settings(spec().commandLine().getOut());
    CountDownLatch asked = new CountDownLatch(1);
    for (String signal : List.of("INT", "TERM", "HUP")) {
      Signals.handle(signal, asked::countDown);
    }
    try (Gateway gateway = start(settings)) {
      PrintWriter out = spec().commandLine().getOut();
      out.println("Listening on http://" + host + ":" + gateway.port());
      out.println(
          "Platforms: "
              + (gateway.platforms().isEmpty()
                  ? "none, as no secret is configured"
                  : String.join(", ", gateway.platforms())));
      if (settings.apiTokens().isEmpty() && !insecure) {
        out.println("Nobody may ask, as no API token is configured.");
      }
      asked.await();
      out.println("Stopping.");
    }
    return 0;
  }

  private static Gateway start(GatewaySettings settings) throws Exception {
    try {
      return Gateway.start(settings);
    } catch (BindException e) {
      throw new IOException(e.getMessage() + "; choose another with --port", e);
    }
  }

  private GatewaySettings settings(PrintWriter out) throws IOException {
    RecordReaderFactory readers = readers();
    Map<String, Duration> windows = new HashMap<>();
    Duration window = GatewaySettings.DEFAULT_REPLAY_WINDOW;
    for (String given : replayWindows) {
      int equals = given.indexOf('=');
      Duration duration = duration(given.substring(equals + 1));
      if (equals < 0) {
        window = duration;
      } else {
        String platform = given.substring(0, equals);
        check(
            readers.platformMapper().platforms().contains(platform),
            "--replay-window: there is no platform '" + platform + "'");
        windows.put(platform, duration);
      }
    }
    Clock clock = Clock.systemUTC();
    return new GatewaySettings(
        host,
        port,
        insecure,
        Optional.ofNullable(publicUrl).map(GatewayCommand::base),
        Secrets.read(
            readers.platformMapper().platforms(),
            Optional.ofNullable(secretsFolder),
            System.getenv()),
        tokens(),
        window,
        windows,
        readers,
        new KafkaSettings(bootstrapServers, topicPrefix, kafkaProperties, !uncommitted),
        Limits.DEFAULT.withAnswerTime(answerTimeout),
        FetchedCertificates.byHttps(clock),
        accessLog(out),
        clock,
        () -> UUID.randomUUID().toString());
  }

  private RecordReaderFactory readers() {
    Catalogue catalogue = catalogueOption.read();
    return Defaults.readers(catalogue, platformsOption.read(catalogue));
  }

  /** Paths begin with a slash. */
  private static String base(URI url) {
    String text = url.toString();
    return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
  }

  private Duration duration(String text) {
    try {
      Duration duration = Duration.parse(text);
      check(!duration.isNegative() && !duration.isZero(), "--replay-window must be above 0");
      return duration;
    } catch (DateTimeParseException e) {
      check(false, "--replay-window: '" + text + "' is no ISO 8601 duration such as PT5M");
      throw e;
    }
  }

  private List<String> tokens() throws IOException {
    if (apiTokenFile != null) {
      return Secrets.lines(Files.readString(apiTokenFile));
    }
    return Secrets.lines(System.getenv().getOrDefault(TOKEN_VARIABLE, ""));
  }

  private static AccessLog accessLog(PrintWriter out) {
    return (at, method, route, status, bytes, millis) ->
        out.println(
            at.truncatedTo(ChronoUnit.MILLIS)
                + " "
                + method
                + " "
                + route
                + " "
                + status
                + " "
                + bytes
                + "B "
                + millis
                + "ms");
  }
}
