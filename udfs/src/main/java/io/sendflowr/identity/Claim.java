package io.sendflowr.identity;

import io.sendflowr.catalogue.IdentifierClass;
import java.io.Serializable;
import java.util.Collection;

/**
 * What one presented identifier that leads to a person says for itself (SPEC section 4,
 * "Confidence"). Each is worked out where links are known, and all are put together where the
 * person is.
 *
 * @param kind class of the identifier's type
 * @param confidence how sure the identifier is by itself, in (0, 1]; 0 if no way leads there
 */
public record Claim(IdentifierClass kind, double confidence) implements Serializable {
  /** A universal id names the person. */
  public static final Claim CERTAIN = new Claim(IdentifierClass.DETERMINISTIC, 1.0);

  /**
   * How sure the claims are together: certain with a deterministic identifier or two of platforms,
   * else as sure as the surest.
   *
   * @param claims at least one
   */
  public static double together(Collection<Claim> claims) {
    int platforms = 0;
    double best = 0;
    for (Claim claim : claims) {
      if (claim.kind() == IdentifierClass.DETERMINISTIC) {
        return 1.0;
      }
      if (claim.kind() == IdentifierClass.PLATFORM) {
        platforms++;
      }
      best = Math.max(best, claim.confidence());
    }
    return platforms >= 2 ? 1.0 : best;
  }
}
