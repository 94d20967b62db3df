package io.sendflowr.gateway.signature;

import io.sendflowr.connectors.platform.SignatureScheme.PublicKeyAlgorithm;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** What is needed of cryptography, by the names that Java has for it. */
final class Keys {
  private Keys() {}

  /**
   * Reads a public key.
   *
   * @param base64 X.509 SubjectPublicKeyInfo, DER in base64, as platforms show it
   * @throws IllegalArgumentException if it is none; the message does not hold it
   */
  static PublicKey publicKey(PublicKeyAlgorithm algorithm, String base64) {
    String name =
        switch (algorithm) {
          case ECDSA_SHA256 -> "EC";
          case ED25519 -> "Ed25519";
          case RSA_SHA256 -> "RSA";
        };
    try {
      return KeyFactory.getInstance(name)
          .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64)));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "is no " + name + " public key; give it as the platform shows it, in base64, on one line",
          e);
    }
  }

  /** Whether somebody with the private key of this one has signed the parts. */
  static boolean hasSigned(
      PublicKey key, PublicKeyAlgorithm algorithm, List<byte[]> parts, byte[] signature) {
    String name =
        switch (algorithm) {
          case ECDSA_SHA256 -> "SHA256withECDSA";
          case ED25519 -> "Ed25519";
          case RSA_SHA256 -> "SHA256withRSA";
        };
    try {
      Signature check = Signature.getInstance(name);
      check.initVerify(key);
      for (byte[] part : parts) {
        check.update(part);
      }
      return check.verify(signature);
    } catch (SignatureException e) {
      // Not even of the form of a signature.
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("The key is not for " + name, e);
    }
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  /** The bytes; empty if the text is no hex. */
  static Optional<byte[]> fromHex(String text) {
    try {
      return Optional.of(HexFormat.of().parseHex(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The bytes; empty if the text is no base64. */
  static Optional<byte[]> fromBase64(String text) {
    try {
      return Optional.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
