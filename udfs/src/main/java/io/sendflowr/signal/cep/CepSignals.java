package io.sendflowr.signal.cep;

import io.sendflowr.signal.DerivedSignals;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.Signal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.cep.nfa.NFA;
import org.apache.flink.cep.nfa.NFAState;
import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;
import org.apache.flink.cep.nfa.compiler.NFACompiler;
import org.apache.flink.cep.nfa.sharedbuffer.SharedBuffer;
import org.apache.flink.cep.nfa.sharedbuffer.SharedBufferAccessor;
import org.apache.flink.cep.time.TimerService;

/**
 * Derived signals found by Flink CEP's automata, which run in memory over the events that a person
 * has, whenever a decision needs them.
 *
 * <p>CEP's own operator keeps partial matches by key: they cannot follow a person that merges or
 * splits, and an event that comes late is dropped. It is slow on RocksDB besides, for it reads and
 * clears state at every timer: this way does 18 times as many events a second there, looking at a
 * person's events whenever one comes (measured by {@code benchmarks/patterns}). On the heap the
 * operator would be twice as fast as this.
 *
 * <p>For one thread.
 */
public final class CepSignals implements DerivedSignals {
  private static final AfterMatchSkipStrategy OVERLAPPING = AfterMatchSkipStrategy.noSkip();
  private static final TimerService NO_CLOCK =
      () -> {
        throw new UnsupportedOperationException("patterns see event time only");
      };

  /** Events that are remembered of what an automaton saw: a few MB. */
  private static final int MOST_KEPT = 20_000;

  private final List<Automaton> automata = new ArrayList<>();
  private final InMemoryState state = new InMemoryState();
  private final SharedBuffer<Observation> buffer;

  /** A pattern, compiled, and what was found lately. */
  private static final class Automaton {
    final DerivedPattern pattern;
    final NFA<Observation> nfa;
    final Comparator<Observation> order;
    final Map<List<Observation>, Set<Signal>> lately = new LinkedHashMap<>(64, 0.75f, true);
    int kept;

    Automaton(DerivedPattern pattern) {
      this.pattern = pattern;
      this.nfa = NFACompiler.compileFactory(pattern.pattern(), false).createNFA();
      this.order =
          Comparator.comparingLong(Observation::time)
              .thenComparingInt(event -> pattern.types().indexOf(event.type()));
    }
  }

  /** Compiles all patterns. */
  public CepSignals() {
    DerivedPatterns.all().forEach(pattern -> automata.add(new Automaton(pattern)));
    // Nothing of it is ever serialised.
    buffer = new SharedBuffer<>(state, null);
    // It would write statistics of its cache to the log, from a thread of its own.
    buffer.releaseCacheStatisticsTimer();
  }

  @Override
  public List<Derivation> derivations() {
    return DerivedPatterns.derivations();
  }

  @Override
  public List<Signal> derive(List<Observation> events, long now) {
    List<Signal> derived = new ArrayList<>();
    for (Automaton automaton : automata) {
      List<Observation> seen = seen(automaton, events);
      if (!seen.isEmpty()) {
        for (Signal signal : found(automaton, seen)) {
          if (signal.time() <= now) {
            derived.add(signal);
          }
        }
      }
    }
    return derived;
  }

  @Override
  public long nextDue(List<Observation> events, long now) {
    long next = Long.MAX_VALUE;
    for (Automaton automaton : automata) {
      DerivedPattern pattern = automaton.pattern;
      if (pattern.endsByTime()) {
        for (Observation event : events) {
          long due = pattern.due(event.time());
          if (pattern.beginsWith(event) && due > now) {
            next = Math.min(next, due);
          }
        }
      }
    }
    return next;
  }

  /**
   * The events that can make or break a match: those within reach of an event that so many of its
   * type follow as a match needs. Most persons have none, and no automaton is run for them.
   */
  private static List<Observation> seen(Automaton automaton, List<Observation> events) {
    DerivedPattern pattern = automaton.pattern;
    List<Observation> beginnings = new ArrayList<>();
    List<Observation> candidates = new ArrayList<>();
    for (Observation event : events) {
      if (pattern.beginsWith(event)) {
        beginnings.add(event);
      }
      if (pattern.types().contains(event.type())) {
        candidates.add(event);
      }
    }
    if (beginnings.size() < pattern.fewest()) {
      return List.of();
    }
    candidates.sort(automaton.order);
    List<Observation> seen = new ArrayList<>();
    int begun = 0;
    long reach = Long.MIN_VALUE;
    for (Observation event : candidates) {
      if (pattern.beginsWith(event)) {
        int last = begun + pattern.fewest() - 1;
        long due = pattern.due(event.time());
        if (last < beginnings.size() && beginnings.get(last).time() <= due) {
          reach = due;
        }
        begun++;
      }
      if (event.time() <= reach) {
        seen.add(event);
      }
    }
    return seen;
  }

  /**
   * All that these events can yield, due or not. Of a person it is asked for at every instant, and
   * most have nothing that this automaton sees: so it is kept a while.
   */
  private Set<Signal> found(Automaton automaton, List<Observation> seen) {
    Set<Signal> found = automaton.lately.get(seen);
    if (found == null) {
      found = run(automaton, seen);
      automaton.lately.put(seen, found);
      automaton.kept += seen.size();
      Iterator<List<Observation>> eldest = automaton.lately.keySet().iterator();
      while (automaton.kept > MOST_KEPT) {
        automaton.kept -= eldest.next().size();
        eldest.remove();
      }
    }
    return found;
  }

  private Set<Signal> run(Automaton automaton, List<Observation> events) {
    DerivedPattern pattern = automaton.pattern;
    NFA<Observation> nfa = automaton.nfa;
    NFAState matching = nfa.createInitialNFAState();
    List<Map<String, List<Observation>>> matches = new ArrayList<>();
    try (SharedBufferAccessor<Observation> accessor = buffer.getAccessor()) {
      long reached = Long.MIN_VALUE;
      for (Observation event : events) {
        if (event.time() > reached) {
          reached = event.time();
          matches.addAll(nfa.advanceTime(accessor, matching, reached, OVERLAPPING).f0);
        }
        matches.addAll(nfa.process(accessor, matching, event, reached, OVERLAPPING, NO_CLOCK));
      }
      // What is due at an instant is over Flink's bound one millisecond later.
      matches.addAll(nfa.advanceTime(accessor, matching, pattern.due(reached) + 1, OVERLAPPING).f0);
    } catch (Exception e) {
      throw new IllegalStateException("the pattern of " + pattern.signal() + " failed", e);
    } finally {
      state.clear();
    }
    Set<Signal> found = new LinkedHashSet<>();
    for (Map<String, List<Observation>> match : matches) {
      found.add(new Signal(pattern.signal(), pattern.stamp(match)));
    }
    return found;
  }
}
