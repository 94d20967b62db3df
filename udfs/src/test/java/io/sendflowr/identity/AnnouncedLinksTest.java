package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class AnnouncedLinksTest {

  /** Keys that meet in their low bits, so that they look for the same slots. */
  @Property(
      tries = 1000,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "22")
  void knowsThePairsOfLateAsTheyWerePutLast(
      @ForAll @IntRange(min = 1, max = 9) int capacity,
      @ForAll @Size(min = 1, max = 80) List<@IntRange(min = 0, max = 79) Integer> uses) {
    AnnouncedLinks announced = new AnnouncedLinks(capacity);
    Map<Long, Long> put = new HashMap<>();
    List<Long> lately = new ArrayList<>();
    long time = 0;
    for (int use : uses) {
      long pair = (use / 4 % 5 + 1) + ((long) (use % 4) << 32);
      boolean recent = lately.subList(0, Math.min(capacity, lately.size())).contains(pair);
      int slot = announced.find(pair);
      if (recent) {
        assertThat(slot).as("%d was used lately", pair).isNotNegative();
      }
      if (slot >= 0) {
        assertThat(announced.time(slot)).isEqualTo(put.get(pair));
        assertThat(announced.weight(slot)).isEqualTo(put.get(pair) * 0.5);
      }
      if (slot < 0 || use >= 40) {
        time++;
        announced.put(pair, time, time * 0.5);
        put.put(pair, time);
      }
      lately.remove(pair);
      lately.add(0, pair);
    }
  }

  @Test
  void forgetsWhatWasNotUsedForTwoGenerations() {
    AnnouncedLinks announced = new AnnouncedLinks(10);
    for (long pair = 1; pair <= 21; pair++) {
      announced.put(pair, pair, 1.0);
    }

    assertThat(announced.find(10)).isNegative();
    assertThat(announced.find(11)).isNotNegative();
  }

  @Test
  void whatIsRevokedStaysSo() {
    AnnouncedLinks announced = new AnnouncedLinks(1);
    announced.put(1, 10, 1.0);
    announced.put(2, 10, 1.0);
    announced.revoke(announced.find(1));
    announced.find(2);

    assertThat(announced.weight(announced.find(1))).isZero();
  }

  @Test
  void refusesACapacityItCannotHave() {
    assertThatIllegalArgumentException().isThrownBy(() -> new AnnouncedLinks(0));
    assertThatIllegalArgumentException().isThrownBy(() -> new AnnouncedLinks((1 << 28) + 1));
  }
}
