package io.sendflowr.latency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LatencyCountsTest {

  @Property(tries = 300, seed = "90")
  void areTheSortedNumbers(
      @ForAll @Size(max = 5) List<@Size(max = 20) List<@IntRange(max = 12) Integer>> parts) {
    List<Integer> sorted = parts.stream().flatMap(List::stream).sorted().toList();
    List<long[]> counts = new ArrayList<>();
    for (List<Integer> part : parts) {
      long[] one = LatencyCounts.NONE;
      for (int number : part) {
        one = LatencyCounts.plus(one, number);
      }
      counts.add(one);
    }

    long[] all = LatencyCounts.merged(counts);

    assertThat(LatencyCounts.total(all)).isEqualTo(sorted.size());
    assertThat(LatencyCounts.numbers(all))
        .containsExactly(sorted.stream().distinct().mapToLong(n -> n).toArray());
    for (int rank = 0; rank < sorted.size(); rank++) {
      assertThat(LatencyCounts.at(all, rank)).isEqualTo((long) sorted.get(rank));
    }
    for (int number = 0; number <= 13; number++) {
      int limit = number;
      assertThat(LatencyCounts.below(all, number))
          .isEqualTo(sorted.stream().filter(n -> n < limit).count());
    }
  }

  @Test
  void aNumberMoreLeavesTheOthersAsTheyWere() {
    long[] before = LatencyCounts.plus(LatencyCounts.plus(LatencyCounts.NONE, 5), 3);

    LatencyCounts.plus(before, 5);

    assertThat(before).containsExactly(3, 1, 5, 1);
  }

  @Test
  void thereIsNothingBeyondTheLast() {
    long[] one = LatencyCounts.plus(LatencyCounts.NONE, 5);
    assertThatThrownBy(() -> LatencyCounts.at(one, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1");
  }
}
