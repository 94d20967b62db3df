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
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The samples beside the tests, and what the tests need to map them. */
final class Samples {
  static final ObjectMapper JSON = new ObjectMapper();

  /** A few names, for descriptors that tests write. */
  static final Vocabulary VOCABULARY =
      vocabulary(
          Set.of("email", "shopify_customer_id")::contains,
          Set.of("clicked", "unsubscribed")::contains);

  private static final String EXPECTED = ".expected.json";

  private Samples() {}

  /** The descriptors that ship. Which names they may use is for the catalogue to say, not here. */
  static PlatformMapper builtIn() {
    return PlatformMapper.of(
        DescriptorFile.builtIn(), vocabulary(identifierType -> true, eventType -> true));
  }

  private static Vocabulary vocabulary(
      Predicate<String> identifierTypes, Predicate<String> eventTypes) {
    return new Vocabulary() {
      @Override
      public boolean isIdentifierType(String name) {
        return identifierTypes.test(name);
      }

      @Override
      public boolean isEventType(String name) {
        return eventTypes.test(name);
      }
    };
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
    return MappedDeliveryJson.of(mapped);
  }
}
