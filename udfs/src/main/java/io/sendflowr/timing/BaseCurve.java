package io.sendflowr.timing;

import io.sendflowr.signal.Observation;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * When in the week a person clicks (SPEC section 6, "Base curve"): a probability for each of the
 * 10,080 slots. All sums are taken in a fixed order and with {@link StrictMath}, so that equal
 * clicks give equal bytes. Not thread-safe.
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

  private static final double DECAY = -StrictMath.log(2) / HALF_LIFE;
  private static final int REACH = 240;
  private static final double SIGMA = 60;
  private static final double FLOOR = 0.001;
  private static final double FLAT = 1.0 / WeekGrid.SLOTS;
  private static final double TIE = 1e-9;
  private static final int UNKNOWN = -1;
  private static final double[] KERNEL = kernel();

  private final double[] weight = new double[WeekGrid.SLOTS];
  private List<Observation> read;
  private long readAt;
  private double total;
  private int peak;

  /** An empty curve, to be {@link #read} into. It can be used again and again. */
  public BaseCurve() {
    read(List.of(), 0);
  }

  /** The curve of a person, as {@link #read} makes it. */
  public static BaseCurve of(List<Observation> clicks, long now) {
    BaseCurve curve = new BaseCurve();
    curve.read(clicks, now);
    return curve;
  }

  /**
   * Makes this the curve of a person.
   *
   * @param clicks at most {@link #MAX_CLICKS}, in {@link Observation#ORDER}; immutable
   * @param now the instant of the decision, epoch ms, not before any click
   */
  @SuppressWarnings("ReferenceEquality") // two lists that are equal are rare
  public void read(List<Observation> clicks, long now) {
    // All requests of a person are looked at at one instant.
    if (clicks == read && now == readAt) {
      return;
    }
    boolean isFlat = read != null && read.isEmpty();
    read = clicks;
    readAt = now;
    if (clicks.isEmpty()) {
      if (isFlat) {
        return;
      }
      Arrays.fill(weight, FLAT);
      total = 1;
      peak = 0;
      return;
    }
    Arrays.fill(weight, FLOOR);
    total = FLOOR * WeekGrid.SLOTS;
    for (Observation click : clicks) {
      // A half of the time of StrictMath.pow(2, -age), and the same to fourteen digits.
      double share = StrictMath.exp(DECAY * (now - click.time()));
      // The kernel sums to 1.
      total += share;
      spread(share, WeekGrid.slot(click.time()));
    }
    peak = UNKNOWN;
  }

  /** The probability of a slot, 0 to 10,079. */
  public double at(int slot) {
    return weight[slot] / total;
  }

  /** {@link #total} times the probability of a slot: for who only compares. Positive. */
  double weight(int slot) {
    return weight[slot];
  }

  /** The weight of slots far from every click. */
  double floor() {
    return read.isEmpty() ? FLAT : FLOOR;
  }

  /** By slot, its {@link #weight}; not to be changed. */
  double[] weights() {
    return weight;
  }

  /** The highest weight of so many slots from one on, at most a week. */
  double highest(int slot, int count) {
    int beforeWrap = Math.min(count, WeekGrid.SLOTS - slot);
    return Math.max(highestIn(slot, slot + beforeWrap), highestIn(0, count - beforeWrap));
  }

  private double highestIn(int from, int end) {
    double highest = 0;
    for (int i = from; i < end; i++) {
      if (weight[i] > highest) {
        highest = weight[i];
      }
    }
    return highest;
  }

  /** The sum of all weights. */
  double total() {
    return total;
  }

  /** The slot of the highest probability; the earliest of equals. */
  public int peakSlot() {
    if (peak == UNKNOWN) {
      // Most curves are read for a decision that says nothing new, and nobody asks for their peak.
      double enough = highestIn(0, WeekGrid.SLOTS) * (1 - TIE);
      peak = 0;
      while (weight[peak] < enough) {
        peak++;
      }
    }
    return peak;
  }

  private void spread(double share, int slot) {
    double[] kernel = KERNEL;
    double[] curve = weight;
    int start = Math.floorMod(slot - REACH, WeekGrid.SLOTS);
    int beforeWrap = Math.min(kernel.length, WeekGrid.SLOTS - start);
    for (int i = 0; i < beforeWrap; i++) {
      curve[start + i] += share * kernel[i];
    }
    for (int i = beforeWrap; i < kernel.length; i++) {
      curve[i - beforeWrap] += share * kernel[i];
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
}
