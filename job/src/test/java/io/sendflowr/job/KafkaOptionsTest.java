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
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
