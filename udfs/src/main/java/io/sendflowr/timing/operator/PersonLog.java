package io.sendflowr.timing.operator;

import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.signal.Counted;
import io.sendflowr.signal.DerivedSignals.Findings;
import io.sendflowr.signal.Horizon;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.signal.PersonSignals;
import io.sendflowr.signal.SignalIndex;
import io.sendflowr.signal.SignalReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The events of one person, and when each of them counts: the sum of what identifiers gave and took
 * back.
 *
 * <p>Kept in the order in which rules look at events, so that nothing has to be sorted when one
 * comes, and by what they do, so that most of them need not be looked at. Not thread-safe.
 */
final class PersonLog {
  static final long NEVER = Long.MAX_VALUE;

  /** How often it is counted what is over: that is a look at all there is. */
  private static final long COUNT_STEP = Duration.ofMinutes(10).toMillis();

  /** Fewer events that are over are not worth writing the others once more. */
  private static final int MANY_OVER = 16;

  private final SignalReader reader;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<EventKey, Entry> first = new HashMap<>();
  private boolean repeats;

  /** Whether it depends on the instant which of those that repeat each other stands. */
  private boolean tangled;

  private boolean dangles;

  /** What was derived when this person was in memory before; null if that is not known. */
  private Findings findings;

  /** What does what, of all entries that repeat none; null if it is to be made anew. */
  private SignalIndex index;

  /**
   * Latest instant at which an entry begins or ceases to count that is not plain, epoch ms: those
   * that are plain begin in the order in which they are kept.
   */
  private long latestChange = Long.MIN_VALUE;

  private boolean withdrawn;
  private long nextCount = Long.MIN_VALUE;

  /**
   * An event and the time during which it counts for the person.
   *
   * @param holder key of the identifier that holds it
   * @param event the event as it was given
   * @param from epoch ms, inclusive
   * @param until epoch ms, exclusive; {@link #NEVER} while it was not taken back
   * @param end when it no longer acts, epoch ms; {@link Horizon#FOREVER} if it acts for good
   */
  record Entry(long holder, PersonEvent event, long from, long until, long end) implements Counted {
    /** Whether it has counted since it happened, and does for good. */
    boolean isPlain() {
      return from == time() && until == NEVER;
    }
  }

  private record EventKey(String source, String eventId) {
    static EventKey of(PersonEvent event) {
      return new EventKey(event.observation().source(), event.observation().eventId());
    }
  }

  /**
   * @param reader reads what is effective
   */
  PersonLog(SignalReader reader) {
    this.reader = reader;
  }

  /** Takes what an identifier said, in its order. */
  void add(PersonChange change) {
    if (change instanceof EventGiven given) {
      add(
          new Entry(
              given.holder(),
              given.event(),
              given.at(),
              NEVER,
              reader.horizon().of(given.event().observation())));
    } else if (change instanceof EventWithdrawn withdrawn) {
      close(withdrawn);
    }
  }

  private void add(Entry entry) {
    int at = entries.size();
    while (at > 0 && PersonEvent.ORDER.compare(entries.get(at - 1).event(), entry.event()) > 0) {
      at--;
    }
    entries.add(at, entry);
    note(entry);
    Entry repeated = first.putIfAbsent(EventKey.of(entry.event()), entry);
    if (repeated != null) {
      repeats = true;
      tangled |= !isIdle(entry, repeated);
    } else if (index != null) {
      index.add(entry);
    }
  }

  private void note(Entry entry) {
    if (!entry.isPlain()) {
      latestChange = Math.max(latestChange, entry.from());
      if (entry.until() != NEVER) {
        withdrawn = true;
        latestChange = Math.max(latestChange, entry.until());
      }
    }
  }

  /** Whether an entry says nothing at any instant, for another does (SPEC section 3). */
  private static boolean isIdle(Entry entry, Entry repeated) {
    return entry.isPlain()
        && repeated.isPlain()
        && entry.time() < repeated.end()
        && PersonEvent.ORDER.compare(repeated.event(), entry.event()) <= 0;
  }

  private void close(EventWithdrawn taken) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.get(i);
      if (entry.until() == NEVER
          && entry.holder() == taken.holder()
          && entry.event().equals(taken.event())) {
        Entry after =
            new Entry(entry.holder(), entry.event(), entry.from(), taken.at(), entry.end());
        entries.set(i, after);
        first.replace(EventKey.of(entry.event()), entry, after);
        tangled |= repeats;
        note(after);
        index = null;
        return;
      }
    }
    dangles = true;
  }

  /** All of it, in {@link PersonEvent#ORDER}. */
  List<Entry> entries() {
    return entries;
  }

  int size() {
    return entries.size();
  }

  /** What counts for the person at an instant, of what is stamped up to another; epoch ms. */
  PersonSignals signals(long stampedUpTo, long now) {
    return index(stampedUpTo).at(stampedUpTo, now);
  }

  /**
   * The next instant at which what counts at {@code now} (epoch ms) yields a derived signal by the
   * mere passing of time; {@link #NEVER} if there is none.
   */
  long nextDue(long now) {
    return index(now).nextDue(now);
  }

  /** What was derived at the last look; null if nothing was. */
  Findings findings() {
    return index == null ? null : index.findings();
  }

  /** Goes on from what was derived before of the same person; null if that is not known. */
  void recall(Findings derived) {
    findings = derived;
  }

  private SignalIndex index(long instant) {
    if (tangled) {
      // What repeats another stands in for it where that one does not count.
      return reader.distinct(
          entries.stream().filter(entry -> entry.countsAt(instant)).map(Entry::event).toList(),
          instant);
    }
    if (index == null) {
      index = reader.index();
      Set<EventKey> indexed = new HashSet<>();
      for (Entry entry : entries) {
        if (indexed.add(EventKey.of(entry.event()))) {
          index.add(entry);
        }
      }
      if (findings != null) {
        index.recall(findings);
        findings = null;
      }
    }
    return index;
  }

  /** Whether an event happened, or began or ceased to count, at an instant (epoch ms). */
  boolean isTouchedAt(long instant) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.get(i);
      if (entry.from() == instant || entry.until() == instant || entry.time() == instant) {
        return true;
      }
      if (entry.time() < instant && latestChange < instant) {
        return false;
      }
    }
    return false;
  }

  /**
   * The next instant after another (epoch ms) at which an event begins or ceases to count; {@link
   * #NEVER} if there is none.
   */
  long nextChange(long instant) {
    long next = NEVER;
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.get(i);
      if (entry.time() <= instant && latestChange <= instant) {
        break;
      }
      next = entry.from() > instant ? Math.min(next, entry.from()) : next;
      next = entry.until() > instant ? Math.min(next, entry.until()) : next;
    }
    return next;
  }

  /** The first event of a type that happened, and counts, at an instant; null if none did. */
  Observation first(String type, long time, long now) {
    int at = 0;
    int end = entries.size();
    while (at < end) {
      int middle = (at + end) >>> 1;
      if (entries.get(middle).time() < time) {
        at = middle + 1;
      } else {
        end = middle;
      }
    }
    for (; at < entries.size() && entries.get(at).time() == time; at++) {
      Observation observation = entries.get(at).event().observation();
      if (entries.get(at).countsAt(now) && observation.type().equals(type)) {
        return observation;
      }
    }
    return null;
  }

  /**
   * Whether enough is over to be forgotten before the next look that is made anyway: what was taken
   * back, or most of what is kept. Not counted at each instant.
   */
  boolean isMuchOver(long now) {
    if (withdrawn && entries.stream().anyMatch(entry -> entry.until() <= now)) {
      return true;
    }
    if (now < nextCount || entries.size() < MANY_OVER) {
      return false;
    }
    nextCount = now + COUNT_STEP;
    long over = entries.stream().filter(entry -> entry.end() <= now).count();
    return over >= MANY_OVER && over >= entries.size() / 2;
  }

  /**
   * Whether anything was taken back that is not here: it was over and forgotten before, and what
   * was said of it has to go, too.
   */
  boolean dangles() {
    return dangles;
  }

  /**
   * Drops what can act on no decision after an instant. An event stays as long as what repeats it,
   * which would take its place: what repeats it may have been seen on another identifier, and count
   * again when that one leaves the person.
   *
   * @return what was dropped
   */
  List<Entry> forget(long now) {
    Map<EventKey, Long> ends = new HashMap<>();
    if (repeats) {
      for (Entry entry : entries) {
        if (entry.until() > now) {
          ends.merge(EventKey.of(entry.event()), entry.end(), Math::max);
        }
      }
    }
    List<Entry> kept = new ArrayList<>();
    List<Entry> gone = new ArrayList<>();
    for (Entry entry : entries) {
      long end = repeats ? ends.getOrDefault(EventKey.of(entry.event()), 0L) : entry.end();
      (entry.until() > now && end > now ? kept : gone).add(entry);
    }
    entries.clear();
    first.clear();
    repeats = false;
    tangled = false;
    dangles = false;
    withdrawn = false;
    latestChange = Long.MIN_VALUE;
    index = null;
    kept.forEach(this::add);
    return gone;
  }

  /** What identifiers would have to say for this to be their sum. */
  List<PersonChange> changes(long person) {
    List<PersonChange> changes = new ArrayList<>();
    for (Entry entry : entries) {
      changes.add(new EventGiven(person, entry.holder(), entry.event(), entry.from()));
      if (entry.until() != NEVER) {
        changes.add(new EventWithdrawn(person, entry.holder(), entry.event(), entry.until()));
      }
    }
    return changes;
  }
}
