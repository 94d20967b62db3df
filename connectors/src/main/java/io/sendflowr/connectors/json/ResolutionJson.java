package io.sendflowr.connectors.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Resolution;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.UniversalId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers to the question who somebody is, as written (SPEC section 4). Identifiers are given as a
 * list of values for each type, types in the order of the catalogue and values ascending.
 */
public final class ResolutionJson implements JsonOutput<Resolution> {
  private static final long serialVersionUID = 1L;

  private final Catalogue catalogue;

  /**
   * @param catalogue names of the identifier types; it must have every type that occurs
   */
  public ResolutionJson(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  @Override
  public byte[] key(Resolution resolution) {
    return resolution.request().requestId().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] value(Resolution resolution) {
    return Json.object(json -> write(resolution, json));
  }

  @Override
  public CloudEvent event(Resolution resolution) {
    OutputTopic topic = OutputTopic.RESOLUTIONS;
    return CloudEvent.of(
        topic,
        CloudEvent.idOf(topic, key(resolution), value(resolution)),
        resolution.request().time(),
        UniversalId.format(resolution.person()));
  }

  private void write(Resolution resolution, JsonGenerator json) throws IOException {
    ResolveRequest request = resolution.request();
    json.writeStringField("request_id", request.requestId());
    json.writeStringField("universal_id", UniversalId.format(resolution.person()));
    writeIdentifiers("input_identifiers", request.identifiers(), catalogue, json);
    writeIdentifiers("resolved_identifiers", resolution.members(), catalogue, json);
    writeTexts("resolution_steps", resolution.steps(), json);
    json.writeNumberField("confidence_score", resolution.confidence());
    json.writeStringField("timestamp", Timestamps.format(request.time()));
  }

  /** Writes identifiers as a list of values for each type. */
  static void writeIdentifiers(
      String field, List<Identifier> ascending, Catalogue catalogue, JsonGenerator json)
      throws IOException {
    Map<String, List<String>> valuesByType = new LinkedHashMap<>();
    for (Identifier identifier : ascending) {
      valuesByType
          .computeIfAbsent(catalogue.typeOf(identifier.rank()).name(), type -> new ArrayList<>())
          .add(identifier.value());
    }
    json.writeObjectFieldStart(field);
    for (Map.Entry<String, List<String>> type : valuesByType.entrySet()) {
      writeTexts(type.getKey(), type.getValue(), json);
    }
    json.writeEndObject();
  }

  private static void writeTexts(String field, List<String> texts, JsonGenerator json)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }
}
