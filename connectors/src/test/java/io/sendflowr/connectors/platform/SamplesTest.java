package io.sendflowr.connectors.platform;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs every sample of every platform through the descriptors that ship. */
class SamplesTest {
  private final PlatformMapper mapper = Samples.builtIn();

  @TestFactory
  Stream<DynamicTest> becomesWhatIsExpected() {
    return each(
        sample ->
            assertThat(mapped(Samples.delivery(sample)).toPrettyString())
                .isEqualTo(Samples.expected(sample).toPrettyString()));
  }

  @TestFactory
  Stream<DynamicTest> isLeftAsItIs() {
    return each(
        sample -> {
          ObjectNode delivery = Samples.delivery(sample);
          mapper.map(delivery);
          assertThat(delivery).isEqualTo(Samples.delivery(sample));
        });
  }

  @TestFactory
  Stream<DynamicTest> isTheSameWithItsKeysInAnotherOrder() {
    return each(
        sample ->
            assertThat(mapped((ObjectNode) reversed(Samples.delivery(sample))))
                .isEqualTo(mapped(Samples.delivery(sample))));
  }

  @TestFactory
  Stream<DynamicTest> isTheSameEventWhenItComesAgain() {
    return each(
        sample -> {
          ObjectNode again = Samples.delivery(sample);
          if (again.has("received_at")) {
            again.put("received_at", "2026-01-10T13:00:00Z");
          }
          assertThat(eventIds(again)).isEqualTo(eventIds(Samples.delivery(sample)));
        });
  }

  @TestFactory
  Stream<DynamicTest> isTheSameWithItsBodyAsText() {
    return each(
        sample -> {
          ObjectNode delivery = Samples.delivery(sample);
          if (delivery.path("body").isContainerNode()) {
            delivery.put("body", delivery.path("body").toString());
          }
          assertThat(mapped(delivery)).isEqualTo(mapped(Samples.delivery(sample)));
        });
  }

  @TestFactory
  Stream<DynamicTest> whateverIsBrokenInItIsRefusedAndNotThrown() {
    return each(
        sample -> {
          for (JsonNode odd : oddValues()) {
            for (ObjectNode broken : brokenBy(odd, sample)) {
              MappedDelivery result = mapper.map(broken);
              assertThat(result.records().size() + result.rejections().size()).isPositive();
              assertWellFormed(result);
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> withoutItSomeSampleWouldBecomeSomethingElse() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Descriptor descriptor : mapper.descriptors().values()) {
      descriptor
          .rules()
          .forEach(
              (name, rules) -> {
                for (int i = 0; i < rules.size(); i++) {
                  int left = i;
                  tests.add(
                      DynamicTest.dynamicTest(
                          descriptor.platform() + " " + name + ", rule " + i,
                          () -> assertSomeSampleNeeds(descriptor, name, left)));
                }
              });
    }
    return tests.stream();
  }

  private void assertSomeSampleNeeds(Descriptor descriptor, String name, int rule) {
    List<Rule> others = new ArrayList<>(descriptor.rules().get(name));
    others.remove(rule);
    Map<String, List<Rule>> rules = new HashMap<>(descriptor.rules());
    rules.put(name, others);
    Map<String, Descriptor> descriptors = new HashMap<>(mapper.descriptors());
    descriptors.put(
        descriptor.platform(),
        new Descriptor(
            descriptor.platform(),
            descriptor.source(),
            descriptor.bodyFormat(),
            descriptor.each(),
            descriptor.eventName(),
            descriptor.signature(),
            rules));
    PlatformMapper without = new PlatformMapper(descriptors);
    assertThat(
            Samples.all().stream()
                .map(Samples::delivery)
                .anyMatch(delivery -> !without.map(delivery).equals(mapper.map(delivery))))
        .as("some sample of %s %s needs rule %d of its rules", descriptor.platform(), name, rule)
        .isTrue();
  }

  private static Stream<DynamicTest> each(Check check) {
    return Samples.all().stream()
        .map(
            sample ->
                DynamicTest.dynamicTest(
                    sample.getParent().getFileName() + "/" + sample.getFileName(),
                    () -> check.check(sample)));
  }

  private JsonNode mapped(ObjectNode delivery) {
    return Samples.describe(mapper.map(delivery));
  }

  private List<String> eventIds(ObjectNode delivery) {
    return mapper.map(delivery).records().stream()
        .map(r -> r.value().path("event_id").asText())
        .toList();
  }

  private static JsonNode reversed(JsonNode node) {
    if (node.isObject()) {
      ObjectNode reversed = Samples.JSON.createObjectNode();
      List<String> names = new ArrayList<>();
      node.fieldNames().forEachRemaining(names::add);
      Collections.reverse(names);
      names.forEach(name -> reversed.set(name, reversed(node.get(name))));
      return reversed;
    }
    if (node.isArray()) {
      ArrayNode copy = Samples.JSON.createArrayNode();
      node.forEach(value -> copy.add(reversed(value)));
      return copy;
    }
    return node;
  }

  private static List<JsonNode> oddValues() throws JsonProcessingException {
    return List.of(
        Samples.JSON.readTree("null"),
        Samples.JSON.readTree("\"\""),
        Samples.JSON.readTree("\"\\ud800\""),
        Samples.JSON.readTree("\"%zz=1&\""),
        Samples.JSON.readTree("1e400"),
        Samples.JSON.readTree("-1"),
        Samples.JSON.readTree("9".repeat(400)),
        Samples.JSON.readTree("true"),
        Samples.JSON.readTree("[]"),
        Samples.JSON.readTree("[null,{},[1]]"),
        Samples.JSON.readTree("{}"));
  }

  /** The sample once with each of its values, at any depth, replaced. */
  private static List<ObjectNode> brokenBy(JsonNode odd, Path sample) {
    List<ObjectNode> broken = new ArrayList<>();
    for (List<String> path : paths(Samples.delivery(sample))) {
      ObjectNode copy = Samples.delivery(sample);
      ObjectNode parent = copy;
      for (String name : path.subList(0, path.size() - 1)) {
        parent = (ObjectNode) parent.get(name);
      }
      parent.set(path.get(path.size() - 1), odd);
      broken.add(copy);
    }
    return broken;
  }

  private static List<List<String>> paths(ObjectNode node) {
    List<List<String>> paths = new ArrayList<>();
    node.fieldNames()
        .forEachRemaining(
            name -> {
              paths.add(List.of(name));
              if (node.get(name) instanceof ObjectNode child) {
                for (List<String> below : paths(child)) {
                  List<String> path = new ArrayList<>(List.of(name));
                  path.addAll(below);
                  paths.add(path);
                }
              }
            });
    return paths;
  }

  private static void assertWellFormed(MappedDelivery result) throws JsonProcessingException {
    for (CanonicalRecord mapped : result.records()) {
      JsonNode value = mapped.value();
      // Writing to bytes, unlike writing to text, refuses what is no Unicode.
      assertThat(Samples.JSON.writeValueAsBytes(value)).isNotEmpty();
      assertThat(value.path("timestamp").asText()).matches("\\d{4}-.*Z");
      if (value.path("op").asText().equals("erase")) {
        assertThat(mapped.topic()).isEqualTo(CanonicalRecord.Topic.LINKS);
        assertThat(value.path("identifiers").isEmpty()).isFalse();
        continue;
      }
      assertThat(value.path("source").asText()).isNotBlank();
      if (mapped.topic() == CanonicalRecord.Topic.EVENTS) {
        assertThat(value.path("event_id").asText()).isNotBlank();
        assertThat(value.path("event_type").asText()).isNotBlank();
        assertThat(value.path("identifiers").isEmpty()).isFalse();
        assertThat(value.path("metadata").isObject()).isTrue();
      } else {
        assertThat(value.path("identifier_a").asText()).isNotBlank();
        assertThat(value.path("identifier_b").asText()).isNotBlank();
      }
    }
    for (Rejection rejection : result.rejections()) {
      assertThat(Samples.JSON.writeValueAsBytes(rejection.detail())).isNotEmpty();
      assertThat(rejection.detail()).doesNotContain("@").endsWith(".");
    }
  }

  /** A check of one sample. */
  private interface Check {
    void check(Path sample) throws JsonProcessingException;
  }
}
