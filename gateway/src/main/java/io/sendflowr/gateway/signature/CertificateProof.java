package io.sendflowr.gateway.signature;

import io.sendflowr.connectors.platform.SignatureScheme;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A signature that is checked with a certificate, which the request says where to get. What is
 * configured is the id of the webhook, which is signed as well.
 */
final class CertificateProof implements Proof {
  private static final int HTTPS_PORT = 443;

  private final SignatureScheme.Certificate scheme;
  private final Proof.Signed signed;
  private final List<String> webhookIds;
  private final Certificates certificates;

  CertificateProof(
      SignatureScheme.Certificate scheme,
      List<String> webhookIds,
      Proof.Signed signed,
      Certificates certificates) {
    this.scheme = scheme;
    this.signed = signed;
    this.webhookIds = List.copyOf(webhookIds);
    this.certificates = certificates;
  }

  @Override
  public boolean isCarriedBy(SignedRequest head) {
    return place(head).isPresent() && !Proof.values(scheme.signature().header(), head).isEmpty();
  }

  @Override
  public CompletionStage<Verdict> check(SignedRequest request) {
    Optional<URI> place = place(request);
    if (place.isEmpty()) {
      return CompletableFuture.completedFuture(Verdict.INVALID);
    }
    return certificates
        .key(place.get())
        .handle(
            (key, failure) -> {
              if (failure != null) {
                return Verdict.UNKNOWN;
              }
              return key.filter(RSAPublicKey.class::isInstance)
                  .map(usable -> verdict(usable, request))
                  .orElse(Verdict.INVALID);
            });
  }

  private Verdict verdict(PublicKey key, SignedRequest request) {
    Verdict verdict = Verdict.INVALID;
    for (String webhookId : webhookIds) {
      Verdict one =
          PublicKeyProof.verdict(scheme.signature(), signed, List.of(key), webhookId, request);
      verdict = one == Verdict.INVALID ? verdict : one;
    }
    return verdict;
  }

  /** Empty if the request names none, or one that anybody might have put there. */
  private Optional<URI> place(SignedRequest request) {
    Optional<String> text = request.header(scheme.urlHeader());
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI place = new URI(text.get().strip());
      boolean allowed =
          "https".equalsIgnoreCase(place.getScheme())
              && place.getHost() != null
              && scheme.hosts().contains(place.getHost().toLowerCase(Locale.ROOT))
              && place.getUserInfo() == null
              && (place.getPort() == -1 || place.getPort() == HTTPS_PORT);
      return allowed ? Optional.of(place) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }
}
