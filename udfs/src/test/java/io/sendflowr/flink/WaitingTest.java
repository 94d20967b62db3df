package io.sendflowr.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WaitingTest {
  private static final int MORE_THAN_FIT = 20_000;

  private final Waiting<String, Integer> waiting = new Waiting<>();

  @Test
  void whatWaitsComesByInstantAndThenInTheOrderInWhichItsKeysCame() {
    waiting.add(20, "b", 1);
    waiting.add(10, "z", 2);
    waiting.add(10, "a", 3);
    waiting.add(10, "z", 4);

    Map.Entry<Long, Map<String, List<Integer>>> first = waiting.poll();
    assertThat(first.getKey()).isEqualTo(10);
    assertThat(first.getValue().keySet()).containsExactly("z", "a");
    assertThat(first.getValue()).containsEntry("z", List.of(2, 4)).containsEntry("a", List.of(3));
    assertThat(waiting.poll()).isEqualTo(Map.entry(20L, Map.of("b", List.of(1))));
    assertThat(waiting.isEmpty()).isTrue();
  }

  @Test
  void nothingIsDueBeforeTheWatermarkReachesIt() {
    assertThat(waiting.isDue(Long.MAX_VALUE)).isFalse();
    waiting.add(10, "a", 1);

    assertThat(waiting.isDue(9)).isFalse();
    assertThat(waiting.isDue(10)).isTrue();
  }

  @Test
  void whatIsDroppedOfOneKeyLeavesTheOthers() {
    waiting.add(10, "a", 1);
    waiting.add(10, "b", 2);
    waiting.add(11, "a", 3);

    waiting.remove(10, "a");
    waiting.remove(12, "a");

    assertThat(waiting.poll().getValue().keySet()).containsExactly("b");
    assertThat(waiting.poll().getKey()).isEqualTo(11);
  }

  @Test
  void thereIsRoomAgainForAsMuchAsWasTakenOutOrDropped() {
    int kept = 0;
    while (kept < MORE_THAN_FIT && waiting.add(kept, "a", kept)) {
      kept++;
    }
    assertThat(kept).isLessThan(MORE_THAN_FIT);

    waiting.poll();
    waiting.remove(1, "a");

    assertThat(waiting.add(0, "b", 1)).isTrue();
    assertThat(waiting.add(0, "b", 2)).isTrue();
    assertThat(waiting.add(0, "b", 3)).isFalse();
  }
}
