package io.sendflowr.gateway.signature;

import io.sendflowr.connectors.platform.SignedPart;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32;

/** The bytes that a platform has signed. */
final class SignedParts {
  private static final String FORM = "application/x-www-form-urlencoded";

  private SignedParts() {}

  /**
   * The bytes of what is signed.
   *
   * @param parts what is signed, in this order
   * @param request the request
   * @param timestamp the time of signing as it was written; empty if none is signed
   * @param webhookId the platform's id of the webhook; empty if none is signed
   * @return the bytes of each; empty if a part is not there, or not well-formed
   */
  static Optional<List<byte[]>> of(
      List<SignedPart> parts, SignedRequest request, String timestamp, String webhookId) {
    List<byte[]> bytes = new ArrayList<>(parts.size());
    for (SignedPart part : parts) {
      if (part instanceof SignedPart.Body) {
        bytes.add(request.body());
        continue;
      }
      Optional<String> text = text(part, request, timestamp, webhookId);
      if (text.isEmpty()) {
        return Optional.empty();
      }
      bytes.add(text.get().getBytes(StandardCharsets.UTF_8));
    }
    return Optional.of(bytes);
  }

  /** Whether the body is a form by what the request says of it. */
  static boolean isForm(SignedRequest request) {
    return request
        .header("content-type")
        .filter(type -> type.strip().toLowerCase(Locale.ROOT).startsWith(FORM))
        .isPresent();
  }

  private static Optional<String> text(
      SignedPart part, SignedRequest request, String timestamp, String webhookId) {
    if (part instanceof SignedPart.BodyCrc32) {
      CRC32 crc = new CRC32();
      crc.update(request.body());
      return Optional.of(Long.toString(crc.getValue()));
    }
    if (part instanceof SignedPart.Timestamp) {
      return Optional.of(timestamp);
    }
    if (part instanceof SignedPart.Url) {
      return Optional.of(request.url());
    }
    if (part instanceof SignedPart.SortedForm) {
      return isForm(request) ? sortedForm(request.body()) : Optional.of("");
    }
    if (part instanceof SignedPart.WebhookId) {
      return Optional.of(webhookId);
    }
    if (part instanceof SignedPart.HeaderValue header) {
      return request.header(header.name());
    }
    if (part instanceof SignedPart.Text text) {
      return Optional.of(text.text());
    }
    throw new IllegalStateException("Nobody knows how to sign " + part);
  }

  /** A name that comes more than once counts once with each of its values, in their order. */
  private static Optional<String> sortedForm(byte[] body) {
    Map<String, TreeSet<String>> values = new TreeMap<>();
    for (String pair : new String(body, StandardCharsets.UTF_8).split("&", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      Optional<String> name = SignedRequest.decode(equals < 0 ? pair : pair.substring(0, equals));
      Optional<String> value =
          equals < 0 ? Optional.of("") : SignedRequest.decode(pair.substring(equals + 1));
      if (name.isEmpty() || value.isEmpty()) {
        return Optional.empty();
      }
      values.computeIfAbsent(name.get(), any -> new TreeSet<>()).add(value.get());
    }
    StringBuilder text = new StringBuilder();
    values.forEach((name, all) -> all.forEach(value -> text.append(name).append(value)));
    return Optional.of(text.toString());
  }
}
