package io.sendflowr.job;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.identity.ErasureKey;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.connector.base.DeliveryGuarantee;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the live job, each with its default; on the command line, or set by name. */
public final class KafkaOptions {
  private static final String ERASURE_KEY_VARIABLE = "SENDFLOWR_ERASURE_KEY";

  private static final Duration VISIBLE_CHECKPOINT_INTERVAL = Duration.ofSeconds(2);
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

  @Mixin private KafkaConnection connection = new KafkaConnection();

  @Option(
      names = "--group-id",
      defaultValue = "sendflowr",
      description = "Consumer group whose committed offsets are read. Default: ${DEFAULT-VALUE}.")
  private String groupId = "sendflowr";

  @Option(
      names = "--partition-discovery",
      defaultValue = "PT30S",
      paramLabel = "DURATION",
      description =
          "Time between looks for new partitions of the input topics. Default: ${DEFAULT-VALUE}.")
  private Duration partitionDiscovery = Duration.ofSeconds(30);

  @Option(
      names = "--topic-prefix",
      defaultValue = "",
      description = "Put before the name of every topic. Default: none.")
  private String topicPrefix = "";

  @Option(
      names = "--out-of-orderness",
      defaultValue = "PT5S",
      paramLabel = "DURATION",
      description =
          "How much later than its successors a record may arrive, ISO 8601. Default:"
              + " ${DEFAULT-VALUE}.")
  private Duration outOfOrderness = Duration.ofSeconds(5);

  @Option(
      names = "--checkpoint-interval",
      paramLabel = "DURATION",
      description =
          "Time between checkpoints; exactly-once results are visible when one completes. Default:"
              + " PT2S exactly once, PT10S at least once.")
  private Duration checkpointInterval;

  @Option(
      names = "--checkpoint-dir",
      paramLabel = "DIR",
      description =
          "Where checkpoints are kept. Default: what the cluster's configuration says (in a local"
              + " cluster: in memory).")
  private Path checkpointDirectory;

  @Option(
      names = "--delivery",
      defaultValue = "EXACTLY_ONCE",
      description =
          "EXACTLY_ONCE (in transactions) or AT_LEAST_ONCE (sooner; repeats have equal"
              + " decision_ids). Default: ${DEFAULT-VALUE}.")
  private DeliveryGuarantee delivery = DeliveryGuarantee.EXACTLY_ONCE;

  @Option(
      names = "--transactional-id-prefix",
      defaultValue = "sendflowr",
      description =
          "Unique to this job among all that write to the brokers, and the same after a restart."
              + " Default: ${DEFAULT-VALUE}.")
  private String transactionalIdPrefix = "sendflowr";

  @Option(
      names = "--transaction-timeout",
      defaultValue = "PT14M",
      paramLabel = "DURATION",
      description =
          "Longer than a checkpoint and a restart take together, and within the brokers'"
              + " transaction.max.timeout.ms. Default: ${DEFAULT-VALUE}.")
  private Duration transactionTimeout = Duration.ofMinutes(14);

  @Option(
      names = "--event-source",
      defaultValue = "sendflowr",
      paramLabel = "URI",
      description =
          "URI reference that written records name as their source (CloudEvents ce_source)."
              + " Default: ${DEFAULT-VALUE}.")
  private URI eventSource = URI.create("sendflowr");

  @Option(
      names = "--erasure-key-file",
      paramLabel = "PATH",
      description =
          "File on every task manager with the secret that erased identifiers are marked with, 16"
              + " bytes or more, the same after every restart. Default: the environment variable "
              + ERASURE_KEY_VARIABLE
              + ". Without a secret nobody can be erased, and erase records become dead letters"
              + " that say so.")
  private Path erasureKeyFile;

  @Mixin private CatalogueOption catalogueOption = new CatalogueOption();

  private Catalogue catalogue;

  @Mixin private PlatformsOption platformsOption = new PlatformsOption();

  private List<DescriptorFile> platforms;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text and do nothing.")
  @SuppressWarnings("unused") // Asks picocli for the text, which looks at the annotation alone.
  private boolean help;

  /** For the command line, which fills in the rest. */
  public KafkaOptions() {}

  /**
   * All defaults.
   *
   * @param bootstrapServers Kafka brokers to connect to, {@code host:port[,...]}
   */
  public KafkaOptions(String bootstrapServers) {
    this(new KafkaConnection(bootstrapServers));
  }

  /**
   * All defaults.
   *
   * @param connection how the brokers are reached
   */
  public KafkaOptions(KafkaConnection connection) {
    this.connection = connection;
  }

  /** Sets how much later than its successors a record may arrive. */
  public KafkaOptions withOutOfOrderness(Duration value) {
    outOfOrderness = value;
    return this;
  }

  /** Sets the time between checkpoints; null for the default, 2 s exactly once, 10 s else. */
  public KafkaOptions withCheckpointInterval(Duration value) {
    checkpointInterval = value;
    return this;
  }

  /** Sets where checkpoints are kept. */
  public KafkaOptions withCheckpointDirectory(Path value) {
    checkpointDirectory = value;
    return this;
  }

  /** Sets what this job's transactional ids begin with. */
  public KafkaOptions withTransactionalIdPrefix(String value) {
    transactionalIdPrefix = value;
    return this;
  }

  /** Sets how long a transaction may last. */
  public KafkaOptions withTransactionTimeout(Duration value) {
    transactionTimeout = value;
    return this;
  }

  /** Sets the time between looks for new partitions. */
  public KafkaOptions withPartitionDiscovery(Duration value) {
    partitionDiscovery = value;
    return this;
  }

  /** Sets what is put before the name of every topic. */
  public KafkaOptions withTopicPrefix(String value) {
    topicPrefix = value;
    return this;
  }

  /** Sets the delivery guarantee. */
  public KafkaOptions withDelivery(DeliveryGuarantee value) {
    delivery = value;
    return this;
  }

  /** Sets the catalogue, in place of what the command line names. */
  public KafkaOptions withCatalogue(Catalogue value) {
    catalogue = value;
    return this;
  }

  /** Sets the file with the secret that erased identifiers are marked with. */
  public KafkaOptions withErasureKeyFile(Path value) {
    erasureKeyFile = value;
    return this;
  }

  /** Sets the consumer group. */
  public KafkaOptions withGroupId(String value) {
    groupId = value;
    return this;
  }

  /** Sets the descriptors of platforms, in place of what the command line names. */
  public KafkaOptions withPlatforms(List<DescriptorFile> value) {
    platforms = List.copyOf(value);
    return this;
  }

  /**
   * Checks what a single option cannot.
   *
   * @throws IllegalArgumentException if a promise of the job would not hold
   * @throws KafkaSetupException if a property of the Kafka clients is not to be set so
   */
  void check() {
    if (delivery == DeliveryGuarantee.NONE) {
      throw new IllegalArgumentException(
          "--delivery must be EXACTLY_ONCE or AT_LEAST_ONCE: with NONE decisions would be lost");
    }
    if (eventSource.toString().isEmpty()) {
      throw new IllegalArgumentException(
          "--event-source must not be empty: CloudEvents have a source");
    }
    positive("--partition-discovery", partitionDiscovery);
    positive("--checkpoint-interval", checkpointInterval());
    positive("--transaction-timeout", transactionTimeout);
    if (delivery == DeliveryGuarantee.EXACTLY_ONCE
        && transactionTimeout.compareTo(checkpointInterval()) <= 0) {
      throw new IllegalArgumentException(
          "--transaction-timeout (%s) must be longer than --checkpoint-interval (%s): no transaction would live to be committed"
              .formatted(transactionTimeout, checkpointInterval()));
    }
    connection.properties();
  }

  private static void positive(String option, Duration value) {
    if (value.toMillis() <= 0) {
      throw new IllegalArgumentException(option + " must be at least a millisecond");
    }
  }

  KafkaConnection connection() {
    return connection;
  }

  URI eventSource() {
    return eventSource;
  }

  String groupId() {
    return groupId;
  }

  String topic(String defaultName) {
    return topicPrefix + defaultName;
  }

  Duration partitionDiscovery() {
    return partitionDiscovery;
  }

  Duration outOfOrderness() {
    return outOfOrderness;
  }

  /** Where nobody waits for them there are fewer: each makes the job stand still for a moment. */
  Duration checkpointInterval() {
    if (checkpointInterval != null) {
      return checkpointInterval;
    }
    return delivery == DeliveryGuarantee.EXACTLY_ONCE
        ? VISIBLE_CHECKPOINT_INTERVAL
        : CHECKPOINT_INTERVAL;
  }

  Path checkpointDirectory() {
    return checkpointDirectory;
  }

  DeliveryGuarantee delivery() {
    return delivery;
  }

  String transactionalIdPrefix(String topic) {
    return transactionalIdPrefix + "-" + topic;
  }

  /**
   * Where the secret is that erased identifiers are marked with; empty if the job has none and
   * cannot erase. It is looked for on the task managers, and not before it is needed.
   */
  Optional<ErasureKey> erasureKey() {
    return erasureKey(System.getenv());
  }

  Optional<ErasureKey> erasureKey(Map<String, String> environment) {
    if (erasureKeyFile != null) {
      return Optional.of(ErasureKey.ofFile(erasureKeyFile));
    }
    // One that is set to nothing was meant to be set: that is for the job to complain of.
    return environment.containsKey(ERASURE_KEY_VARIABLE)
        ? Optional.of(ErasureKey.ofEnvironment(ERASURE_KEY_VARIABLE))
        : Optional.empty();
  }

  /** The catalogue; read now unless it was set. */
  Catalogue catalogue() {
    return catalogue == null ? catalogueOption.read() : catalogue;
  }

  /**
   * The descriptors of platforms; read now unless they were set.
   *
   * @param catalogue by which they are checked
   */
  List<DescriptorFile> platforms(Catalogue catalogue) {
    return platforms == null ? platformsOption.read(catalogue) : platforms;
  }

  Duration transactionTimeout() {
    return transactionTimeout;
  }
}
