package io.sendflowr.deploy.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.deploy.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Makes records in the shapes that the platforms and the campaign system send them in. Numbers them, so the same calls
 * make the same records.
 */
final class RecordFactory {
  /** Where requests come from that nobody asked to differ. */
  private static final String CAMPAIGN_SYSTEM = "klaviyo";

  /** Short, so that what people do now can still change what is sent to them now. */
  private static final Duration LATENCY = Duration.ofMinutes(2);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SHOP = "demo-store.myshopify.com";
  private static final long PRODUCT_IDS_FROM = 7_234_590_834_800L;
  private static final List<String> PRODUCTS =
      List.of(
          "Wool Beanie", "Trail Pack", "Down Jacket", "Enamel Mug", "Rain Shell", "Camp Lantern");

  private final Random random;
  private long records;
  private long requests;

  RecordFactory(Random random) {
    this.random = random;
  }

  /**
   * A canonical event.
   *
   * @param identifiers identifier type to value, a string or number
   */
  DemoRecord event(
      Instant at, Customer who, String source, String type, Map<String, Object> identifiers) {
    return event(at, who, source, type, identifiers, Map.of());
  }

  DemoRecord event(
      Instant at,
      Customer who,
      String source,
      String type,
      Map<String, Object> identifiers,
      Map<String, Object> metadata) {
    ObjectNode event = JSON.createObjectNode();
    event.put("event_id", number(source + "-"));
    event.put("event_type", type);
    event.put("timestamp", at.toString());
    event.put("source", source);
    event.set("identifiers", JSON.valueToTree(identifiers));
    if (!metadata.isEmpty()) {
      event.set("metadata", JSON.valueToTree(metadata));
    }
    return record(at, Topics.EVENTS, event, who);
  }

  /** A link of a person's address with another identifier of theirs. */
  DemoRecord link(Instant at, Customer who, String source, String type, Object identifier) {
    ObjectNode link = JSON.createObjectNode();
    link.put("identifier_a", who.email());
    link.put("type_a", "email");
    link.put("identifier_b", identifier.toString());
    link.put("type_b", type);
    link.put("weight", 1.0);
    link.put("source", source);
    link.put("timestamp", at.toString());
    link.put("op", "link");
    return record(at, Topics.LINKS, link, who);
  }

  /**
   * What a browser tells: an event of Shopify's web pixel, under the id of a cookie.
   *
   * @param name in Shopify's words, such as {@code product_viewed}
   */
  DemoRecord pixel(Instant at, Customer who, String name) {
    ObjectNode body = JSON.createObjectNode();
    body.put("id", number("sh-"));
    body.put("name", name);
    body.put("type", "standard");
    body.put("clientId", who.cookie());
    body.put("timestamp", at.toString());
    int product = random.nextInt(PRODUCTS.size());
    ObjectNode data = body.putObject("data");
    if (name.startsWith("product_")) {
      putVariant(
          name.equals("product_viewed")
              ? data.putObject("productVariant")
              : data.putObject("cartLine").put("quantity", 1).putObject("merchandise"),
          product);
    } else if (name.equals("search_submitted")) {
      data.putObject("searchResult").put("query", PRODUCTS.get(product));
    }
    body.putObject("context")
        .putObject("document")
        .putObject("location")
        .put("href", "https://" + SHOP + "/products/" + (PRODUCT_IDS_FROM + product));
    return webhook(at, who, "shopify_web_pixel", Map.of(), body);
  }

  /** Shopify's word of a new order. */
  DemoRecord order(Instant at, Customer who) {
    String time = seconds(at);
    ObjectNode body = JSON.createObjectNode();
    body.put("id", 5_000_000_000_000L + records);
    body.put("email", who.email());
    body.put("contact_email", who.email());
    body.put("created_at", time);
    body.put("updated_at", time);
    body.put("currency", "USD");
    body.put("financial_status", "paid");
    int product = random.nextInt(PRODUCTS.size());
    body.put("total_price", price(product));
    body.putObject("customer").put("id", who.shopifyId()).put("email", who.email());
    body.putArray("line_items")
        .addObject()
        .put("product_id", PRODUCT_IDS_FROM + product)
        .put("title", PRODUCTS.get(product))
        .put("quantity", 1)
        .put("price", price(product));
    return shopify(at, who, "orders/create", body);
  }

  /** Shopify's word of a customer who changed their account. */
  DemoRecord account(Instant at, Customer who) {
    ObjectNode body = JSON.createObjectNode();
    body.put("id", who.shopifyId());
    body.put("email", who.email());
    body.put("created_at", seconds(at.minus(Duration.ofDays(90))));
    body.put("updated_at", seconds(at));
    body.put("first_name", who.name().substring(0, who.name().indexOf(' ')));
    body.put("state", "enabled");
    body.put("verified_email", true);
    return shopify(at, who, "customers/update", body);
  }

  /** The id that the next request will have. */
  String nextRequestId() {
    return "r-" + (requests + 1);
  }

  /**
   * A request to send somebody a message within a week.
   *
   * @param channel {@code email} or {@code sms}
   * @param notBefore how long to wait at least
   */
  DemoRecord request(Instant at, Customer who, String channel, String campaign, Duration notBefore) {
    String id = nextRequestId();
    requests++;
    ObjectNode request = JSON.createObjectNode();
    request.put("request_id", id);
    request.put("timestamp", at.toString());
    request.putObject("identifiers").put("email", who.email());
    request.put("send_after", at.plus(notBefore).toString());
    request.put("send_before", at.plus(Duration.ofDays(7)).toString());
    request.put("latency_estimate_seconds", LATENCY.toSeconds());
    request.put("channel", channel);
    request.put("provider", channel.equals("sms") ? "attentive" : CAMPAIGN_SYSTEM);
    request.put("campaign_type", "promotional");
    request.put("campaign_id", campaign);
    return new DemoRecord(at, Topics.SEND_REQUESTS, id, request.toString(), who.name());
  }

  /** The campaign system's change of mind about a request. */
  DemoRecord cancel(Instant at, Customer who, String requestId) {
    ObjectNode cancel = JSON.createObjectNode();
    cancel.put("op", "cancel");
    cancel.put("request_id", requestId);
    cancel.put("timestamp", at.toString());
    return new DemoRecord(at, Topics.SEND_REQUESTS, requestId, cancel.toString(), who.name());
  }

  private DemoRecord shopify(Instant at, Customer who, String topic, ObjectNode body) {
    return webhook(
        at,
        who,
        "shopify",
        Map.of(
            "content-type", "application/json",
            "x-shopify-topic", topic,
            "x-shopify-shop-domain", SHOP,
            "x-shopify-api-version", "2026-04",
            "x-shopify-webhook-id", number("wh-"),
            "x-shopify-event-id", number("ev-"),
            "x-shopify-triggered-at", at.toString()),
        body);
  }

  private DemoRecord webhook(
      Instant at, Customer who, String platform, Map<String, String> headers, ObjectNode body) {
    ObjectNode webhook = JSON.createObjectNode();
    webhook.put("platform", platform);
    webhook.put("received_at", at.toString());
    ObjectNode sorted = webhook.putObject("headers");
    headers.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(header -> sorted.put(header.getKey(), header.getValue()));
    webhook.set("body", body);
    return record(at, Topics.WEBHOOKS, webhook, who);
  }

  private static DemoRecord record(Instant at, String topic, ObjectNode value, Customer who) {
    return new DemoRecord(at, topic, Integer.toString(who.number()), value.toString(), who.name());
  }

  private String number(String prefix) {
    records++;
    return prefix + records;
  }

  private static void putVariant(ObjectNode variant, int product) {
    variant.put("id", Long.toString(PRODUCT_IDS_FROM * 10 + product));
    variant.putObject("price").put("amount", price(product)).put("currencyCode", "USD");
    variant
        .putObject("product")
        .put("id", Long.toString(PRODUCT_IDS_FROM + product))
        .put("title", PRODUCTS.get(product));
  }

  private static String price(int product) {
    return (product + 1) * 20 - 1 + ".95";
  }

  private static String seconds(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
