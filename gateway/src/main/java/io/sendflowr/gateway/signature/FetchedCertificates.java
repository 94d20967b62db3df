package io.sendflowr.gateway.signature;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Certificates that are fetched, once, and trusted if their chain leads to an authority that this
 * Java trusts. Whoever sends requests can name any place on an allowed host, so few are fetched at
 * a time and few are kept.
 */
public final class FetchedCertificates implements Certificates {
  private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration KEPT = Duration.ofHours(24);
  private static final Duration KEPT_FAILURE = Duration.ofSeconds(30);
  private static final int MOST_KEPT = 32;
  private static final int MOST_AT_A_TIME = 2;
  private static final int OK = 200;

  private final Function<URI, CompletionStage<byte[]>> fetch;
  private final Set<TrustAnchor> authorities;
  private final InstantSource clock;
  private final Map<URI, Entry> entries = new Recent();

  /**
   * Certificates from elsewhere.
   *
   * @param fetch reads what is at a place
   * @param authorities whom to trust
   * @param clock of now
   */
  FetchedCertificates(
      Function<URI, CompletionStage<byte[]>> fetch,
      Set<TrustAnchor> authorities,
      InstantSource clock) {
    this.fetch = fetch;
    this.authorities = Set.copyOf(authorities);
    this.clock = clock;
  }

  /**
   * Certificates by HTTPS, without redirects.
   *
   * @param clock of now
   */
  public static FetchedCertificates byHttps(InstantSource clock) {
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(FETCH_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    return new FetchedCertificates(
        place ->
            client
                .sendAsync(
                    HttpRequest.newBuilder(place).timeout(FETCH_TIMEOUT).build(),
                    HttpResponse.BodyHandlers.ofByteArray())
                .thenApply(
                    response -> {
                      if (response.statusCode() != OK) {
                        throw new IllegalStateException(
                            "Answered with status " + response.statusCode());
                      }
                      return response.body();
                    }),
        trustedByJava(),
        clock);
  }

  @Override
  public synchronized CompletionStage<Optional<PublicKey>> key(URI place) {
    Instant now = clock.instant();
    Entry entry = entries.get(place);
    if (entry != null && entry.isFresh(now)) {
      return entry.key();
    }
    if (entries.values().stream().filter(one -> !one.key().isDone()).count() >= MOST_AT_A_TIME) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("Too many certificates are being fetched"));
    }
    CompletableFuture<Optional<PublicKey>> key =
        fetch.apply(place).thenApply(this::trusted).toCompletableFuture();
    entries.put(place, new Entry(key, now));
    return key;
  }

  private Optional<PublicKey> trusted(byte[] chain) {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> path = new ArrayList<>();
      for (Certificate one : factory.generateCertificates(new ByteArrayInputStream(chain))) {
        X509Certificate certificate = (X509Certificate) one;
        boolean isRoot =
            certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
        if (path.isEmpty() || !isRoot) {
          path.add(certificate);
        }
      }
      if (path.isEmpty()) {
        return Optional.empty();
      }
      CertPath certPath = factory.generateCertPath(path);
      PKIXParameters parameters = new PKIXParameters(authorities);
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(clock.instant()));
      CertPathValidator.getInstance("PKIX").validate(certPath, parameters);
      return Optional.of(path.get(0).getPublicKey());
    } catch (CertificateException | CertPathValidatorException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java knows X.509", e);
    }
  }

  private static Set<TrustAnchor> trustedByJava() {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null);
      Set<TrustAnchor> anchors = new HashSet<>();
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager x509) {
          for (X509Certificate authority : x509.getAcceptedIssuers()) {
            anchors.add(new TrustAnchor(authority, null));
          }
        }
      }
      return anchors;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java cannot read whom it trusts", e);
    }
  }

  private record Entry(CompletableFuture<Optional<PublicKey>> key, Instant since) {
    boolean isFresh(Instant now) {
      boolean failed = key.isCompletedExceptionally() || (key.isDone() && key.join().isEmpty());
      return now.isBefore(since.plus(failed ? KEPT_FAILURE : KEPT));
    }
  }

  /** Forgets what has not been asked for the longest. */
  private static final class Recent extends LinkedHashMap<URI, Entry> {
    private static final long serialVersionUID = 1L;

    Recent() {
      super(MOST_KEPT, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<URI, Entry> eldest) {
      return size() > MOST_KEPT;
    }
  }
}
