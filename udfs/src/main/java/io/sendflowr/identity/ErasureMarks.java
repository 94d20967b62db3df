package io.sendflowr.identity;

import io.sendflowr.identity.store.LongTable;
import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * All that is left of erased identifiers (SPEC section 5): for each a keyed one-way mark, until
 * when its records are ignored, and the withdrawals of consent that go on.
 *
 * <p>A mark is the first 64 bits of HMAC-SHA256 over the key of the identifier. Without the secret,
 * which is never stored with it, nobody can tell whether a given identifier is marked. Not
 * thread-safe.
 */
public final class ErasureMarks {
  private static final String ALGORITHM = "HmacSHA256";

  /** No record of the identifier is ignored. */
  public static final long NEVER = Long.MIN_VALUE;

  private final Mac mac;
  private final LongTable until = new LongTable();
  private final LongTable carried = new LongTable();

  /**
   * @param secret at least 16 bytes; null if nothing can be erased
   */
  public ErasureMarks(byte[] secret) {
    try {
      mac = secret == null ? null : Mac.getInstance(ALGORITHM);
      if (mac != null) {
        mac.init(new SecretKeySpec(secret, ALGORITHM));
      }
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("Every Java platform has " + ALGORITHM, e);
    }
  }

  /** Whether nothing was ever erased. */
  public boolean isEmpty() {
    return until.isEmpty();
  }

  /** Number of marked identifiers. */
  public int size() {
    return until.size();
  }

  /**
   * Up to which own timestamp (epoch ms, inclusive) records of an identifier are ignored, or {@link
   * #NEVER}.
   */
  public long ignoredUntil(long key) {
    return isEmpty() ? NEVER : until.get(mark(key), NEVER);
  }

  /**
   * The withdrawals that an identifier carries on.
   *
   * @param types event types that withdraw consent for good
   * @return by event type, when it happened, epoch ms
   */
  public Map<String, Long> carriedBy(long key, Collection<String> types) {
    Map<String, Long> found = new TreeMap<>();
    if (!isEmpty()) {
      long mark = mark(key);
      for (String type : types) {
        long time = carried.get(of(mark, type), NEVER);
        if (time != NEVER) {
          found.put(type, time);
        }
      }
    }
    return found;
  }

  /**
   * Marks an identifier.
   *
   * @param types event types that could be carried on from an earlier erasure
   * @param withdrawals those that stand now, by event type
   */
  void erase(long key, long time, Collection<String> types, Map<String, Long> withdrawals) {
    long mark = mark(key);
    until.raise(mark, time);
    // What was carried on and given back since is over.
    types.forEach(type -> carried.remove(of(mark, type)));
    withdrawals.forEach((type, at) -> carried.raise(of(mark, type), at));
  }

  LongTable untilTable() {
    return until;
  }

  LongTable carriedTable() {
    return carried;
  }

  private long mark(long key) {
    if (mac == null) {
      throw new IllegalStateException(
          "State holds marks of erased identifiers, but no erasure key is configured: configure the"
              + " one that they were made with");
    }
    byte[] message = ByteBuffer.allocate(Long.BYTES).putLong(key).array();
    return ByteBuffer.wrap(mac.doFinal(message)).getLong();
  }

  private static long of(long mark, String type) {
    return Hashes.pair(mark, UniversalId.keyOf(type));
  }
}
