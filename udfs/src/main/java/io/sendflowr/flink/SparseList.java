package io.sendflowr.flink;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
  private final List<List<T>> values = new ArrayList<>(Collections.nCopies(1 << BITS, null));
  private int remembered;

  /**
   * @param state keyed, and changed by nobody else
   * @param key the current key, or a hash of it that no other key has
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
    List<T> kept = keys[slot] == current ? values.get(slot) : null;
    if (kept == null) {
      kept = new ArrayList<>();
      state.get().forEach(kept::add);
      remember(current, kept);
    }
    return new ArrayList<>(kept);
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
    List<T> kept = isKnown ? values.get(slot) : null;
    if (kept == null) {
      forget(slot);
      note(current, FILLED);
    } else {
      kept.add(value);
      remembered++;
    }
  }

  /**
   * Puts other things in the place of the list of the current key.
   *
   * @throws Exception if the state cannot be written
   */
  public void update(List<T> all) throws Exception {
    state.update(all);
    remember(key.getAsLong(), new ArrayList<>(all));
  }

  private void remember(long current, List<T> all) {
    int slot = slot(current);
    forget(slot);
    note(current, all.isEmpty() ? EMPTY : FILLED);
    if (remembered + all.size() > MOST_VALUES) {
      Collections.fill(values, null);
      remembered = 0;
    }
    if (!all.isEmpty() && all.size() <= MOST_VALUES) {
      values.set(slot, all);
      remembered += all.size();
    }
  }

  private void forget(int slot) {
    List<T> kept = values.set(slot, null);
    if (kept != null) {
      remembered -= kept.size();
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
