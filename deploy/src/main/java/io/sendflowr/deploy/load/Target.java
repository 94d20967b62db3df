package io.sendflowr.deploy.load;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.deploy.Topics;
import io.sendflowr.gateway.Gateway;
import io.sendflowr.gateway.GatewaySettings;
import io.sendflowr.gateway.Limits;
import io.sendflowr.gateway.http.AccessLog;
import io.sendflowr.gateway.kafka.KafkaSettings;
import io.sendflowr.gateway.signature.FetchedCertificates;
import io.sendflowr.gateway.signature.Secrets;
import io.sendflowr.job.Defaults;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A gateway to be put under load, with secrets, and what it has written to Kafka. */
public final class Target implements AutoCloseable {
  /** Of those who may ask. */
  public static final String TOKEN = "load-token-0123456789";

  private static final String SECRET = "load-secret";
  private static final String HOST = "127.0.0.1";

  private final String bootstrapServers;
  private final Gateway gateway;

  private Target(String bootstrapServers, Gateway gateway) {
    this.bootstrapServers = bootstrapServers;
    this.gateway = gateway;
  }

  /**
   * Starts one that takes webhooks of Shopify and Zendesk.
   *
   * @param bootstrapServers where the broker answers, which has the topics
   * @param limits what it takes at most
   * @throws Exception if it does not start
   */
  public static Target start(String bootstrapServers, Limits limits) throws Exception {
    return start(bootstrapServers, limits, 0, false, AccessLog.NONE);
  }

  static Target start(
      String bootstrapServers, Limits limits, int port, boolean insecure, AccessLog accessLog)
      throws Exception {
    Clock clock = Clock.systemUTC();
    return new Target(
        bootstrapServers,
        Gateway.start(
            new GatewaySettings(
                HOST,
                port,
                insecure,
                Optional.empty(),
                Secrets.read(
                    new TreeSet<>(List.of("shopify", "zendesk")),
                    Optional.empty(),
                    Map.of(
                        Secrets.VARIABLE_PREFIX + "SHOPIFY",
                        SECRET,
                        Secrets.VARIABLE_PREFIX + "ZENDESK",
                        SECRET)),
                List.of(TOKEN),
                GatewaySettings.DEFAULT_REPLAY_WINDOW,
                Map.of(),
                Defaults.readers(CatalogueReader.builtIn()),
                new KafkaSettings(bootstrapServers, "", Map.of(), true),
                limits,
                FetchedCertificates.byHttps(clock),
                accessLog,
                clock,
                () -> UUID.randomUUID().toString())));
  }

  /** Where it listens on 127.0.0.1. */
  public int port() {
    return gateway.port();
  }

  /** Where it listens. */
  public String url() {
    return "http://" + HOST + ":" + port();
  }

  /** The signature of its platforms for this text. */
  public static String signature(String signed) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return Base64.getEncoder()
          .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HMAC-SHA256", e);
    }
  }

  /** All that is on a topic now. */
  public List<String> written(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      List<String> values = new ArrayList<>();
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          values.add(new String(record.value(), StandardCharsets.UTF_8));
        }
      }
      return values;
    }
  }

  /** All that is on the topics that the job reads. */
  public List<String> written() {
    return Topics.INPUTS.stream().flatMap(topic -> written(topic).stream()).toList();
  }

  @Override
  public void close() throws Exception {
    gateway.close();
  }
}
