package io.sendflowr.connectors.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Payloads that the platforms published. They belong to the platforms and are not part of this
 * repository; where they lie in {@code shared/payloads} beside it they are mapped as well.
 */
class PublishedPayloadsTest {
  private static final Path PAYLOADS = Path.of("..", "..", "shared", "payloads");
  private static final Path PAGE = Path.of("..", "docs", "connectors.md");
  private static final String RECEIVED = "2026-01-10T12:00:00Z";

  private static final Map<String, String> TOPICS =
      Map.ofEntries(
          Map.entry("carts_create", "carts/create"),
          Map.entry("carts_update", "carts/update"),
          Map.entry("carts_update.exact-id", "carts/update"),
          Map.entry("checkouts_create", "checkouts/create"),
          Map.entry("checkouts_update", "checkouts/update"),
          Map.entry("customers_create", "customers/create"),
          Map.entry("customers_create.exact-id-2020", "customers/create"),
          Map.entry("customers_data_request", "customers/data_request"),
          Map.entry("customers_delete", "customers/delete"),
          Map.entry(
              "customers_email_marketing_consent_update",
              "customers_email_marketing_consent/update"),
          Map.entry("customers_marketing_consent_update", "customers_marketing_consent/update"),
          Map.entry("customers_merge", "customers/merge"),
          Map.entry("customers_redact", "customers/redact"),
          Map.entry("customers_update", "customers/update"),
          Map.entry("orders_create", "orders/create"));

  private final PlatformMapper mapper = Samples.builtIn();

  @BeforeEach
  void payloadsAreThere() {
    assumeTrue(Files.isDirectory(PAYLOADS), "no published payloads beside this repository");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "carts_create | cart_add | 2022-01-01T00:00:00Z | {'cookie_id':'exampleCartId'}",
        "carts_update | cart_add | 2022-01-01T00:00:00Z | {'cookie_id':'exampleCartId'}",
        "carts_update.exact-id | cart_add | 2022-01-01T00:00:00Z | {'cookie_id':'exampleCartId'}",
        "checkouts_create | cart_add | 2022-01-01T00:00:00Z | {'email':'example@email.com',"
            + "'shopify_customer_id':'603851970716743400',"
            + "'cookie_id':'eeafa272cebfd4b22385bc4b645e762c'}",
        "checkouts_update | cart_add | 2022-01-01T00:00:00Z | {'email':'example@email.com',"
            + "'shopify_customer_id':'603851970716743400',"
            + "'cookie_id':'eeafa272cebfd4b22385bc4b645e762c'}",
        "customers_create | profile_created | 2022-01-01T00:00:00Z |"
            + " {'email':'bob@biller.com','shopify_customer_id':'706405506930370000'}",
        "customers_create.exact-id-2020 | profile_created | 2012-08-24T18:01:46Z |"
            + " {'email':'bob@biller.com','shopify_customer_id':'706405506930370084'}",
        "customers_update | profile_updated | 2022-01-01T00:00:00Z |"
            + " {'email':'bob@biller.com','shopify_customer_id':'706405506930370000'}",
        "customers_email_marketing_consent_update | profile_updated | 2026-01-10T12:00:00Z |"
            + " {'email':'bob@biller.com','shopify_customer_id':'706405506930370000'}",
        "customers_marketing_consent_update | profile_updated | 2026-01-10T12:00:00Z |"
            + " {'shopify_customer_id':'706405506930370000'}",
        "orders_create | order_placed | 2022-01-01T00:00:00Z |"
            + " {'email':'jon@example.com','shopify_customer_id':'115310627314723950'}"
      })
  void aShopifyWebhookIsAnEvent(String file, String type, String time, String identifiers) {
    ObjectNode event = onlyEvent(mapper.map(shopify(file)));
    assertThat(event.path("event_type").asText()).isEqualTo(type);
    assertThat(event.path("timestamp").asText()).isEqualTo(time);
    assertThat(event.path("source").asText()).isEqualTo("shopify");
    assertThat(event.path("identifiers").toString()).isEqualTo(identifiers.replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "customers_merge | the merge did not complete",
        "customers_delete | the deletion of a customer account",
        "customers_data_request | a customer's request for their data"
      })
  void aShopifyWebhookIsRefused(String file, String reason) {
    MappedDelivery mapped = mapper.map(shopify(file));
    assertThat(mapped.records()).isEmpty();
    assertThat(mapped.rejections())
        .singleElement()
        .satisfies(
            rejection -> {
              assertThat(rejection.code()).isEqualTo(Rejection.UNMAPPED_PAYLOAD);
              assertThat(rejection.detail()).contains(reason);
            });
  }

  @Test
  void aShopifyRedactionIsAnErasure() {
    MappedDelivery mapped = mapper.map(shopify("customers_redact"));
    assertThat(mapped.rejections()).isEmpty();
    assertThat(mapped.records())
        .singleElement()
        .satisfies(
            record -> {
              assertThat(record.topic()).isEqualTo(CanonicalRecord.Topic.LINKS);
              assertThat(record.value().toString())
                  .isEqualTo(
                      """
                      {"op":"erase","identifiers":{"email":"john@example.com",\
                      "phone":"555-625-1199","shopify_customer_id":"191167"},\
                      "timestamp":"2026-01-10T12:00:00Z"}""");
            });
  }

  @ParameterizedTest
  @CsvSource({
    "cart_viewed, site_visit, 2024-09-15T18:25:30.125Z",
    "collection_viewed, site_visit, 2024-09-15T18:27:39.197Z",
    "page_viewed, site_visit, 2024-09-15T17:24:30.373Z",
    "product_viewed, product_view, 2024-09-15T17:34:54.889Z",
    "product_removed_from_cart, cart_removed, 2024-09-15T20:56:00.125Z",
    "search_submitted, search_performed, 2024-09-15T22:37:35.869Z"
  })
  void aPixelEventIsAnEvent(String file, String type, String time) {
    ObjectNode delivery = delivery("shopify_web_pixel", file);
    ObjectNode event = onlyEvent(mapper.map(delivery));
    assertThat(event.path("event_id")).isEqualTo(delivery.at("/body/id"));
    assertThat(event.path("event_type").asText()).isEqualTo(type);
    assertThat(event.path("timestamp").asText()).isEqualTo(time);
    assertThat(event.path("source").asText()).isEqualTo("shopify_web_pixel");
    assertThat(event.path("identifiers").toString())
        .isEqualTo("{\"cookie_id\":\"c7b3f99b-4d34-463b-835f-c879482a7750\"}");
  }

  @Test
  void aPixelEventOfAnotherNameIsRefused() {
    assertThat(mapper.map(delivery("shopify_web_pixel", "unknown_event")).rejections())
        .extracting(Rejection::code)
        .containsExactly(Rejection.UNMAPPED_PAYLOAD);
  }

  @TestFactory
  Stream<DynamicTest> becomesWhatThePageOfConnectorsSays() throws IOException {
    assumeTrue(Files.isDirectory(PAYLOADS), "no published payloads beside this repository");
    Map<String, String> told = told();
    assertThat(told.keySet()).containsExactlyInAnyOrderElementsOf(files());
    return told.entrySet().stream()
        .map(
            row ->
                DynamicTest.dynamicTest(
                    row.getKey(),
                    () -> assertThat(becomes(row.getKey())).isEqualTo(row.getValue())));
  }

  /** The table of published payloads: what becomes of each file. */
  private static Map<String, String> told() throws IOException {
    String page = Files.readString(PAGE);
    Matcher row =
        Pattern.compile("(?m)^\\| `([^`]*/[^`]*)` \\| (.*?) \\| .* \\|$")
            .matcher(page.substring(page.indexOf("## Published payloads")));
    Map<String, String> told = new LinkedHashMap<>();
    while (row.find()) {
      told.put(row.group(1), row.group(2));
    }
    return told;
  }

  private String becomes(String file) throws IOException {
    MappedDelivery mapped = mapper.map(delivery(file));
    return Stream.concat(
            mapped.records().stream().map(PublishedPayloadsTest::inWords),
            mapped.rejections().stream().map(r -> "dead letter `" + r.code() + '`'))
        .collect(Collectors.joining(", "));
  }

  private static String inWords(CanonicalRecord meant) {
    return switch (meant.value().path("op").asText()) {
      case "erase" -> "an erasure";
      case "link" -> "a link";
      default -> '`' + meant.value().path("event_type").asText() + '`';
    };
  }

  private static List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(PAYLOADS, 2)) {
      return files
          .filter(file -> PAYLOADS.relativize(file).getNameCount() == 2)
          .map(file -> PAYLOADS.relativize(file).toString())
          .toList();
    }
  }

  /** As it would have been delivered: what is no JSON is text. */
  private static ObjectNode delivery(String file) throws IOException {
    String platform = file.substring(0, file.indexOf('/'));
    String text = Files.readString(PAYLOADS.resolve(file));
    ObjectNode delivery = Samples.JSON.createObjectNode();
    delivery.put("platform", platform).put("received_at", RECEIVED).put("body", text);
    if (platform.equals("shopify")) {
      String name = file.substring(file.indexOf('/') + 1).replaceFirst("\\.json$", "");
      delivery.putObject("headers").put("x-shopify-topic", TOPICS.get(name));
    }
    return delivery;
  }

  private static ObjectNode shopify(String file) {
    ObjectNode delivery = delivery("shopify", file);
    delivery.putObject("headers").put("x-shopify-topic", TOPICS.get(file));
    return delivery;
  }

  private static ObjectNode delivery(String platform, String file) {
    JsonNode body = Samples.read(PAYLOADS.resolve(platform).resolve(file + ".json"));
    ObjectNode delivery = Samples.JSON.createObjectNode();
    delivery.put("platform", platform).put("received_at", RECEIVED).set("body", body);
    return delivery;
  }

  private static ObjectNode onlyEvent(MappedDelivery mapped) {
    assertThat(mapped.rejections()).isEmpty();
    assertThat(mapped.records())
        .singleElement()
        .extracting(CanonicalRecord::topic)
        .isEqualTo(CanonicalRecord.Topic.EVENTS);
    return mapped.records().get(0).value();
  }
}
