package io.sendflowr.gateway.signature;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sendflowr.connectors.platform.Repeated;
import io.sendflowr.connectors.platform.SignatureScheme;
import io.sendflowr.connectors.platform.SignatureScheme.Hash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A MAC with a secret that the platform shares. */
final class MacProof implements Proof {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final SignatureScheme.Hmac scheme;
  private final Proof.Signed signed;
  private final List<SecretKeySpec> keys;
  private final String algorithm;

  MacProof(SignatureScheme.Hmac scheme, List<String> secrets, Proof.Signed signed) {
    this.scheme = scheme;
    this.signed = signed;
    this.algorithm = scheme.hash() == Hash.SHA1 ? "HmacSHA1" : "HmacSHA256";
    this.keys =
        secrets.stream()
            .map(secret -> new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), algorithm))
            .toList();
  }

  @Override
  public boolean isCarriedBy(SignedRequest head) {
    return !Proof.values(scheme.header(), head).isEmpty();
  }

  @Override
  public CompletionStage<Verdict> check(SignedRequest request) {
    return CompletableFuture.completedFuture(verdict(request));
  }

  private Verdict verdict(SignedRequest request) {
    Optional<List<byte[]>> parts = signed.bytes(request, "");
    if (parts.isEmpty() || !fits(parts.get(), request) || !bindsBody(request)) {
      return Verdict.INVALID;
    }
    if (scheme.same().isPresent() && !isOfOneDelivery(scheme.same().get(), request)) {
      return Verdict.INVALID;
    }
    return signed.whenMade(request);
  }

  /** All are compared, whichever fits: how long it takes tells nothing. */
  private boolean fits(List<byte[]> parts, SignedRequest request) {
    List<byte[]> claimed = Proof.signatures(scheme.header(), scheme.encoding(), request);
    boolean fits = false;
    for (SecretKeySpec key : keys) {
      byte[] expected = mac(key, parts);
      for (byte[] one : claimed) {
        fits |= MessageDigest.isEqual(expected, one);
      }
    }
    return fits;
  }

  private byte[] mac(SecretKeySpec key, List<byte[]> parts) {
    try {
      Mac mac = Mac.getInstance(algorithm);
      mac.init(key);
      parts.forEach(mac::update);
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has " + algorithm, e);
    }
  }

  /**
   * Where only the URL and the fields of a form are signed, another body is bound by its hash in
   * the URL.
   */
  private boolean bindsBody(SignedRequest request) {
    if (scheme.bodyHash().isEmpty() || SignedParts.isForm(request)) {
      return true;
    }
    Optional<byte[]> claimed = request.parameter(scheme.bodyHash().get()).flatMap(Keys::fromHex);
    return claimed.isPresent() && MessageDigest.isEqual(Keys.sha256(request.body()), claimed.get());
  }

  private static boolean isOfOneDelivery(Repeated repeated, SignedRequest request) {
    Optional<String> value = request.header(repeated.header());
    try {
      return value.isPresent() && repeated.holds(value.get(), JSON.readTree(request.body()));
    } catch (JsonProcessingException e) {
      // The body is the platform's, and says nothing that could differ.
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("Bytes in memory cannot fail", e);
    }
  }
}
