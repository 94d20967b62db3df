package io.sendflowr.deploy.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.platform.DescriptorFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** All of it: broker, job, people. */
class DemoTest {
  private static final int SEED = 7;
  private static final int RATE = 20;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final StringWriter screen = new StringWriter();
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void viewerSeesEveryStoryAndItEndsWhenAsked() throws Exception {
    Demo demo = demo(Optional.empty());
    CompletableFuture<Void> ended = run(demo);

    await()
        .atMost(Duration.ofMinutes(3))
        .until(
            () ->
                ended.isDone()
                    || (sees(" x3.00")
                        && sees("ticket")
                        && sees("same person")
                        && sees("took it back")));
    demo.stop();
    ended.get(1, TimeUnit.MINUTES);

    assertThat(screen.toString().lines())
        .anyMatch(
            line -> line.matches(".* maya a +scheduled .* in \\d+ s .*product_view x.*\\(r0\\)"))
        .anyMatch(line -> line.matches(".* scheduled .*zendesk_ticket_created until .*\\(r0\\)"))
        .anyMatch(
            line -> line.matches(".*klaviyo_id k_\\d+ turned out to be the same person \\(r1\\)"))
        .anyMatch(line -> line.matches(".* cancelled .*the campaign took it back \\(r1\\)"))
        .anyMatch(line -> line.matches(" +decisions +scheduled [1-9]\\d* +revised [1-9].*"))
        .anyMatch(line -> line.matches(" +dead letters +0"));
  }

  /** As a platform and a campaign system would, over HTTP; the events are some of shop and desk. */
  @Test
  void platformsTellAndCampaignsAskOverHttp() throws Exception {
    Demo demo = demo(Optional.empty());
    CompletableFuture<Void> ended = run(demo);
    try {
      await().atMost(Duration.ofMinutes(2)).until(() -> ended.isDone() || sees("  gateway  http"));
      Matcher url = Pattern.compile("gateway +(http://\\S+),").matcher(screen.toString());
      assertThat(url.find()).as(screen.toString()).isTrue();
      walkThrough(url.group(1));
    } finally {
      demo.stop();
      ended.get(1, TimeUnit.MINUTES);
    }
  }

  private void walkThrough(String gateway) throws Exception {
    // Somebody subscribes to an SMS list, and is known by that list's id alone.
    tell(
        gateway + "/webhooks/postscript",
        """
        {"type":"subscriber.created",
         "data":{"id":"ps_sub_test123","phone":"+14155551234","email":"test@example.com"}}
        """);
    JsonNode known = ask(gateway + "/resolve-identity?postscript_subscriber_id=ps_sub_test123", "");
    assertThat(known.path("universal_id").asText()).isEqualTo("sf_9094c12ab68e7593");
    assertThat(known.at("/resolved_identifiers/phone_number/0").asText()).isEqualTo("+14155551234");
    assertThat(known.path("confidence_score").asDouble()).isEqualTo(0.9);

    // A product is viewed: the next message goes sooner.
    tell(
        gateway + "/webhooks/shopify/product_view",
        """
        {"customer":{"email":"test@example.com"},"product":{"id":"p9"},"created_at":"%s"}
        """
            .formatted(Instant.now()));
    String request = "{\"email\":\"test@example.com\",\"latency_estimate_seconds\":300.0}";
    JsonNode sooner = ask(gateway + "/timing-decision", request);
    assertThat(sooner.path("status").asText()).isEqualTo("scheduled");
    assertThat(sooner.at("/debug/applied_weights/0/signal").asText()).isEqualTo("product_view");
    assertThat(sooner.at("/debug/applied_weights/0/weight").asDouble()).isBetween(1.0, 2.0);
    assertThat(sooner.at("/debug/suppressed").asBoolean()).isFalse();

    // A ticket is opened: not before two days.
    Instant opened = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    tell(
        gateway + "/webhooks/zendesk/ticket_created",
        """
        {"ticket":{"id":4711,"created_at":"%s","requester":{"id":77,"email":"test@example.com"}}}
        """
            .formatted(opened));
    JsonNode later = ask(gateway + "/timing-decision", request);
    assertThat(later.at("/debug/suppressed").asBoolean()).isTrue();
    assertThat(later.at("/suppression/reason").asText()).isEqualTo("zendesk_ticket_created");
    Instant calm = opened.plus(Duration.ofHours(48));
    // What comes late counts from when it comes.
    assertThat(Instant.parse(later.at("/suppression/until").asText()))
        .isBetween(calm, calm.plusSeconds(60));
    assertThat(Instant.parse(later.path("target_timestamp_utc").asText()))
        .isBetween(calm, calm.plusSeconds(120));
    assertThat(Instant.parse(later.path("trigger_timestamp_utc").asText()))
        .isEqualTo(Instant.parse(later.path("target_timestamp_utc").asText()).minusSeconds(300));

    // Who asks need not know that a plus in a URL is to be written otherwise.
    JsonNode linked =
        ask(
            gateway
                + "/link-identifiers?identifier_a=+14155551234&type_a=phone_number"
                + "&identifier_b=k_123&type_b=klaviyo_id&weight=1.0&source=crm",
            "");
    assertThat(linked.path("status").asText()).isEqualTo("linked");
    assertThat(linked.path("universal_id").asText()).isEqualTo("sf_9094c12ab68e7593");
    assertThat(linked.path("same_person").asBoolean()).isTrue();
    assertThat(linked.at("/resolved_identifiers/zendesk_user_id/0").asText())
        .isEqualTo("zendesk_77");

    // And they are forgotten when they want to be.
    tell(
        gateway + "/webhooks/shopify/customers/redact",
        "{\"customer\":{\"email\":\"test@example.com\"}}");
    JsonNode forgotten = ask(gateway + "/resolve-identity?klaviyo_id=k_123", "");
    assertThat(forgotten.path("resolved_identifiers").toString())
        .isEqualTo("{\"klaviyo_id\":[\"k_123\"]}");
  }

  private void tell(String url, String webhook) throws IOException, InterruptedException {
    assertThat(post(url, webhook).statusCode()).as(url).isEqualTo(200);
  }

  /** The job may still be starting, so that no answer comes in time. */
  private JsonNode ask(String url, String body) throws IOException {
    HttpResponse<String> answer =
        await()
            .atMost(Duration.ofMinutes(2))
            .until(() -> post(url, body), response -> response.statusCode() != 504);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private HttpResponse<String> post(String url, String body)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(url))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void nothingDecidedIsAFailure() {
    assertThatThrownBy(() -> demo(Optional.of(Duration.ZERO)).run())
        .isInstanceOf(DemoException.class)
        .hasMessage("nothing was decided in 0 s");
  }

  private static CompletableFuture<Void> run(Demo demo) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            demo.run();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private boolean sees(String text) {
    return screen.toString().contains(text);
  }

  private Demo demo(Optional<Duration> length) {
    return new Demo(
        new Demo.Settings(
            length, RATE, SEED, 0, CatalogueReader.builtIn(), DescriptorFile.builtIn(), false),
        Clock.systemUTC(),
        new PrintWriter(screen, true));
  }
}
