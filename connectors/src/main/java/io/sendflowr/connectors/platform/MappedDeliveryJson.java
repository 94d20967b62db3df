package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/** What became of a delivery, as a person reads it and as samples expect it. */
public final class MappedDeliveryJson {
  private MappedDeliveryJson() {}

  /**
   * {@code records}, each with its {@code topic} and {@code value}, and {@code rejections}, each
   * with its {@code code} and {@code detail}.
   */
  public static ObjectNode of(MappedDelivery mapped) {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ArrayNode records = all.putArray("records");
    for (CanonicalRecord meant : mapped.records()) {
      records
          .addObject()
          .put("topic", meant.topic().name().toLowerCase(Locale.ROOT))
          .set("value", meant.value());
    }
    ArrayNode rejections = all.putArray("rejections");
    for (Rejection rejection : mapped.rejections()) {
      rejections.addObject().put("code", rejection.code()).put("detail", rejection.detail());
    }
    return all;
  }
}
