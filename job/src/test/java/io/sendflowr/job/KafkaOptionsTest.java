package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sendflowr.catalogue.CatalogueException;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.platform.DescriptorException;
import io.sendflowr.connectors.platform.DescriptorFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaOptionsTest {
  private static final String ACME =
      """
      platform: acme
      identifiers: {email: /body/by}
      rules:
        - event_type: complaint
      """;

  private static final Map<String, String> SET =
      Map.of("SENDFLOWR_ERASURE_KEY", "0123456789abcdef", "OTHER", "x");

  @Test
  void theErasureKeyIsInTheFileThatIsNamed() {
    assertThat(parse("--erasure-key-file", "/run/secrets/erasure").erasureKey(SET))
        .hasValueSatisfying(key -> assertThat(key).hasToString("the file /run/secrets/erasure"));
  }

  @Test
  void theErasureKeyIsInTheEnvironmentUnlessAFileIsNamed() {
    assertThat(parse().erasureKey(SET))
        .hasValueSatisfying(
            key -> assertThat(key).hasToString("the environment variable SENDFLOWR_ERASURE_KEY"));
    assertThat(parse().erasureKey(Map.of("SENDFLOWR_ERASURE_KEY", ""))).isPresent();
  }

  @Test
  void theSourceOfEventsIsAUriReference() {
    assertThat(parse().eventSource()).hasToString("sendflowr");
    assertThat(new KafkaOptions("localhost:9092").eventSource()).hasToString("sendflowr");
    assertThat(parse("--event-source", "//eu/sendflowr").eventSource())
        .hasToString("//eu/sendflowr");
    for (String unusable : new String[] {"", "not a uri"}) {
      assertThatThrownBy(() -> parse("--event-source", unusable))
          .hasMessageContaining("--event-source");
    }
  }

  @Test
  void thereNeedBeNoErasureKey() {
    assertThat(parse().erasureKey(Map.of("OTHER", "x"))).isEmpty();
  }

  @Test
  void theCatalogueIsTheOneThatIsNamedOrTheOneThatShips(@TempDir Path folder) throws IOException {
    Path mine = catalogue(folder, "clicks: [clicked,", "clicks: [clicked, pressed,");

    assertThat(parse().catalogue().isClick("clicked")).isTrue();
    assertThat(parse("--catalogue", mine.toString()).catalogue().isClick("pressed")).isTrue();
  }

  /** Else every delivery would be lost where it is read. */
  @Test
  void thePlatformsAreThoseThatShipAndThoseOfTheFolder(@TempDir Path folder) throws IOException {
    Path mine = Files.writeString(folder.resolve("acme.yaml"), ACME);
    Path changed =
        Files.writeString(folder.resolve("stripe.yaml"), ACME.replace(": acme", ": stripe"));
    List<DescriptorFile> shipped = DescriptorFile.builtIn();

    assertThat(parse().platforms(CatalogueReader.builtIn())).isEqualTo(shipped);
    assertThat(parse("--platforms", folder.toString()).platforms(CatalogueReader.builtIn()))
        .hasSize(shipped.size() + 1)
        .contains(DescriptorFile.of(mine), DescriptorFile.of(changed))
        .noneMatch(file -> file.name().equals("stripe.yaml"));
  }

  @Test
  void twoDescriptorsOfOnePlatformAreAnError(@TempDir Path folder) throws IOException {
    Path mine = Files.writeString(folder.resolve("mine.yaml"), ACME.replace(": acme", ": stripe"));

    assertThatThrownBy(
            () -> parse("--platforms", folder.toString()).platforms(CatalogueReader.builtIn()))
        .isInstanceOf(DescriptorException.class)
        .hasMessage(mine + ": platform: another descriptor is for stripe too");
  }

  @Test
  void aCatalogueNamesWhatPlatformsTell(@TempDir Path folder) throws IOException {
    Path mine = catalogue(folder, "  - profile_updated\n", "");

    assertThatThrownBy(() -> parse("--catalogue", mine.toString()).catalogue())
        .isInstanceOf(CatalogueException.class)
        .hasMessageStartingWith(mine + ": ")
        .hasMessageContaining("attentive.yaml:")
        .hasMessageContaining("profile_updated");
  }

  @Test
  void nothingIsAttachedWithACatalogueThatIsNotUsable(@TempDir Path folder) {
    Path missing = folder.resolve("missing.yaml");
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment();

    assertThatThrownBy(() -> KafkaJob.attach(env, parse("--catalogue", missing.toString())))
        .isInstanceOf(CatalogueException.class)
        .hasMessage(missing + ": there is no such file");
    assertThat(env.getTransformations()).isEmpty();
  }

  @Test
  void propertiesOfTheFileGoToEveryClientAndTheCommandLineWins(@TempDir Path folder)
      throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("client.properties"),
            """
            security.protocol=SASL_SSL
            linger.ms=5
            sasl.jaas.config=x.PlainLoginModule required username="me" password="${env:PASSWORD}";
            """);

    assertThat(client("--kafka-config", file.toString(), "--kafka-property", "linger.ms=0"))
        .containsEntry("bootstrap.servers", "localhost:9092")
        .containsEntry("security.protocol", "SASL_SSL")
        .containsEntry("linger.ms", "0")
        .containsEntry(
            "sasl.jaas.config",
            "x.PlainLoginModule required username=\"me\" password=\"${env:PASSWORD}\";")
        .containsEntry("config.providers", "env,file,dir");
  }

  @Test
  void aConfigProviderCanBeAdded() {
    assertThat(
            client(
                "--kafka-property",
                "config.providers=vault",
                "--kafka-property",
                "config.providers.vault.class=com.example.Vault",
                "--kafka-property",
                "ssl.key.password=${vault:kafka:key}"))
        .containsEntry("config.providers", "env,file,dir,vault")
        .containsEntry("config.providers.vault.class", "com.example.Vault")
        .containsKey("config.providers.file.class");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssl.key.password=${env:KEY_PASSWORD}",
        "ssl.keystore.key=${file:/run/secrets/kafka.properties:key}",
        "ssl.truststore.password=${dir:/run/secrets:trust}",
        "sasl.jaas.config=${env:JAAS}",
        "sasl.jaas.config=m.ScramLoginModule required username=me password='${env:P}' tokenauth=true;",
        "sasl.jaas.config=m.Krb5LoginModule required useKeyTab=true keyTab=\"/etc/k\" principal=\"p@R\";",
      })
  void aSecretIsReferredTo(String property) {
    assertThat(client("--kafka-property", property))
        .containsValue(property.substring(property.indexOf('=') + 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssl.key.password=hunter2",
        "ssl.keystore.password=x${env:KEY}hunter2",
        "sasl.oauthbearer.client.credentials.client.secret=hunter2",
        "sasl.jaas.config=m.PlainLoginModule required username=\"${env:U}\" password=\"hunter2\";",
        "sasl.jaas.config=m.PlainLoginModule required username=me password=hunter2;",
        "sasl.jaas.config=m.OAuthBearerLoginModule required clientId='x' clientSecret='hunter2';",
      })
  void aSecretItselfIsRefusedAndNotRepeated(String property, @TempDir Path folder)
      throws IOException {
    String key = property.substring(0, property.indexOf('='));
    Path file = Files.writeString(folder.resolve("client.properties"), property);

    for (String[] given :
        List.of(
            new String[] {"--kafka-property", property},
            new String[] {"--kafka-config", file.toString()})) {
      assertThatThrownBy(() -> parse(given))
          .isInstanceOf(ProgramParametrizationException.class)
          .hasMessageContaining(key)
          .hasMessageContaining("write ${env:VARIABLE}, ${file:PATH:KEY} or ${dir:FOLDER:FILE}")
          .hasMessageNotContaining("hunter2")
          .message()
          .hasLineCount(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          securty.protocol=SSL            | --kafka-property securty.protocol is no property of a Kafka
          group.id=mine                   | --kafka-property group.id is not to be set: that is --group-id
          bootstrap.servers=x:1           | that is --bootstrap-servers
          isolation.level=read_uncommitted| isolation.level is not to be set: only what is committed is read
          transactional.id=x              | that is --transactional-id-prefix
          transaction.timeout.ms=1        | that is --transaction-timeout
          key.deserializer=x              | the job reads and writes bytes
          value.serializer=x              | the job reads and writes bytes
          enable.auto.commit=true         | offsets are committed with checkpoints
          auto.offset.reset=latest        | committed offsets
          acks=1                          | records would be lost or repeated
          enable.idempotence=false        | records would be lost or repeated
          partition.discovery.interval.ms=1 | is no property of a Kafka
          ssl.key.password=${vault:a:b}   | ssl.key.password refers to ${vault:a:b}, and there is no config provider vault
          """)
  void aPropertyThatIsNotForTheOperatorIsRefused(String property, String reason) {
    assertThatThrownBy(() -> parse("--kafka-property", property))
        .isInstanceOf(ProgramParametrizationException.class)
        .hasMessageContaining(reason)
        .message()
        .hasLineCount(1);
  }

  @Test
  void aPropertyFileThatIsNotThereIsNamed(@TempDir Path folder) {
    Path missing = folder.resolve("missing.properties");

    assertThatThrownBy(() -> parse("--kafka-config", missing.toString()))
        .hasMessage("sendflowr: " + missing + ": there is no such file");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --partition-discovery PT0S                           | --partition-discovery must be at least
          --partition-discovery soon                           | --partition-discovery
          --checkpoint-interval PT-1S                          | --checkpoint-interval must be at least
          --transaction-timeout PT10S --checkpoint-interval PT10S | --transaction-timeout (PT10S) must be longer
          --delivery NONE                                      | --delivery must be
          --delivery TWICE                                     | --delivery
          --no-such-option                                     | --no-such-option
          """)
  void whatIsNotUnderstoodIsOneLine(String line, String named) {
    assertThatThrownBy(() -> parse(line.split(" ", -1)))
        .isInstanceOf(ProgramParametrizationException.class)
        .hasMessageContaining(named)
        .message()
        .hasLineCount(1);
  }

  @Test
  void withoutTransactionsTheirTimeoutMakesNoDifference() {
    assertThat(
            parse("--delivery", "AT_LEAST_ONCE", "--checkpoint-interval", "PT20M")
                .checkpointInterval())
        .hasMinutes(20);
  }

  @Test
  void checkpointsAreRarerWhereNobodyWaitsForThem() {
    assertThat(parse().checkpointInterval()).hasSeconds(2);
    assertThat(parse("--delivery", "AT_LEAST_ONCE").checkpointInterval()).hasSeconds(10);
    assertThat(parse("--checkpoint-interval", "PT3S").checkpointInterval()).hasSeconds(3);
  }

  @Test
  void newPartitionsAreLookedForAsOftenAsIsSaid() {
    assertThat(parse().partitionDiscovery()).hasSeconds(30);
    assertThat(parse("--partition-discovery", "PT5S").partitionDiscovery()).hasSeconds(5);
  }

  private static Map<Object, Object> client(String... more) {
    return parse(more).connection().properties();
  }

  /** The catalogue that ships, with a part of it changed. */
  private static Path catalogue(Path folder, String part, String changed) throws IOException {
    try (InputStream in = CatalogueReader.class.getResourceAsStream("/catalogue.yaml")) {
      String shipped = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(shipped).contains(part);
      return Files.writeString(folder.resolve("mine.yaml"), shipped.replace(part, changed));
    }
  }

  private static KafkaOptions parse(String... more) {
    String[] args = new String[more.length + 2];
    args[0] = "--bootstrap-servers";
    args[1] = "localhost:9092";
    System.arraycopy(more, 0, args, 2, more.length);
    return JobMain.parse(args);
  }
}
