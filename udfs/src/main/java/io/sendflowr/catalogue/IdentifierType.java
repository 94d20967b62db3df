package io.sendflowr.catalogue;

import java.io.Serializable;

/**
 * One type of identifier.
 *
 * @param name field name in records, for example {@code email_hash}
 * @param rank order among the types (lowest first), and the number by which state knows the type; 1
 *     to 32767
 * @param weight trust in the type, in (0, 1]
 * @param kind what the type says about a person
 * @param form how its values are normalised
 * @param sharedLimit an identifier of this type that is linked to more than this many distinct
 *     identifiers of one deterministic type is shared; at least 1
 */
public record IdentifierType(
    String name,
    int rank,
    double weight,
    IdentifierClass kind,
    IdentifierForm form,
    int sharedLimit)
    implements Serializable {

  /** Whether identifiers of this type never join two people. */
  public boolean isWeak() {
    return kind == IdentifierClass.WEAK;
  }
}
