package io.sendflowr.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectorCheckCommandTest {
  private static final String ACME =
      """
      platform: acme
      event_name: [/headers/x-acme-event, /path]
      event_id: /body/id
      identifiers: {email: /body/by}
      rules:
        - events: [complained]
          event_type: complaint
      """;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void aRecordOfWebhooksIsShownAsItsRecords() throws IOException {
    assertThat(
            check(
                "stripe",
                """
                {"platform":"stripe","received_at":"2026-01-10T12:00:03Z","headers":{},
                 "body":{"id":"evt_1","type":"customer.created","created":1768046400,
                         "data":{"object":{"id":"cus_1","email":"ann@example.com"}}}}
                """))
        .isZero();
    assertThat(shown().at("/records/0/topic").asText()).isEqualTo("events");
    assertThat(shown().at("/records/0/value/event_type").asText()).isEqualTo("profile_created");
    assertThat(shown().at("/records/0/value/timestamp").asText()).isEqualTo("2026-01-10T12:00:00Z");
    assertThat(shown().at("/rejections")).isEmpty();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aBodyAloneIsGivenItsHeadersOrItsPath() throws IOException {
    String descriptor = Files.writeString(folder.resolve("acme.yaml"), ACME).toString();
    String body = "{\"id\":90071992547409931,\"by\":\"ann@example.com\"}";

    assertThat(check(descriptor, body, "--header", "X-Acme-Event: complained")).isZero();
    assertThat(shown().at("/records/0/value/event_id").asText()).isEqualTo("90071992547409931");
    assertThat(check(descriptor, body, "--path", "complained")).isZero();
    assertThat(
            check(
                descriptor, body, "--path", "complained", "--received-at", "2026-01-10T12:00:00Z"))
        .isZero();
    assertThat(shown().at("/records/0/value/timestamp").asText()).isEqualTo("2026-01-10T12:00:00Z");
    assertThat(check(descriptor, body)).isEqualTo(1);
    assertThat(shown().at("/rejections/0/code").asText()).isEqualTo("unmapped_payload");
  }

  @Test
  void aFormIsABody() throws IOException {
    assertThat(
            check(
                "twilio.yaml",
                "MessageSid=SM1&From=%2B12025550143&To=%2B12025550199&Body=stop",
                "--received-at",
                "2026-01-10T12:00:00Z"))
        .isZero();
    assertThat(shown().at("/records/0/value/event_type").asText()).isEqualTo("sms_unsubscribed");
  }

  @Test
  void whatReadersRefuseIsToldToo() throws IOException {
    assertThat(
            check(
                "stripe",
                """
                {"platform":"stripe","received_at":"2026-01-10T12:00:03Z","headers":{},
                 "body":{"id":"evt_1","type":"customer.created","created":1799582400,
                         "data":{"object":{"id":"cus_1"}}}}
                """))
        .isEqualTo(1);
    assertThat(shown().at("/records")).hasSize(1);
    assertThat(shown().at("/rejections/0/code").asText()).isEqualTo("future_timestamp");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "platform: acme | platform: [acme] | acme.yaml:1: platform: must be a single value",
        "complaint | complant | acme.yaml:7: event_type: complant is no event type"
      })
  void aDescriptorThatIsNotUsableIsNamedByFileLineAndField(
      String what, String instead, String error) throws IOException {
    Path descriptor = Files.writeString(folder.resolve("acme.yaml"), ACME.replace(what, instead));

    assertThat(check(descriptor.toString(), "{}")).isEqualTo(1);
    assertThat(err.toString()).contains(error).hasLineCount(1);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aDescriptorThatThereIsNotIsNamed() throws IOException {
    assertThat(check("acme", "{}")).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("acme: there is no such file, and none of this name ships: attentive, ")
        .hasLineCount(1);
  }

  @Test
  void aSampleThatThereIsNotIsNamed() {
    Path missing = folder.resolve("missing.json");

    assertThat(run("connector", "check", "stripe", missing.toString())).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines("sendflowr connector check: there is no file " + missing);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "connector | no command given | Commands: demo,",
        "connector chek | 'chek' | Commands: demo,",
        "connector check | 'FILE', 'SAMPLE' | See: sendflowr connector check --help",
        "connector check stripe x --header a | --header must be NAME:VALUE | Commands: demo,",
        "connector check stripe x --received-at now | --received-at must be a time | Commands: demo,"
      })
  void whatIsNotUnderstoodIsNamed(String line, String named, String help) {
    assertThat(run(line.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString()).contains(named, help).hasLineCount(2);
  }

  @Test
  void helpSaysWhatThereIs() {
    assertThat(run("help", "connector")).isZero();
    assertThat(run("connector", "check", "--help")).isZero();
    assertThat(out.toString()).contains("check", "FILE", "SAMPLE", "--header");
  }

  private int check(String descriptor, String sample, String... options) throws IOException {
    out.getBuffer().setLength(0);
    List<String> line = new ArrayList<>(List.of("connector", "check", descriptor));
    line.add(Files.writeString(folder.resolve("sample"), sample).toString());
    line.addAll(List.of(options));
    return run(line.toArray(String[]::new));
  }

  private JsonNode shown() throws JsonProcessingException {
    return new ObjectMapper().readTree(out.toString());
  }

  private int run(String... args) {
    return Sendflowr.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }
}
