package io.sendflowr.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.job.KafkaAdmin;
import io.sendflowr.job.KafkaChecks;
import io.sendflowr.job.KafkaConnection;
import io.sendflowr.job.KafkaJob;
import io.sendflowr.job.KafkaOptions;
import io.sendflowr.job.KafkaSetupException;
import io.sendflowr.job.ReplayJob;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job and the command against a broker that wants TLS and a password, and allows no more than
 * docs/kafka.md says is needed.
 */
class SecureKafkaTest {
  private static final String PASSWORD = "hunter2-of-the-job";
  private static final String STORE_PASSWORD = "hunter3-of-the-store";
  private static final String PREFIX = "eu.";

  /** There in every environment, so that a password can be. */
  private static final String VARIABLE = "PATH";

  @TempDir private Path folder;

  private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
  private Listening listening;
  private LocalBroker broker;
  private String secure;

  @BeforeEach
  void startBroker() throws Exception {
    listening = new Listening();
    listening.start();
    certificate();
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      secure = "127.0.0.1:" + free.getLocalPort();
    }
    broker =
        LocalBroker.start(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), this::secure);
    try (KafkaAdmin admin = KafkaAdmin.connect(new KafkaConnection(broker.bootstrapServers()))) {
      admin.ask(
          asked ->
              asked
                  .alterUserScramCredentials(
                      List.of(
                          user("sendflowr", PASSWORD), user("operator", System.getenv(VARIABLE))))
                  .all());
      admin.ask(asked -> asked.createAcls(acls()).all());
    }
    Files.writeString(folder.resolve("secrets.properties"), "password=" + PASSWORD + "\n");
    Files.writeString(folder.resolve("trust"), STORE_PASSWORD);
  }

  @AfterEach
  void stopBroker() {
    broker.close();
    listening.end();
  }

  @Test
  void aSecretIsLookedUpWhereItIsNeededAndIsNowhereElse() throws Exception {
    createTopics();
    Path replayed = folder.resolve("replayed");
    ReplayJob.run(
        KafkaJobTest.CASE, replayed, 1, KafkaJobTest.OUT_OF_ORDERNESS, CatalogueReader.builtIn());
    List<String> expected = Files.readAllLines(replayed.resolve("send-schedules.jsonl"));
    int refusals = Files.readAllLines(replayed.resolve("dead-letters.jsonl")).size();
    long unused = KafkaJobTest.produce(broker.bootstrapServers(), PREFIX);
    assertThat(KafkaChecks.run(options())).isEmpty();
    assertNotInTheGraph();

    List<String> written = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> schedules =
            KafkaJobTest.consumer(broker.bootstrapServers(), PREFIX + Topics.SEND_SCHEDULES);
        KafkaConsumer<byte[], byte[]> dead =
            KafkaJobTest.consumer(broker.bootstrapServers(), PREFIX + Topics.DEAD_LETTERS)) {
      JobClient job = KafkaJobTest.start(options(), new Configuration(), folder);
      await()
          .atMost(KafkaJobTest.PATIENCE)
          .until(
              () -> {
                KafkaJobTest.poll(schedules, written);
                KafkaJobTest.poll(dead, refused);
                return written.size() >= expected.size() && refused.size() >= refusals;
              });
      assertThat(written).containsExactlyInAnyOrderElementsOf(expected);
      job.cancel().get();

      // What it left open is for the next one to abort.
      Configuration restored = new Configuration();
      restored.set(StateRecoveryOptions.SAVEPOINT_PATH, lastCheckpoint().toUri().toString());
      JobClient next = KafkaJobTest.start(options(), restored, folder.resolve("next"));
      produce(PREFIX + Topics.EVENTS, "no JSON");
      await()
          .atMost(KafkaJobTest.PATIENCE)
          .until(
              () -> {
                KafkaJobTest.poll(dead, refused);
                return refused.size() > refusals;
              });
      next.cancel().get();
      KafkaJobTest.poll(schedules, written);
      assertThat(written).hasSameSizeAs(expected);
    }
    assertThat(log).as("lines with a secret").isEmpty();
    assertThat(listening.hidden()).as("lines that hide one").isPositive();
    assertNotInFilesOf(folder.resolve("checkpoints"));
  }

  @Test
  void aWrongPasswordIsOneLineThatDoesNotTellIt() throws Exception {
    createTopics();
    Files.writeString(folder.resolve("secrets.properties"), "password=wrong-" + PASSWORD + "\n");

    assertThatThrownBy(() -> KafkaChecks.run(options()))
        .isInstanceOf(KafkaSetupException.class)
        .hasMessageStartingWith("the Kafka brokers at " + secure + " refused the connection: ")
        .hasMessageContaining("SCRAM-SHA-512")
        .hasMessageNotContaining(PASSWORD)
        .message()
        .hasLineCount(1);
    assertThatThrownBy(
            () -> KafkaJob.attach(StreamExecutionEnvironment.createLocalEnvironment(1), options()))
        .hasMessageContaining("refused the connection");
    assertThat(log).as("lines with a secret").isEmpty();
  }

  @Test
  void whatMayNotBeAskedForIsSaid() throws Exception {
    createTopics();
    try (KafkaAdmin admin = KafkaAdmin.connect(new KafkaConnection(broker.bootstrapServers()))) {
      List<AclBindingFilter> asking =
          acls().stream()
              .filter(acl -> acl.entry().operation() == AclOperation.DESCRIBE_CONFIGS)
              .map(AclBinding::toFilter)
              .toList();
      admin.ask(asked -> asked.deleteAcls(asking).all());
    }

    assertThat(KafkaChecks.run(options()))
        .satisfiesExactly(
            sizes ->
                assertThat(sizes)
                    .startsWith("max.message.bytes of the topics could not be checked: "),
            timeout ->
                assertThat(timeout)
                    .startsWith(
                        "transaction.max.timeout.ms of the brokers could not be checked: "));
  }

  @Test
  void aCertificateThatIsNotTrustedIsNamed() {
    KafkaConnection distrusting =
        new KafkaConnection(secure).withProperty("security.protocol", "SSL");

    assertThatThrownBy(() -> KafkaAdmin.connect(distrusting))
        .isInstanceOf(KafkaSetupException.class)
        .hasMessageStartingWith("the Kafka brokers at " + secure + " refused the connection: ")
        .hasMessageContaining("certification path");
  }

  /** By the command, as somebody who may not do more than that takes. */
  private void createTopics() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("operator.properties"), client("operator", "${env:" + VARIABLE + "}"));
    StringWriter err = new StringWriter();
    int status =
        Sendflowr.run(
            new PrintWriter(new StringWriter()),
            new PrintWriter(err, true),
            "topics",
            "--bootstrap-servers",
            secure,
            "--topic-prefix",
            PREFIX,
            "--kafka-config",
            config.toString());
    assertThat(err.toString()).isEmpty();
    assertThat(status).isZero();
  }

  private KafkaOptions options() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("client.properties"),
            client("sendflowr", "${file:" + folder.resolve("secrets.properties") + ":password}"));
    return new KafkaOptions(new KafkaConnection(secure).withConfig(config)).withTopicPrefix(PREFIX);
  }

  private String client(String user, String password) {
    return """
        security.protocol=SASL_SSL
        sasl.mechanism=SCRAM-SHA-512
        sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
        username="%s" password="%s";
        ssl.truststore.location=%s
        ssl.truststore.password=${dir:%s:trust}
        """
        .formatted(user, password, folder.resolve("trust.p12"), folder);
  }

  private void assertNotInTheGraph() throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
    KafkaJob.attach(env, options());
    String plan = env.getExecutionPlan();
    String configuration = env.getConfiguration().toString();
    String graph =
        new String(
            InstantiationUtil.serializeObject(env.getStreamGraph(false).getJobGraph()),
            StandardCharsets.ISO_8859_1);

    assertThat(graph).as("what refers to the secret is in it").contains("${file:");
    for (String one : List.of(plan, configuration, graph)) {
      assertThat(one.contains(PASSWORD) || one.contains(STORE_PASSWORD)).isFalse();
    }
  }

  private static void assertNotInFilesOf(Path checkpoints) throws IOException {
    try (Stream<Path> files = Files.walk(checkpoints)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1).contains(PASSWORD))
            .as(file.toString())
            .isFalse();
      }
    }
  }

  private Path lastCheckpoint() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("checkpoints"))) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .map(Path::getParent)
          .max(
              Comparator.comparingInt(
                  (Path chk) -> Integer.parseInt(chk.getFileName().toString().substring(4))))
          .orElseThrow();
    }
  }

  private void produce(String topic, String value) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer
          .send(new ProducerRecord<>(topic, value.getBytes(StandardCharsets.UTF_8)))
          .get(1, TimeUnit.MINUTES);
    }
  }

  private void certificate() throws Exception {
    keytool(
        "-genkeypair",
        "-alias",
        "broker",
        "-keyalg",
        "RSA",
        "-dname",
        "CN=broker",
        "-ext",
        "san=ip:127.0.0.1",
        "-keystore",
        folder.resolve("broker.p12").toString());
    Path certificate = folder.resolve("broker.crt");
    keytool(
        "-exportcert",
        "-alias",
        "broker",
        "-file",
        certificate.toString(),
        "-keystore",
        folder.resolve("broker.p12").toString());
    keytool(
        "-importcert",
        "-noprompt",
        "-alias",
        "broker",
        "-file",
        certificate.toString(),
        "-keystore",
        folder.resolve("trust.p12").toString());
  }

  private void keytool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", STORE_PASSWORD));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    assertThat(process.waitFor()).as(String.join(" ", arguments)).isZero();
  }

  private void secure(Map<String, String> properties) {
    for (String listeners : List.of("listeners", "advertised.listeners")) {
      properties.merge(listeners, "SECURE://" + secure, (there, more) -> there + "," + more);
    }
    properties.merge(
        "listener.security.protocol.map", "SECURE:SASL_SSL", (there, more) -> there + "," + more);
    properties.put("listener.name.secure.sasl.enabled.mechanisms", "SCRAM-SHA-512");
    properties.put(
        "listener.name.secure.scram-sha-512.sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required;");
    properties.put(
        "listener.name.secure.ssl.keystore.location", folder.resolve("broker.p12").toString());
    properties.put("listener.name.secure.ssl.keystore.password", STORE_PASSWORD);
    properties.put("listener.name.secure.ssl.keystore.type", "PKCS12");
    properties.put(
        "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
    properties.put("super.users", "User:ANONYMOUS");
  }

  private static UserScramCredentialUpsertion user(String name, String password) {
    return new UserScramCredentialUpsertion(
        name, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password);
  }

  /** As docs/kafka.md lists them. */
  private static List<AclBinding> acls() {
    List<AclBinding> acls = new ArrayList<>();
    for (String input : Topics.INPUTS) {
      acls.add(allow("sendflowr", ResourceType.TOPIC, PREFIX + input, AclOperation.READ));
      acls.add(
          allow("sendflowr", ResourceType.TOPIC, PREFIX + input, AclOperation.DESCRIBE_CONFIGS));
    }
    for (String output : Topics.OUTPUTS) {
      acls.add(allow("sendflowr", ResourceType.TOPIC, PREFIX + output, AclOperation.WRITE));
      acls.add(
          allow("sendflowr", ResourceType.TOPIC, PREFIX + output, AclOperation.DESCRIBE_CONFIGS));
      acls.add(
          acl(
              "sendflowr",
              new ResourcePattern(
                  ResourceType.TRANSACTIONAL_ID, "sendflowr-" + output + "-", PatternType.PREFIXED),
              AclOperation.WRITE));
    }
    acls.add(allow("sendflowr", ResourceType.GROUP, "sendflowr", AclOperation.READ));
    acls.add(
        allow(
            "sendflowr",
            ResourceType.CLUSTER,
            Resource.CLUSTER_NAME,
            AclOperation.DESCRIBE_CONFIGS));
    ResourcePattern all = new ResourcePattern(ResourceType.TOPIC, PREFIX, PatternType.PREFIXED);
    for (AclOperation operation :
        List.of(AclOperation.CREATE, AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS)) {
      acls.add(acl("operator", all, operation));
    }
    return acls;
  }

  private static AclBinding allow(
      String user, ResourceType type, String name, AclOperation operation) {
    return acl(user, new ResourcePattern(type, name, PatternType.LITERAL), operation);
  }

  private static AclBinding acl(String user, ResourcePattern resource, AclOperation operation) {
    return new AclBinding(
        resource, new AccessControlEntry("User:" + user, "*", operation, AclPermissionType.ALLOW));
  }

  /** Keeps what is logged with a secret in it, and counts the lines that hide it. */
  private final class Listening extends AbstractAppender {
    private final LoggerContext context = (LoggerContext) LogManager.getContext(false);
    private final LoggerConfig root = context.getConfiguration().getRootLogger();
    private final Level level = root.getLevel();
    private final AtomicLong hidden = new AtomicLong();

    Listening() {
      super("listening", null, null, false, Property.EMPTY_ARRAY);
    }

    @Override
    public void start() {
      super.start();
      // The others go on to show what they did before.
      for (Appender other : List.copyOf(root.getAppenders().values())) {
        root.removeAppender(other.getName());
        root.addAppender(other, level, null);
      }
      root.addAppender(this, Level.DEBUG, null);
      root.setLevel(Level.DEBUG);
      context.updateLoggers();
    }

    void end() {
      root.removeAppender(getName());
      root.setLevel(level);
      context.updateLoggers();
      stop();
    }

    long hidden() {
      return hidden.get();
    }

    @Override
    public void append(LogEvent event) {
      String line = event.getMessage().getFormattedMessage() + event.getThrown();
      if (line.contains(PASSWORD) || line.contains(STORE_PASSWORD)) {
        log.add(event.getLoggerName() + ": " + line);
      }
      if (line.contains("sasl.jaas.config = [hidden]")) {
        hidden.incrementAndGet();
      }
    }
  }
}
