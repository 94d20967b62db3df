package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** How to read a body that arrives as text. */
enum BodyFormat {
  /** JSON text. */
  JSON {
    @Override
    JsonNode parse(String text, Occurrence delivery) throws UnmappedException {
      JsonNode body;
      try {
        body = JSON_TEXT.readTree(text);
      } catch (JsonProcessingException e) {
        JsonLocation at = e.getLocation();
        throw delivery.unmapped(
            Rejection.MALFORMED_JSON,
            "/body is text that is no JSON from line "
                + (at == null ? 1 : at.getLineNr())
                + ", column "
                + (at == null ? 1 : at.getColumnNr())
                + " on; pass the platform's body on unchanged");
      }
      return body;
    }
  },
  /**
   * A URL-encoded form: an object of its keys as they are written, brackets and all; a key that
   * comes more than once has an array of its values.
   */
  FORM {
    @Override
    JsonNode parse(String text, Occurrence delivery) throws UnmappedException {
      ObjectNode body = JsonNodeFactory.instance.objectNode();
      try {
        for (String pair : text.strip().split("&", -1)) {
          if (!pair.isEmpty()) {
            int equals = pair.indexOf('=');
            String key = equals < 0 ? pair : pair.substring(0, equals);
            add(body, decode(key), equals < 0 ? "" : decode(pair.substring(equals + 1)));
          }
        }
      } catch (IllegalArgumentException e) {
        throw delivery.unmapped(
            Rejection.UNMAPPED_PAYLOAD,
            "/body is no URL-encoded form; pass the platform's body on unchanged");
      }
      return body;
    }
  };

  // Numbers in full: ids go beyond what a double can tell apart.
  private static final ObjectMapper JSON_TEXT =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** The name in descriptors. */
  String fieldValue() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws UnmappedException if the text is not of this format
   */
  abstract JsonNode parse(String text, Occurrence delivery) throws UnmappedException;

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static void add(ObjectNode body, String key, String value) {
    JsonNode before = body.get(key);
    if (before == null) {
      body.put(key, value);
    } else if (before.isArray()) {
      body.withArrayProperty(key).add(value);
    } else {
      body.putArray(key).add(TextNode.valueOf(before.textValue())).add(value);
    }
  }
}
