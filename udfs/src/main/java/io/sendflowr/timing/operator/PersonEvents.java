package io.sendflowr.timing.operator;

import io.sendflowr.flow.PersonChange;
import io.sendflowr.signal.Horizon;
import io.sendflowr.timing.operator.PersonLog.Entry;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;

/**
 * The events of persons, as state keeps them. Those of whom something was asked lately are kept in
 * memory as well: they are asked about again whenever something happens to them, and to read
 * everything from RocksDB and sort it took most of the time of a decision. What does not fit is
 * forgotten, and read once more. Not thread-safe.
 */
final class PersonEvents {
  /** Of all persons together: about 20 MB. */
  private static final int MOST_ENTRIES = 1 << 16;

  private final ListState<PersonChange> state;
  private final Horizon horizon;
  private final Map<Long, PersonLog> lately = new LinkedHashMap<>(64, 0.75f, true);
  private int entries;

  /**
   * @param state keyed by person, and changed by nobody else
   * @param horizon how long events act
   */
  PersonEvents(ListState<PersonChange> state, Horizon horizon) {
    this.state = state;
    this.horizon = horizon;
  }

  /** Takes what an identifier says to the person of the current key. */
  void add(PersonChange change) throws Exception {
    state.add(change);
    PersonLog log = lately.get(change.person());
    if (log != null) {
      entries -= log.size();
      log.add(change);
      entries += log.size();
    }
  }

  /** What the person of the current key was told. */
  PersonLog of(long person) throws Exception {
    PersonLog log = lately.get(person);
    if (log == null) {
      log = new PersonLog(horizon);
      state.get().forEach(log::add);
    }
    return log;
  }

  /** Keeps in memory what the person was told, because it will be asked for again. */
  void keep(long person, PersonLog log) {
    if (lately.putIfAbsent(person, log) != null) {
      return;
    }
    entries += log.size();
    Iterator<PersonLog> eldest = lately.values().iterator();
    while (entries > MOST_ENTRIES) {
      entries -= eldest.next().size();
      eldest.remove();
    }
  }

  /**
   * Drops what can act on no decision after an instant.
   *
   * @param log what the person of the current key was told
   * @return what was dropped
   */
  List<Entry> forget(long person, PersonLog log, long now) throws Exception {
    boolean isKept = lately.containsKey(person);
    int before = log.size();
    List<Entry> gone = log.forget(now);
    if (isKept) {
      entries -= before - log.size();
    }
    state.update(log.changes(person));
    return gone;
  }
}
