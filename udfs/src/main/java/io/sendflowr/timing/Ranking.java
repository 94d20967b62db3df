package io.sendflowr.timing;

import java.util.List;

/**
 * How the candidate minutes of a request compare (SPEC section 6, "Decision" and "Explanation").
 *
 * @param first the first candidate, epoch ms; meaningful only if there are any
 * @param candidates how many there are, minute by minute from the first on
 * @param best the minute of the highest score, and of the others at least an hour from it and from
 *     each other the three that score highest; highest first, of equals the earliest; none that
 *     scores 0
 */
public record Ranking(long first, int candidates, List<Scored> best) {
  public Ranking {
    best = List.copyOf(best);
  }

  /**
   * A minute and its score.
   *
   * @param minute epoch ms
   * @param score product of the base curve and the boosts, positive
   */
  public record Scored(long minute, double score) {}
}
