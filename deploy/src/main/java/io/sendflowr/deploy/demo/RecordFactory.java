package io.sendflowr.deploy.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.deploy.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;

/**
 * Makes records in the shapes in which the platforms and the campaign system send them. Numbers
 * them, so the same calls make the same records.
 */
final class RecordFactory {
  /** The channel of most messages. */
  static final String EMAIL = "email";

  /** The other channel. */
  static final String SMS = "sms";

  /** Short, so that what people do now can still change when they are written to. */
  private static final Duration LATENCY = Duration.ofMinutes(2);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SHOP = "demo-store.myshopify.com";
  private static final long PRODUCT_IDS_FROM = 7_234_590_834_800L;
  private static final long ORDER_IDS_FROM = 5_000_000_000_000L;
  private static final List<String> PRODUCTS =
      List.of(
          "Wool Beanie", "Trail Pack", "Down Jacket", "Enamel Mug", "Rain Shell", "Camp Lantern");

  private final Random random;
  private long records;
  private long requests;

  RecordFactory(Random random) {
    this.random = random;
  }

  /** An event from a platform that knows the person's address, too. */
  DemoRecord known(Instant at, Customer who, Profile profile, String type) {
    ObjectNode event = event(at, profile, type);
    event.putObject("identifiers").put(EMAIL, who.email()).put(profile.type(), profile.id());
    return record(at, Topics.EVENTS, event, who);
  }

  /** An event from a platform that knows the person by its own id alone. */
  DemoRecord anonymous(Instant at, Customer who, Profile profile, String type) {
    ObjectNode event = event(at, profile, type);
    event.putObject("identifiers").put(profile.type(), profile.id());
    return record(at, Topics.EVENTS, event, who);
  }

  /**
   * What a provider tells of a message on its way.
   *
   * @param type {@code sent}, {@code delivered} or {@code opened}
   * @param messageId the same for all that is told of one message
   */
  DemoRecord message(Instant at, Customer who, Profile profile, String type, String messageId) {
    ObjectNode event = event(at, profile, type);
    event.putObject("identifiers").put(profile.type(), profile.id());
    event.putObject("metadata").put("message_id", messageId);
    return record(at, Topics.EVENTS, event, who);
  }

  /** A link of a person's address with a profile of theirs, as after a login. */
  DemoRecord link(Instant at, Customer who, Profile profile) {
    ObjectNode link = JSON.createObjectNode();
    link.put("identifier_a", who.email());
    link.put("type_a", EMAIL);
    link.put("identifier_b", profile.id());
    link.put("type_b", profile.type());
    link.put("weight", 1.0);
    link.put("source", profile.platform());
    link.put("timestamp", at.toString());
    link.put("op", "link");
    return new DemoRecord(
        at, Topics.LINKS, profile.type() + ":" + profile.id(), link.toString(), who.name());
  }

  /**
   * What a browser tells: an event of Shopify's web pixel, under the id of a cookie.
   *
   * @param name in Shopify's words, such as {@code product_viewed}
   */
  DemoRecord pixel(Instant at, Customer who, String name) {
    int product = random.nextInt(PRODUCTS.size());
    ObjectNode body = JSON.createObjectNode();
    body.put("id", number("sh-"));
    body.put("name", name);
    body.put("type", "standard");
    body.put("clientId", who.browser().id());
    body.put("timestamp", at.toString());
    ObjectNode data = body.putObject("data");
    switch (name) {
      case "product_viewed" -> putVariant(data.putObject("productVariant"), product);
      case "product_added_to_cart" ->
          putVariant(
              data.putObject("cartLine").put("quantity", 1).putObject("merchandise"), product);
      case "search_submitted" -> data.putObject("searchResult").put("query", PRODUCTS.get(product));
      default -> {}
    }
    body.putObject("context")
        .putObject("document")
        .putObject("location")
        .put("href", "https://" + SHOP + "/products/" + (PRODUCT_IDS_FROM + product));
    return webhook(at, who, "shopify_web_pixel", JSON.createObjectNode(), body);
  }

  /** Shopify's word of a new order. */
  DemoRecord order(Instant at, Customer who) {
    int product = random.nextInt(PRODUCTS.size());
    ObjectNode body = JSON.createObjectNode();
    body.put("id", ORDER_IDS_FROM + records);
    body.put(EMAIL, who.email());
    body.put("contact_email", who.email());
    body.put("created_at", seconds(at));
    body.put("updated_at", seconds(at));
    body.put("currency", "USD");
    body.put("financial_status", "paid");
    body.put("total_price", price(product));
    body.putObject("customer").put("id", who.shopifyId()).put(EMAIL, who.email());
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
    body.put(EMAIL, who.email());
    body.put("first_name", who.firstName());
    body.put("state", "enabled");
    body.put("verified_email", true);
    body.put("updated_at", seconds(at));
    return shopify(at, who, "customers/update", body);
  }

  /**
   * A request to send somebody a message within a week.
   *
   * @param channel {@link #EMAIL} or {@link #SMS}
   * @param campaign what is sent
   * @param wait how long to wait at least
   */
  DemoRecord request(Instant at, Customer who, String channel, String campaign, Duration wait) {
    requests++;
    String id = "r-" + requests;
    ObjectNode request = JSON.createObjectNode();
    request.put("request_id", id);
    request.put("timestamp", at.toString());
    request.putObject("identifiers").put(EMAIL, who.email());
    request.put("send_after", at.plus(wait).toString());
    request.put("send_before", at.plus(Duration.ofDays(7)).toString());
    request.put("latency_estimate_seconds", LATENCY.toSeconds());
    request.put("channel", channel);
    request.put("provider", channel.equals(SMS) ? "attentive" : "klaviyo");
    request.put("campaign_type", "promotional");
    request.put("campaign_id", campaign);
    return new DemoRecord(at, Topics.SEND_REQUESTS, id, request.toString(), who.name());
  }

  /** The campaign system takes a request back. */
  DemoRecord cancel(Instant at, Customer who, String requestId) {
    ObjectNode cancel = JSON.createObjectNode();
    cancel.put("op", "cancel");
    cancel.put("request_id", requestId);
    cancel.put("timestamp", at.toString());
    return new DemoRecord(at, Topics.SEND_REQUESTS, requestId, cancel.toString(), who.name());
  }

  private ObjectNode event(Instant at, Profile profile, String type) {
    ObjectNode event = JSON.createObjectNode();
    event.put("event_id", number(profile.platform() + "-"));
    event.put("event_type", type);
    event.put("timestamp", at.toString());
    event.put("source", profile.platform());
    return event;
  }

  private DemoRecord shopify(Instant at, Customer who, String topic, ObjectNode body) {
    ObjectNode headers = JSON.createObjectNode();
    headers.put("content-type", "application/json");
    headers.put("x-shopify-topic", topic);
    headers.put("x-shopify-shop-domain", SHOP);
    headers.put("x-shopify-api-version", "2026-04");
    headers.put("x-shopify-webhook-id", number("wh-"));
    headers.put("x-shopify-event-id", number("ev-"));
    headers.put("x-shopify-triggered-at", at.toString());
    return webhook(at, who, "shopify", headers, body);
  }

  private static DemoRecord webhook(
      Instant at, Customer who, String platform, ObjectNode headers, ObjectNode body) {
    ObjectNode webhook = JSON.createObjectNode();
    webhook.put("platform", platform);
    webhook.put("received_at", at.toString());
    webhook.set("headers", headers);
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
    variant.put("id", Long.toString(PRODUCT_IDS_FROM + PRODUCTS.size() + product));
    variant.putObject("price").put("amount", price(product)).put("currencyCode", "USD");
    variant
        .putObject("product")
        .put("id", Long.toString(PRODUCT_IDS_FROM + product))
        .put("title", PRODUCTS.get(product));
  }

  private static String price(int product) {
    return 20 * (product + 1) - 1 + ".95";
  }

  private static String seconds(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
