package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.platform.DescriptorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What Prometheus reads of a job that something of everything has happened to. */
class MetricsTest {
  private static final String OURS = "flink_taskmanager_job_task_operator_sendflowr_";
  private static final Instant NOON = Instant.parse("2026-01-10T12:00:00Z");
  private static final int PARALLELISM = 2;

  private static final Path PAGE = Path.of("../docs/metrics.md");
  private static final Path DASHBOARDS = Path.of("../deploy/dashboards");

  /** Cells of a row in the table of our metrics, with the empty ones at its ends. */
  private static final int COLUMNS_OF_OURS = 8;

  private static final Pattern LABEL = Pattern.compile("`(\\w+)`");
  private static final Pattern SELECTOR = Pattern.compile("\\b(flink_\\w+)(?:\\{([^}]*)})?");

  /** Metrics of Flink's Kafka source, which no replay has. */
  private static final Set<String> ONLY_OF_KAFKA =
      Set.of(
          "flink_taskmanager_job_task_operator_pendingRecords",
          "flink_taskmanager_job_task_operator_KafkaSourceReader_KafkaConsumer_records_lag_max");

  private static final Set<String> LABELS_OF_FLINK =
      Set.of(
          "host",
          "job_id",
          "job_name",
          "operator_id",
          "operator_name",
          "subtask_index",
          "task_attempt_id",
          "task_attempt_num",
          "task_id",
          "task_name",
          "tm_id");

  private static Path out;
  private static Scrape scrape;

  @BeforeAll
  static void runAndScrape(@TempDir Path folder) throws Exception {
    Path in = Files.createDirectories(folder.resolve("in"));
    out = Files.createDirectories(folder.resolve("out"));
    Files.write(in.resolve("events.jsonl"), events());
    Files.write(in.resolve("links.jsonl"), links());
    Files.write(in.resolve("send-requests.jsonl"), requests());
    int port = KeptPrometheus.freePort();
    Configuration configuration = Flink.configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "disable");
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofHours(1));
    configuration.set(RestOptions.BIND_PORT, "0");
    KeptPrometheus.configure(configuration, port);
    try (MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(PARALLELISM)
                .build())) {
      cluster.start();
      JobGraph job = job(configuration, in);
      cluster.submitJob(job).join();
      cluster
          .requestJobResult(job.getJobID())
          .join()
          .toJobExecutionResult(MetricsTest.class.getClassLoader());
      scrape = Scrape.of(port);
    }
  }

  private static JobGraph job(Configuration configuration, Path in) throws Exception {
    try (StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration)) {
      env.setParallelism(PARALLELISM);
      ReplayJob.attach(
          env, in, out, Duration.ofSeconds(5), CatalogueReader.builtIn(), DescriptorFile.builtIn());
      return env.getStreamGraph().getJobGraph();
    }
  }

  @Test
  void countsWhatHappened() {
    assertThat(sum("code_deadLetters", "code", "malformed_json")).isEqualTo(1);
    assertThat(sum("code_deadLetters", "code", "no_identifier")).isEqualTo(1);
    assertThat(sum("code_deadLetters", "code", "duplicate_request", "operator_name", "revisions"))
        .isEqualTo(1);
    assertThat(sum("code_deadLetters", "operator_name", "route_events")).isEqualTo(2);
    assertThat(sum("lateRecords", "operator_name", "route_events")).isEqualTo(1);
    assertThat(sum("unknownEventTypes")).isEqualTo(1);
    assertThat(sum("erasures")).isEqualTo(1);
    assertThat(sum("erasedIdentifiers")).isEqualTo(1);
    assertThat(sum("type_identityChanges", "type", "quarantined")).isEqualTo(1);
    assertThat(sum("revision_status_decisions", "revision", "first", "status", "scheduled"))
        .isEqualTo(4);
    assertThat(sum("revision_status_decisions", "revision", "first", "status", "suppressed"))
        .isEqualTo(1);
    assertThat(sum("revision_status_decisions", "revision", "first", "status", "unreachable"))
        .isEqualTo(1);
    assertThat(sum("revision_status_decisions", "revision", "later", "status", "cancelled"))
        .isEqualTo(2);
    assertThat(sum("decisionLag_count")).isEqualTo(sum("revision_status_decisions"));
    assertThat(sum("unresolvedRequests")).isEqualTo(1);
    assertThat(sum("repeatedRequests")).isEqualTo(1);
    assertThat(sum("cancelsWithoutPendingRequest")).isEqualTo(1);
    assertThat(sum("pendingRequests")).isZero();
    assertThat(sum("latencySamples")).isEqualTo(21);
    assertThat(sum("deliveriesWithoutSent")).isEqualTo(1);
    assertThat(scrape.values(OURS + "links")).containsExactly(6.0, 6.0);
    assertThat(scrape.values(OURS + "linkedIdentifiers")).containsExactly(7.0, 7.0);
    assertThat(scrape.values(OURS + "linkBytes")).hasSize(2).allMatch(bytes -> bytes > 0);
    assertThat(sum("linksPassedOn")).isPositive();
    assertThat(scrape.values(OURS + "watermarkLag")).hasSize(10).containsOnly(0.0);
    assertThat(scrape.values(OURS + "provider_latencyEstimate", "provider", "esp")).hasSize(1);
  }

  @Test
  void auditTrailAndItsCountersAgree() throws Exception {
    for (String type : List.of("merged", "split", "quarantined")) {
      double lines =
          Replays.read(out.resolve("identity-changes.jsonl")).stream()
              .filter(change -> change.path("type").asText().equals(type))
              .count();
      assertThat(lines).as(type).isPositive();
      assertThat(sum("type_identityChanges", "type", type)).as(type).isEqualTo(lines);
    }
  }

  @Test
  void flinkCountsRecordsByTopic() throws Exception {
    String in = "flink_taskmanager_job_task_operator_numRecordsIn";
    assertThat(scrape.sum(in, "operator_name", "route_events")).isEqualTo(events().size());
    assertThat(scrape.sum(in, "operator_name", "route_send_requests")).isEqualTo(requests().size());
    assertThat(scrape.sum(in, "operator_name", "sink_send_schedules:_Writer"))
        .isEqualTo(Replays.read(out.resolve("send-schedules.jsonl")).size());
  }

  @Test
  void thePageNamesAllOfOursAndNoOther() throws Exception {
    Map<String, Set<String>> exposed = new TreeMap<>();
    scrape
        .names()
        .forEach(
            (name, labels) -> {
              if (name.startsWith(OURS)) {
                Set<String> own = new TreeSet<>(labels);
                own.removeAll(LABELS_OF_FLINK);
                exposed.put(name, own);
              }
            });

    assertThat(described(OURS)).isEqualTo(exposed);
  }

  @Test
  void whatThePageSaysOfFlinkIsExposed() throws Exception {
    assertThat(described("flink_").keySet())
        .filteredOn(name -> !name.startsWith(OURS) && !ONLY_OF_KAFKA.contains(name))
        .hasSizeGreaterThan(5)
        .isSubsetOf(scrape.names().keySet());
  }

  @Test
  void thePageSaysWhichLabelsAreFlinks() throws Exception {
    assertThat(Files.readString(PAGE))
        .contains(LABELS_OF_FLINK.stream().map(l -> '`' + l + '`').toList());
  }

  @Test
  void everyPanelAsksForWhatThePageNames() throws Exception {
    JsonNode dashboard = Replays.JSON.readTree(DASHBOARDS.resolve("sendflowr.json").toFile());
    Set<String> asked = new TreeSet<>();
    Set<Integer> ids = new TreeSet<>();
    for (JsonNode panel : dashboard.path("panels")) {
      assertThat(ids.add(panel.path("id").asInt())).as("%s", panel).isTrue();
      assertThat(panel.path("title").asText()).isNotEmpty();
      for (JsonNode target : panel.path("targets")) {
        asked.addAll(metricsIn(target.path("expr").asText()));
      }
    }

    assertThat(described("flink_").keySet()).containsAll(asked);
    assertThat(asked)
        .as("all of ours")
        .containsAll(
            described(OURS).keySet().stream().filter(name -> !name.endsWith("_count")).toList());
  }

  @Test
  void everyAlertAsksForWhatThePageNamesAndSaysWhatToDo() throws Exception {
    Map<?, ?> file =
        (Map<?, ?>)
            new Load(LoadSettings.builder().build())
                .loadFromString(Files.readString(DASHBOARDS.resolve("alerts.yaml")));
    Set<String> alerts = new TreeSet<>();
    for (Object group : (List<?>) file.get("groups")) {
      for (Object one : (List<?>) ((Map<?, ?>) group).get("rules")) {
        Map<?, ?> rule = (Map<?, ?>) one;
        Map<?, ?> annotations = (Map<?, ?>) rule.get("annotations");
        assertThat(alerts.add((String) rule.get("alert"))).as("%s", rule).isTrue();
        assertThat((String) annotations.get("summary")).endsWith(".");
        assertThat((String) annotations.get("runbook")).endsWith(".");
        assertThat(described("flink_").keySet()).containsAll(metricsIn((String) rule.get("expr")));
      }
    }
    assertThat(alerts).isNotEmpty();
  }

  private static double sum(String name, String... labels) {
    return scrape.sum(OURS + name, labels);
  }

  /** Names in an expression; each label that it selects by has to be there. */
  private static Set<String> metricsIn(String expression) {
    Set<String> names = new TreeSet<>();
    Matcher matcher = SELECTOR.matcher(expression);
    while (matcher.find()) {
      names.add(matcher.group(1));
      if (matcher.group(2) != null && !ONLY_OF_KAFKA.contains(matcher.group(1))) {
        assertThat(scrape.names().get(matcher.group(1)))
            .as(expression)
            .contains(matcher.group(2).split("[=!~]", 2)[0]);
      }
    }
    assertThat(names).as(expression).isNotEmpty();
    return names;
  }

  /** What the page says of metrics: their labels beyond those of Flink. */
  private static Map<String, Set<String>> described(String prefix) throws IOException {
    Map<String, Set<String>> described = new TreeMap<>();
    for (String line : Files.readAllLines(PAGE)) {
      String[] cells = line.split("\\|", -1);
      if (line.startsWith("| `" + prefix)) {
        Set<String> labels = new TreeSet<>();
        for (String label : cells[2].split(";", -1)) {
          Matcher name = LABEL.matcher(label);
          if (cells.length == COLUMNS_OF_OURS && name.find()) {
            labels.add(name.group(1));
          }
        }
        assertThat(described.put(cells[1].strip().replace("`", ""), labels)).as(line).isNull();
      }
    }
    return described;
  }

  private static List<String> events() {
    List<String> lines = new ArrayList<>();
    for (int message = 0; message < 21; message++) {
      Instant sent = NOON.minusSeconds(60L * (30 - message));
      lines.add(delivery("sent", message, sent));
      lines.add(delivery("delivered", message, sent.plusSeconds(20)));
    }
    lines.add(delivery("delivered", 99, NOON));
    lines.add(event("e1", "spam_report", NOON, "\"email\":\"angry@example.com\""));
    lines.add(event("e2", "moon_landing", NOON, "\"email\":\"ann@example.com\""));
    // An hour late: watermarks have come further wherever a record is read after another.
    lines.add(event("e3", "opened", NOON.minusSeconds(3600), "\"email\":\"ann@example.com\""));
    lines.add("no event");
    lines.add(event("e4", "opened", NOON, "\"email\":\"guest\""));
    lines.add(event("e5", "product_view", NOON.plusSeconds(600), "\"email\":\"gone@example.com\""));
    lines.add(event("e6", "opened", NOON.plusSeconds(900), "\"email\":\"ann@example.com\""));
    return lines;
  }

  private static List<String> links() {
    List<String> lines = new ArrayList<>();
    lines.add(link("ann@example.com", "K-ANN", NOON.plusSeconds(60), "link"));
    lines.add(link("ann@example.com", "K-ANN", NOON.plusSeconds(120), "unlink"));
    for (int email = 0; email < 6; email++) {
      lines.add(
          link("m" + email + "@example.com", "K-CARD", NOON.plusSeconds(200 + email), "link"));
    }
    lines.add(
        "{\"op\":\"erase\",\"identifiers\":{\"email\":\"gone@example.com\"},\"timestamp\":\"%s\"}"
            .formatted(NOON.plusSeconds(700)));
    return lines;
  }

  private static List<String> requests() {
    return List.of(
        request("scheduled", NOON, "\"email\":\"ann@example.com\""),
        request("scheduled", NOON, "\"email\":\"ann@example.com\""),
        request("scheduled", NOON.plusMillis(1), "\"email\":\"bob@example.com\""),
        request("lone", NOON, "\"klaviyo_id\":\"K-LONE\""),
        // The only minute of its window is less than the latency ahead.
        request(
            "late",
            NOON.plusMillis(500),
            "\"email\":\"ann@example.com\",\"latency_estimate_seconds\":3600,\"send_before\":\"%s\""
                .formatted(NOON.plusSeconds(3630))),
        request("held", NOON.plusSeconds(1), "\"email\":\"angry@example.com\""),
        request("erased", NOON.plusSeconds(2), "\"email\":\"gone@example.com\""),
        request("taken-back", NOON.plusSeconds(3), "\"email\":\"bob@example.com\""),
        cancel("taken-back", NOON.plusSeconds(4)),
        cancel("nobody's", NOON.plusSeconds(5)));
  }

  private static String event(String id, String type, Instant time, String identifiers) {
    return """
        {"event_id":"%s","event_type":"%s","timestamp":"%s","source":"shop","identifiers":{%s}}"""
        .formatted(id, type, time, identifiers);
  }

  private static String delivery(String type, int message, Instant time) {
    return """
        {"event_id":"%s-%d","event_type":"%s","timestamp":"%s","source":"esp",\
        "identifiers":{"email":"m%d@example.org"},"metadata":{"message_id":"%d"}}"""
        .formatted(type, message, type, time, message, message);
  }

  private static String link(String email, String klaviyo, Instant time, String op) {
    return """
        {"identifier_a":"%s","type_a":"email","identifier_b":"%s","type_b":"klaviyo_id",\
        "source":"crm","timestamp":"%s","op":"%s"}"""
        .formatted(email, klaviyo, time, op);
  }

  private static String request(String id, Instant time, String rest) {
    return """
        {"request_id":"%s","timestamp":"%s","send_after":"%s",%s}"""
        .formatted(id, time, NOON.plusSeconds(3600), rest);
  }

  private static String cancel(String id, Instant time) {
    return """
        {"op":"cancel","request_id":"%s","timestamp":"%s"}"""
        .formatted(id, time);
  }
}
