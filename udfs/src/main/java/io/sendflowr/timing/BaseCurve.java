package io.sendflowr.timing;

import io.sendflowr.signal.Observation;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * When in the week a person clicks (SPEC section 6, "Base curve"): a probability for each of the
 * 10,080 slots. All sums are taken in a fixed order and with {@link StrictMath}, so that equal
 * clicks give equal bytes.
 */
public final class BaseCurve {
  /** Only the newest clicks count. */
  public static final int MAX_CLICKS = 256;

  private static final long HALF_LIFE = Duration.ofHours(72).toMillis();

  /**
   * How long a click counts, in ms: 64 half-lives. Beyond them even {@link #MAX_CLICKS} clicks in
   * one slot weigh less than half the last bit of the floor under the curve, so forgetting them
   * changes no result.
   */
  public static final long MEMORY_MILLIS = 64 * HALF_LIFE;

  private static final int REACH = 240;
  private static final double SIGMA = 60;
  private static final double FLOOR = 0.001;
  private static final double TIE = 1e-9;
  private static final double[] KERNEL = kernel();
  private static final BaseCurve UNIFORM = new BaseCurve(uniform(), 0);

  private final double[] probability;
  private final int peak;

  private BaseCurve(double[] probability, int peak) {
    this.probability = probability;
    this.peak = peak;
  }

  /**
   * The curve of a person.
   *
   * @param clicks at most {@link #MAX_CLICKS}, in {@link Observation#ORDER}
   * @param now the instant of the decision, epoch ms, not before any click
   */
  public static BaseCurve of(List<Observation> clicks, long now) {
    if (clicks.isEmpty()) {
      return UNIFORM;
    }
    double[] weights = new double[WeekGrid.SLOTS];
    for (Observation click : clicks) {
      double age = (double) (now - click.time()) / HALF_LIFE;
      weights[WeekGrid.slot(click.time())] += StrictMath.pow(2, -age);
    }
    double[] curve = new double[WeekGrid.SLOTS];
    for (int slot = 0; slot < WeekGrid.SLOTS; slot++) {
      if (weights[slot] > 0) {
        spread(weights[slot], slot, curve);
      }
    }
    double sum = 0;
    for (int slot = 0; slot < WeekGrid.SLOTS; slot++) {
      curve[slot] += FLOOR;
      sum += curve[slot];
    }
    double highest = 0;
    for (int slot = 0; slot < WeekGrid.SLOTS; slot++) {
      curve[slot] /= sum;
      highest = Math.max(highest, curve[slot]);
    }
    int peak = 0;
    while (curve[peak] < highest * (1 - TIE)) {
      peak++;
    }
    return new BaseCurve(curve, peak);
  }

  /** The probability of a slot, 0 to 10,079. */
  public double at(int slot) {
    return probability[slot];
  }

  /** The slot of the highest probability; the earliest of equals. */
  public int peakSlot() {
    return peak;
  }

  private static void spread(double weight, int slot, double[] curve) {
    int target = Math.floorMod(slot - REACH, WeekGrid.SLOTS);
    for (double share : KERNEL) {
      curve[target] += weight * share;
      target = target + 1 == WeekGrid.SLOTS ? 0 : target + 1;
    }
  }

  private static double[] kernel() {
    double[] kernel = new double[2 * REACH + 1];
    double sum = 0;
    for (int i = 0; i < kernel.length; i++) {
      double distance = (i - REACH) / SIGMA;
      kernel[i] = StrictMath.exp(-distance * distance / 2);
      sum += kernel[i];
    }
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] /= sum;
    }
    return kernel;
  }

  private static double[] uniform() {
    double[] uniform = new double[WeekGrid.SLOTS];
    Arrays.fill(uniform, 1.0 / WeekGrid.SLOTS);
    return uniform;
  }
}
