package io.sendflowr.signal;

import io.sendflowr.signal.DerivedSignals.Findings;
import io.sendflowr.signal.DerivedSignals.History;
import io.sendflowr.signal.PersonSignals.Guard;
import io.sendflowr.signal.SignalReader.Role;
import io.sendflowr.timing.BaseCurve;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The events of one person, of which none repeats another, by what they do. What is effective is
 * asked for whenever one comes, and to go through all of them each time made what an event costs
 * grow with how many there are: here only the latest of each hot path, the newest clicks and the
 * few breakers that are not over are looked at. Not thread-safe.
 */
public final class SignalIndex {
  private final SignalReader reader;
  private final Map<String, Acting> hotPaths = new TreeMap<>();

  /** What breaks circuits, and what ends that. */
  private final Map<String, Acting> guards = new TreeMap<>();

  private final List<Counted> clicks = new ArrayList<>();

  /** What signals are derived from. */
  private final List<Counted> parts = new ArrayList<>();

  private final History history;

  /** From when on every part counts from its own time on, epoch ms. */
  private long settled = Long.MIN_VALUE;

  /** Events of a type, as {@link PersonEvent#ORDER} has them. */
  private record Acting(Role role, List<Counted> events) {}

  SignalIndex(SignalReader reader) {
    this.reader = reader;
    this.history = reader.derived().history();
  }

  /** Takes an event, in any order. */
  public void add(Counted counted) {
    PersonEvent event = counted.event();
    Observation observation = event.observation();
    Role role = reader.role(observation.type());
    if (!event.guardOnly() && !event.lastingOnly()) {
      if (role.hotPath() != null) {
        insert(hotPaths, role, counted);
      }
      if (role.click()) {
        insert(clicks, counted);
      }
      if (role.part()) {
        insert(parts, counted);
        history.add(observation);
        if (counted.until() != Long.MAX_VALUE) {
          settled = Long.MAX_VALUE;
        } else if (counted.from() > counted.time()) {
          settled = Math.max(settled, counted.from());
        }
      }
    }
    if (role.breaker() != null || role.ending()) {
      insert(guards, role, counted);
    }
  }

  private static void insert(Map<String, Acting> byType, Role role, Counted counted) {
    String type = counted.event().observation().type();
    insert(
        byType.computeIfAbsent(type, one -> new Acting(role, new ArrayList<>())).events(), counted);
  }

  private static void insert(List<Counted> events, Counted counted) {
    int at = events.size();
    while (at > 0 && PersonEvent.ORDER.compare(events.get(at - 1).event(), counted.event()) > 0) {
      at--;
    }
    events.add(at, counted);
  }

  /**
   * What counts for the person.
   *
   * @param stampedUpTo only events stamped at or before it, and that count then, epoch ms
   * @param now the instant of the decision, epoch ms, not before {@code stampedUpTo}
   */
  public PersonSignals at(long stampedUpTo, long now) {
    Map<String, Long> latest = new TreeMap<>();
    hotPaths.forEach(
        (type, acting) -> {
          Counted last = last(acting.events(), stampedUpTo);
          if (last != null) {
            heat(type, acting.role(), last.time(), now, latest);
          }
        });
    List<Guard> breakers = new ArrayList<>();
    Map<String, List<Long>> endings = new HashMap<>();
    guards.forEach(
        (type, acting) -> {
          List<Counted> events = acting.events();
          for (int i = events.size() - 1;
              i >= 0 && !acting.role().isOver(events.get(i).time(), now);
              i--) {
            Counted counted = events.get(i);
            if (counted.isStampedAndCountsAt(stampedUpTo)) {
              if (acting.role().breaker() != null) {
                breakers.add(
                    new Guard(
                        acting.role().breaker(),
                        type,
                        counted.time(),
                        counted.event().lastingOnly()));
              }
              if (acting.role().ending()) {
                endings.computeIfAbsent(type, t -> new ArrayList<>()).add(counted.time());
              }
            }
          }
        });
    History known = history(stampedUpTo);
    reader
        .derivedRoles()
        .forEach(
            (signal, role) -> {
              List<Long> due = known.due(signal, stampedUpTo);
              for (int i = due.size() - 1; i >= 0 && !role.isOver(due.get(i), now); i--) {
                heat(signal, role, due.get(i), now, latest);
                if (role.breaker() == null) {
                  break;
                }
                breakers.add(new Guard(role.breaker(), signal, due.get(i), false));
              }
            });
    List<Signal> heats = new ArrayList<>(latest.size());
    latest.forEach((type, time) -> heats.add(new Signal(type, time)));
    return new PersonSignals(now, heats, breakers, endings, clicks(stampedUpTo, now));
  }

  private static void heat(String type, Role role, long time, long now, Map<String, Long> latest) {
    if (role.hotPath() != null && role.hotPath().isLive(time, now)) {
      latest.merge(type, time, Math::max);
    }
  }

  /** The last that counts at an instant; null if none does. */
  private static Counted last(List<Counted> events, long instant) {
    for (int i = events.size() - 1; i >= 0; i--) {
      if (events.get(i).isStampedAndCountsAt(instant)) {
        return events.get(i);
      }
    }
    return null;
  }

  private List<Observation> clicks(long stampedUpTo, long now) {
    int first = clicks.size();
    int count = 0;
    while (first > 0
        && count < BaseCurve.MAX_CLICKS
        && now - clicks.get(first - 1).time() <= BaseCurve.MEMORY_MILLIS) {
      first--;
      if (clicks.get(first).isStampedAndCountsAt(stampedUpTo)) {
        count++;
      }
    }
    List<Observation> newest = new ArrayList<>(count);
    for (Counted click : clicks.subList(first, clicks.size())) {
      if (click.isStampedAndCountsAt(stampedUpTo)) {
        newest.add(click.event().observation());
      }
    }
    return newest;
  }

  /**
   * The next instant at which what counts yields a derived signal by the mere passing of time.
   *
   * @param now only events stamped at or before it, and that count then, epoch ms
   * @return after {@code now}; {@link Long#MAX_VALUE} if there is none
   */
  public long nextDue(long now) {
    return history(now).nextDue(now);
  }

  /** What was derived at the last look, for an index of the same person that begins anew. */
  public Findings findings() {
    return history.findings();
  }

  /** Goes on from what was derived before of the same events, if they are the same. */
  public void recall(Findings findings) {
    history.recall(findings);
  }

  /** What is derived of events that count at an instant. */
  private History history(long instant) {
    if (settled <= instant) {
      return history;
    }
    History counting = reader.derived().history();
    for (Counted part : parts) {
      if (part.countsAt(instant)) {
        counting.add(part.event().observation());
      }
    }
    return counting;
  }
}
