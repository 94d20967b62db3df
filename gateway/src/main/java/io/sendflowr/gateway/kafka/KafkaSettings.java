package io.sendflowr.gateway.kafka;

import java.util.HashMap;
import java.util.Map;

/**
 * How to reach Kafka.
 *
 * @param bootstrapServers {@code host:port[,...]}
 * @param topicPrefix put before the name of every topic
 * @param properties of all clients, such as {@code security.protocol}
 * @param readCommitted whether answers are read only once the job has committed them
 */
public record KafkaSettings(
    String bootstrapServers,
    String topicPrefix,
    Map<String, String> properties,
    boolean readCommitted) {

  /** Takes a copy. */
  public KafkaSettings {
    properties = Map.copyOf(properties);
  }

  /** The name of a topic. */
  public String topic(String defaultName) {
    return topicPrefix + defaultName;
  }

  /** What a client needs to connect, to be added to. */
  Map<String, Object> client() {
    Map<String, Object> client = new HashMap<>(properties);
    client.put("bootstrap.servers", bootstrapServers);
    return client;
  }
}
