package io.sendflowr.gateway.signature;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * What a signature can be about.
 *
 * @param url the whole URL that was called, with its query, as the platform knows it
 * @param query its query as it was written; empty if there is none
 * @param headers values by names in lower case
 * @param body the bytes as they came; empty while only the head is known
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and copying it would double the cost
public record SignedRequest(String url, String query, Map<String, String> headers, byte[] body) {

  /** The value of a header, by its name in lower case. */
  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  /** The first value of a parameter of the query. */
  Optional<String> parameter(String name) {
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals >= 0 && decode(pair.substring(0, equals)).filter(name::equals).isPresent()) {
        return decode(pair.substring(equals + 1));
      }
    }
    return Optional.empty();
  }

  /** The text that is meant by one of a URL-encoded form; empty if it is not well-formed. */
  static Optional<String> decode(String encoded) {
    try {
      return Optional.of(URLDecoder.decode(encoded, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
