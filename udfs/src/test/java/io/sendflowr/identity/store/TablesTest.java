package io.sendflowr.identity.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Tables do as those of the Java library, though their keys are made to meet in a few places. */
class TablesTest {
  private static final int TRIES = 200;
  private static final int STEPS = 3000;
  private static final long MISSING = Long.MIN_VALUE;

  @Property(tries = TRIES, seed = "30")
  void longTable(@ForAll long seed, @ForAll @IntRange(min = 1, max = 1000) int variety) {
    Random random = new Random(seed);
    long[] keys = keys(random, variety);
    LongTable table = new LongTable();
    Map<Long, Long> map = new HashMap<>();
    for (int step = 0; step < STEPS; step++) {
      long key = keys[random.nextInt(keys.length)];
      if (random.nextInt(5) < growth(step)) {
        long value = random.nextInt(1000) - 500L;
        table.raise(key, value);
        map.merge(key, value, Math::max);
      } else {
        table.remove(key);
        map.remove(key);
      }
      assertThat(table.get(key, MISSING)).isEqualTo(map.getOrDefault(key, MISSING));
      assertThat(table.isEmpty()).isEqualTo(map.isEmpty());
    }
    for (long key : keys) {
      assertThat(table.get(key, MISSING)).isEqualTo(map.getOrDefault(key, MISSING));
    }
    Map<Long, Long> entries = new HashMap<>();
    table.forEach((key, value) -> assertThat(entries.put(key, value)).isNull());
    assertThat(entries).isEqualTo(map);
    assertThat(table.size()).isEqualTo(map.size());
  }

  @Test
  void aLongTableKnowsTheKeyZeroToo() {
    LongTable table = new LongTable();
    assertThat(table.get(0, MISSING)).isEqualTo(MISSING);
    table.raise(0, 7);
    assertThat(table.get(0, MISSING)).isEqualTo(7);
    table.remove(0);
    assertThat(table.get(0, MISSING)).isEqualTo(MISSING);
    assertThat(table.isEmpty()).isTrue();
  }

  @Property(tries = TRIES, seed = "31")
  void intTable(@ForAll long seed, @ForAll @IntRange(min = 1, max = 1000) int variety) {
    Random random = new Random(seed);
    // Rows are dense; those a power of two apart are the ones that could meet.
    int stride = 1 << random.nextInt(20);
    IntTable table = new IntTable();
    Map<Integer, Integer> map = new HashMap<>();
    for (int step = 0; step < STEPS; step++) {
      int key = random.nextInt(variety) * stride;
      if (random.nextInt(5) < growth(step)) {
        int value = random.nextInt();
        table.put(key, value);
        map.put(key, value);
      } else if (random.nextInt(1000) == 0) {
        table.clear();
        map.clear();
      } else {
        table.remove(key);
        map.remove(key);
      }
      assertThat(table.get(key)).isEqualTo(map.getOrDefault(key, IntTable.NONE));
      assertThat(table.size()).isEqualTo(map.size());
    }
    for (int i = 0; i < variety; i++) {
      assertThat(table.get(i * stride)).isEqualTo(map.getOrDefault(i * stride, IntTable.NONE));
    }
  }

  @Property(tries = TRIES, seed = "32")
  void keyIndex(@ForAll long seed, @ForAll @IntRange(min = 1, max = 1000) int variety) {
    Random random = new Random(seed);
    long[] keys = keys(random, variety);
    List<Long> rows = new ArrayList<>();
    KeyIndex index = new KeyIndex(rows::get);
    Map<Long, Integer> map = new HashMap<>();
    for (int step = 0; step < STEPS; step++) {
      long key = keys[random.nextInt(keys.length)];
      boolean known = map.containsKey(key);
      if (!known && random.nextInt(5) < growth(step)) {
        index.add(key, rows.size());
        map.put(key, rows.size());
        rows.add(key);
      } else if (known && random.nextInt(5) >= growth(step)) {
        index.remove(key);
        map.remove(key);
      }
      assertThat(index.find(key)).isEqualTo(map.getOrDefault(key, KeyIndex.NONE));
    }
    for (long key : keys) {
      assertThat(index.find(key)).isEqualTo(map.getOrDefault(key, KeyIndex.NONE));
    }
  }

  /** Of five steps how many add: it grows, shrinks, and grows again. */
  private static int growth(int step) {
    return step / 500 % 2 == 0 ? 4 : 1;
  }

  /** Distinct keys, most in few shards and close to each other there; never 0. */
  private static long[] keys(Random random, int count) {
    int shards = 1 + random.nextInt(4);
    boolean crowded = random.nextBoolean();
    return random
        .longs()
        .map(key -> crowded ? crowd(key, shards) : key)
        .filter(l -> l != 0)
        .distinct()
        .limit(count)
        .toArray();
  }

  private static long crowd(long key, int shards) {
    long shard = ((key >>> 8) % shards) << 54;
    long home = (key & 0x7) << 29;
    return shard | home | ((key >>> 40) & 0xffffff);
  }
}
