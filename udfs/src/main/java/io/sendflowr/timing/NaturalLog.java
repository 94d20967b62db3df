package io.sendflowr.timing;

/**
 * The natural logarithm of positive normal numbers, the same on every machine.
 *
 * <p>An entropy asks for 10,080 of them, and {@link StrictMath#log} takes most of a decision's time
 * for that. Here the leading seven bits of the mantissa choose a factor that brings the argument to
 * within 2⁻⁷ of 1, and five terms of the series of ln(1 + r) do the rest: the error is below 10⁻¹³
 * of the result or of 1, whichever is larger, where a confidence keeps six decimals.
 */
final class NaturalLog {
  private static final int TABLE_BITS = 7;
  private static final int TABLE_SIZE = 1 << TABLE_BITS;
  private static final int MANTISSA_BITS = 52;
  private static final int BIAS = 1023;
  private static final long MANTISSA = (1L << MANTISSA_BITS) - 1;
  private static final long ONE = (long) BIAS << MANTISSA_BITS;
  private static final double LN_2 = StrictMath.log(2);
  private static final double[] INVERSE = new double[TABLE_SIZE];
  private static final double[] LOG = new double[TABLE_SIZE];

  static {
    for (int i = 0; i < TABLE_SIZE; i++) {
      double middle = 1 + (i + 0.5) / TABLE_SIZE;
      INVERSE[i] = 1 / middle;
      LOG[i] = -StrictMath.log(INVERSE[i]);
    }
  }

  private NaturalLog() {}

  /**
   * ln(x).
   *
   * @param x positive, finite and no subnormal number
   */
  static double of(double x) {
    long bits = Double.doubleToRawLongBits(x);
    int exponent = (int) (bits >>> MANTISSA_BITS) - BIAS;
    int index = (int) (bits >>> (MANTISSA_BITS - TABLE_BITS)) & (TABLE_SIZE - 1);
    double mantissa = Double.longBitsToDouble((bits & MANTISSA) | ONE);
    double r = mantissa * INVERSE[index] - 1;
    double series = r * (1 - r * (1.0 / 2 - r * (1.0 / 3 - r * (1.0 / 4 - r * (1.0 / 5)))));
    return exponent * LN_2 + LOG[index] + series;
  }
}
