package io.sendflowr.flink;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.util.function.BiConsumerWithException;
import org.apache.flink.util.function.ThrowingConsumer;

/**
 * What waits for the watermark to reach an instant, by key. Most of it waits no longer than from
 * one watermark to the next, and to keep it in RocksDB meanwhile, with a timer, would be five
 * accesses for something that lives some milliseconds. So it is kept in memory, as far as there is
 * room, and goes to state and timers only when a checkpoint is taken. Not thread-safe.
 *
 * @param <K> key
 * @param <V> what waits
 */
public final class Waiting<K, V> {
  /** Of all keys and instants together: some ten megabytes. */
  private static final int MOST = 1 << 14;

  private final TreeMap<Long, Map<K, List<V>>> byInstant = new TreeMap<>();
  private int size;

  /**
   * Keeps something until an instant.
   *
   * @param instant epoch ms
   * @return whether there was room
   */
  public boolean add(long instant, K key, V value) {
    if (size >= MOST) {
      return false;
    }
    byInstant
        .computeIfAbsent(instant, at -> new LinkedHashMap<>())
        .computeIfAbsent(key, one -> new ArrayList<>(2))
        .add(value);
    size++;
    return true;
  }

  /** Whether anything waits for a watermark (epoch ms) or an earlier one. */
  public boolean isDue(long watermark) {
    return !byInstant.isEmpty() && byInstant.firstKey() <= watermark;
  }

  /**
   * Takes out what waits for the earliest instant.
   *
   * @return the instant, and by key, in the order in which keys came, what waits for it
   * @throws NullPointerException if nothing waits
   */
  public Map.Entry<Long, Map<K, List<V>>> poll() {
    Map.Entry<Long, Map<K, List<V>>> first = byInstant.pollFirstEntry();
    first.getValue().values().forEach(values -> size -= values.size());
    return first;
  }

  /** Whether anything of a key waits for an instant (epoch ms). */
  public boolean holds(long instant, K key) {
    Map<K, List<V>> byKey = byInstant.get(instant);
    return byKey != null && byKey.containsKey(key);
  }

  /**
   * Takes out what waits for a watermark and earlier instants, one instant after the other.
   *
   * @param watermark epoch ms
   * @param timers is given the instant before each, up to which timers have to fire first
   * @param taker is given each instant, and what waits for it
   * @throws Exception as these two do
   */
  public void advance(
      long watermark,
      ThrowingConsumer<Long, Exception> timers,
      BiConsumerWithException<Long, Map<K, List<V>>, Exception> taker)
      throws Exception {
    while (isDue(watermark)) {
      Map.Entry<Long, Map<K, List<V>>> instant = poll();
      timers.accept(instant.getKey() - 1);
      taker.accept(instant.getKey(), instant.getValue());
    }
  }

  /** Drops what waits for an instant (epoch ms) of one key. */
  public void remove(long instant, K key) {
    Map<K, List<V>> byKey = byInstant.get(instant);
    List<V> values = byKey == null ? null : byKey.remove(key);
    if (values != null) {
      size -= values.size();
    }
  }

  /** Whether nothing waits. */
  public boolean isEmpty() {
    return byInstant.isEmpty();
  }
}
