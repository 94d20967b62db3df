package io.sendflowr.timing.operator;

import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.signal.Horizon;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.signal.PersonSignals;
import io.sendflowr.signal.SignalReader;
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
 * comes; and as long as none of them repeats another, nothing has to be told apart either. Not
 * thread-safe.
 */
final class PersonLog {
  static final long NEVER = Long.MAX_VALUE;

  private final Horizon horizon;
  private final List<Entry> entries = new ArrayList<>();
  private final Set<EventKey> keys = new HashSet<>();
  private boolean repeats;
  private boolean dangles;

  /**
   * An event and the time during which it counts for the person.
   *
   * @param holder key of the identifier that holds it
   * @param event the event as it was given
   * @param from epoch ms, inclusive
   * @param until epoch ms, exclusive; {@link #NEVER} while it was not taken back
   * @param end when it no longer acts, epoch ms; {@link Horizon#FOREVER} if it acts for good
   */
  record Entry(long holder, PersonEvent event, long from, long until, long end) {
    boolean countsAt(long instant) {
      return from <= instant && instant < until;
    }

    long time() {
      return event.observation().time();
    }
  }

  private record EventKey(String source, String eventId) {
    static EventKey of(PersonEvent event) {
      return new EventKey(event.observation().source(), event.observation().eventId());
    }
  }

  PersonLog(Horizon horizon) {
    this.horizon = horizon;
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
              horizon.of(given.event().observation())));
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
    repeats |= !keys.add(EventKey.of(entry.event()));
  }

  private void close(EventWithdrawn withdrawn) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.get(i);
      if (entry.until() == NEVER
          && entry.holder() == withdrawn.holder()
          && entry.event().equals(withdrawn.event())) {
        entries.set(
            i, new Entry(entry.holder(), entry.event(), entry.from(), withdrawn.at(), entry.end()));
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

  /** What counts for the person at an instant, of what is stamped up to another. */
  PersonSignals signals(SignalReader reader, long stampedUpTo, long now) {
    // What is over may stand for what repeats it; if nothing does, it need not be looked at.
    return repeats
        ? reader.at(counting(stampedUpTo, Long.MIN_VALUE), stampedUpTo, now)
        : reader.ofDistinct(counting(stampedUpTo, now), stampedUpTo, now);
  }

  /** What counts at an instant, and acts after another. */
  private List<PersonEvent> counting(long instant, long after) {
    List<PersonEvent> counting = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      if (entry.time() > instant) {
        break;
      }
      if (entry.countsAt(instant) && entry.end() > after) {
        counting.add(entry.event());
      }
    }
    return counting;
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
    keys.clear();
    repeats = false;
    dangles = false;
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
