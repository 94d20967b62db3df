package io.sendflowr.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.state.ListState;
import org.junit.jupiter.api.Test;

class SparseListTest {
  private static final int MANY_KEYS = 200_000;

  private long key;
  private int reads;
  private final Map<Long, List<String>> stored = new HashMap<>();
  private final SparseList<String> list = new SparseList<>(new Stored(), () -> key);

  @Test
  void whatIsNotThereIsLookedForOnce() throws Exception {
    key = 7;
    assertThat(list.get()).isEmpty();
    assertThat(list.get()).isEmpty();
    assertThat(reads).isEqualTo(1);

    assertThat(list.isEmpty()).isTrue();
    list.add("a");
    assertThat(list.isEmpty()).isFalse();
    assertThat(reads).isEqualTo(1);
    assertThat(list.get()).containsExactly("a");

    list.update(List.of());
    assertThat(list.get()).isEmpty();
    assertThat(reads).isEqualTo(1);
  }

  @Test
  void whatIsThereIsReadOnce() throws Exception {
    key = 7;
    stored.put(key, new ArrayList<>(List.of("a", "b")));
    assertThat(list.get()).containsExactly("a", "b");
    list.add("c");
    list.get().clear();
    assertThat(list.get()).containsExactly("a", "b", "c");
    assertThat(reads).isEqualTo(1);
  }

  /** More than is kept in memory: what was forgotten is read once more. */
  @Test
  void listsOfAnyLengthAreWhatIsStored() throws Exception {
    for (key = 1; key <= 100; key++) {
      list.add("of " + key);
      for (int i = 0; i < 400; i++) {
        list.get();
        list.add("value " + i);
      }
    }
    for (key = 1; key <= 100; key++) {
      assertThat(list.get()).isEqualTo(stored.get(key)).hasSize(401);
    }
  }

  /** There is room for fewer keys: some take the place of others. */
  @Test
  void itIsWhatIsStoredWhateverKeysThereAre() throws Exception {
    Random random = new Random(1);
    Map<Long, List<String>> expected = new HashMap<>();
    for (int i = 0; i < 4 * MANY_KEYS; i++) {
      // Some below 0: keys are hashes.
      key = random.nextLong(-MANY_KEYS, MANY_KEYS);
      switch (random.nextInt(4)) {
        case 0 -> {
          list.add("v" + i);
          expected.computeIfAbsent(key, k -> new ArrayList<>()).add("v" + i);
        }
        case 1 -> {
          list.update(List.of());
          expected.remove(key);
        }
        case 2 -> assertThat(list.isEmpty()).isEqualTo(!expected.containsKey(key));
        default -> assertThat(list.get()).isEqualTo(expected.getOrDefault(key, List.of()));
      }
    }
  }

  @Test
  void aTimerIsKnownUntilItIsDeleted() {
    KnownTimers timers = new KnownTimers();
    assertThat(timers.add(1, 1_000)).isTrue();
    assertThat(timers.add(1, 1_000)).isFalse();
    assertThat(timers.add(1, 2_000)).isTrue();
    assertThat(timers.add(2, 1_000)).isTrue();

    timers.remove(1, 1_000);
    assertThat(timers.add(1, 1_000)).isTrue();
    assertThat(timers.add(1, 1_000)).isFalse();
  }

  private final class Stored implements ListState<String> {
    @Override
    public Iterable<String> get() {
      reads++;
      return List.copyOf(stored.getOrDefault(key, List.of()));
    }

    @Override
    public void add(String value) {
      stored.computeIfAbsent(key, k -> new ArrayList<>()).add(value);
    }

    @Override
    public void update(List<String> values) {
      if (values.isEmpty()) {
        stored.remove(key);
      } else {
        stored.put(key, new ArrayList<>(values));
      }
    }

    @Override
    public void addAll(List<String> values) {
      values.forEach(this::add);
    }

    @Override
    public void clear() {
      stored.remove(key);
    }
  }
}
