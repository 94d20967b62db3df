package io.sendflowr.connectors.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.sendflowr.connectors.OutputTopic;
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

  @Override
  public CloudEvent event(DeadLetter letter) {
    OutputTopic topic = OutputTopic.DEAD_LETTERS;
    Origin origin = letter.origin();
    // Of one delivery several parts may be unusable, for one reason each in its own way.
    String id =
        CloudEvent.idOf(
            topic,
            utf8(origin.topic()),
            utf8(origin.partition() + ":" + origin.offset()),
            utf8(letter.reason().code()),
            utf8(letter.detail()));
    return new CloudEvent(topic, id, time(letter), Optional.empty(), Optional.empty());
  }

  private void write(DeadLetter letter, JsonGenerator json) throws IOException {
    Origin origin = letter.origin();
    json.writeStringField("topic", origin.topic());
    json.writeStringField("reason", letter.reason().code());
    // A detail quotes the record, and may have cut a surrogate pair or quoted half a one.
    byte[] detail = utf8(letter.detail());
    json.writeStringField("detail", new String(detail, StandardCharsets.UTF_8));
    json.writeNumberField("partition", origin.partition());
    json.writeNumberField("offset", origin.offset());
    Optional<String> text = text(origin.value());
    if (text.isPresent()) {
      json.writeStringField("record", text.get());
    } else {
      json.writeBinaryField("record_base64", origin.value());
    }
    json.writeStringField("timestamp", time(letter).orElse(null));
  }

  private static Optional<String> time(DeadLetter letter) {
    return letter.timestamp() == Origin.UNKNOWN_TIME
        ? Optional.empty()
        : Optional.of(Timestamps.format(letter.timestamp()));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Optional<String> text(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
