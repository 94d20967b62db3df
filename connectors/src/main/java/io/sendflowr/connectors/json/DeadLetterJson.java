package io.sendflowr.connectors.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.Origin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Dead letters as written (SPEC section 8): the record as a text, exactly as it was received, or in
 * base64.
 */
public final class DeadLetterJson implements JsonOutput<DeadLetter> {
  private static final long serialVersionUID = 1L;

  @Override
  public byte[] key(DeadLetter letter) {
    return null;
  }

  @Override
  public byte[] value(DeadLetter letter) {
    return Json.object(json -> write(letter, json));
  }

  private void write(DeadLetter letter, JsonGenerator json) throws IOException {
    Origin origin = letter.origin();
    json.writeStringField("topic", origin.topic());
    json.writeStringField("reason", letter.reason().code());
    // A detail quotes the record, and may have cut a surrogate pair or quoted half a one.
    byte[] detail = letter.detail().getBytes(StandardCharsets.UTF_8);
    json.writeStringField("detail", new String(detail, StandardCharsets.UTF_8));
    json.writeNumberField("partition", origin.partition());
    json.writeNumberField("offset", origin.offset());
    Optional<String> text = utf8(origin.value());
    if (text.isPresent()) {
      json.writeStringField("record", text.get());
    } else {
      json.writeBinaryField("record_base64", origin.value());
    }
    boolean known = letter.timestamp() != Origin.UNKNOWN_TIME;
    json.writeStringField("timestamp", known ? Timestamps.format(letter.timestamp()) : null);
  }

  private static Optional<String> utf8(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
