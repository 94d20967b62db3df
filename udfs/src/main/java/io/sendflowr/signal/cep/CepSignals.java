package io.sendflowr.signal.cep;

import io.sendflowr.signal.DerivedSignals;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.Signal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
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
 * <p>Not by CEP's operator: that keeps partial matches by key, and they cannot follow a person that
 * merges or splits.
 *
 * <p>For one thread: what an automaton remembers of a run is forgotten at its end, not shared.
 */
public final class CepSignals implements DerivedSignals {
  private static final AfterMatchSkipStrategy OVERLAPPING = AfterMatchSkipStrategy.noSkip();
  private static final TimerService NO_CLOCK =
      () -> {
        throw new UnsupportedOperationException("patterns see event time only");
      };

  private final List<Automaton> automata = new ArrayList<>();
  private final List<Derivation> derivations;
  private final InMemoryState state = new InMemoryState();
  private final SharedBuffer<Observation> buffer;

  /** A pattern, compiled. */
  private record Automaton(
      DerivedPattern pattern, NFA<Observation> nfa, Comparator<Observation> order) {
    static Automaton of(DerivedPattern pattern) {
      return new Automaton(
          pattern,
          NFACompiler.compileFactory(pattern.pattern(), false).createNFA(),
          Comparator.comparingLong(Observation::time)
              .thenComparingInt(event -> pattern.types().indexOf(event.type())));
    }
  }

  /** Compiles all patterns. */
  public CepSignals() {
    List<DerivedPattern> patterns = DerivedPatterns.all();
    patterns.forEach(pattern -> automata.add(Automaton.of(pattern)));
    derivations = patterns.stream().map(DerivedPattern::derivation).toList();
    // Nothing of it is ever serialised.
    buffer = new SharedBuffer<>(state, null);
    // It would write statistics of its cache to the log, from a thread of its own.
    buffer.releaseCacheStatisticsTimer();
  }

  @Override
  public List<Derivation> derivations() {
    return derivations;
  }

  @Override
  public List<Signal> derive(List<Observation> events, long now) {
    Set<Signal> derived = new LinkedHashSet<>();
    for (Automaton automaton : automata) {
      List<Observation> seen = seen(automaton, events);
      if (!seen.isEmpty()) {
        run(automaton, seen, now, derived);
      }
    }
    return List.copyOf(derived);
  }

  @Override
  public long nextDue(List<Observation> events, long now) {
    long next = Long.MAX_VALUE;
    for (Automaton automaton : automata) {
      DerivedPattern pattern = automaton.pattern();
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

  /** The events that can be part of a match; none if there can be none. */
  private static List<Observation> seen(Automaton automaton, List<Observation> events) {
    DerivedPattern pattern = automaton.pattern();
    List<Observation> seen = new ArrayList<>();
    int beginnings = 0;
    for (Observation event : events) {
      if (pattern.beginsWith(event)) {
        beginnings++;
        seen.add(event);
      } else if (beginnings > 0 && pattern.types().contains(event.type())) {
        seen.add(event);
      }
    }
    if (beginnings < pattern.fewest()) {
      return List.of();
    }
    seen.sort(automaton.order());
    return seen;
  }

  private void run(Automaton automaton, List<Observation> events, long now, Set<Signal> derived) {
    NFA<Observation> nfa = automaton.nfa();
    NFAState matching = nfa.createInitialNFAState();
    try (SharedBufferAccessor<Observation> accessor = buffer.getAccessor()) {
      long reached = Long.MIN_VALUE;
      for (Observation event : events) {
        if (event.time() > reached) {
          reached = event.time();
          found(automaton, nfa.advanceTime(accessor, matching, reached, OVERLAPPING).f0, derived);
        }
        found(
            automaton,
            nfa.process(accessor, matching, event, reached, OVERLAPPING, NO_CLOCK),
            derived);
      }
      // What is due at this very instant is over the bound one millisecond later.
      found(automaton, nfa.advanceTime(accessor, matching, now + 1, OVERLAPPING).f0, derived);
    } catch (Exception e) {
      throw new IllegalStateException(
          "the pattern of " + automaton.pattern().signal() + " failed", e);
    } finally {
      state.clear();
    }
  }

  private static void found(
      Automaton automaton,
      Collection<Map<String, List<Observation>>> matches,
      Set<Signal> derived) {
    DerivedPattern pattern = automaton.pattern();
    for (Map<String, List<Observation>> match : matches) {
      derived.add(new Signal(pattern.signal(), pattern.stamp(match)));
    }
  }
}
