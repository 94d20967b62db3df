package io.sendflowr.gateway.signature;

import io.sendflowr.connectors.platform.SignatureScheme;
import io.sendflowr.connectors.platform.SignatureScheme.TokenPlace;
import io.sendflowr.connectors.platform.SignedPart;
import io.sendflowr.connectors.platform.SignedTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Checks that requests come from a platform, by the bytes as they came and before anything of them
 * is parsed. Safe for use by several threads.
 */
public final class SignatureVerifier {
  /** Header for what people prove themselves with where the platform knows no way of its own. */
  public static final String AUTHORIZATION = "authorization";

  /** What stands before a token in {@value #AUTHORIZATION}. */
  public static final String BEARER = "Bearer ";

  private static final String TOKEN_PARAMETER = "token";

  private final Proof proof;

  private SignatureVerifier(Proof proof) {
    this.proof = proof;
  }

  /**
   * Makes the verifier of one platform.
   *
   * @param scheme what the platform does
   * @param secrets what is shared with it, of which one has to fit, so that secrets can be changed:
   *     the key of a MAC, a public key (base64), the id of a webhook where signatures are checked
   *     with a certificate, a token, or {@code user:password}. Not empty.
   * @param window how far the signed time may be from now, where the scheme does not say
   * @param certificates where certificates come from
   * @param clock of now
   * @throws IllegalArgumentException if a secret is not usable; the message says why, without it
   */
  public static SignatureVerifier of(
      SignatureScheme scheme,
      List<String> secrets,
      Duration window,
      Certificates certificates,
      InstantSource clock) {
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("there is none");
    }
    return new SignatureVerifier(proof(scheme, secrets, window, certificates, clock));
  }

  private static Proof proof(
      SignatureScheme scheme,
      List<String> secrets,
      Duration window,
      Certificates certificates,
      InstantSource clock) {
    if (scheme instanceof SignatureScheme.Hmac hmac) {
      return new MacProof(
          hmac, secrets, signed(withoutWebhookId(hmac.signed()), hmac.time(), window, clock));
    }
    if (scheme instanceof SignatureScheme.PublicKey key) {
      return new PublicKeyProof(
          key, secrets, signed(withoutWebhookId(key.signed()), key.time(), window, clock));
    }
    if (scheme instanceof SignatureScheme.Certificate certificate) {
      SignatureScheme.PublicKey signature = certificate.signature();
      return new CertificateProof(
          certificate,
          secrets,
          signed(signature.signed(), signature.time(), window, clock),
          certificates);
    }
    if (scheme instanceof SignatureScheme.Token token) {
      return token.place() == TokenPlace.QUERY
          ? TokenProof.query(token.name(), secrets)
          : TokenProof.header(token.name(), token.prefix(), secrets);
    }
    if (scheme instanceof SignatureScheme.Basic) {
      return TokenProof.header(
          AUTHORIZATION,
          "Basic ",
          secrets.stream()
              .map(secret -> secret.getBytes(StandardCharsets.UTF_8))
              .map(Base64.getEncoder()::encodeToString)
              .toList());
    }
    if (scheme instanceof SignatureScheme.None) {
      return TokenProof.headerOrQuery(AUTHORIZATION, BEARER, TOKEN_PARAMETER, secrets);
    }
    throw new IllegalStateException("Nobody knows how to check " + scheme);
  }

  private static Proof.Signed signed(
      List<SignedPart> parts, Optional<SignedTime> time, Duration window, InstantSource clock) {
    return new Proof.Signed(parts, time, window, clock);
  }

  /** The one secret of such a scheme is a key; there is no room for an id beside it. */
  private static List<SignedPart> withoutWebhookId(List<SignedPart> parts) {
    if (parts.contains(new SignedPart.WebhookId())) {
      throw new IllegalArgumentException(
          "is for a signature of the webhook's id, which is known of certificates only");
    }
    return parts;
  }

  /**
   * Whether it is worth reading the body: whether the head carries what a proof needs, and the
   * token where it is one.
   *
   * @param head the request without its body
   */
  public boolean isCarriedBy(SignedRequest head) {
    return proof.isCarriedBy(head);
  }

  /**
   * Checks a request.
   *
   * @param request with its body
   * @return the verdict; it is there at once, unless a certificate has to be fetched. It never
   *     fails.
   */
  public CompletionStage<Verdict> verify(SignedRequest request) {
    return proof.check(request);
  }
}
