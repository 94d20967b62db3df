package io.sendflowr.gateway.signature;

import io.sendflowr.connectors.platform.SignatureScheme;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A signature that is checked with a public key, which is configured. */
final class PublicKeyProof implements Proof {
  private final SignatureScheme.PublicKey scheme;
  private final Proof.Signed signed;
  private final List<PublicKey> keys;

  PublicKeyProof(SignatureScheme.PublicKey scheme, List<String> secrets, Proof.Signed signed) {
    this.scheme = scheme;
    this.signed = signed;
    this.keys = secrets.stream().map(key -> Keys.publicKey(scheme.algorithm(), key)).toList();
  }

  @Override
  public boolean isCarriedBy(SignedRequest head) {
    return !Proof.values(scheme.header(), head).isEmpty();
  }

  @Override
  public CompletionStage<Verdict> check(SignedRequest request) {
    return CompletableFuture.completedFuture(verdict(scheme, signed, keys, "", request));
  }

  static Verdict verdict(
      SignatureScheme.PublicKey scheme,
      Proof.Signed signed,
      List<PublicKey> keys,
      String webhookId,
      SignedRequest request) {
    Optional<List<byte[]>> parts = signed.bytes(request, webhookId);
    if (parts.isEmpty()) {
      return Verdict.INVALID;
    }
    for (byte[] signature : Proof.signatures(scheme.header(), scheme.encoding(), request)) {
      for (PublicKey key : keys) {
        if (Keys.hasSigned(key, scheme.algorithm(), parts.get(), signature)) {
          return signed.whenMade(request);
        }
      }
    }
    return Verdict.INVALID;
  }
}
