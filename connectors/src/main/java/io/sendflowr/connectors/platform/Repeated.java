package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;

/**
 * A header that repeats what stands in the body. Where they differ, somebody has put together a
 * delivery of two.
 *
 * @param header name of the header, in lower case
 * @param at where the body says it, from the body's root
 */
public record Repeated(String header, JsonPointer at) {

  /**
   * Whether it is so.
   *
   * @param value of the header
   * @param body as JSON
   */
  public boolean holds(String value, JsonNode body) {
    return Scalars.id(body.at(at)).filter(value.strip()::equals).isPresent();
  }
}
