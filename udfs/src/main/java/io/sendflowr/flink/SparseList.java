package io.sendflowr.flink;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.state.ListState;

/**
 * A list state that most keys have nothing in, and in which the others are asked for again and
 * again. RocksDB has to look for what is not there, too, and to ask for such states at every timer
 * and event was a tenth of what an event cost; nearly as much was to read the same requests of busy
 * people once more. So it is remembered of keys whether anything is stored, and of some what; what
 * does not fit is forgotten, and looked for once more. Not thread-safe.
 *
 * @param <T> what is in the list, immutable
 */
public final class SparseList<T> {
  private static final int BITS = 16;
  private static final byte UNKNOWN = 0;
  private static final byte EMPTY = 1;
  private static final byte FILLED = 2;

  /** Of all keys together: some ten megabytes of requests. */
  private static final int MOST_VALUES = 1 << 14;

  private final ListState<T> state;
  private final LongSupplier key;
  private final long[] keys = new long[1 << BITS];
  private final byte[] known = new byte[1 << BITS];
  private final Map<Integer, List<T>> valuesBySlot = new HashMap<>();
  private int remembered;

  /**
   * @param state keyed, and changed by nobody else
   * @param key the current key
   */
  public SparseList(ListState<T> state, LongSupplier key) {
    this.state = state;
    this.key = key;
  }

  /**
   * What is in the list of the current key.
   *
   * @throws Exception if the state cannot be read
   */
  public List<T> get() throws Exception {
    long current = key.getAsLong();
    int slot = slot(current);
    if (keys[slot] == current && known[slot] == EMPTY) {
      return new ArrayList<>();
    }
    List<T> values = keys[slot] == current ? valuesBySlot.get(slot) : null;
    if (values == null) {
      values = new ArrayList<>();
      state.get().forEach(values::add);
      remember(current, values);
    }
    return new ArrayList<>(values);
  }

  /**
   * Whether there is nothing in the list of the current key.
   *
   * @throws Exception if the state cannot be read
   */
  public boolean isEmpty() throws Exception {
    long current = key.getAsLong();
    int slot = slot(current);
    if (known[slot] == UNKNOWN || keys[slot] != current) {
      return get().isEmpty();
    }
    return known[slot] == EMPTY;
  }

  /**
   * Puts something at the end of the list of the current key.
   *
   * @throws Exception if the state cannot be written
   */
  public void add(T value) throws Exception {
    state.add(value);
    long current = key.getAsLong();
    int slot = slot(current);
    boolean isKnown = keys[slot] == current && known[slot] != UNKNOWN;
    if (isKnown && known[slot] == EMPTY) {
      remember(current, new ArrayList<>(List.of(value)));
      return;
    }
    List<T> values = isKnown ? valuesBySlot.get(slot) : null;
    if (values == null) {
      forget(slot);
      note(current, FILLED);
    } else {
      values.add(value);
      remembered++;
    }
  }

  /**
   * Puts other things in the place of the list of the current key.
   *
   * @throws Exception if the state cannot be written
   */
  public void update(List<T> values) throws Exception {
    state.update(values);
    remember(key.getAsLong(), new ArrayList<>(values));
  }

  private void remember(long current, List<T> values) {
    int slot = slot(current);
    forget(slot);
    note(current, values.isEmpty() ? EMPTY : FILLED);
    if (remembered + values.size() > MOST_VALUES) {
      valuesBySlot.clear();
      remembered = 0;
    }
    if (!values.isEmpty() && values.size() <= MOST_VALUES) {
      valuesBySlot.put(slot, values);
      remembered += values.size();
    }
  }

  private void forget(int slot) {
    List<T> values = valuesBySlot.remove(slot);
    if (values != null) {
      remembered -= values.size();
    }
  }

  private void note(long current, byte what) {
    int slot = slot(current);
    keys[slot] = current;
    known[slot] = what;
  }

  private static int slot(long key) {
    return (int) ((key * 0x9E3779B97F4A7C15L) >>> (64 - BITS));
  }
}
