package io.sendflowr.benchmarks.wholejob;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** What a figure comes to over the rounds. */
final class Figures {
  private final double[] sorted;

  private Figures(double[] sorted) {
    this.sorted = sorted;
  }

  /**
   * A figure of each round.
   *
   * @param rounds at least one
   */
  static <T> Figures of(List<T> rounds, ToDoubleFunction<T> figure) {
    return new Figures(rounds.stream().mapToDouble(figure).sorted().toArray());
  }

  double least() {
    return sorted[0];
  }

  double median() {
    return sorted[sorted.length / 2];
  }

  double most() {
    return sorted[sorted.length - 1];
  }

  /** With as many digits as a ratio is worth. */
  static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
