package io.sendflowr.timing.operator;

import io.sendflowr.flow.PersonChange;
import io.sendflowr.signal.DerivedSignals.Findings;
import io.sendflowr.signal.SignalReader;
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
  /** Of all persons together: about 50 MB. */
  private static final int MOST_ENTRIES = 1 << 17;

  /** Longs that the findings of all persons together take: 8 MB. */
  private static final int MOST_FOUND = 1 << 20;

  private final ListState<PersonChange> state;
  private final SignalReader reader;
  private final Map<Long, PersonLog> lately = new LinkedHashMap<>(64, 0.75f, true);
  private int entries;

  /** What was derived of those who were forgotten: it took far longer than to read them again. */
  private final Map<Long, Findings> findings = new LinkedHashMap<>();

  private int found;

  /**
   * @param state keyed by person, and changed by nobody else
   * @param reader reads what is effective
   */
  PersonEvents(ListState<PersonChange> state, SignalReader reader) {
    this.state = state;
    this.reader = reader;
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
      log = new PersonLog(reader);
      state.get().forEach(log::add);
      Findings known = findings.remove(person);
      if (known != null) {
        found -= known.size();
        log.recall(known);
      }
    }
    return log;
  }

  /** Keeps in memory what the person was told, because it will be asked for again. */
  void keep(long person, PersonLog log) {
    if (lately.putIfAbsent(person, log) != null) {
      return;
    }
    entries += log.size();
    Iterator<Map.Entry<Long, PersonLog>> eldest = lately.entrySet().iterator();
    while (entries > MOST_ENTRIES) {
      Map.Entry<Long, PersonLog> one = eldest.next();
      entries -= one.getValue().size();
      remember(one.getKey(), one.getValue().findings());
      eldest.remove();
    }
  }

  private void remember(long person, Findings derived) {
    if (derived != null) {
      Findings before = findings.put(person, derived);
      found += derived.size() - (before == null ? 0 : before.size());
    }
    Iterator<Findings> eldest = findings.values().iterator();
    while (found > MOST_FOUND) {
      found -= eldest.next().size();
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
