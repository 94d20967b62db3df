package io.sendflowr.flink;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.state.ListState;

/**
 * A list state that most keys have nothing in. RocksDB has to look for what is not there, too, and
 * to ask for such states at every timer and event was a tenth of what an event cost. So it is
 * remembered of keys whether anything is stored; what does not fit is forgotten, and looked for
 * once more. Not thread-safe.
 *
 * @param <T> what is in the list
 */
public final class SparseList<T> {
  private static final int BITS = 16;
  private static final byte UNKNOWN = 0;
  private static final byte EMPTY = 1;
  private static final byte FILLED = 2;

  private final ListState<T> state;
  private final LongSupplier key;
  private final long[] keys = new long[1 << BITS];
  private final byte[] known = new byte[1 << BITS];

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
    List<T> values = new ArrayList<>();
    if (known[slot] != EMPTY || keys[slot] != current) {
      state.get().forEach(values::add);
      note(current, values.isEmpty());
    }
    return values;
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
    note(key.getAsLong(), false);
  }

  /**
   * Puts other things in the place of the list of the current key.
   *
   * @throws Exception if the state cannot be written
   */
  public void update(List<T> values) throws Exception {
    state.update(values);
    note(key.getAsLong(), values.isEmpty());
  }

  private void note(long current, boolean isEmpty) {
    int slot = slot(current);
    keys[slot] = current;
    known[slot] = isEmpty ? EMPTY : FILLED;
  }

  private static int slot(long key) {
    return (int) ((key * 0x9E3779B97F4A7C15L) >>> (64 - BITS));
  }
}
