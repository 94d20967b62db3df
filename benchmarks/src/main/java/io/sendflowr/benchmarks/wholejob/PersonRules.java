package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flow.Schedule;
import io.sendflowr.signal.Counted;
import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.signal.PersonSignals;
import io.sendflowr.signal.SignalIndex;
import io.sendflowr.signal.SignalReader;
import io.sendflowr.signal.cep.CepSignals;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.DecisionEngine;
import io.sendflowr.timing.SendRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The rules for one person without what the job does about time, merges and repetitions: whenever
 * something comes, each pending request is decided again. For one thread.
 */
final class PersonRules {
  /** Persons whose events are in memory, too: the job's limit is of events, and about the same. */
  private static final int MOST_LATELY = 1 << 11;

  private final SignalReader reader;
  private final DecisionEngine engine;
  private final Map<Long, Known> lately = new LinkedHashMap<>(64, 0.75f, true);

  PersonRules(Catalogue catalogue) {
    reader = new SignalReader(catalogue, new CepSignals());
    engine = new DecisionEngine(catalogue);
  }

  /**
   * A request that may still be decided anew.
   *
   * @param revision the next revision
   * @param last the last decision; null if there is none
   */
  record Pending(SendRequest request, int revision, Decision last) {}

  /**
   * Decides the requests of a person.
   *
   * @param events all that is known of the person, of which none repeats another; what was known
   *     when they were asked for last comes first
   * @param now epoch ms
   * @param out gets each decision that says something new
   * @return what is pending still
   */
  List<Pending> decide(
      long person,
      List<PersonEvent> events,
      List<Pending> pending,
      long now,
      Consumer<Schedule> out) {
    List<Pending> rest = new ArrayList<>(pending.size());
    PersonSignals signals = index(person, events).at(now, now);
    for (Pending one : pending) {
      SendRequest request = one.request();
      if (one.last() != null && one.last().pendingUntil(request) < now) {
        continue;
      }
      EffectiveSignals effective = signals.of(request.effectiveChannel());
      Optional<Decision> decision =
          engine.revise(request, request.ownLatency(), person, 1, effective, now, one.last());
      decision.ifPresent(d -> out.accept(new Schedule(request, one.revision(), d)));
      rest.add(decision.map(d -> new Pending(request, one.revision() + 1, d)).orElse(one));
    }
    return rest;
  }

  /** Goes on from what is known of a person already, as the job does. */
  private SignalIndex index(long person, List<PersonEvent> events) {
    Known known = lately.computeIfAbsent(person, p -> new Known(reader.index()));
    if (!known.isBeginningOf(events)) {
      known = new Known(reader.index());
      lately.put(person, known);
    }
    known.addRest(events);
    if (lately.size() > MOST_LATELY) {
      Iterator<Known> eldest = lately.values().iterator();
      eldest.next();
      eldest.remove();
    }
    return known.index;
  }

  private static final class Known {
    private final SignalIndex index;
    private int count;
    private PersonEvent last;

    Known(SignalIndex index) {
      this.index = index;
    }

    boolean isBeginningOf(List<PersonEvent> events) {
      return count == 0 || (count <= events.size() && events.get(count - 1).equals(last));
    }

    void addRest(List<PersonEvent> events) {
      for (PersonEvent event : events.subList(count, events.size())) {
        index.add(Counted.always(event));
        last = event;
      }
      count = events.size();
    }
  }
}
