package io.sendflowr.identity;

import io.sendflowr.catalogue.Catalogue;
import java.io.Serializable;

/**
 * One normalised identifier of a person.
 *
 * @param rank rank of its type in the catalogue
 * @param value normalised value, never blank
 */
public record Identifier(int rank, String value) implements Comparable<Identifier>, Serializable {

  /**
   * Types in the order of the catalogue, then values: the order in which identifiers hold a record
   * (SPEC section 3).
   */
  @Override
  public int compareTo(Identifier other) {
    return rank != other.rank ? Integer.compare(rank, other.rank) : value.compareTo(other.value);
  }

  /** {@code type:value}, the form in which identifiers are written and hashed. */
  public String text(Catalogue catalogue) {
    return catalogue.typeOf(rank).name() + ":" + value;
  }
}
