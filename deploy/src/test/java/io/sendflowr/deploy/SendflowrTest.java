package io.sendflowr.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.CatalogueReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SendflowrTest {
  private static final String COMMANDS = "Commands: demo, replay, ";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"help", "--help", "-h"})
  void helpListsTheCommands(String argument) {
    assertThat(run(argument)).isZero();
    assertThat(out.toString()).contains("demo", "replay", "help");
    assertThat(err.toString()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"demo", "replay", "gateway", "topics"})
  void everyCommandHasHelp(String command) {
    assertThat(run(command, "--help")).isZero();
    assertThat(run("help", command)).isZero();
    assertThat(out.toString()).contains("Usage: sendflowr " + command);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void nothingIsNotUnderstood() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).contains("no command given", COMMANDS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          dmeo                     | 'dmeo'
          demo now                 | 'now'
          demo --fast              | '--fast'
          demo --seconds soon      | 'soon'
          demo --seconds 0         | --seconds must be at least 1
          demo --rate 0            | --rate must be from 1 to 1000
          demo --rate 1001         | --rate must be from 1 to 1000
          demo --gateway-port 70000 | --gateway-port must be from 0 to 65535
          gateway                  | '--bootstrap-servers=HOST:PORT[,...]'
          gateway --bootstrap-servers localhost:1 --port -1 | --port must be from 0 to 65535
          gateway --bootstrap-servers localhost:1 --replay-window soon | 'soon' is no ISO 8601 duration
          gateway --bootstrap-servers localhost:1 --replay-window acme=PT1H | there is no platform 'acme'
          replay                   | '--in=DIR', '--out=DIR'
          replay --in .            | '--out=DIR'
          replay --in . --out x --parallelism 0            | --parallelism must be at least 1
          topics                   | '--bootstrap-servers=HOST:PORT[,...]'
          topics --bootstrap-servers x:1 --partitions 0    | --partitions must be at least 1
          topics --bootstrap-servers x:1 --replication 0   | --replication must be at least 1
          replay --in . --out x --out-of-orderness-ms -1   | --out-of-orderness-ms must not be negative
          """)
  void whatIsNotUnderstoodIsNamed(String line, String named) {
    assertThat(run(line.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString()).contains(named, COMMANDS).hasLineCount(2);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void replayNeedsAFolderToRead() {
    Path missing = folder.resolve("missing");

    assertThat(replay(missing, folder)).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines("sendflowr replay: there is no folder " + missing);
  }

  @Test
  void replayReadsFoldersOnly() throws IOException {
    Path file = Files.createFile(folder.resolve("events.jsonl"));

    assertThat(replay(file, folder)).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines("sendflowr replay: " + file + " is no folder");
  }

  @Test
  void replayNeedsAFileOfATopic() throws IOException {
    Files.createFile(folder.resolve("event.jsonl"));

    assertThat(replay(folder, folder)).isEqualTo(1);
    assertThat(err.toString())
        .contains("has no file of a topic", "events.jsonl", "send-requests.jsonl")
        .hasLineCount(1);
  }

  @Test
  void replayWritesFoldersOnly() throws IOException {
    Files.createFile(folder.resolve("events.jsonl"));
    Path file = Files.createFile(folder.resolve("out"));

    assertThat(replay(folder, file)).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines("sendflowr replay: " + file + " is no folder");
  }

  @Test
  void replayMakesItsFolderOrSaysThatItCannot() throws IOException {
    Files.createFile(folder.resolve("events.jsonl"));
    Path file = Files.createFile(folder.resolve("file"));
    Path below = file.resolve("out");

    assertThat(replay(folder, below)).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("sendflowr replay: the folder " + below + " cannot be made")
        .hasLineCount(1);
  }

  @Test
  void aCatalogueThatIsNotUsableIsOneLineAndStartsNothing() throws IOException {
    Files.createFile(folder.resolve("events.jsonl"));
    Path to = folder.resolve("out");
    Path wrong =
        catalogue("{type: complaint, window_hours: 48}", "{type: complaint, window_hours: -1}");
    Path missing = folder.resolve("missing.yaml");

    assertThat(replay(folder, to, wrong)).isEqualTo(2);
    assertThat(replay(folder, to, missing)).isEqualTo(2);
    assertThat(run("demo", "--seconds", "1", "--catalogue", missing.toString())).isEqualTo(2);
    assertThat(err.toString().lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith("sendflowr replay: " + wrong + ":")
                    .contains(": window_hours must be "),
            line ->
                assertThat(line)
                    .isEqualTo("sendflowr replay: " + missing + ": there is no such file"),
            line ->
                assertThat(line)
                    .isEqualTo("sendflowr demo: " + missing + ": there is no such file"));
    assertThat(out.toString()).isEmpty();
    assertThat(to).doesNotExist();
  }

  @Test
  void aReplayGoesByTheCatalogueThatIsGiven() throws IOException {
    Files.writeString(
        folder.resolve("events.jsonl"),
        """
        {"event_id":"e-1","event_type":"complaint","timestamp":"2026-01-10T12:00:00Z","source":"desk",\
        "identifiers":{"email":"ann@example.com"}}
        """);
    Files.writeString(
        folder.resolve("send-requests.jsonl"),
        """
        {"request_id":"r-1","timestamp":"2026-01-10T13:00:00Z","email":"ann@example.com"}
        """);
    Path mine =
        catalogue("{type: complaint, window_hours: 48}", "{type: complaint, window_hours: 3}");
    Path byDefault = folder.resolve("default");
    Path byMine = folder.resolve("mine");

    assertThat(replay(folder, byDefault)).isZero();
    assertThat(replay(folder, byMine, mine)).isZero();
    assertThat(byDefault.resolve("send-schedules.jsonl"))
        .content()
        .contains("\"target_timestamp_utc\":\"2026-01-12T12:00:00Z\"");
    assertThat(byMine.resolve("send-schedules.jsonl"))
        .content()
        .contains("\"target_timestamp_utc\":\"2026-01-10T15:00:00Z\"");
  }

  @Test
  void aReplayUnderstandsThePlatformsThatAreGiven() throws IOException {
    Files.writeString(
        folder.resolve("webhooks.jsonl"),
        """
        {"platform":"acme","received_at":"2026-01-10T12:00:00Z","body":{"id":"a1","by":"ann@example.com"}}
        """);
    Files.writeString(
        folder.resolve("send-requests.jsonl"),
        """
        {"request_id":"r-1","timestamp":"2026-01-10T13:00:00Z","email":"ann@example.com"}
        """);
    Path platforms = Files.createDirectory(folder.resolve("platforms"));
    Files.writeString(
        platforms.resolve("acme.yaml"),
        """
        platform: acme
        event_id: /body/id
        identifiers: {email: /body/by}
        rules:
          - event_type: complaint
        """);
    Path to = folder.resolve("out");

    assertThat(replayWithPlatforms(to, platforms)).isZero();
    assertThat(to.resolve("send-schedules.jsonl"))
        .content()
        .contains("\"target_timestamp_utc\":\"2026-01-12T12:00:00Z\"");
  }

  @Test
  void platformsThatAreNotUsableAreOneLineAndStartNothing() throws IOException {
    Files.createFile(folder.resolve("webhooks.jsonl"));
    Path platforms = Files.createDirectory(folder.resolve("platforms"));
    Path to = folder.resolve("out");

    assertThat(replayWithPlatforms(to, folder.resolve("missing"))).isEqualTo(2);
    assertThat(replayWithPlatforms(to, platforms)).isEqualTo(2);
    Path wrong = Files.writeString(platforms.resolve("acme.yaml"), "platform: acme\n");
    assertThat(replayWithPlatforms(to, platforms)).isEqualTo(2);
    assertThat(err.toString().lines())
        .containsExactly(
            "sendflowr replay: " + folder.resolve("missing") + ": there is no such folder",
            "sendflowr replay: " + platforms + ": has no file that ends with .yaml",
            "sendflowr replay: " + wrong + ":1: rules: is missing");
    assertThat(to).doesNotExist();
  }

  private int replayWithPlatforms(Path to, Path platforms) {
    return run(
        "replay",
        "--in",
        folder.toString(),
        "--out",
        to.toString(),
        "--platforms",
        platforms.toString());
  }

  @Test
  void whereInTheCodeIsForThoseWhoAsk() {
    Path missing = folder.resolve("missing");

    run("replay", "--verbose", "--in", missing.toString(), "--out", folder.toString());
    assertThat(err.toString()).contains("\tat " + ReplayCommand.class.getName());
  }

  /** The catalogue that ships, with one line of it changed. */
  private Path catalogue(String line, String changed) throws IOException {
    try (InputStream in = CatalogueReader.class.getResourceAsStream("/catalogue.yaml")) {
      String shipped = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(shipped).contains(line);
      return Files.writeString(folder.resolve("mine.yaml"), shipped.replace(line, changed));
    }
  }

  private int replay(Path in, Path to, Path catalogue) {
    return run(
        "replay",
        "--in",
        in.toString(),
        "--out",
        to.toString(),
        "--catalogue",
        catalogue.toString());
  }

  private int replay(Path in, Path to) {
    return run("replay", "--in", in.toString(), "--out", to.toString());
  }

  private int run(String... args) {
    return Sendflowr.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }
}
