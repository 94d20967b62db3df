package io.sendflowr.connectors.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.UniversalId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The audit trail of identities as written (SPEC section 4). The link that caused a change has the
 * fields that it has on the {@code links} topic.
 */
public final class IdentityChangeJson implements JsonOutput<IdentityChange> {
  private static final long serialVersionUID = 1L;

  private final Catalogue catalogue;

  /**
   * @param catalogue names of the identifier types; it must have every type that occurs
   */
  public IdentityChangeJson(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  @Override
  public byte[] key(IdentityChange change) {
    return UniversalId.format(change.person()).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] value(IdentityChange change) {
    return Json.object(json -> write(change, json));
  }

  @Override
  public CloudEvent event(IdentityChange change) {
    OutputTopic topic = OutputTopic.IDENTITY_CHANGES;
    return CloudEvent.of(
        topic,
        CloudEvent.idOf(topic, key(change), value(change)),
        change.time(),
        UniversalId.format(change.person()));
  }

  private void write(IdentityChange change, JsonGenerator json) throws IOException {
    json.writeStringField("type", change.kind().name().toLowerCase(Locale.ROOT));
    json.writeStringField("universal_id", UniversalId.format(change.person()));
    json.writeStringField("previous_universal_id", UniversalId.format(change.previous()));
    json.writeArrayFieldStart("identifiers");
    for (Identifier identifier : change.identifiers()) {
      json.writeString(identifier.text(catalogue));
    }
    json.writeEndArray();
    writeCause(change.cause(), json);
    json.writeStringField("timestamp", Timestamps.format(change.time()));
  }

  private void writeCause(LinkChange cause, JsonGenerator json) throws IOException {
    if (cause == null) {
      json.writeNullField("cause");
      return;
    }
    json.writeObjectFieldStart("cause");
    json.writeStringField("identifier_a", cause.a().value());
    json.writeStringField("type_a", typeName(cause.a()));
    json.writeStringField("identifier_b", cause.b().value());
    json.writeStringField("type_b", typeName(cause.b()));
    if (!cause.unlink()) {
      json.writeNumberField("weight", cause.weight());
    }
    json.writeStringField("source", cause.source());
    json.writeStringField("timestamp", Timestamps.format(cause.time()));
    json.writeStringField("op", cause.unlink() ? "unlink" : "link");
    json.writeEndObject();
  }

  private String typeName(Identifier identifier) {
    return catalogue.typeOf(identifier.rank()).name();
  }
}
