package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Shopify's own published payloads, through the whole job. They are not ours to keep, so only where
 * they are at hand.
 */
class ShopifyReplayTest {
  private static final Path PAYLOADS = Path.of("../../shared/payloads");

  @TempDir private Path folder;

  @Test
  void schedulesCarryTheSignalsOfThePayloads() throws Exception {
    Assumptions.assumeTrue(Files.isDirectory(PAYLOADS), "the published payloads are not here");
    Replays replay =
        new Replays(folder)
            .given(
                "webhooks",
                // In the order of their event times, as they would have been delivered.
                List.of(
                    shopify("customers/create", "customers_create.exact-id-2020.json"),
                    shopify("checkouts/create", "checkouts_create.json"),
                    shopify("carts/update", "carts_update.exact-id.json"),
                    pixel("page_viewed.json"),
                    pixel("product_viewed.json"),
                    pixel("search_submitted.json")))
            .given(
                "send-requests",
                List.of(
                    request(
                        "customer",
                        "2012-08-24T18:05:00Z",
                        "shopify_customer_id",
                        "706405506930370084"),
                    request("address", "2012-08-24T18:05:00Z", "email", "bob@biller.com"),
                    request("checkout", "2022-01-01T00:05:00Z", "email", "example@email.com"),
                    request("cart", "2022-01-01T00:05:00Z", "cookie_id", "exampleCartId"),
                    request(
                        "visitor",
                        "2024-09-15T17:40:00Z",
                        "cookie_id",
                        "c7b3f99b-4d34-463b-835f-c879482a7750"),
                    request(
                        "searcher",
                        "2024-09-15T22:40:00Z",
                        "cookie_id",
                        "c7b3f99b-4d34-463b-835f-c879482a7750")))
            .run(2);

    assertThat(replay.written("dead-letters")).isEmpty();
    Map<String, JsonNode> first = new HashMap<>();
    for (JsonNode schedule : replay.written("send-schedules")) {
      if (schedule.get("revision").asInt() == 0) {
        first.put(schedule.get("request_id").asText(), schedule);
      }
    }
    assertThat(first.get("customer").get("universal_id"))
        .isEqualTo(first.get("address").get("universal_id"));
    assertThat(signals(first.get("checkout"))).containsExactly("cart_add");
    assertThat(signals(first.get("cart"))).containsExactly("cart_add");
    assertThat(signals(first.get("visitor"))).containsExactly("product_view", "site_visit");
    assertThat(signals(first.get("searcher"))).containsExactly("search_performed");
  }

  private static List<String> signals(JsonNode schedule) {
    List<String> signals = new ArrayList<>();
    schedule.at("/debug/applied_weights").forEach(w -> signals.add(w.get("signal").asText()));
    return signals;
  }

  private static String shopify(String topic, String file) throws IOException {
    ObjectNode delivery = delivery("shopify", PAYLOADS.resolve("shopify").resolve(file));
    delivery.putObject("headers").put("x-shopify-topic", topic);
    return delivery.toString();
  }

  private static String pixel(String file) throws IOException {
    return delivery("shopify_web_pixel", PAYLOADS.resolve("shopify_web_pixel").resolve(file))
        .toString();
  }

  private static ObjectNode delivery(String platform, Path body) throws IOException {
    ObjectNode delivery = Replays.JSON.createObjectNode();
    delivery.put("platform", platform).put("received_at", "2026-01-01T00:00:00Z");
    delivery.set("body", Replays.JSON.readTree(body.toFile()));
    return delivery;
  }

  private static String request(String id, String time, String type, String identifier) {
    return """
        {"request_id":"%s","timestamp":"%s","%s":"%s"}"""
        .formatted(id, time, type, identifier);
  }
}
