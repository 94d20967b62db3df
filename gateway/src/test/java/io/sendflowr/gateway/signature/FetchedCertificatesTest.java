package io.sendflowr.gateway.signature;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchedCertificatesTest {
  private static final URI PLACE = URI.create("https://api.acme.example/cert");
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir private static Path folder;
  private static X509Certificate trusted;
  private static X509Certificate stranger;

  private final List<URI> fetched = new ArrayList<>();
  private CompletableFuture<byte[]> answer = new CompletableFuture<>();
  private Instant now = Instant.now();

  @BeforeAll
  static void makeCertificates() throws Exception {
    trusted = certificate("trusted");
    stranger = certificate("stranger");
  }

  @Test
  void theKeyOfWhatIsTrustedIsFetchedOnce() {
    FetchedCertificates certificates = certificates();
    CompletionStage<Optional<PublicKey>> first = certificates.key(PLACE);
    CompletionStage<Optional<PublicKey>> second = certificates.key(PLACE);
    answer.complete(pem(trusted));

    assertThat(join(first)).contains(trusted.getPublicKey());
    assertThat(join(second)).contains(trusted.getPublicKey());
    assertThat(join(certificates.key(PLACE))).contains(trusted.getPublicKey());
    assertThat(fetched).hasSize(1);

    now = now.plus(Duration.ofHours(25));
    assertThat(join(certificates.key(PLACE))).contains(trusted.getPublicKey());
    assertThat(fetched).hasSize(2);
  }

  @Test
  void aStrangersKeyIsNot() {
    answer.complete(pem(stranger));
    assertThat(join(certificates().key(PLACE))).isEmpty();
  }

  @Test
  void norIsOneThatHasExpired() {
    answer.complete(pem(trusted));
    now = now.plus(Duration.ofDays(10_000));
    assertThat(join(certificates().key(PLACE))).isEmpty();
  }

  @Test
  void norIsWhatIsNoCertificate() {
    answer.complete("<html>".getBytes(StandardCharsets.UTF_8));
    assertThat(join(certificates().key(PLACE))).isEmpty();
  }

  @Test
  void afterAFailureItIsTriedAgainButNotAtOnce() {
    FetchedCertificates certificates = certificates();
    answer.completeExceptionally(new IllegalStateException("no network"));
    assertThat(certificates.key(PLACE).toCompletableFuture()).isCompletedExceptionally();
    assertThat(certificates.key(PLACE).toCompletableFuture()).isCompletedExceptionally();
    assertThat(fetched).hasSize(1);

    now = now.plus(Duration.ofMinutes(1));
    answer = CompletableFuture.completedFuture(pem(trusted));
    assertThat(join(certificates.key(PLACE))).isPresent();
  }

  @Test
  void fewAreFetchedAtATime() {
    FetchedCertificates certificates = certificates();
    for (int i = 0; i < 10; i++) {
      CompletionStage<Optional<PublicKey>> unused = certificates.key(URI.create(PLACE + "/" + i));
    }
    assertThat(fetched).hasSize(2);
  }

  private FetchedCertificates certificates() {
    return new FetchedCertificates(
        place -> {
          fetched.add(place);
          return answer;
        },
        Set.of(new TrustAnchor(trusted, null)),
        () -> now);
  }

  private static Optional<PublicKey> join(CompletionStage<Optional<PublicKey>> key) {
    return key.toCompletableFuture().join();
  }

  private static byte[] pem(X509Certificate certificate) {
    try {
      return ("-----BEGIN CERTIFICATE-----\n"
              + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
              + "\n-----END CERTIFICATE-----\n")
          .getBytes(StandardCharsets.US_ASCII);
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Java has no other public way to make one than its tool. */
  private static X509Certificate certificate(String name) throws Exception {
    Path store = folder.resolve(name);
    Process tool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "RSA",
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-validity",
                "365",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD))
            .inheritIO()
            .start();
    assertThat(tool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = new FileInputStream(store.toFile())) {
      keys.load(in, PASSWORD);
    }
    return (X509Certificate) keys.getCertificate(name);
  }
}
