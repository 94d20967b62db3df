package io.sendflowr.gateway.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {
  private static final Set<String> PLATFORMS = new TreeSet<>(Set.of("shopify", "stripe"));

  @TempDir private Path folder;

  @Test
  void linesOfFilesAndVariablesAllCount() throws IOException {
    Files.writeString(folder.resolve("shopify"), "new\n\n old \n");
    Files.writeString(folder.resolve("..data"), "not ours");
    Secrets secrets =
        Secrets.read(
            PLATFORMS,
            Optional.of(folder),
            Map.of("SENDFLOWR_SECRET_SHOPIFY", "third", "PATH", "/bin"));
    assertThat(secrets.of("shopify")).containsExactly("new", "old", "third");
    assertThat(secrets.of("stripe")).isEmpty();
  }

  @Test
  void whatIsOfNoPlatformOrEmptyIsAnError() throws IOException {
    assertThatThrownBy(
            () -> Secrets.read(PLATFORMS, Optional.empty(), Map.of("SENDFLOWR_SECRET_SHOPFY", "x")))
        .hasMessage(
            "SENDFLOWR_SECRET_SHOPFY is for the platform shopfy, which there is not; there are"
                + " shopify, stripe");
    Path file = Files.writeString(folder.resolve("stripe"), " \n");
    assertThatThrownBy(() -> Secrets.read(PLATFORMS, Optional.of(folder), Map.of()))
        .hasMessage(file + " holds no secret");
  }
}
