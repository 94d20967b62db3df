package io.sendflowr.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final long STEP = Duration.ofHours(6).toMillis();
  private static final long FAR = 4_000_000_000_000L;

  private final Turns turns = new Turns(Duration.ofMillis(STEP));

  @Property
  void everyKeyHasOneWithinAStep(
      @ForAll long key, @ForAll @LongRange(min = -FAR, max = FAR) long t) {
    long turn = turns.atOrAfter(key, t);

    assertThat(turn - t).isBetween(0L, STEP - 1);
    assertThat(turns.isAt(key, turn)).isTrue();
    assertThat(turns.atOrAfter(key, turn)).isEqualTo(turn);
    assertThat(turns.atOrAfter(key, turn + 1)).isEqualTo(turn + STEP);
  }

  @Test
  void keysHaveThemAtOtherTimes() {
    // As many in each minute of six hours, within what chance does: 100 expected, deviation 10.
    long[] byMinute = new long[360];
    LongStream.range(0, 36_000)
        .map(key -> turns.atOrAfter(key, 0))
        .forEach(turn -> byMinute[(int) (turn / 60_000)]++);

    assertThat(LongStream.of(byMinute).boxed().toList())
        .allSatisfy(count -> assertThat(count).isBetween(40L, 160L));
  }

  @Test
  void thoseOfTheFirstVersionAreTurnsOfAll() {
    assertThat(turns.firstVersionAtOrAfter(1)).isEqualTo(STEP);
    assertThat(turns.firstVersionAtOrAfter(STEP)).isEqualTo(STEP);
    assertThat(turns.firstVersionAtOrAfter(-1)).isZero();
    assertThat(turns.isAt(7, STEP)).isTrue();
    assertThat(turns.isAt(7, turns.atOrAfter(7, 0) + 1)).isFalse();
  }

  @Test
  void areSomeTimeApart() {
    assertThatThrownBy(() -> new Turns(Duration.ofNanos(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("millisecond");
  }
}
