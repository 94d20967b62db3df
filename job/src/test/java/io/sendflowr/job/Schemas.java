package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import io.sendflowr.connectors.OutputTopic;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The schemas that are published of the topics. */
final class Schemas {
  /** What several of them have in common. */
  static final String COMMON = "common";

  private static final JsonSchemaFactory FACTORY =
      JsonSchemaFactory.getInstance(VersionFlag.V202012);
  private static final Map<String, JsonSchema> PUBLISHED = new HashMap<>();
  private static final Map<String, JsonSchema> STRICT = new HashMap<>();

  private Schemas() {}

  /** The schema of a topic as it is written. */
  static JsonNode document(String topic) throws IOException {
    try (InputStream in = Schemas.class.getResourceAsStream("/" + file(topic))) {
      assertThat(in).as("schema of %s", topic).isNotNull();
      return Replays.JSON.readTree(in);
    }
  }

  /** What a schema has against a record: nothing if it is valid. */
  static List<String> faults(String topic, JsonNode record) throws IOException {
    return faults(PUBLISHED, topic, document(topic), record);
  }

  /**
   * The same, and fields that the schema does not describe. Consumers are told to expect more
   * fields than they know, so a published schema allows them; we are to know what we write.
   */
  static List<String> faultsOfOurs(OutputTopic topic, JsonNode record) throws IOException {
    JsonNode document = document(topic.defaultName());
    forbidOtherFields(document);
    return faults(STRICT, topic.defaultName(), document, record);
  }

  /** Fails unless all that a replay wrote is as described. */
  static void assertDescribed(Path out) throws IOException {
    for (OutputTopic topic : OutputTopic.values()) {
      for (JsonNode record : Replays.read(out.resolve(topic.defaultName() + ".jsonl"))) {
        assertThat(faultsOfOurs(topic, record)).as("%s: %s", topic, record).isEmpty();
      }
    }
  }

  private static List<String> faults(
      Map<String, JsonSchema> schemas, String topic, JsonNode document, JsonNode record) {
    return schemas
        .computeIfAbsent(
            topic,
            name -> FACTORY.getSchema(SchemaLocation.of("classpath:" + file(name)), document))
        .validate(record)
        .stream()
        .map(ValidationMessage::getMessage)
        .toList();
  }

  private static String file(String topic) {
    return "schemas/" + topic + ".schema.json";
  }

  /** Conditions name fields without describing an object, so they are left alone. */
  private static void forbidOtherFields(JsonNode schema) {
    schema.forEach(Schemas::forbidOtherFields);
    boolean describesAnObject =
        schema.path("type").toString().contains("object") && schema.has("properties");
    if (describesAnObject) {
      ((ObjectNode) schema).put("unevaluatedProperties", false);
    }
  }
}
