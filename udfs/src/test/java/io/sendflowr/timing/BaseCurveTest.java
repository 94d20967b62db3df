package io.sendflowr.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sendflowr.signal.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class BaseCurveTest {
  private static final long NOW = Instant.parse("2026-01-14T12:00:00Z").toEpochMilli();
  private static final double UNIFORM = 1.0 / WeekGrid.SLOTS;

  @Test
  void isUniformWithoutClicks() {
    BaseCurve curve = BaseCurve.of(List.of(), NOW);

    for (int slot = 0; slot < WeekGrid.SLOTS; slot++) {
      assertThat(curve.at(slot)).isEqualTo(UNIFORM);
    }
    assertThat(curve.peakSlot()).isZero();
  }

  @Test
  void peaksWhereThePersonClicks() {
    BaseCurve curve = BaseCurve.of(clicksAt("2026-01-13T09:30:00Z"), NOW);

    int tuesdayHalfPastNine = (24 + 9) * 60 + 30;
    assertThat(curve.peakSlot()).isEqualTo(tuesdayHalfPastNine);
    assertThat(curve.at(tuesdayHalfPastNine + 10))
        .isEqualTo(curve.at(tuesdayHalfPastNine - 10), within(1e-15));
    assertThat(curve.at(tuesdayHalfPastNine + 240)).isGreaterThan(curve.at(0) * 1.0000001);
    assertThat(curve.at(tuesdayHalfPastNine + 241)).isEqualTo(curve.at(0));
    assertThat(curve.at(tuesdayHalfPastNine - 241)).isEqualTo(curve.at(0));
  }

  @Test
  void weeksAreACircle() {
    BaseCurve curve = BaseCurve.of(clicksAt("2026-01-11T23:50:00Z"), NOW);

    assertThat(curve.peakSlot()).isEqualTo(WeekGrid.SLOTS - 10);
    assertThat(curve.at(5)).isEqualTo(curve.at(WeekGrid.SLOTS - 25), within(1e-15));
    assertThat(curve.at(229)).isGreaterThan(curve.at(231));
    assertThat(curve.at(231)).isEqualTo(curve.at(5000));
  }

  @Test
  void aClickFadesByHalfInThreeDays() {
    long three = Duration.ofDays(3).toMillis();
    Observation click = click(NOW - three, 0);
    int slot = WeekGrid.slot(click.time());

    BaseCurve old = BaseCurve.of(List.of(click), NOW);
    BaseCurve fresh = BaseCurve.of(List.of(click), NOW - three);
    // What stands out of the floor of 0.001, before both are normalised.
    double aboveOld = old.at(slot) / old.at(0) - 1;
    double aboveFresh = fresh.at(slot) / fresh.at(0) - 1;
    assertThat(aboveOld / aboveFresh).isCloseTo(0.5, within(1e-9));
  }

  /** A request is decided the same whether or not what has faded away is still kept. */
  @Test
  void whatHasFadedAwayLeavesTheCurveAsItIs() {
    List<Observation> faded = new ArrayList<>();
    for (int i = 0; i < BaseCurve.MAX_CLICKS - 1; i++) {
      faded.add(click(NOW - BaseCurve.MEMORY_MILLIS, i));
    }
    Observation fresh = click(NOW - 1000, 1000);
    faded.add(fresh);

    BaseCurve with = BaseCurve.of(faded, NOW);
    BaseCurve without = BaseCurve.of(List.of(fresh), NOW);
    for (int slot = 0; slot < WeekGrid.SLOTS; slot++) {
      assertThat(with.at(slot)).isEqualTo(without.at(slot));
    }
  }

  /** The later click is fresher by a millisecond, which nobody could tell. */
  @Test
  void theEarliestOfEqualPeaksIsThePeak() {
    BaseCurve curve =
        BaseCurve.of(clicksAt("2026-01-13T09:59:59.999Z", "2026-01-13T10:00:00Z"), NOW);

    int tuesdayTen = (24 + 10) * 60;
    assertThat(curve.at(tuesdayTen)).isGreaterThan(curve.at(tuesdayTen - 1));
    assertThat(curve.peakSlot()).isEqualTo(tuesdayTen - 1);
  }

  @Property(tries = 150, seed = "60")
  void isWhatTheContractSays(@ForAll("clicks") List<Observation> clicks) {
    BaseCurve curve = BaseCurve.of(clicks, NOW);
    double[] naive = NaiveCurve.of(clicks, NOW);

    double sum = 0;
    int peak = 0;
    for (int slot = 0; slot < WeekGrid.SLOTS; slot++) {
      double rounding = 1e-12 * naive[slot];
      if (Math.abs(curve.at(slot) - naive[slot]) > rounding) {
        assertThat(curve.at(slot)).as("slot %d", slot).isCloseTo(naive[slot], within(rounding));
      }
      sum += curve.at(slot);
      if (naive[slot] > naive[peak] * (1 + 1e-9)) {
        peak = slot;
      }
    }
    assertThat(sum).isCloseTo(1, within(1e-12));
    assertThat(curve.peakSlot()).isEqualTo(peak);
  }

  private static List<Observation> clicksAt(String... times) {
    List<Observation> clicks = new ArrayList<>();
    for (String time : times) {
      clicks.add(click(Instant.parse(time).toEpochMilli(), clicks.size()));
    }
    return clicks.stream().sorted(Observation.ORDER).toList();
  }

  private static Observation click(long time, int number) {
    return new Observation("shop", "c" + number, "clicked", time, time);
  }

  @Provide
  Arbitrary<List<Observation>> clicks() {
    return Arbitraries.longs()
        .between(0, Duration.ofDays(40).toMillis())
        .list()
        .ofMaxSize(30)
        .map(
            ages -> {
              List<Observation> clicks = new ArrayList<>();
              ages.forEach(age -> clicks.add(click(NOW - age, clicks.size())));
              return clicks.stream().sorted(Observation.ORDER).toList();
            });
  }
}
