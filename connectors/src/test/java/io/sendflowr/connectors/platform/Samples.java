package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** The samples beside the tests, and what the tests need to map them. */
final class Samples {
  static final ObjectMapper JSON = new ObjectMapper();

  /** The names that the built-in descriptors may use, as SPEC and the catalogue list them. */
  static final Vocabulary VOCABULARY =
      new Vocabulary() {
        private static final Set<String> IDENTIFIERS =
            Set.of("email", "phone", "shopify_customer_id", "cookie_id", "ip_address");
        private static final Set<String> EVENTS =
            Set.of(
                "cart_add",
                "cart_emptied",
                "cart_removed",
                "checkout_completed",
                "clicked",
                "email_subscribed",
                "order_placed",
                "payment_succeeded",
                "product_view",
                "profile_created",
                "profile_updated",
                "search_performed",
                "site_visit",
                "sms_subscribed",
                "sms_unsubscribed",
                "unsubscribed");

        @Override
        public boolean isIdentifierType(String name) {
          return IDENTIFIERS.contains(name);
        }

        @Override
        public boolean isEventType(String name) {
          return EVENTS.contains(name);
        }
      };

  private static final String EXPECTED = ".expected.json";

  private Samples() {}

  static PlatformMapper builtIn() {
    return PlatformMapper.of(DescriptorFile.builtIn(), VOCABULARY);
  }

  /** Every sample delivery: {@code platforms/<platform>/<name>.json}. */
  static List<Path> all() {
    try (Stream<Path> files =
        Files.walk(Path.of(Samples.class.getResource("/platforms").toURI()))) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .filter(file -> !file.toString().endsWith(EXPECTED))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static ObjectNode delivery(Path sample) {
    return (ObjectNode) read(sample);
  }

  /** What the sample is to become. */
  static JsonNode expected(Path sample) {
    String name = sample.getFileName().toString();
    return read(sample.resolveSibling(name.substring(0, name.length() - 5) + EXPECTED));
  }

  static JsonNode read(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The form of the {@code *.expected.json} files. */
  static JsonNode describe(MappedDelivery mapped) {
    ObjectNode all = JSON.createObjectNode();
    var records = all.putArray("records");
    for (CanonicalRecord mappedRecord : mapped.records()) {
      records
          .addObject()
          .put("topic", mappedRecord.topic().name().toLowerCase(Locale.ROOT))
          .set("value", mappedRecord.value());
    }
    var rejections = all.putArray("rejections");
    for (Rejection rejection : mapped.rejections()) {
      rejections.addObject().put("code", rejection.code()).put("detail", rejection.detail());
    }
    return all;
  }
}
