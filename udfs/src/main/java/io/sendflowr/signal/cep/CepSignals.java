package io.sendflowr.signal.cep;

import io.sendflowr.signal.DerivedSignals;
import io.sendflowr.signal.Observation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 * clears state at every timer: this way does 66 times as many events a second there, looking at a
 * person's events whenever one comes (measured by {@code benchmarks/patterns}). On the heap the
 * operator would be a quarter faster than this.
 *
 * <p>For one thread.
 */
public final class CepSignals implements DerivedSignals {
  private static final AfterMatchSkipStrategy OVERLAPPING = AfterMatchSkipStrategy.noSkip();
  private static final TimerService NO_CLOCK =
      () -> {
        throw new UnsupportedOperationException("patterns see event time only");
      };

  private static final int TYPE_BITS = 8;

  /** What findings of an automaton take besides, in longs. */
  private static final int OVERHEAD = 16;

  private final List<Automaton> automata = new ArrayList<>();

  /** By type, its place in the pattern of each automaton; most types have none in any. */
  private final Map<String, int[]> places = new HashMap<>();

  private final InMemoryState state = new InMemoryState();
  private final SharedBuffer<Observation> buffer;

  /** A pattern, compiled. */
  private static final class Automaton {
    final DerivedPattern pattern;
    final NFA<Observation> nfa;
    final Comparator<Observation> order;

    Automaton(DerivedPattern pattern) {
      this.pattern = pattern;
      this.nfa = NFACompiler.compileFactory(pattern.pattern(), false).createNFA();
      this.order =
          Comparator.comparingLong(Observation::time)
              .thenComparingInt(event -> pattern.indexOf(event.type()));
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
  public History history() {
    return new PatternHistory();
  }

  private final class PatternHistory implements History {
    private final List<Sequence> sequences = automata.stream().map(Sequence::new).toList();

    @Override
    public void add(Observation event) {
      int[] placed = places.get(event.type());
      for (int i = 0; placed != null && i < placed.length; i++) {
        if (placed[i] >= 0) {
          sequences.get(i).add(event);
        }
      }
    }

    @Override
    public List<Long> due(String signal, long now) {
      for (Sequence sequence : sequences) {
        if (sequence.automaton.pattern.signal().equals(signal)) {
          List<Long> found = sequence.found(now);
          return found.subList(0, countUpTo(found, now));
        }
      }
      return List.of();
    }

    @Override
    public long nextDue(long now) {
      long next = Long.MAX_VALUE;
      for (Sequence sequence : sequences) {
        if (sequence.automaton.pattern.endsByTime()) {
          List<Long> found = sequence.found(now);
          int due = countUpTo(found, now);
          if (due < found.size()) {
            next = Math.min(next, found.get(due));
          }
        }
      }
      return next;
    }

    @Override
    public Findings findings() {
      return new Kept(sequences.stream().map(Sequence::kept).toList());
    }

    @Override
    public void recall(Findings findings) {
      List<KeptFound> kept = ((Kept) findings).sequences();
      for (int i = 0; i < kept.size(); i++) {
        sequences.get(i).recall(kept.get(i));
      }
    }

    private static int countUpTo(List<Long> ascending, long instant) {
      int count = ascending.size();
      while (count > 0 && ascending.get(count - 1) > instant) {
        count--;
      }
      return count;
    }
  }

  /**
   * What the first events of a sequence yield, due or not.
   *
   * @param count how many events
   * @param last when the last of them happened, epoch ms
   * @param stamps of signals, epoch ms, ascending, each once
   */
  private record Found(int count, long last, List<Long> stamps) {
    static final Found NOTHING = new Found(0, Long.MIN_VALUE, List.of());

    /** What is left of it when another event becomes known. */
    Found with(Observation event) {
      return last < event.time() ? this : NOTHING;
    }
  }

  /** What was found, by automaton. */
  private record Kept(List<KeptFound> sequences) implements Findings {
    @Override
    public int size() {
      return sequences.stream()
          .mapToInt(one -> OVERHEAD + one.events().length + one.found().stamps().size())
          .sum();
    }
  }

  /**
   * What was found in some events.
   *
   * @param events all that matters of them: their times, and which of the automaton's types
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record KeptFound(long[] events, Found found) {}

  /**
   * The events that an automaton sees, and what it found in them at the last two instants: it is
   * asked for of the same person again and again, with and without what came last. Of events that
   * come after others only those are looked at that they can make a match with, so that each takes
   * as long whether it is a person's tenth or thousandth.
   */
  private final class Sequence {
    private final Automaton automaton;
    private final List<Observation> events = new ArrayList<>();
    private Found latest = Found.NOTHING;
    private Found earlier = Found.NOTHING;

    Sequence(Automaton automaton) {
      this.automaton = automaton;
    }

    void add(Observation event) {
      int at = events.size();
      while (at > 0 && automaton.order.compare(events.get(at - 1), event) > 0) {
        at--;
      }
      events.add(at, event);
      latest = latest.with(event);
      earlier = earlier.with(event);
    }

    KeptFound kept() {
      long[] packed = new long[latest.count()];
      for (int i = 0; i < packed.length; i++) {
        packed[i] = packed(events.get(i));
      }
      return new KeptFound(packed, latest);
    }

    void recall(KeptFound kept) {
      int count = kept.found().count();
      boolean same = latest.count() == 0 && count <= events.size();
      for (int i = 0; same && i < count; i++) {
        same = kept.events()[i] == packed(events.get(i));
      }
      // One more of the last instant would belong to what it was found in.
      if (same && (count == events.size() || events.get(count).time() > kept.found().last())) {
        latest = kept.found();
      }
    }

    private long packed(Observation event) {
      return event.time() << TYPE_BITS | automaton.pattern.indexOf(event.type());
    }

    /** All that the events stamped up to an instant can yield, due or not. */
    List<Long> found(long stampedUpTo) {
      int count = events.size();
      while (count > 0 && events.get(count - 1).time() > stampedUpTo) {
        count--;
      }
      if (count == 0) {
        return List.of();
      }
      if (latest.count() == count) {
        return latest.stamps();
      }
      if (earlier.count() == count) {
        return earlier.stamps();
      }
      Found before = longest(count);
      List<Long> stamps =
          before.count() == 0 ? run(automaton, events.subList(0, count)) : extended(before, count);
      earlier = latest;
      latest = new Found(count, events.get(count - 1).time(), stamps);
      return stamps;
    }

    /** The one of more events of what was found in fewer than {@code count}. */
    private Found longest(int count) {
      Found longest = Found.NOTHING;
      for (Found one : List.of(latest, earlier)) {
        if (one.count() < count && one.count() > longest.count()) {
          longest = one;
        }
      }
      return longest;
    }

    private List<Long> extended(Found before, int count) {
      List<Long> found = new ArrayList<>(before.stamps());
      int known = before.count();
      while (known < count) {
        int end = known + 1;
        while (end < count && events.get(end).time() == events.get(known).time()) {
          end++;
        }
        extend(found, known, end);
        known = end;
      }
      return found;
    }

    /**
     * Adds what more is found with the events of one more instant.
     *
     * @param found what the events before it yield
     * @param known where they end
     * @param end where those of the instant end
     */
    private void extend(List<Long> found, int known, int end) {
      DerivedPattern pattern = automaton.pattern;
      long last = events.get(known).time();
      int from = known;
      if (pattern.endsByTime()) {
        // The later ones may be what a match that is not due waits for not to come.
        long open = Long.MAX_VALUE;
        while (!found.isEmpty() && found.get(found.size() - 1) >= last) {
          open = found.remove(found.size() - 1);
        }
        while (from > 0 && pattern.due(events.get(from - 1).time()) >= open) {
          from--;
        }
        found.addAll(run(automaton, events.subList(from, end)));
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
        for (long stamp : run(automaton, events.subList(from, end))) {
          if (stamp == last) {
            found.add(stamp);
          }
        }
      }
    }
  }

  /**
   * The events that can make or break a match: those within reach of an event that so many of its
   * type follow as a match needs. Mostly there are none, and no automaton is run.
   */
  private static List<Observation> seen(DerivedPattern pattern, List<Observation> events) {
    List<Observation> beginnings = new ArrayList<>(events.size());
    for (Observation event : events) {
      if (pattern.beginsWith(event)) {
        beginnings.add(event);
      }
    }
    if (beginnings.size() < pattern.beginnings()) {
      return List.of();
    }
    List<Observation> seen = new ArrayList<>(events.size());
    int begun = 0;
    long reach = Long.MIN_VALUE;
    for (Observation event : events) {
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
   * When signals are due that events, in the order of an automaton, yield: ascending, each once.
   */
  private List<Long> run(Automaton automaton, List<Observation> events) {
    DerivedPattern pattern = automaton.pattern;
    List<Observation> seen = seen(pattern, events);
    if (seen.isEmpty()) {
      return List.of();
    }
    NFA<Observation> nfa = automaton.nfa;
    NFAState matching = nfa.createInitialNFAState();
    List<Map<String, List<Observation>>> matches = new ArrayList<>();
    try (SharedBufferAccessor<Observation> accessor = buffer.getAccessor()) {
      long reached = Long.MIN_VALUE;
      for (Observation event : seen) {
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
    return matches.stream().map(pattern::stamp).sorted().distinct().toList();
  }
}
