package io.sendflowr.connectors.json;

import java.io.Serializable;

/**
 * How a type is written to a topic.
 *
 * @param <T> the type
 */
public interface JsonOutput<T> extends Serializable {

  /** The Kafka key in UTF-8, or null for none. */
  byte[] key(T value);

  /** The JSON value in UTF-8, without line breaks. */
  byte[] value(T value);

  /** What it is as a CloudEvent: the same whenever it is written. */
  CloudEvent event(T value);
}
