package io.sendflowr.identity;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Universal ids (SPEC section 4): the first 64 bits of the SHA-256 of {@code type:value}. The same
 * 64 bits are the key of the identifier in the job, so that a universal id leads to the identifier
 * it was made from without an index.
 */
public final class UniversalId {
  private static final String PREFIX = "sf_";
  private static final int HEX_DIGITS = 16;

  private UniversalId() {}

  /** The key of the identifier written {@code type:value}. */
  public static long keyOf(String typeAndValue) {
    return ByteBuffer.wrap(sha256(typeAndValue)).getLong();
  }

  /** The universal id made from an identifier key: {@code sf_} and 16 hex digits. */
  public static String format(long key) {
    return PREFIX + HexFormat.of().toHexDigits(key);
  }

  /**
   * The key that a universal id was made from.
   *
   * @throws IllegalArgumentException if it is not {@code sf_} and 16 hex digits
   */
  public static long parse(String universalId) {
    if (!universalId.startsWith(PREFIX) || universalId.length() != PREFIX.length() + HEX_DIGITS) {
      throw new IllegalArgumentException(
          "A universal id is sf_ and 16 hex digits, not \"" + universalId + "\"");
    }
    return HexFormat.fromHexDigitsToLong(universalId, PREFIX.length(), universalId.length());
  }

  // To look the algorithm up costs more than to use it; to digest leaves it as new.
  private static final ThreadLocal<MessageDigest> SHA_256 =
      ThreadLocal.withInitial(
          () -> {
            try {
              return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
              throw new IllegalStateException("Every Java platform has SHA-256", e);
            }
          });

  /** SHA-256 of a text in UTF-8. */
  public static byte[] sha256(String text) {
    return SHA_256.get().digest(text.getBytes(StandardCharsets.UTF_8));
  }
}
