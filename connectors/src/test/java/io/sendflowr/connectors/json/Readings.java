package io.sendflowr.connectors.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.flow.Inbound;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.Origin;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Records to read, and how tests read them. */
final class Readings {
  /** When Kafka took the records, unless a test says otherwise. */
  static final long NOW = at("2026-01-10T12:00:00Z");

  static final String EMAIL = "user@example.com";

  /** SHA-256 of {@link #EMAIL}. */
  static final String EMAIL_HASH =
      "b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514";

  static final String EVENT =
      """
      {"event_id":"e-1","event_type":"product_view","timestamp":"2026-01-10T12:00:00Z",
       "source":"shopify","identifiers":{"email":"user@example.com"}}
      """;
  static final String LINK =
      """
      {"identifier_a":"user@example.com","type_a":"email","identifier_b":"ps_sub_abc123",
       "type_b":"postscript_subscriber_id","weight":0.9,"source":"postscript",
       "timestamp":"2026-01-10T12:00:00Z","op":"link"}
      """;
  static final String REQUEST =
      """
      {"request_id":"r-1","timestamp":"2026-01-10T12:00:00Z",
       "identifiers":{"email":"user@example.com"},"send_after":"2026-01-11T00:00:00Z",
       "send_before":"2026-01-17T00:00:00Z","latency_estimate_seconds":60,"channel":"sms",
       "provider":"klaviyo","campaign_type":"promotional","intent_id":"promo_jan",
       "campaign_id":"abc123","template":"t1"}
      """;
  static final String CANCEL =
      """
      {"op":"cancel","request_id":"r-1","timestamp":"2026-01-10T12:00:00Z"}
      """;
  static final String RESOLVE =
      """
      {"op":"resolve","request_id":"q-1","timestamp":"2026-01-10T12:00:00Z",
       "identifiers":{"email":"user@example.com","klaviyo_id":"k-1"}}
      """;
  static final String ERASE =
      """
      {"op":"erase","identifiers":{"email":"user@example.com","klaviyo_id":["k-1","k-2"]},
       "timestamp":"2026-01-10T12:00:00Z"}
      """;
  static final String WEBHOOK =
      """
      {"platform":"shopify","received_at":"2026-01-10T12:00:03Z",
       "headers":{"x-shopify-topic":"orders/paid","x-shopify-event-id":"5d1e",
         "x-shopify-shop-domain":"linden.example",
         "x-shopify-triggered-at":"2026-01-10T11:59:58.877041743Z"},
       "body":{"id":6123456789012345678,"email":"user@example.com",
         "customer":{"id":7204518836190423519}}}
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  private Readings() {}

  /** How the records of a test are read: catalogue and descriptors as they ship. */
  static RecordReaderFactory factory() {
    return factory(DescriptorFile.builtIn());
  }

  static RecordReaderFactory factory(List<DescriptorFile> platforms) {
    return new RecordReaderFactory(CatalogueReader.builtIn(), "US", platforms);
  }

  static long at(String timestamp) {
    return Instant.parse(timestamp).toEpochMilli();
  }

  /** A valid record of the topic. */
  static String valid(InputTopic topic) {
    return switch (topic) {
      case WEBHOOKS -> WEBHOOK;
      case EVENTS -> EVENT;
      case LINKS -> LINK;
      case SEND_REQUESTS -> REQUEST;
    };
  }

  /**
   * The record with another value in a field.
   *
   * @param value JSON text, or null to leave the field out
   */
  static String with(String json, String field, String value) {
    try {
      ObjectNode node = (ObjectNode) JSON.readTree(json);
      node.remove(field);
      String text = node.toString();
      return value == null
          ? text
          : text.substring(0, text.length() - 1)
              + (node.isEmpty() ? "" : ",")
              + '"'
              + field
              + "\":"
              + value
              + "}";
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(json, e);
    }
  }

  static List<Inbound> read(RecordReader reader, InputTopic topic, byte[] value, long receivedAt) {
    List<Inbound> all = new ArrayList<>();
    reader.read(topic, new Origin(topic.defaultName(), 3, 42, value, receivedAt), all::add);
    return all;
  }

  /** What a record that Kafka took at {@link #NOW} means. */
  static Inbound live(InputTopic topic, String json) {
    return only(read(factory().create(), topic, utf8(json), NOW));
  }

  /** What a record of a file means. */
  static Inbound replayed(InputTopic topic, String json) {
    return only(read(factory().create(), topic, utf8(json), Origin.UNKNOWN_TIME));
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Inbound only(List<Inbound> all) {
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  static DeadLetter deadLetter(Inbound inbound) {
    assertThat(inbound).isInstanceOf(Inbound.Unusable.class);
    return ((Inbound.Unusable) inbound).deadLetter();
  }
}
