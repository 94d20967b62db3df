package io.sendflowr.signal.cep;

import io.sendflowr.signal.DerivedSignals;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.Signal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
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

  /** Longs that an automaton may remember things by: about 4 MB, with what they stand for. */
  private static final int MOST_KEPT = 200_000;

  /** What one thing more to remember takes besides, in longs. */
  private static final int OVERHEAD = 16;

  private final List<Automaton> automata = new ArrayList<>();

  /** By type, its place in the pattern of each automaton; most types have none in any. */
  private final Map<String, int[]> places = new HashMap<>();

  private final InMemoryState state = new InMemoryState();
  private final SharedBuffer<Observation> buffer;

  /** A pattern, compiled, and what was found lately. */
  private static final class Automaton {
    final DerivedPattern pattern;
    final NFA<Observation> nfa;
    final Comparator<Observation> order;
    final Map<Seen, Set<Signal>> lately = new LinkedHashMap<>(64, 0.75f, true);
    int kept;

    void remember(Seen seen, Set<Signal> found) {
      lately.put(seen.kept(), found);
      kept += seen.count + OVERHEAD;
      Iterator<Seen> eldest = lately.keySet().iterator();
      while (kept > MOST_KEPT) {
        kept -= eldest.next().count + OVERHEAD;
        eldest.remove();
      }
    }

    Automaton(DerivedPattern pattern) {
      this.pattern = pattern;
      this.nfa = NFACompiler.compileFactory(pattern.pattern(), false).createNFA();
      this.order =
          Comparator.comparingLong(Observation::time)
              .thenComparingInt(event -> pattern.indexOf(event.type()));
    }
  }

  /** All that matters of some events to an automaton: their times, and which of its types. */
  private static final class Seen {
    private static final int TYPE_BITS = 8;

    private final long[] events;
    private final int count;
    private final int hash;

    private Seen(long[] events, int count) {
      this.events = events;
      this.count = count;
      int sum = 1;
      for (int i = 0; i < count; i++) {
        sum = 31 * sum + Long.hashCode(events[i]);
      }
      this.hash = sum;
    }

    static Seen of(DerivedPattern pattern, List<Observation> events) {
      long[] packed = new long[events.size()];
      for (int i = 0; i < packed.length; i++) {
        Observation event = events.get(i);
        packed[i] = event.time() << TYPE_BITS | pattern.indexOf(event.type());
      }
      return new Seen(packed, packed.length);
    }

    /** The first of them. */
    Seen first(int some) {
      return new Seen(events, some);
    }

    /** As something to remember. */
    Seen kept() {
      return count == events.length ? this : new Seen(Arrays.copyOf(events, count), count);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Seen that
          && hash == that.hash
          && Arrays.equals(events, 0, count, that.events, 0, that.count);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** Compiles all patterns. */
  public CepSignals() {
    DerivedPatterns.all().forEach(pattern -> automata.add(new Automaton(pattern)));
    for (Automaton automaton : automata) {
      for (String type : automaton.pattern.types()) {
        places.put(type, automata.stream().mapToInt(one -> one.pattern.indexOf(type)).toArray());
      }
    }
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
    List<Candidates> all = candidates(events);
    List<Signal> derived = new ArrayList<>();
    for (int i = 0; i < automata.size(); i++) {
      List<Observation> seen = seen(automata.get(i), all.get(i));
      if (!seen.isEmpty()) {
        for (Signal signal : found(automata.get(i), seen)) {
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
   * Of a person's events those that a pattern sees, and of these the ones that may begin a match.
   */
  private record Candidates(List<Observation> events, List<Observation> beginnings) {
    Candidates() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  /** For each automaton, with one look at each event: there may be many that no pattern sees. */
  private List<Candidates> candidates(List<Observation> events) {
    List<Candidates> all = automata.stream().map(automaton -> new Candidates()).toList();
    for (Observation event : events) {
      int[] placed = places.get(event.type());
      for (int i = 0; placed != null && i < placed.length; i++) {
        if (placed[i] >= 0) {
          all.get(i).events().add(event);
        }
        if (placed[i] == 0) {
          all.get(i).beginnings().add(event);
        }
      }
    }
    return all;
  }

  /**
   * The events that can make or break a match: those within reach of an event that so many of its
   * type follow as a match needs. Most persons have none, and no automaton is run for them.
   */
  private static List<Observation> seen(Automaton automaton, Candidates all) {
    DerivedPattern pattern = automaton.pattern;
    List<Observation> beginnings = all.beginnings();
    List<Observation> candidates = all.events();
    if (beginnings.size() < pattern.beginnings()) {
      return List.of();
    }
    candidates.sort(automaton.order);
    List<Observation> seen = new ArrayList<>();
    int begun = 0;
    long reach = Long.MIN_VALUE;
    for (Observation event : candidates) {
      if (pattern.beginsWith(event)) {
        int last = begun + pattern.beginnings() - 1;
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
   * All that these events can yield, due or not. It is asked for of the same person again and
   * again, mostly of the same events, or of one more. So what was found is kept a while, and of
   * events that come after others only those are looked at that they can make a match with: each
   * takes as long then whether it is a person's tenth or thousandth.
   */
  private Set<Signal> found(Automaton automaton, List<Observation> events) {
    Seen seen = Seen.of(automaton.pattern, events);
    Set<Signal> found = automaton.lately.get(seen);
    if (found != null) {
      return found;
    }
    int known = events.size();
    for (int steps = 0;
        found == null && known > 0 && steps <= automaton.pattern.beginnings();
        steps++) {
      known = instantOf(events, known - 1);
      found = known == 0 ? Set.of() : automaton.lately.get(seen.first(known));
    }
    if (found == null) {
      found = run(automaton, events);
    } else {
      while (known < events.size()) {
        int after = known + 1;
        while (after < events.size() && events.get(after).time() == events.get(known).time()) {
          after++;
        }
        found = extended(automaton, events.subList(0, after), known, found);
        known = after;
      }
    }
    automaton.remember(seen, found);
    return found;
  }

  /** The first event of the instant of another. */
  private static int instantOf(List<Observation> events, int index) {
    int first = index;
    while (first > 0 && events.get(first - 1).time() == events.get(index).time()) {
      first--;
    }
    return first;
  }

  /**
   * What events yield together.
   *
   * @param events some, and those of a later instant
   * @param known how many the some are
   * @param before what they yield without the later ones
   */
  private Set<Signal> extended(
      Automaton automaton, List<Observation> events, int known, Set<Signal> before) {
    DerivedPattern pattern = automaton.pattern;
    long last = events.get(known).time();
    Set<Signal> found = new LinkedHashSet<>();
    int from = known;
    if (pattern.endsByTime()) {
      // The later ones may be what a match that is not due waits for not to come.
      while (from > 0 && pattern.due(events.get(from - 1).time()) >= last) {
        from--;
      }
      before.stream().filter(signal -> signal.time() < last).forEach(found::add);
      found.addAll(run(automaton, events.subList(from, events.size())));
    } else {
      int beginnings = 0;
      while (from > 0
          && beginnings < pattern.beginnings() - 1
          && pattern.due(events.get(from - 1).time()) >= last) {
        from--;
        if (pattern.beginsWith(events.get(from))) {
          beginnings++;
        }
      }
      found.addAll(before);
      run(automaton, events.subList(from, events.size())).stream()
          .filter(signal -> signal.time() == last)
          .forEach(found::add);
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
