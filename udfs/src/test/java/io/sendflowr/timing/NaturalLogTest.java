package io.sendflowr.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Scale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NaturalLogTest {
  @Property(seed = "61")
  void isTheLogarithm(
      @ForAll @Scale(12) @DoubleRange(min = 1e-6, max = 1e6) double number,
      @ForAll @Scale(12) @DoubleRange(min = 0.99, max = 1.01) double nearOne) {
    isClose(number);
    isClose(nearOne);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 2, 0.5, 1.9999999999999998, 0.001, Double.MIN_NORMAL, 1e300})
  void isTheLogarithmWhereTheTableEnds(double number) {
    isClose(number);
  }

  private static void isClose(double number) {
    double log = StrictMath.log(number);
    assertThat(NaturalLog.of(number))
        .isCloseTo(log, within(1e-13 * Math.max(1, StrictMath.abs(log))));
  }
}
