package io.sendflowr.job;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Asks the brokers, and says in one line what is wrong when they do not answer: every method throws
 * {@link KafkaSetupException} for it.
 */
public final class KafkaAdmin implements AutoCloseable {
  /** How long an answer may take. */
  public static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final String bootstrapServers;
  private final String protocol;
  private final Admin admin;

  private KafkaAdmin(String bootstrapServers, String protocol, Admin admin) {
    this.bootstrapServers = bootstrapServers;
    this.protocol = protocol;
    this.admin = admin;
  }

  /**
   * Connects, and waits until a broker answers.
   *
   * @throws KafkaSetupException if none does, or the connection is refused, or what its properties
   *     refer to is not there
   */
  public static KafkaAdmin connect(KafkaConnection connection) {
    Properties client = connection.properties();
    String timeout = Long.toString(TIMEOUT.toMillis());
    client.setProperty(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, timeout);
    client.setProperty(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeout);
    KafkaAdmin connected;
    try {
      ClientProperties.checkReferences(client);
      connected =
          new KafkaAdmin(
              connection.bootstrapServers(),
              client.getProperty(AdminClientConfig.SECURITY_PROTOCOL_CONFIG, "PLAINTEXT"),
              Admin.create(client));
    } catch (ConfigException e) {
      throw new KafkaSetupException("Kafka client: " + e.getMessage(), e);
    } catch (KafkaException e) {
      throw new KafkaSetupException("Kafka client: " + root(e), e);
    }
    try {
      connected.ask(admin -> admin.describeCluster().nodes());
      return connected;
    } catch (KafkaSetupException e) {
      connected.close();
      throw e;
    }
  }

  /**
   * Asks for something and waits for the answer.
   *
   * @param question what to ask
   * @param <T> what is answered
   */
  public <T> T ask(Function<Admin, KafkaFuture<T>> question) {
    try {
      return question.apply(admin).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaSetupException("interrupted while the Kafka brokers were asked", e);
    } catch (ExecutionException e) {
      throw refused(e.getCause());
    }
  }

  /**
   * Describes topics.
   *
   * @throws KafkaSetupException if any is missing; the message names those that are
   */
  public Map<String, TopicDescription> topics(Collection<String> names) {
    Map<String, TopicDescription> found = existing(names);
    TreeSet<String> missing = new TreeSet<>(names);
    missing.removeAll(found.keySet());
    if (!missing.isEmpty()) {
      throw new KafkaSetupException(
          "the Kafka brokers at "
              + bootstrapServers
              + " have no topic "
              + String.join(", ", missing)
              + " (deploy/sendflowr topics creates what is missing)");
    }
    return found;
  }

  /** Describes those of some topics that exist, by name. */
  public Map<String, TopicDescription> existing(Collection<String> names) {
    Map<String, TopicDescription> found = new TreeMap<>();
    for (var topic : admin.describeTopics(names).topicNameValues().entrySet()) {
      try {
        found.put(topic.getKey(), ask(unused -> topic.getValue()));
      } catch (KafkaSetupException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw e;
        }
      }
    }
    return found;
  }

  /** How topics are set up, by name. */
  public Map<String, Config> topicConfigs(Collection<String> names) {
    Map<ConfigResource, Config> configs =
        ask(
            asked ->
                asked
                    .describeConfigs(
                        names.stream()
                            .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                            .toList())
                    .all());
    Map<String, Config> byName = new TreeMap<>();
    configs.forEach((resource, config) -> byName.put(resource.name(), config));
    return byName;
  }

  @Override
  public void close() {
    // Whatever is still asked has been given up.
    admin.close(Duration.ZERO);
  }

  private KafkaSetupException refused(Throwable cause) {
    String brokers = "the Kafka brokers at " + bootstrapServers;
    if (cause instanceof TimeoutException) {
      return new KafkaSetupException(
          "no Kafka broker answered at "
              + bootstrapServers
              + " within "
              + TIMEOUT.toSeconds()
              + " s (by security.protocol "
              + protocol
              + ")",
          cause);
    }
    if (cause instanceof AuthenticationException) {
      return new KafkaSetupException(brokers + " refused the connection: " + root(cause), cause);
    }
    if (cause instanceof AuthorizationException) {
      return new KafkaSetupException(brokers + " do not allow it: " + cause.getMessage(), cause);
    }
    return new KafkaSetupException(brokers + " refused: " + cause.getMessage(), cause);
  }

  private static String root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage();
  }
}
