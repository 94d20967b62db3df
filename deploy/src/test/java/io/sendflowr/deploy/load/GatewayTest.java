package io.sendflowr.deploy.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.deploy.LocalBroker;
import io.sendflowr.deploy.Topics;
import io.sendflowr.gateway.Limits;
import io.sendflowr.gateway.http.AccessLog;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A gateway against a real broker. In place of the job stands somebody who answers. */
class GatewayTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Path PAGE = Path.of("..", "docs", "gateway.md");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String BODY =
      "{\"id\": 92233720368547758079,\n \"email\":\"mira@lindenmail.example\"}";
  private static final Limits LIMITS =
      new Limits(
          16 << 10,
          1 << 20,
          Duration.ofSeconds(1),
          Duration.ofSeconds(3),
          512,
          64,
          8 << 20,
          4,
          Duration.ofSeconds(2));

  private static final Queue<String> LOG = new ConcurrentLinkedQueue<>();

  private static LocalBroker broker;
  private static KafkaProducer<byte[], byte[]> job;
  private static Target target;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Set<String> webhooksBefore;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = LocalBroker.start();
    Topics.create(broker.bootstrapServers());
    target =
        Target.start(
            broker.bootstrapServers(),
            LIMITS,
            0,
            false,
            (at, method, route, status, bytes, millis) ->
                LOG.add(method + " " + route + " " + status + " " + bytes + "B"));
    job =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  @AfterAll
  static void stopBroker() throws Exception {
    target.close();
    job.close();
    broker.close();
  }

  @BeforeEach
  void look() {
    webhooksBefore = Set.copyOf(target.written(Topics.WEBHOOKS));
  }

  @Test
  void whatIsSignedIsInKafkaAsItCameWhenItIsAccepted() throws Exception {
    HttpResponse<String> response =
        send(webhook("/webhooks/shopify/customers/update", BODY).header("X-Shopify-Topic", "t"));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
    assertThat(newWebhooks()).hasSize(1);
    String record = newWebhooks().get(0);
    assertThat(record)
        .contains(
            "\"body\":{\"id\": 92233720368547758079,  \"email\":\"mira@lindenmail.example\"}");
    JsonNode json = JSON.readTree(record);
    assertThat(json.path("platform").textValue()).isEqualTo("shopify");
    assertThat(json.path("path").textValue()).isEqualTo("customers/update");
    assertThat(json.path("headers").path("x-shopify-topic").textValue()).isEqualTo("t");
    assertThat(json.path("headers").has("x-shopify-hmac-sha256")).isFalse();
    assertThat(Instant.parse(json.path("received_at").textValue()))
        .isBetween(Instant.now().minus(PATIENCE), Instant.now().plusSeconds(1));
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /webhooks/stripe, 404, platform_off",
    "POST, /webhooks/acme, 404, unknown_platform",
    "GET, /webhooks/acme, 404, unknown_platform",
    "PUT, /webhooks/shopify, 405, method_not_allowed",
    "POST, /webhooks/shopify, 401, bad_signature",
    "GET, /timing-decision, 405, method_not_allowed",
    "POST, /timing-decision, 401, unauthorized",
    "POST, /resolve-identity?email=a%40b.example, 401, unauthorized",
    "POST, /link-identifiers, 401, unauthorized",
    "POST, /health, 405, method_not_allowed",
    "GET, /, 404, not_found"
  })
  void whatIsRefusedSaysWhy(String method, String path, int status, String code) throws Exception {
    HttpResponse<String> response =
        sendToRefuse(request(path).method(method, HttpRequest.BodyPublishers.ofString("{}")));

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(JSON.readTree(response.body()).path("error").textValue()).isEqualTo(code);
    assertThat(newWebhooks()).isEmpty();
  }

  @Test
  void insecureOpensNothingThatHasASecret() throws Exception {
    try (Target open = Target.start(broker.bootstrapServers(), LIMITS, 0, true, AccessLog.NONE)) {
      assertThat(statusAt(open, "/webhooks/stripe")).isEqualTo(200);
      assertThat(newWebhooks()).hasSize(1);
      assertThat(statusAt(open, "/webhooks/shopify")).isEqualTo(401);
      assertThat(statusAt(open, "/timing-decision")).isEqualTo(401);
      assertThat(newWebhooks()).hasSize(1);
    }
  }

  private int statusAt(Target gateway, String path) throws IOException, InterruptedException {
    return sendToRefuse(
            HttpRequest.newBuilder(URI.create(gateway.url() + path))
                .POST(HttpRequest.BodyPublishers.ofString("{}")))
        .statusCode();
  }

  /**
   * Sends what is refused before its body has been read. The connection is closed then, and a
   * client that is still writing the body may hear of that before it hears the answer.
   */
  private HttpResponse<String> sendToRefuse(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    try {
      return send(request);
    } catch (IOException closed) {
      try {
        return send(request);
      } catch (IOException again) {
        again.addSuppressed(closed);
        throw again;
      }
    }
  }

  @Test
  void whatIsLoggedNamesNobody() throws Exception {
    String body = "{\"email\":\"mira@lindenmail.example\"}";
    LOG.clear();

    send(
        webhook("/webhooks/shopify/mira@lindenmail.example?email=mira%40lindenmail.example", body));
    send(
        request("/webhooks/mira@lindenmail.example")
            .header("X-Email", "mira@lindenmail.example")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
    send(request("/mira@lindenmail.example").method("MIRA", none()));
    send(
        request("/resolve-identity?email=mira%40lindenmail.example")
            .POST(HttpRequest.BodyPublishers.ofString(body)));

    await().atMost(PATIENCE).until(() -> LOG.size() == 4);
    assertThat(LOG)
        .containsExactlyInAnyOrder(
            "POST /webhooks/shopify 200 35B",
            "POST /webhooks/- 404 0B",
            "- - 404 0B",
            "POST /resolve-identity 401 0B");
  }

  @Test
  void aPlatformMayLookWhetherSomebodyIsThere() throws Exception {
    assertThat(send(request("/webhooks/shopify")).statusCode()).isEqualTo(200);
    assertThat(send(request("/webhooks/shopify").method("HEAD", none())).statusCode())
        .isEqualTo(200);
  }

  @Test
  void healthMetricsAndDescriptionAreForEverybody() throws Exception {
    send(webhook("/webhooks/shopify", BODY));
    assertThat(send(request("/health")).body()).isEqualTo("{\"status\":\"up\",\"kafka\":\"up\"}");
    String metrics = send(request("/metrics")).body();
    assertThat(metrics)
        .contains(
            "sendflowr_gateway_webhooks_total{outcome=\"accepted\",platform=\"shopify\"} ",
            "sendflowr_gateway_records_total{outcome=\"written\",topic=\"webhooks\"} ",
            "sendflowr_gateway_waiting_bytes ");
    assertThat(found("(?m)^# TYPE sendflowr_gateway_(\\S+) ", metrics))
        .containsExactlyInAnyOrderElementsOf(
            found("`(?:sendflowr_gateway)?_([a-z_]+)`", section("## Metrics")));
    JsonNode described = JSON.readTree(send(request("/openapi.json")).body());
    assertThat(new TreeSet<>(names(described.path("paths"))))
        .containsExactly(
            "/health",
            "/link-identifiers",
            "/metrics",
            "/openapi.json",
            "/resolve-identity",
            "/timing-decision",
            "/webhooks/{platform}");
  }

  private static String section(String heading) throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(heading);
    return page.substring(begin, page.indexOf("\n## ", begin));
  }

  private static List<String> found(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(one -> one.group(1)).toList();
  }

  @Test
  void aQuestionIsAnsweredByTheJob() throws Exception {
    try (Job ignored = new Job()) {
      HttpResponse<String> resolved =
          send(asking("/resolve-identity?postscript_subscriber_id=s_1&email=a%40mail.example"));
      assertThat(resolved.statusCode()).as(resolved.body()).isEqualTo(200);
      JsonNode question = JSON.readTree(resolved.body()).path("asked");
      assertThat(question.path("op").textValue()).isEqualTo("resolve");
      assertThat(question.path("postscript_subscriber_id").textValue()).isEqualTo("s_1");
      assertThat(question.path("email").textValue()).isEqualTo("a@mail.example");

      HttpResponse<String> inTheBody =
          send(asking("/resolve-identity", "{\"shopify_customer_id\":92233720368547758079}"));
      assertThat(inTheBody.body()).contains("\"shopify_customer_id\":92233720368547758079");
    }
  }

  @Test
  void aTimingDecisionIsTheFirstRevisionAndStandsForItsRequest() throws Exception {
    try (Job ignored = new Job()) {
      String asked = "{\"request_id\":\"r-1\",\"email\":\"a@mail.example\"}";
      HttpResponse<String> first = send(asking("/timing-decision", asked));
      assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
      assertThat(JSON.readTree(first.body()).path("revision").intValue()).isZero();

      assertThat(send(asking("/timing-decision", asked)).body())
          .as("asked again")
          .isEqualTo(first.body());
      assertThat(send(asking("/timing-decision", asked.replace("a@", "b@"))).statusCode())
          .isEqualTo(409);
    }
  }

  @Test
  void aLinkIsTakenAndBothAreAskedForOneByOne() throws Exception {
    try (Job ignored = new Job()) {
      HttpResponse<String> linked =
          send(
              asking(
                  "/link-identifiers?identifier_a=%2B14155551234&type_a=phone&identifier_b=ps_1"
                      + "&type_b=postscript_subscriber_id&weight=0.9&source=crm"));
      assertThat(linked.statusCode()).as(linked.body()).isEqualTo(200);
      JsonNode answer = JSON.readTree(linked.body());
      assertThat(answer.path("status").textValue()).isEqualTo("linked");
      assertThat(answer.path("identifier_a").textValue()).isEqualTo("+14155551234");
      assertThat(answer.path("type_a").textValue()).isEqualTo("phone_number");
      assertThat(answer.path("universal_id").textValue()).isEqualTo("sf_0000000000000000");
      assertThat(answer.path("same_person").booleanValue()).isTrue();
      String written =
          target.written(Topics.LINKS).stream()
              .filter(record -> record.contains("ps_1"))
              .findFirst()
              .orElseThrow();
      JsonNode link = JSON.readTree(written);
      assertThat(link.path("weight").doubleValue()).isEqualTo(0.9);
      assertThat(link.path("source").textValue()).isEqualTo("crm");
    }
  }

  @Test
  void aPlusThatStandsInAQueryAsItIsBeginsAPhoneNumber() throws Exception {
    try (Job ignored = new Job()) {
      HttpResponse<String> linked =
          send(
              asking(
                  "/link-identifiers?identifier_a=+442079460123&type_a=phone_number"
                      + "&identifier_b=ps_2&type_b=postscript_subscriber_id"));
      assertThat(linked.statusCode()).as(linked.body()).isEqualTo(200);
      JsonNode answer = JSON.readTree(linked.body());
      assertThat(answer.path("identifier_a").textValue()).isEqualTo("+442079460123");
      assertThat(answer.path("source").textValue()).isEqualTo("api");
      assertThat(answer.path("weight").doubleValue()).isEqualTo(1);

      HttpResponse<String> resolved =
          send(asking("/resolve-identity?phone=+442079460123&phone=%2B12025550143"));
      assertThat(JSON.readTree(resolved.body()).at("/asked/phone").toString())
          .as(resolved.body())
          .isEqualTo("[\"+442079460123\",\"+12025550143\"]");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/timing-decision | {\"email\":\"nobody\"} | no_identifier",
        "/timing-decision | {\"email\":\"a@mail.example\",\"op\":\"cancel\"} | bad_value",
        "/timing-decision | {\"email\":\"a@mail.example\",\"timestamp\":\"soon\"} | bad_timestamp",
        "/timing-decision | {\"email\":\"a@mail.example\",\"send_before\":\"2020-01-01T00:00:00Z\"} | bad_window",
        "/timing-decision | [] | malformed_json",
        "/timing-decision | {\"email\": | malformed_json",
        "/resolve-identity?emial=a%40b.example | '' | bad_value",
        "/resolve-identity | '' | no_identifier",
        "/link-identifiers?identifier_a=1 | '' | missing_field",
        "/link-identifiers?identifier_a=K&type_a=klaviyo_id&identifier_b=P&type_b=iterable_user_id&weight=2 | '' | bad_value",
        "/link-identifiers?identifier_a=K&type_a=klaviyo_id&identifier_b=P&type_b=iterable_user_id&weight=x | '' | bad_value"
      })
  void whatTheJobWouldPutAsideIsRefusedWithItsReason(String path, String body, String code)
      throws Exception {
    int before = target.written().size();

    HttpResponse<String> response = send(asking(path, body));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(JSON.readTree(response.body()).path("error").textValue()).isEqualTo(code);
    assertThat(target.written()).hasSize(before);
  }

  @Test
  void withoutAnAnswerItSaysSoInTime() throws Exception {
    HttpResponse<String> response =
        send(asking("/timing-decision", "{\"request_id\":\"r-504\",\"email\":\"a@mail.example\"}"));

    assertThat(response.statusCode()).isEqualTo(504);
    assertThat(response.headers().firstValue("retry-after")).isPresent();
    assertThat(response.body()).contains("r-504", "within 2.0 s", "send-schedules");
  }

  @Test
  void moreQuestionsThanThereIsRoomForAreToComeAgain() {
    List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
    for (int i = 0; i < 2 * LIMITS.questions(); i++) {
      all.add(
          client.sendAsync(
              asking("/resolve-identity?klaviyo_id=K" + i).build(),
              HttpResponse.BodyHandlers.ofString()));
    }
    assertThat(all.stream().map(CompletableFuture::join).map(HttpResponse::statusCode))
        .containsOnly(429, 504)
        .filteredOn(status -> status == 504)
        .hasSize(LIMITS.questions());
  }

  @Test
  void nothingHostileComesThrough() throws Exception {
    int before = target.written().size();
    long accepted = new Hostile(target, Clock.systemUTC()).attack(340, 32);

    assertThat(accepted).isEqualTo(20);
    assertThat(target.written()).hasSize(before + 20);
    assertThat(newWebhooks())
        .allMatch(record -> record.contains("\"body\":\"{\\\"id\\\":\\\"broken-"));
    assertThat(send(webhook("/webhooks/shopify", BODY)).statusCode()).isEqualTo(200);
  }

  @Test
  void aHeaderLetterByLetterDoesNotKeepAConnection() throws Exception {
    ScheduledExecutorService slowly = Executors.newSingleThreadScheduledExecutor();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), target.port())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket
          .getOutputStream()
          .write("POST /webhooks/shopify HTTP/1.1\r\nx: ".getBytes(StandardCharsets.US_ASCII));
      var unused =
          slowly.scheduleWithFixedDelay(() -> letter(socket), 100, 100, TimeUnit.MILLISECONDS);
      long begin = System.nanoTime();
      assertThat(ends(socket)).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(PATIENCE);
    } finally {
      slowly.shutdownNow();
    }
  }

  private static void letter(Socket socket) {
    try {
      socket.getOutputStream().write('a');
    } catch (IOException e) {
      throw new IllegalStateException("Closed", e);
    }
  }

  private static boolean ends(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void nothingAcceptedIsLostThroughARestartOfTheBroker() throws Exception {
    GatewayLoad.Result result =
        new GatewayLoad(target, "restarted", 2_000, 200).run(GatewayTest::restart);

    assertThat(result.lost()).isZero();
    await().atMost(PATIENCE).until(() -> send(request("/health")).statusCode() == 200);
  }

  @Test
  void withoutBrokersWhatComesIsToComeAgainAndNoMoreIsTakenThanThereIsRoomFor() throws Exception {
    Limits tight =
        new Limits(
            LIMITS.headerBytes(),
            LIMITS.bodyBytes(),
            LIMITS.bodyTime(),
            LIMITS.idleTime(),
            LIMITS.connections(),
            2,
            LIMITS.requestBytes(),
            LIMITS.questions(),
            LIMITS.answerTime());
    try (Target narrow = Target.start(broker.bootstrapServers(), tight, 0, false, AccessLog.NONE)) {
      // Not killed: a client that knows at once that nobody is there says so at once.
      signal("-STOP");
      try {
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < tight.requests(); i++) {
          waiting.add(
              client.sendAsync(webhookTo(narrow).build(), HttpResponse.BodyHandlers.ofString()));
        }
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    send(HttpRequest.newBuilder(URI.create(narrow.url() + "/metrics")))
                        .body()
                        .contains("sendflowr_gateway_waiting_webhooks 2.0"));
        isToComeAgain(send(webhookTo(narrow)), 429);
        for (CompletableFuture<HttpResponse<String>> one : waiting) {
          isToComeAgain(one.join(), 503);
        }
        isToComeAgain(send(asking("/resolve-identity?klaviyo_id=K")), 503);
        await().atMost(PATIENCE).until(() -> send(request("/health")).statusCode() == 503);
      } finally {
        signal("-CONT");
      }
    }
    await().atMost(PATIENCE).until(() -> send(request("/health")).statusCode() == 200);
    await()
        .atMost(PATIENCE)
        .until(() -> send(webhook("/webhooks/shopify", BODY)).statusCode() == 200);
  }

  private static void signal(String signal) throws IOException, InterruptedException {
    assertThat(
            new ProcessBuilder("kill", signal, Long.toString(broker.process().pid()))
                .start()
                .waitFor())
        .isZero();
  }

  private static void isToComeAgain(HttpResponse<String> answer, int status) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("retry-after")).isPresent();
  }

  private static HttpRequest.Builder webhookTo(Target gateway) {
    return HttpRequest.newBuilder(URI.create(gateway.url() + "/webhooks/shopify"))
        .header("X-Shopify-Hmac-Sha256", Target.signature(BODY))
        .timeout(PATIENCE)
        .POST(HttpRequest.BodyPublishers.ofString(BODY));
  }

  private static void restart() {
    try {
      broker.kill();
      broker.restart();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    assertThatThrownBy(
            () ->
                Target.start(
                    broker.bootstrapServers(), LIMITS, target.port(), false, AccessLog.NONE))
        .isInstanceOf(BindException.class)
        .hasMessage("the port " + target.port() + " of 127.0.0.1 is taken");
  }

  /** Answers every question that comes, as the job would. */
  private static final class Job implements AutoCloseable {
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Set<String> answered = new HashSet<>();

    Job() {
      target.written(Topics.SEND_REQUESTS).forEach(answered::add);
      var unused = timer.scheduleWithFixedDelay(this::answer, 0, 50, TimeUnit.MILLISECONDS);
    }

    private void answer() {
      try {
        for (String question : target.written(Topics.SEND_REQUESTS)) {
          if (answered.add(question)) {
            // A revision that comes first is not what was asked for.
            write(JSON.readTree(question), 1);
            write(JSON.readTree(question), 0);
          }
        }
      } catch (IOException e) {
        throw new IllegalStateException("A question is no JSON", e);
      }
    }

    private void write(JsonNode question, int revision) throws IOException {
      String id = question.path("request_id").textValue();
      boolean resolve = question.path("op").asText().equals("resolve");
      ObjectNode answer = JSON.createObjectNode().put("request_id", id);
      answer.put("universal_id", "sf_0000000000000000").put("revision", revision);
      answer.set("asked", question);
      var unused =
          job.send(
              new ProducerRecord<>(
                  resolve ? Topics.RESOLUTIONS : Topics.SEND_SCHEDULES,
                  id.getBytes(StandardCharsets.UTF_8),
                  JSON.writeValueAsBytes(answer)));
    }

    @Override
    public void close() throws InterruptedException {
      timer.shutdown();
      assertThat(timer.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
  }

  private List<String> newWebhooks() {
    return target.written(Topics.WEBHOOKS).stream()
        .filter(record -> !webhooksBefore.contains(record))
        .toList();
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder webhook(String path, String body) {
    return request(path)
        .header("X-Shopify-Hmac-Sha256", Target.signature(body))
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private HttpRequest.Builder asking(String path) {
    return asking(path, "");
  }

  private HttpRequest.Builder asking(String path, String body) {
    return request(path)
        .header("Authorization", "Bearer " + Target.TOKEN)
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(target.url() + path)).timeout(PATIENCE);
  }

  private static HttpRequest.BodyPublisher none() {
    return HttpRequest.BodyPublishers.noBody();
  }
}
