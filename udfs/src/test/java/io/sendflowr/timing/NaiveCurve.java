package io.sendflowr.timing;

import io.sendflowr.signal.Observation;
import java.util.List;

/** "Base curve" of the contract, slot by slot: what {@link BaseCurve} is measured by. */
final class NaiveCurve {
  private static final int SLOTS = 10_080;

  private NaiveCurve() {}

  static double[] of(List<Observation> clicks, long now) {
    double kernelSum = 0;
    for (int d = -240; d <= 240; d++) {
      kernelSum += gauss(d);
    }
    double[] curve = new double[SLOTS];
    double sum = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
      for (Observation click : clicks) {
        long minute = Math.floorDiv(click.time(), 60_000L) - 4 * 24 * 60; // a Monday was the 5th
        int apart = Math.floorMod(slot - minute, SLOTS);
        int distance = Math.min(apart, SLOTS - apart);
        if (distance <= 240) {
          double ageHours = (now - click.time()) / 3_600_000.0;
          curve[slot] += Math.pow(2, -ageHours / 72) * gauss(distance) / kernelSum;
        }
      }
      curve[slot] += 0.001;
      sum += curve[slot];
    }
    for (int slot = 0; slot < SLOTS; slot++) {
      curve[slot] /= sum;
    }
    return curve;
  }

  private static double gauss(int distance) {
    return Math.exp(-0.5 * Math.pow(distance / 60.0, 2));
  }
}
