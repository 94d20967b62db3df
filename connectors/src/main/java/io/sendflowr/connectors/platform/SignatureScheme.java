package io.sendflowr.connectors.platform;

import java.util.List;
import java.util.Optional;

/**
 * How the deliveries of a platform prove where they come from. This says only what the platform
 * does; whoever receives the HTTP request checks it, with a key that is configured there, over the
 * bytes of the body as they came.
 */
public sealed interface SignatureScheme {

  /** Hash functions. */
  enum Hash {
    /** SHA-1. Broken for signatures, not for the HMAC of platforms that still use it. */
    SHA1,
    /** SHA-256. */
    SHA256
  }

  /** Signatures that are checked with a public key; all hash with SHA-256. */
  enum PublicKeyAlgorithm {
    /** ECDSA on the curve P-256; the signature is ASN.1 DER. */
    ECDSA_SHA256,
    /** Ed25519. */
    ED25519,
    /** RSA with PKCS #1 v1.5 padding. */
    RSA_SHA256
  }

  /** How bytes are written in a header. */
  enum Encoding {
    /** Two digits a byte, in any case. */
    HEX,
    /** Base64 with padding. */
    BASE64
  }

  /**
   * A header that holds a value.
   *
   * @param name in lower case
   * @param prefix what the value begins with and that is no part of it; may be empty
   * @param key where the header is a list such as {@code t=1,v1=ab}: the key whose values count.
   *     There may be several, of which one has to fit.
   */
  record Header(String name, String prefix, Optional<String> key) {}

  /**
   * A MAC with a secret that the platform shares.
   *
   * @param hash of the HMAC
   * @param encoding of the MAC in the header
   * @param header where the MAC stands
   * @param signed what the MAC is made of, in this order, with nothing between
   * @param time when it was signed, if the platform says so
   * @param bodyHash name of the query parameter that holds the SHA-256 of the body in hex, where it
   *     is the URL that is signed and the body is no form
   * @param same what else has to be so: a header that repeats what is in the signed body
   */
  record Hmac(
      Hash hash,
      Encoding encoding,
      Header header,
      List<SignedPart> signed,
      Optional<SignedTime> time,
      Optional<String> bodyHash,
      Optional<Repeated> same)
      implements SignatureScheme {
    /** Takes a copy. */
    public Hmac {
      signed = List.copyOf(signed);
    }
  }

  /**
   * A signature that is checked with a public key, which is configured.
   *
   * @param algorithm of the signature
   * @param encoding of the signature in the header
   * @param header where the signature stands
   * @param signed what is signed, in this order, with nothing between
   * @param time when it was signed, if the platform says so
   */
  record PublicKey(
      PublicKeyAlgorithm algorithm,
      Encoding encoding,
      Header header,
      List<SignedPart> signed,
      Optional<SignedTime> time)
      implements SignatureScheme {
    /** Takes a copy. */
    public PublicKey {
      signed = List.copyOf(signed);
    }
  }

  /**
   * A signature that is checked with a certificate, which the delivery says where to get.
   *
   * @param signature what is checked with the key of the certificate
   * @param urlHeader name of the header that holds the certificate's URL
   * @param hosts the only hosts that a certificate may come from, by HTTPS: anybody can sign with a
   *     certificate of their own. Not empty.
   */
  record Certificate(PublicKey signature, String urlHeader, List<String> hosts)
      implements SignatureScheme {
    /** Takes a copy. */
    public Certificate {
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * A secret that comes along as it is. It proves nothing of the body, and a delivery can be
   * replayed.
   *
   * @param place where it stands
   * @param name of the header, in lower case, or of the query parameter
   * @param prefix what the header begins with and that is no part of the secret, such as {@code
   *     Bearer }; may be empty
   */
  record Token(TokenPlace place, String name, String prefix) implements SignatureScheme {}

  /** Where a token stands. */
  enum TokenPlace {
    /** In a header. */
    HEADER,
    /** In the query of the URL that is called. */
    QUERY
  }

  /** User name and password of HTTP Basic authentication; together they are the secret. */
  record Basic() implements SignatureScheme {}

  /**
   * The platform sends no proof. Whoever accepts its deliveries has to ask for a token of their
   * own.
   */
  record None() implements SignatureScheme {}
}
