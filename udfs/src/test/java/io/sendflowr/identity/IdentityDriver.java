package io.sendflowr.identity;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.catalogue.IdentifierType;
import io.sendflowr.identity.LinkGraph.Applied;
import io.sendflowr.identity.LinkGraph.Pair;
import io.sendflowr.identity.Sightings.Fold;
import io.sendflowr.identity.store.Chunk;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The link graph and what each identifier remembers, driven as the operators drive them but without
 * Flink: together they answer section 4 of the contract.
 */
final class IdentityDriver {
  private final Catalogue catalogue;
  private final int maxPersonSize;
  private final byte[] secret;
  private final LinkGraph graph;
  private final TreeSet<Long> held;
  private final Map<Long, Memory> memories = new TreeMap<>();
  private long now = Long.MIN_VALUE;

  /** What one identifier remembers: its keyed state. */
  private static final class Memory {
    Sightings seen = new Sightings(List.of(), null);
    final Map<Long, long[]> folded = new HashMap<>();
  }

  IdentityDriver(Catalogue catalogue, int maxPersonSize) {
    this(catalogue, maxPersonSize, List.of());
  }

  /**
   * @param held stamps of the records that every identifier holds: of them, and of the present, may
   *     be asked
   */
  IdentityDriver(Catalogue catalogue, int maxPersonSize, Collection<Long> held) {
    this(catalogue, maxPersonSize, held, null);
  }

  IdentityDriver(Catalogue catalogue, int maxPersonSize, Collection<Long> held, byte[] secret) {
    this.catalogue = catalogue;
    this.maxPersonSize = maxPersonSize;
    this.held = new TreeSet<>(held);
    this.secret = secret == null ? null : secret.clone();
    this.graph = new LinkGraph(catalogue, maxPersonSize, new ErasureMarks(secret));
  }

  LinkGraph graph() {
    return graph;
  }

  /** Says everything of one instant, links and unlinks. */
  Applied say(Collection<LinkChange> changes) {
    remember(changes);
    return apply(linked(changes));
  }

  /** What {@link #say} says to the graph. */
  static List<GraphChange> linked(Collection<LinkChange> changes) {
    List<GraphChange> linked = new ArrayList<>();
    changes.forEach(change -> linked.add(new GraphChange.Linked(change, change.time())));
    return linked;
  }

  /** Applies changes of one instant whose sightings are remembered already. */
  Applied apply(Collection<? extends GraphChange> changes) {
    for (GraphChange change : changes) {
      now = change.time();
    }
    Applied applied = graph.apply(changes);
    for (Pair pair : applied.removed()) {
      forget(pair.a(), pair.b());
      forget(pair.b(), pair.a());
    }
    applied.erased().forEach(memories::remove);
    return applied;
  }

  /** Tells the ends of links of each other, as they may be told long before event time is there. */
  void remember(Collection<LinkChange> changes) {
    for (LinkChange change : changes) {
      if (!change.unlink()) {
        remember(change.a(), List.of(change.b()), change.time());
        remember(change.b(), List.of(change.a()), change.time());
      }
    }
  }

  /** The same of a record with several identifiers, at once. */
  void rememberTogether(Collection<Identifier> identifiers, long time) {
    for (Identifier one : identifiers) {
      remember(one, identifiers.stream().filter(other -> !other.equals(one)).toList(), time);
    }
  }

  private void remember(Identifier holder, List<Identifier> seenWith, long time) {
    List<Long> others =
        seenWith.stream()
            .filter(other -> !catalogue.typeOf(other.rank()).isWeak())
            .map(this::key)
            .toList();
    if (!others.isEmpty()) {
      Memory memory = memory(key(holder));
      List<Sighting> recent = new ArrayList<>(memory.seen.recent());
      recent.add(new Sighting(time, others));
      memory.seen = new Sightings(recent, memory.seen.latest());
    }
  }

  private void forget(long holder, long end) {
    Memory memory = memory(holder);
    memory.seen = memory.seen.without(end, now);
    memory.folded.remove(end);
  }

  /** Folds in what some of the identifiers saw up to now. */
  void fold(Random which) throws Exception {
    for (Memory memory : memories.values()) {
      if (which.nextBoolean()) {
        fold(memory);
      }
    }
  }

  /** Folds in what all identifiers saw up to now. */
  void foldAll() throws Exception {
    for (Memory memory : memories.values()) {
      fold(memory);
    }
  }

  private void fold(Memory memory) throws Exception {
    Fold fold = memory.seen.fold(now, held, memory.folded::get);
    memory.seen = fold.left();
    memory.folded.putAll(fold.stamps());
  }

  private Memory memory(long key) {
    return memories.computeIfAbsent(key, k -> new Memory());
  }

  /** How many stamps an identifier remembers, folded in or not. */
  int remembered(Identifier identifier) {
    Memory memory = memory(key(identifier));
    return memory.seen.recent().size()
        + memory.folded.values().stream().mapToInt(stamps -> stamps.length).sum();
  }

  private long endOf(long holder, long stamp) throws Exception {
    Memory memory = memory(holder);
    return graph.givesOut(holder)
        ? memory.seen.owner(graph, holder, stamp, now, () -> memory.folded)
        : holder;
  }

  /** Rule 3: the key of the universal id of the person for whom a record counts. */
  long ownerOf(long holder, long stamp) throws Exception {
    return graph.personOf(endOf(holder, stamp));
  }

  /** Rule 4. */
  long[] doubtfulOwnersOf(long holder, long stamp) throws Exception {
    long[] sharers = graph.sharers(holder);
    return sharers.length == 0 ? new long[] {ownerOf(holder, stamp)} : sharers;
  }

  /** The identifiers of the person for whom a record counts, ascending. */
  List<Identifier> membersOf(Identifier holder, long stamp) throws Exception {
    List<Identifier> members = graph.membersOf(endOf(key(holder), stamp));
    return members.isEmpty() ? List.of(holder) : members;
  }

  long membersFingerprint(long holder, long stamp) throws Exception {
    return graph.membersFingerprint(endOf(holder, stamp));
  }

  /** "Confidence": what each presented identifier claims, put together. */
  double confidence(Collection<Identifier> presented, long person, long stamp) throws Exception {
    List<Claim> claims = new ArrayList<>();
    for (Identifier identifier : Set.copyOf(presented)) {
      long holder = key(identifier);
      long end = endOf(holder, stamp);
      if (graph.personOf(end) == person) {
        IdentifierType type = catalogue.typeOf(identifier.rank());
        claims.add(
            new Claim(
                type.kind(),
                type.kind() == IdentifierClass.DETERMINISTIC
                    ? 1.0
                    : type.weight() * graph.bestWay(holder, end).weight()));
      }
    }
    return Claim.together(claims);
  }

  /** The same, started anew from what was written. */
  IdentityDriver restored(Random random) {
    List<Chunk> chunks = new ArrayList<>();
    graph.write(chunks::add);
    Collections.shuffle(chunks, random);
    IdentityDriver restored = new IdentityDriver(catalogue, maxPersonSize, held, secret);
    restored.graph.restore(chunks);
    restored.now = now;
    memories.forEach(
        (key, memory) -> {
          restored.memory(key).seen = memory.seen;
          restored.memory(key).folded.putAll(memory.folded);
        });
    return restored;
  }

  private long key(Identifier identifier) {
    return graph.key(identifier);
  }
}
