package io.sendflowr.identity;

import java.util.List;

/**
 * That an identifier was seen together with others: a link, as the identifier remembers it.
 *
 * @param time effective event time, epoch ms
 * @param others keys of the other identifiers, those that are not weak
 */
public record Sighting(long time, List<Long> others) {
  public Sighting {
    others = List.copyOf(others);
  }

  /** The same without one of the others. */
  public Sighting without(long other) {
    return new Sighting(time, others.stream().filter(one -> one != other).toList());
  }
}
