package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ErasureKeyTest {
  private static final String SECRET = "0123456789abcdef";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {SECRET, SECRET + "\n", " \t" + SECRET + "\r\n\n"})
  void aFileHoldsTheSecretAndPerhapsWhiteSpaceAroundIt(String content) throws IOException {
    assertThat(ErasureKey.ofFile(file(content)).load()).isEqualTo(bytes(SECRET));
  }

  @Test
  void whatIsNoTextIsAGoodSecret() throws IOException {
    byte[] secret = new byte[4096];
    for (int i = 0; i < secret.length; i++) {
      secret[i] = (byte) (i | 0x80);
    }
    Path file = folder.resolve("key");
    Files.write(file, secret);
    assertThat(ErasureKey.ofFile(file).load()).isEqualTo(secret);
  }

  @Test
  void aFileIsReadWhenTheSecretIsNeeded() throws IOException {
    ErasureKey key = ErasureKey.ofFile(folder.resolve("key"));
    assertThatThrownBy(key::load)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(folder.resolve("key").toString())
        .hasMessageContaining("NoSuchFileException")
        .hasMessageContaining("put it there on every task manager");
    file(SECRET);
    assertThat(key.load()).isEqualTo(bytes(SECRET));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "0123456789abcde", "0123456789abcde\n"})
  void aShortSecretIsRefused(String content) throws IOException {
    ErasureKey key = ErasureKey.ofFile(file(content));
    assertThatThrownBy(key::load)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("The erasure key in the file " + folder.resolve("key") + " has ")
        .hasMessageContaining(content.strip().length() + " bytes; put at least 16 there")
        .message()
        .doesNotContain("0123");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "\n", "\nx"})
  void aFileThatIsLongerThanAKeyIsRefused(String rest) throws IOException {
    ErasureKey key = ErasureKey.ofFile(file("x".repeat(4096) + rest));
    assertThatThrownBy(key::load)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(folder.resolve("key").toString())
        .hasMessageContaining("more than 4096 bytes");
  }

  @Test
  void aRelativeFileIsTheOneThatWasMeant() {
    assertThat(ErasureKey.ofFile(Path.of("key")))
        .hasToString("the file " + Path.of("").toAbsolutePath().resolve("key"));
  }

  @Test
  void aVariableHoldsTheSecret() {
    // Which variables are long enough is for the machine to say; there is always one.
    Map.Entry<String, String> variable =
        System.getenv().entrySet().stream()
            .filter(entry -> entry.getValue().matches("[!-~]{16,4096}"))
            .findFirst()
            .orElseThrow();
    assertThat(ErasureKey.ofEnvironment(variable.getKey()).load())
        .isEqualTo(bytes(variable.getValue()));
  }

  @Test
  void aVariableThatIsNotSetIsNamed() {
    ErasureKey key = ErasureKey.ofEnvironment("SENDFLOWR_TEST_NOBODY_SETS_THIS");
    assertThatThrownBy(key::load)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("SENDFLOWR_TEST_NOBODY_SETS_THIS")
        .hasMessageContaining("set it for every task manager");
  }

  @Test
  void bytesInMemoryAreKeptFromOthers() {
    byte[] secret = bytes(SECRET);
    ErasureKey key = ErasureKey.of(secret);
    secret[0] = 'x';
    key.load()[1] = 'x';
    assertThat(key.load()).isEqualTo(bytes(SECRET));
    assertThat(key.toString()).doesNotContain("0123");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 15, 4097})
  void bytesInMemoryAreNeitherFewNorMany(int length) {
    assertThatThrownBy(() -> ErasureKey.of(new byte[length]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("An erasure key has 16 to 4096 bytes, not " + length);
  }

  @Test
  void travelsWithoutTheSecretUnlessItIsInMemory() throws Exception {
    ErasureKey inFile = ErasureKey.ofFile(file(SECRET));
    assertThat(serialised(inFile)).doesNotContain(SECRET);
    assertThat(shipped(inFile).load()).isEqualTo(bytes(SECRET));
    assertThat(shipped(ErasureKey.of(bytes(SECRET))).load()).isEqualTo(bytes(SECRET));
    assertThat(shipped(ErasureKey.ofEnvironment("NAME")))
        .hasToString("the environment variable NAME");
  }

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("key"), content);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String serialised(ErasureKey key) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(key);
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  private static ErasureKey shipped(ErasureKey key) throws IOException, ClassNotFoundException {
    try (ObjectInputStream in =
        new ObjectInputStream(
            new ByteArrayInputStream(serialised(key).getBytes(StandardCharsets.ISO_8859_1)))) {
      return (ErasureKey) in.readObject();
    }
  }
}
