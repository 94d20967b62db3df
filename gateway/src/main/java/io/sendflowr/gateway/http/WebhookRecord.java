package io.sendflowr.gateway.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.sendflowr.connectors.json.Timestamps;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A delivery as it goes to the topic {@code webhooks}: on one line, the body as the platform wrote
 * it. It is not parsed into values on the way, so ids keep all their digits.
 */
final class WebhookRecord {
  /** Names that hold one of these are of proofs, or of people. */
  private static final List<String> KEPT_BACK =
      List.of(
          "auth",
          "cookie",
          "signature",
          "-sig",
          "hmac",
          "token",
          "secret",
          "password",
          "api-key",
          "apikey",
          "forwarded",
          "real-ip",
          "connecting-ip",
          "client-ip");

  /** These are of the connection, and say nothing of the delivery. */
  private static final Set<String> OF_THE_CONNECTION =
      Set.of(
          "host",
          "connection",
          "content-length",
          "transfer-encoding",
          "expect",
          "te",
          "via",
          "upgrade",
          "keep-alive",
          "accept",
          "accept-encoding",
          "accept-language",
          "referer",
          "origin",
          "user-agent");

  /** The record around a body is one level more, and has to be read as well. */
  private static final int DEEPEST = StreamReadConstraints.DEFAULT_MAX_DEPTH - 1;

  private static final JsonFactory JSON = new JsonFactory();
  private static final JsonFactory STRICT =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
          .build();
  private static final char BYTE_ORDER_MARK = '\ufeff';

  private WebhookRecord() {}

  /**
   * Makes the record.
   *
   * @param platform whose webhook it is
   * @param receivedAt epoch ms
   * @param headers values by names in lower case
   * @param proofHeader header that the platform proves itself with; it is kept back
   * @param path what stood behind the platform in the URL; may be empty
   * @param body the bytes as they came
   */
  static byte[] of(
      String platform,
      long receivedAt,
      Map<String, String> headers,
      Optional<String> proofHeader,
      String path,
      byte[] body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length + 512);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("platform", platform);
      json.writeStringField("received_at", Timestamps.format(receivedAt));
      json.writeObjectFieldStart("headers");
      for (Map.Entry<String, String> header : new TreeMap<>(headers).entrySet()) {
        if (proofHeader.filter(header.getKey()::equals).isEmpty() && goesOn(header.getKey())) {
          json.writeStringField(header.getKey(), header.getValue());
        }
      }
      json.writeEndObject();
      if (!path.isEmpty()) {
        json.writeStringField("path", path);
      }
      json.writeFieldName("body");
      writeBody(body, json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("Bytes in memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  /** Whether a header goes on with the delivery. */
  static boolean goesOn(String name) {
    return !OF_THE_CONNECTION.contains(name) && KEPT_BACK.stream().noneMatch(name::contains);
  }

  private static void writeBody(byte[] body, JsonGenerator json) throws IOException {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      // It is the platform's all the same: what can be read of it is better than nothing.
      json.writeString(new String(body, StandardCharsets.UTF_8));
      return;
    }
    String content =
        !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
    if (isObjectOrArray(content)) {
      // In valid JSON line ends stand between values only.
      json.writeRawValue(content.strip().replace('\n', ' ').replace('\r', ' '));
    } else {
      json.writeString(content);
    }
  }

  private static boolean isObjectOrArray(String text) {
    try (JsonParser parser = STRICT.createParser(text)) {
      JsonToken first = parser.nextToken();
      if (first != JsonToken.START_OBJECT && first != JsonToken.START_ARRAY) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }
}
