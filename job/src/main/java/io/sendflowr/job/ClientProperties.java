package io.sendflowr.job;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/**
 * Which properties an operator may give to the Kafka clients, and how secrets get into them.
 *
 * <p>Properties travel in the job graph, and Flink shows them to listeners as the lineage of the
 * job. So no secret may be among them: a value refers to it, and Kafka's config providers look it
 * up in each client, where that runs.
 */
final class ClientProperties {
  private static final String PROVIDERS = AbstractConfig.CONFIG_PROVIDERS_CONFIG;
  private static final String HOW =
      "write ${env:VARIABLE}, ${file:PATH:KEY} or ${dir:FOLDER:FILE} in its place";

  private static final Map<String, Class<? extends ConfigProvider>> SHIPPED = shipped();

  /** What Kafka's ConfigTransformer replaces. */
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}:]*):[^}]*}");

  /** One option of a JAAS login module, its value quoted or not. */
  private static final Pattern LOGIN_OPTION =
      Pattern.compile("([\\w.-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|'([^']*)'|([^\\s;]+))");

  private static final List<String> SECRET_WORDS =
      List.of("password", "passwd", "passphrase", "secret", "token", "privatekey");

  /** {@code tokenauth=true} of SCRAM says that a token is used, not which. */
  private static final Set<String> FLAGS = Set.of("true", "false");

  private static final Set<String> KNOWN = known();
  private static final Set<String> SECRETS = secrets();
  private static final Map<String, String> OWN = own();

  private ClientProperties() {}

  /**
   * Checks what was given in one place.
   *
   * @param place where it was given; messages begin with it
   * @throws KafkaSetupException if a property is not known, is the job's own, or holds a secret
   */
  static void check(String place, Map<String, String> properties) {
    properties.forEach(
        (key, value) -> {
          String named = place + " " + key;
          String reason = OWN.get(key);
          if (reason != null) {
            throw new KafkaSetupException(named + " is not to be set: " + reason);
          }
          if (!KNOWN.contains(key) && !key.startsWith(PROVIDERS + ".")) {
            throw new KafkaSetupException(
                named + " is no property of a Kafka consumer, producer or admin client");
          }
          checkSecret(named, key, value);
        });
  }

  /**
   * Completes what was given, and checked, to what every client gets.
   *
   * @throws KafkaSetupException if a value refers to a provider that there is none of
   */
  static Properties complete(String bootstrapServers, Map<String, String> given) {
    Set<String> providers = new LinkedHashSet<>(SHIPPED.keySet());
    Arrays.stream(given.getOrDefault(PROVIDERS, "").split(",", -1))
        .map(String::trim)
        .filter(name -> !name.isEmpty())
        .forEach(providers::add);
    Properties client = new Properties();
    SHIPPED.forEach(
        (name, provider) ->
            client.setProperty(PROVIDERS + "." + name + ".class", provider.getName()));
    given.forEach(
        (key, value) -> {
          checkProviders(key, value, providers);
          client.setProperty(key, value);
        });
    client.setProperty(PROVIDERS, String.join(",", providers));
    client.setProperty(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    return client;
  }

  /**
   * Checks that what is referred to is there, on this machine.
   *
   * @throws KafkaSetupException if it is not; the message names the reference
   */
  static void checkReferences(Properties client) {
    Map<String, Object> resolved = new AdminClientConfig(client).originals();
    for (String key : client.stringPropertyNames()) {
      // A variable that is not there is left as it was written. A secret may look like anything.
      Set<String> left = references(client.getProperty(key));
      left.retainAll(references(String.valueOf(resolved.get(key))));
      if (!left.isEmpty()) {
        throw new KafkaSetupException(
            key + " refers to " + String.join(", ", left) + ", which is not there on this machine");
      }
    }
  }

  private static void checkSecret(String named, String key, String value) {
    if (key.equals(SaslConfigs.SASL_JAAS_CONFIG)) {
      if (!isReference(value)) {
        checkLogin(named, value);
      }
    } else if (SECRETS.contains(key) && !isReference(value)) {
      throw literal(named);
    }
  }

  private static void checkLogin(String named, String jaas) {
    Matcher option = LOGIN_OPTION.matcher(jaas);
    while (option.find()) {
      String name = option.group(1).toLowerCase(Locale.ROOT);
      String value =
          option.group(2) != null
              ? option.group(2)
              : option.group(3) != null ? option.group(3) : option.group(4);
      if (SECRET_WORDS.stream().anyMatch(name::contains)
          && !isReference(value)
          && !FLAGS.contains(value.toLowerCase(Locale.ROOT))) {
        throw literal(named + ": the value of " + option.group(1));
      }
    }
  }

  private static KafkaSetupException literal(String named) {
    return new KafkaSetupException(
        named
            + " must not be the secret itself, which everybody could read who sees the job or its"
            + " command line: "
            + HOW);
  }

  private static void checkProviders(String key, String value, Set<String> providers) {
    Matcher reference = REFERENCE.matcher(value);
    while (reference.find()) {
      if (!providers.contains(reference.group(1))) {
        throw new KafkaSetupException(
            key
                + " refers to "
                + reference.group()
                + ", and there is no config provider "
                + reference.group(1)
                + ": there are "
                + String.join(", ", providers));
      }
    }
  }

  private static boolean isReference(String value) {
    return REFERENCE.matcher(value.trim()).matches();
  }

  private static Set<String> references(String value) {
    Set<String> references = new LinkedHashSet<>();
    Matcher reference = REFERENCE.matcher(value);
    while (reference.find()) {
      references.add(reference.group());
    }
    return references;
  }

  private static Map<String, Class<? extends ConfigProvider>> shipped() {
    Map<String, Class<? extends ConfigProvider>> shipped = new LinkedHashMap<>();
    shipped.put("env", EnvVarConfigProvider.class);
    shipped.put("file", FileConfigProvider.class);
    shipped.put("dir", DirectoryConfigProvider.class);
    return shipped;
  }

  private static List<ConfigDef> definitions() {
    return List.of(
        ConsumerConfig.configDef(), ProducerConfig.configDef(), AdminClientConfig.configDef());
  }

  private static Set<String> known() {
    Set<String> known = new HashSet<>();
    definitions().forEach(definition -> known.addAll(definition.names()));
    return known;
  }

  private static Set<String> secrets() {
    Set<String> secrets = new HashSet<>();
    for (ConfigDef definition : definitions()) {
      definition
          .configKeys()
          .forEach(
              (name, key) -> {
                if (key.type() == ConfigDef.Type.PASSWORD) {
                  secrets.add(name);
                }
              });
    }
    return secrets;
  }

  private static Map<String, String> own() {
    String bytes = "the job reads and writes bytes, and makes JSON of them itself";
    String once = "without it records would be lost or repeated";
    String offsets = "offsets are committed with checkpoints";
    String order = "what has one key stays in one partition, in order";
    Map<String, String> own = new LinkedHashMap<>();
    own.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "that is --bootstrap-servers");
    own.put(AdminClientConfig.BOOTSTRAP_CONTROLLERS_CONFIG, "that is --bootstrap-servers");
    own.put(CommonClientConfigs.CLIENT_ID_CONFIG, "each client has a name of its own");
    own.put(ConsumerConfig.GROUP_ID_CONFIG, "that is --group-id");
    own.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, "Flink gives partitions to readers itself");
    own.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "only what is committed is read");
    own.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, offsets);
    own.put(ConsumerConfig.AUTO_COMMIT_INTERVAL_MS_CONFIG, offsets);
    own.put(
        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
        "reading goes on at the group's committed offsets, and begins at the first record where"
            + " there are none");
    own.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "sendflowr topics creates topics");
    own.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, bytes);
    own.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, bytes);
    own.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, bytes);
    own.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, bytes);
    own.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "that is --transactional-id-prefix");
    own.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "that is --transaction-timeout");
    own.put(
        ProducerConfig.TRANSACTION_TWO_PHASE_COMMIT_ENABLE_CONFIG,
        "Flink commits transactions in its own way");
    own.put(ProducerConfig.ACKS_CONFIG, once);
    own.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, once);
    own.put(ProducerConfig.RETRIES_CONFIG, once + "; delivery.timeout.ms bounds them");
    own.put(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
        "a dead letter holds its record whole, up to 1 MiB");
    own.put(ProducerConfig.PARTITIONER_CLASS_CONFIG, order);
    own.put(ProducerConfig.PARTITIONER_IGNORE_KEYS_CONFIG, order);
    return own;
  }
}
