package io.sendflowr.identity;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.catalogue.IdentifierType;
import io.sendflowr.identity.IdentityChange.Kind;
import io.sendflowr.identity.store.Chunk;
import io.sendflowr.identity.store.LinkStore;
import io.sendflowr.identity.store.Rows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/**
 * The links that are live now, and who is one person by them (SPEC sections 4 and 5).
 *
 * <p>The graph is moved forward in event time: {@link #apply} takes all changes of one instant at
 * once, and instants in ascending order. So the present graph is a function of the set of changes
 * up to now, whatever order they arrived in, and of a pair it keeps only what is asked of it: since
 * when it is linked, since when it may bridge, the highest weight and who said so. When links were
 * seen again is the memory of the identifier that asks ({@link Sightings}).
 *
 * <p>A new link costs what the two persons hold together, at most. An unlink, or an identifier that
 * becomes shared or ceases to be, makes its person be joined anew, and those next to it only as far
 * as they change. Keys are {@link UniversalId#keyOf} of {@code type:value}. Not thread-safe.
 */
public final class LinkGraph {
  /** Least weight of a link that joins two people (rule 1). */
  public static final double BRIDGING_WEIGHT = 0.80;

  /** No time: of something that never was. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final int NONE = LinkStore.NONE;

  private final Catalogue catalogue;
  private final List<IdentifierType> types;
  private final Map<Integer, Integer> typeNumbers = new HashMap<>();
  private final int maxPersonSize;
  private final LinkStore store;
  private final Attributes attributes = new Attributes();
  private final Consents consents;
  private final ErasureMarks marks;

  // What is known of the instant that is being applied.
  private final Members touched = new Members();
  private final Rows fresh = new Rows();
  private final Rows raised = new Rows();
  private final Rows seeds = new Rows();
  private final Rows recounted = new Rows();
  private final Rows quarantined = new Rows();
  private final Rows quarantinedBefore = new Rows();

  /**
   * @param catalogue identifier types and what events do
   * @param maxPersonSize most identifiers that one person may have (rule 5), at least 1
   * @param marks what is left of erased identifiers
   */
  public LinkGraph(Catalogue catalogue, int maxPersonSize, ErasureMarks marks) {
    this.catalogue = catalogue;
    this.maxPersonSize = maxPersonSize;
    this.marks = marks;
    this.types = catalogue.identifierTypes();
    this.consents = new Consents(catalogue);
    int[] slots = new int[types.size()];
    int slot = 0;
    for (int number = 0; number < slots.length; number++) {
      IdentifierType type = types.get(number);
      typeNumbers.put(type.rank(), number);
      slots[number] = type.kind() == IdentifierClass.DETERMINISTIC ? slot++ : NONE;
    }
    this.store = new LinkStore(slots);
    store.keysBy((type, value) -> UniversalId.keyOf(types.get(type).name() + ":" + value));
  }

  /**
   * A live link of two identifiers.
   *
   * @param a one end
   * @param b the other
   * @param weight the highest weight said since the last unlink
   * @param source who said so first
   * @param firstTime since when the pair is linked, epoch ms
   * @param bridgesSince since when its weight allows it to join people, epoch ms, or {@link #NEVER}
   */
  public record LiveLink(
      Identifier a,
      Identifier b,
      double weight,
      String source,
      long firstTime,
      long bridgesSince) {}

  /**
   * What the changes of an instant did.
   *
   * @param affected keys of the identifiers whose records may now count for somebody else, or whose
   *     person has other identifiers than before; ascending
   * @param changes what is to be told of it, in a fixed order
   * @param removed pairs of keys whose link is gone
   * @param erased keys of the identifiers that are forgotten, ascending
   */
  public record Applied(
      List<Long> affected, List<IdentityChange> changes, List<Pair> removed, List<Long> erased) {
    private static final Applied NOTHING = new Applied(List.of(), List.of(), List.of(), List.of());
  }

  /**
   * Keys of two identifiers.
   *
   * @param a one
   * @param b the other
   */
  public record Pair(long a, long b) {}

  /** Applies all changes of one instant, and tells of everybody. */
  public Applied apply(Collection<? extends GraphChange> changes) {
    return apply(changes, person -> true);
  }

  /**
   * Applies all changes of one instant.
   *
   * @param changes changes of one effective time, later than that of every earlier call
   * @param tell of which universal ids, by key, changes are to be told
   */
  public Applied apply(Collection<? extends GraphChange> changes, LongPredicate tell) {
    return new Instant(tell).apply(changes);
  }

  /** One instant, from what was before to what is after. */
  private final class Instant {
    private final LongPredicate tell;
    private final List<LinkChange> causes = new ArrayList<>(2);
    private final List<Pair> removed = new ArrayList<>(0);
    private final Set<Long> flipped = new TreeSet<>();
    private final Set<Long> loose = new TreeSet<>();
    private final Set<Long> erased = new TreeSet<>();
    private CausesBy causesBy;
    private long now;

    Instant(LongPredicate tell) {
      this.tell = tell;
    }

    Applied apply(Collection<? extends GraphChange> changes) {
      List<Erasure> erasures = new ArrayList<>(0);
      for (GraphChange change : changes) {
        now = change.time();
        if (change instanceof GraphChange.Linked linked) {
          if (!isIgnored(linked)) {
            causes.add(linked.change());
          }
        } else if (change instanceof GraphChange.Consented consented) {
          if (consented.reportedTime() > marks.ignoredUntil(consented.holder())) {
            consents.note(consented);
          }
        } else if (change instanceof GraphChange.Erased erasure) {
          erasures.add(erasure.erasure());
        }
      }
      if (causes.isEmpty() && erasures.isEmpty()) {
        return Applied.NOTHING;
      }
      if (causes.size() > 1) {
        causes.sort(CANONICAL);
      }
      // Links come before unlinks in the canonical order: an unlink takes back what its instant
      // said.
      for (LinkChange change : causes) {
        if (change.unlink()) {
          unlink(change);
        } else {
          link(change);
        }
      }
      recountShared();
      connect();
      if (!erasures.isEmpty()) {
        erase(erasures);
      }
      return told();
    }

    private boolean isIgnored(GraphChange.Linked linked) {
      return !marks.isEmpty()
          && (linked.reportedTime() <= marks.ignoredUntil(key(linked.change().a()))
              || linked.reportedTime() <= marks.ignoredUntil(key(linked.change().b())));
    }

    private void link(LinkChange change) {
      int a = node(change.a());
      int b = node(change.b());
      int edge = store.edge(a, b);
      boolean bridges = change.weight() >= BRIDGING_WEIGHT;
      if (edge == NONE) {
        int attribute = attributes.of(change.weight(), change.source());
        edge = store.addEdge(a, b, now, attribute);
        if (attribute == Attributes.OWN) {
          attributes.setOwn(edge, change.weight(), change.source());
        }
        fresh.add(edge);
        recounted.add(a);
        recounted.add(b);
        if (bridges) {
          raised.add(edge);
        }
      } else if (change.weight() > weight(edge)) {
        if (bridges && weight(edge) < BRIDGING_WEIGHT) {
          attributes.setBridgesSince(edge, now);
          raised.add(edge);
        }
        int attribute = attributes.of(change.weight(), change.source());
        store.setAttribute(edge, attribute);
        if (attribute == Attributes.OWN) {
          attributes.setOwn(edge, change.weight(), change.source());
        }
      }
    }

    private void unlink(LinkChange change) {
      int a = store.find(key(change.a()));
      int b = store.find(key(change.b()));
      int edge = a == NONE || b == NONE ? NONE : store.edge(a, b);
      if (edge != NONE) {
        cut(edge);
      }
    }

    private void cut(int edge) {
      int a = store.endA(edge);
      int b = store.endB(edge);
      raised.remove(edge);
      fresh.remove(edge);
      for (int end : new int[] {a, b}) {
        touch(end);
        seeds.add(end);
        recounted.add(end);
        loose.add(store.key(end));
      }
      removed.add(new Pair(store.key(a), store.key(b)));
      attributes.forget(edge);
      store.removeEdge(edge);
    }

    /** Rule 2. */
    private void recountShared() {
      for (int i = 0; i < recounted.size(); i++) {
        int node = recounted.get(i);
        if (store.has(node, LinkStore.WEAK)) {
          continue;
        }
        boolean shared = store.hasMoreOfOneKind(node, type(node).sharedLimit());
        if (shared != store.has(node, LinkStore.SHARED)) {
          touch(node);
          seeds.add(node);
          flipped.add(store.key(node));
          if (shared) {
            store.set(node, LinkStore.SHARED);
            for (int edge = store.firstEdge(node);
                edge != NONE;
                edge = store.nextEdge(edge, node)) {
              quarantine(edge, false);
            }
          } else {
            store.clear(node, LinkStore.SHARED);
          }
        }
      }
      recounted.clear();
    }

    private void connect() {
      if (seeds.isEmpty()) {
        if (raised.size() > 1) {
          Arrays.stream(raised.toArray())
              .boxed()
              .sorted(Comparator.comparing(LinkGraph.this::pairText))
              .forEach(LinkGraph.this::join);
        } else {
          raised.forEach(LinkGraph.this::join);
        }
      } else {
        raised.forEach(
            edge -> {
              seeds.add(store.endA(edge));
              seeds.add(store.endB(edge));
            });
        new Rejoining(seeds).run();
      }
      seeds.clear();
      raised.clear();
    }

    /** SPEC section 5. */
    private void erase(List<Erasure> erasures) {
      Set<Long> keys = new TreeSet<>();
      Rows nodes = new Rows();
      for (Erasure erasure : erasures) {
        for (Identifier identifier : erasure.identifiers()) {
          long key = key(identifier);
          if (erasure.reportedTime() > marks.ignoredUntil(key)) {
            keys.add(key);
            int node = store.find(key);
            if (node != NONE) {
              nodes.add(node);
            }
          }
        }
      }
      // Whoever is weak or shared is alone in a ring.
      nodes.forEach(node -> forRing(node, nodes::add));
      Rows neighbours = new Rows();
      int before;
      do {
        before = nodes.size();
        nodes.forEach(node -> addGivingOut(node, neighbours));
        neighbours.removeAll(nodes);
        leadingNowhereElse(neighbours, nodes).forEach(nodes::add);
      } while (nodes.size() > before);
      neighbours.removeAll(nodes);
      nodes.forEach(node -> keys.add(store.key(node)));
      together(keys, nodes, erasures).forEach(one -> mark(one, neighbours));
      nodes.forEach(
          node -> {
            touch(node);
            while (store.firstEdge(node) != NONE) {
              cut(store.firstEdge(node));
            }
          });
      seeds.removeAll(nodes);
      recounted.removeAll(nodes);
      loose.removeAll(keys);
      // Whoever is in a ring with one of them is one of them.
      nodes.forEach(store::isolate);
      nodes.forEach(store::removeNode);
      recountShared();
      connect();
      erased.addAll(keys);
    }

    private void addGivingOut(int node, Rows sink) {
      for (int edge = store.firstEdge(node); edge != NONE; edge = store.nextEdge(edge, node)) {
        int other = store.other(edge, node);
        if (!joins(other)) {
          sink.add(other);
        }
      }
    }

    /** Of weak and shared neighbours those that lead to nobody but the erased, each other aside. */
    private Rows leadingNowhereElse(Rows neighbours, Rows nodes) {
      Rows left = neighbours;
      while (true) {
        Rows theirs = new Rows();
        nodes.forEach(theirs::add);
        left.forEach(theirs::add);
        Rows still = new Rows();
        left.forEach(
            node -> {
              if (leadsOnlyInto(node, theirs)) {
                still.add(node);
              }
            });
        if (still.size() == left.size()) {
          return still;
        }
        left = still;
      }
    }

    /**
     * What is forgotten at one instant, apart by whom it was about: neither a withdrawal of consent
     * nor its end is anybody else's. What was named in one record belongs together, and a person
     * with what gave out to them.
     */
    private List<Set<Long>> together(Set<Long> keys, Rows nodes, List<Erasure> erasures) {
      Map<Long, SortedSet<Long>> groups = new TreeMap<>();
      keys.forEach(key -> groups.put(key, new TreeSet<>(List.of(key))));
      for (Erasure erasure : erasures) {
        List<Long> named =
            erasure.identifiers().stream().map(LinkGraph.this::key).filter(keys::contains).toList();
        named.forEach(key -> join(named.get(0), key, groups));
      }
      nodes.forEach(
          node -> {
            long key = store.key(node);
            join(key, store.key(store.nextInRing(node)), groups);
            Rows givingOut = new Rows();
            addGivingOut(node, givingOut);
            givingOut.forEach(other -> join(key, store.key(other), groups));
          });
      List<Set<Long>> apart = new ArrayList<>();
      groups.forEach(
          (key, group) -> {
            if (key.equals(group.first())) {
              apart.add(group);
            }
          });
      return apart;
    }

    /** Makes one of the groups of two keys, if both are among those that are forgotten. */
    private static void join(long a, long b, Map<Long, SortedSet<Long>> groups) {
      SortedSet<Long> one = groups.get(a);
      if (one == null || one.contains(b) || !groups.containsKey(b)) {
        return;
      }
      SortedSet<Long> other = groups.get(b);
      boolean isLarger = one.size() >= other.size();
      SortedSet<Long> larger = isLarger ? one : other;
      SortedSet<Long> smaller = isLarger ? other : one;
      larger.addAll(smaller);
      smaller.forEach(key -> groups.put(key, larger));
    }

    /**
     * Marks what belongs together.
     *
     * @param neighbours weak and shared ones that stay, of all that is forgotten at the instant
     */
    private void mark(Set<Long> keys, Rows neighbours) {
      Set<Long> witnesses = new TreeSet<>(keys);
      Rows givingOut = new Rows();
      for (long key : keys) {
        int node = store.find(key);
        if (node != NONE) {
          addGivingOut(node, givingOut);
        }
      }
      givingOut.forEach(
          node -> {
            if (neighbours.contains(node)) {
              witnesses.add(store.key(node));
            }
          });
      Map<String, Long> carried = new TreeMap<>();
      for (long key : witnesses) {
        marks
            .carriedBy(key, catalogue.consentTypes())
            .forEach((t, at) -> carried.merge(t, at, Math::max));
      }
      Map<String, Long> withdrawn = consents.withdrawn(witnesses, carried);
      for (long key : keys) {
        consents.forget(key);
        marks.erase(key, now, catalogue.consentTypes(), withdrawn);
      }
    }

    private Applied told() {
      List<Long> affected = affected();
      List<IdentityChange> changes = changes();
      touched.clear(store);
      fresh.clear();
      quarantined.clear();
      quarantinedBefore.clear();
      forgetUnlinked();
      return new Applied(affected, changes, removed, List.copyOf(erased));
    }

    private List<Long> affected() {
      List<Long> affected = new ArrayList<>();
      touched.forEach(
          (node, key, before) -> {
            if (store.isStill(node, key) && isChanged(node, before)) {
              affected.add(key);
              addGivingThrough(node, affected);
            }
          });
      for (long key : flipped) {
        int node = store.find(key);
        if (node != NONE) {
          affected.add(key);
          addGivingThrough(node, affected);
        }
      }
      fresh.forEach(
          edge -> {
            addIfGivenOut(store.endA(edge), store.endB(edge), affected);
            addIfGivenOut(store.endB(edge), store.endA(edge), affected);
            addIfErased(store.key(store.endA(edge)), affected);
            addIfErased(store.key(store.endB(edge)), affected);
          });
      for (Pair pair : removed) {
        affected.add(pair.a());
        affected.add(pair.b());
      }
      affected.removeAll(erased);
      affected.sort(null);
      List<Long> distinct = new ArrayList<>(affected.size());
      for (Long key : affected) {
        if (distinct.isEmpty() || !distinct.get(distinct.size() - 1).equals(key)) {
          distinct.add(key);
        }
      }
      return distinct;
    }

    /** Whether the person of a node has another universal id or other members than before. */
    private boolean isChanged(int node, long before) {
      if (store.key(anchor(node)) != before) {
        return true;
      }
      int size = 0;
      int member = node;
      do {
        if (touched.before(store, member) != before) {
          return true;
        }
        size++;
        member = store.nextInRing(member);
      } while (member != node);
      return size != touched.sizeBefore(before);
    }

    /** The weak and shared neighbours: what they hold may be given out through the node. */
    private void addGivingThrough(int node, List<Long> affected) {
      for (int edge = store.firstEdge(node); edge != NONE; edge = store.nextEdge(edge, node)) {
        int other = store.other(edge, node);
        if (!joins(other) && !store.has(other, LinkStore.HOLDS_NOTHING)) {
          affected.add(store.key(other));
        }
      }
    }

    /**
     * A new link changes what became of the records that its end holds already only if they had
     * nowhere to go, or if it shows one more person whom the circuit breakers of a shared one guard
     * (rule 4); a record to come is asked about when it comes.
     */
    private void addIfGivenOut(int node, int owner, List<Long> affected) {
      if (joins(node) || !joins(owner) || store.has(node, LinkStore.HOLDS_NOTHING)) {
        return;
      }
      if (store.has(node, LinkStore.SHARED)) {
        affected.add(store.key(node));
        return;
      }
      for (int edge = store.firstEdge(node); edge != NONE; edge = store.nextEdge(edge, node)) {
        if (store.time(edge) < now && joins(store.other(edge, node))) {
          return;
        }
      }
      affected.add(store.key(node));
    }

    /**
     * One that comes back after an erasure may carry on withdrawals that its person has to know.
     */
    private void addIfErased(long key, List<Long> affected) {
      if (marks.ignoredUntil(key) != ErasureMarks.NEVER) {
        affected.add(key);
      }
    }

    private List<IdentityChange> changes() {
      List<IdentityChange> told = new ArrayList<>(1);
      moves()
          .forEach(
              (move, nodes) -> {
                Kind kind =
                    nodes.size() == touched.sizeBefore(move.from()) ? Kind.MERGED : Kind.SPLIT;
                List<Integer> moved = nodes.stream().filter(node -> !becameShared(node)).toList();
                if (!moved.isEmpty()) {
                  told.add(change(kind, move.to(), move.from(), moved));
                }
              });
      for (long key : flipped) {
        int node = store.find(key);
        if (node != NONE && becameShared(node) && tell.test(key)) {
          told.add(change(Kind.QUARANTINED, key, touched.before(store, node), List.of(node)));
        }
      }
      Arrays.stream(quarantined.toArray())
          .filter(edge -> store.isEdge(edge) && store.hasEdgeFlag(edge, LinkStore.QUARANTINED))
          .boxed()
          .sorted(Comparator.comparing(LinkGraph.this::pairText))
          .forEach(edge -> tellQuarantined(store.endA(edge), store.endB(edge), told));
      return told;
    }

    private void tellQuarantined(int a, int b, List<IdentityChange> told) {
      boolean ordered = text(a).compareTo(text(b)) < 0;
      long first = store.key(anchor(ordered ? a : b));
      if (tell.test(first)) {
        long second = store.key(anchor(ordered ? b : a));
        told.add(change(Kind.QUARANTINED, first, second, List.of(a, b)));
      }
    }

    /** From which universal id to which other, by key, and which nodes. */
    private record Move(long from, long to) {}

    private Map<Move, List<Integer>> moves() {
      Map<Move, List<Integer>> moves =
          new TreeMap<>(Comparator.comparingLong(Move::from).thenComparingLong(Move::to));
      touched.forEach(
          (node, key, before) -> {
            long after = store.isStill(node, key) ? store.key(anchor(node)) : before;
            if (after != before && tell.test(after)) {
              moves.computeIfAbsent(new Move(before, after), m -> new ArrayList<>()).add(node);
            }
          });
      return moves;
    }

    private boolean becameShared(int node) {
      return store.has(node, LinkStore.SHARED) && flipped.contains(store.key(node));
    }

    private IdentityChange change(Kind kind, long person, long previous, List<Integer> nodes) {
      return new IdentityChange(
          kind,
          person,
          previous,
          nodes.stream().map(LinkGraph.this::identifier).sorted().toList(),
          cause(person, previous, nodes),
          now);
    }

    /**
     * The first of the instant's links that concerns the persons; null if there is none that may be
     * named, because an erasure made the change.
     */
    private LinkChange cause(long person, long previous, List<Integer> nodes) {
      if (causesBy == null) {
        causes.removeIf(
            change -> erased.contains(key(change.a())) || erased.contains(key(change.b())));
        causesBy = new CausesBy();
      }
      int first = causesBy.firstOf(person, previous, nodes);
      return first == causes.size() ? causes.isEmpty() ? null : causes.get(0) : causes.get(first);
    }

    /**
     * By whom it concerns, the first of the instant's links. Thousands of links can share an
     * instant, when somebody imports them or was late with them, and each may have changed
     * something.
     */
    private final class CausesBy {
      private final Map<Integer, Integer> node = new HashMap<>();
      private final Map<Long, Integer> person = new HashMap<>();
      private final Map<Long, Integer> personBefore = new HashMap<>();

      CausesBy() {
        for (int i = 0; i < causes.size(); i++) {
          note(key(causes.get(i).a()), i);
          note(key(causes.get(i).b()), i);
        }
      }

      private void note(long key, int index) {
        int end = store.find(key);
        if (end != NONE) {
          node.putIfAbsent(end, index);
          person.putIfAbsent(store.key(anchor(end)), index);
          if (store.has(end, LinkStore.TOUCHED)) {
            personBefore.putIfAbsent(touched.before(store, end), index);
          }
        }
      }

      /** Its index among the causes; their number if there is none. */
      int firstOf(long now, long before, List<Integer> nodes) {
        int first = person.getOrDefault(now, causes.size());
        first = Math.min(first, personBefore.getOrDefault(before, causes.size()));
        for (int one : nodes) {
          first = Math.min(first, node.getOrDefault(one, causes.size()));
        }
        return first;
      }
    }

    private void forgetUnlinked() {
      for (long key : loose) {
        int node = store.find(key);
        if (node != NONE && store.firstEdge(node) == NONE) {
          store.removeNode(node);
        }
      }
    }
  }

  /**
   * Notes whether the size of a person keeps a link from joining it. An instant can change its mind
   * when it erases somebody; of a link that was quarantined before nothing is told anew.
   */
  private void quarantine(int edge, boolean now) {
    boolean before = store.hasEdgeFlag(edge, LinkStore.QUARANTINED);
    if (now && !before && !quarantinedBefore.contains(edge)) {
      quarantined.add(edge);
    } else if (before && !now && !quarantined.contains(edge)) {
      quarantinedBefore.add(edge);
    }
    store.setEdgeFlag(edge, LinkStore.QUARANTINED, now);
  }

  /** Joins the persons at the two ends of a link that was not there before (rules 1 and 5). */
  private void join(int edge) {
    int a = store.endA(edge);
    int b = store.endB(edge);
    if (!mayBridge(edge)) {
      return;
    }
    int anchorA = anchor(a);
    int anchorB = anchor(b);
    if (anchorA == anchorB) {
      return;
    }
    if (size(a) + size(b) > maxPersonSize) {
      quarantine(edge, true);
      return;
    }
    touch(a);
    touch(b);
    store.clear(isBefore(anchorA, anchorB) ? anchorB : anchorA, LinkStore.ANCHOR);
    store.splice(a, b);
  }

  /**
   * Joins persons anew, from all their links in their order (rule 5).
   *
   * <p>Persons next to the changed ones, beyond a link that made nobody one so far, take part,
   * because that link may join them now. What lies beyond them does so only if they change: a
   * person whose own links all stand as before, and who is joined to nobody new, has come about as
   * before, and so have their neighbours.
   */
  private final class Rejoining {
    private final Rows core = new Rows();
    private final Rows nodes = new Rows();
    private final List<Integer> bridges = new ArrayList<>();
    private int[] parents;
    private int[] sizes;

    Rejoining(Rows seeds) {
      seeds.forEach(seed -> core.add(anchor(seed)));
    }

    void run() {
      do {
        gather();
        connect();
      } while (widen());
      commit();
    }

    private void gather() {
      nodes.clear();
      bridges.clear();
      core.forEach(person -> forRing(person, nodes::add));
      nodes.forEach(node -> forBridges(node, (edge, other) -> forRing(other, nodes::add)));
      nodes.forEach(
          node ->
              forBridges(
                  node,
                  (edge, other) -> {
                    if (node < other && nodes.contains(other)) {
                      bridges.add(edge);
                    }
                  }));
      bridges.sort(byTimeThenPair);
    }

    private void connect() {
      parents = new int[nodes.size()];
      sizes = new int[nodes.size()];
      for (int i = 0; i < parents.length; i++) {
        parents[i] = i;
        sizes[i] = 1;
      }
      for (int edge : bridges) {
        int a = rootOf(store.endA(edge));
        int b = rootOf(store.endB(edge));
        if (a != b && sizes[a] + sizes[b] <= maxPersonSize) {
          parents[b] = a;
          sizes[a] += sizes[b];
        }
      }
    }

    /** Takes in persons at the rim that change and have links beyond it; whether there are any. */
    private boolean widen() {
      Rows changed = new Rows();
      nodes.forEach(
          node -> {
            int person = anchor(node);
            // Of equal size it could still be made up of others.
            if (rootOf(node) != rootOf(person) || sizes[rootOf(node)] != size(node)) {
              changed.add(person);
            }
          });
      int before = core.size();
      nodes.forEach(
          node -> {
            int person = anchor(node);
            if (changed.contains(person) && !core.contains(person)) {
              forBridges(
                  node,
                  (edge, other) -> {
                    if (!nodes.contains(other)) {
                      core.add(person);
                    }
                  });
            }
          });
      return core.size() > before;
    }

    private void commit() {
      nodes.forEach(LinkGraph.this::touch);
      nodes.forEach(
          node -> {
            store.isolate(node);
            store.clear(node, LinkStore.ANCHOR);
          });
      int[] anchors = new int[nodes.size()];
      Arrays.fill(anchors, NONE);
      for (int i = 0; i < anchors.length; i++) {
        int node = nodes.get(i);
        int root = root(i);
        if (root != i) {
          store.splice(node, nodes.get(root));
        }
        if (anchors[root] == NONE || isBefore(node, anchors[root])) {
          anchors[root] = node;
        }
      }
      for (int anchor : anchors) {
        if (anchor != NONE) {
          store.set(anchor, LinkStore.ANCHOR);
        }
      }
      for (int edge : bridges) {
        boolean apart = rootOf(store.endA(edge)) != rootOf(store.endB(edge));
        quarantine(edge, apart);
      }
    }

    private int rootOf(int node) {
      return root(nodes.placeOf(node));
    }

    private int root(int place) {
      int root = place;
      while (parents[root] != root) {
        parents[root] = parents[parents[root]];
        root = parents[root];
      }
      return root;
    }
  }

  // ---- questions

  /** Number of identifiers that have a live link. */
  public int size() {
    return store.nodes();
  }

  /** Number of live links. */
  public int links() {
    return store.edges();
  }

  /** Heap bytes of the links and their identifiers, values included. */
  public long bytes() {
    return store.bytes();
  }

  /** What is left of erased identifiers. */
  public ErasureMarks marks() {
    return marks;
  }

  /** The key of an identifier. */
  public long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(catalogue));
  }

  /** Whether a live link of the identifier is known. */
  public boolean knows(long key) {
    return store.find(key) != NONE;
  }

  /** Whether what the identifier holds is given out to others: it is weak or shared (rule 3). */
  public boolean givesOut(long key) {
    int node = store.find(key);
    return node != NONE && !joins(node);
  }

  /** Whether the identifier is shared (rule 2). */
  public boolean isShared(long key) {
    int node = store.find(key);
    return node != NONE && store.has(node, LinkStore.SHARED);
  }

  /** The identifier with this key, or null if it has no live link. */
  public Identifier identifier(long key) {
    int node = store.find(key);
    return node == NONE ? null : identifier(node);
  }

  /** The key of the universal id of the person that an identifier belongs to itself. */
  public long personOf(long key) {
    int node = store.find(key);
    return node == NONE ? key : store.key(anchor(node));
  }

  /**
   * Since when (epoch ms) a weak or shared identifier is linked to {@code end}, if what it holds
   * may be given out through that link; else {@link #NEVER}.
   */
  public long givesThroughSince(long holder, long end) {
    int other = store.find(end);
    return other == NONE || !joins(other) ? NEVER : linkedSince(holder, end);
  }

  /** Since when (epoch ms) two identifiers are linked; {@link #NEVER} if they are not. */
  public long linkedSince(long a, long b) {
    int nodeA = store.find(a);
    int nodeB = store.find(b);
    int edge = nodeA == NONE || nodeB == NONE ? NONE : store.edge(nodeA, nodeB);
    return edge == NONE ? NEVER : store.time(edge);
  }

  /**
   * The end of the earliest live link through which what an identifier holds may be given out; the
   * identifier itself if there is none.
   */
  public long earliestOwner(long holder) {
    int node = store.find(holder);
    if (node == NONE) {
      return holder;
    }
    int earliest = NONE;
    long earliestTime = NEVER;
    for (int edge = store.firstEdge(node); edge != NONE; edge = store.nextEdge(edge, node)) {
      int end = store.other(edge, node);
      if (!joins(end)) {
        continue;
      }
      long time = store.time(edge);
      if (earliest == NONE
          || time < earliestTime
          || (time == earliestTime && text(end).compareTo(text(earliest)) < 0)) {
        earliest = end;
        earliestTime = time;
      }
    }
    return earliest == NONE ? holder : store.key(earliest);
  }

  /**
   * The universal ids of everybody that a shared identifier is linked to (rule 4): keys, ascending;
   * empty if it is not shared or nobody is.
   */
  public long[] sharers(long holder) {
    int node = store.find(holder);
    if (node == NONE || !store.has(node, LinkStore.SHARED)) {
      return new long[0];
    }
    Set<Long> persons = new TreeSet<>();
    for (int edge = store.firstEdge(node); edge != NONE; edge = store.nextEdge(edge, node)) {
      int end = store.other(edge, node);
      if (joins(end)) {
        persons.add(store.key(anchor(end)));
      }
    }
    return persons.stream().mapToLong(Long::longValue).toArray();
  }

  /** Which of two identifiers that are linked comes first by its text {@code type:value}. */
  public long lesser(long a, long b) {
    return text(store.find(a)).compareTo(text(store.find(b))) <= 0 ? a : b;
  }

  /** The identifiers that belong to one person with this one, ascending; empty if unknown. */
  public List<Identifier> membersOf(long key) {
    int node = store.find(key);
    if (node == NONE) {
      return List.of();
    }
    List<Identifier> members = new ArrayList<>();
    forRing(node, member -> members.add(identifier(member)));
    members.sort(null);
    return members;
  }

  /**
   * A fingerprint of {@link #membersOf}: equal if and, but for a collision of 64-bit hashes, only
   * if the members are equal.
   */
  public long membersFingerprint(long key) {
    int node = store.find(key);
    if (node == NONE) {
      return Hashes.spread(key);
    }
    long[] sum = {0};
    forRing(node, member -> sum[0] += Hashes.spread(store.key(member)));
    return sum[0];
  }

  /** The live link of the two identifiers, or null. */
  public LiveLink link(long a, long b) {
    int nodeA = store.find(a);
    int nodeB = store.find(b);
    int edge = nodeA == NONE || nodeB == NONE ? NONE : store.edge(nodeA, nodeB);
    return edge == NONE ? null : live(edge);
  }

  /**
   * Whether the subtask that owns the identifier found that it holds nothing. Nobody else is asked,
   * so it is no part of what is stored.
   */
  public void holdsNothing(long key, boolean nothing) {
    int node = store.find(key);
    if (node != NONE) {
      if (nothing) {
        store.set(node, LinkStore.HOLDS_NOTHING);
      } else {
        store.clear(node, LinkStore.HOLDS_NOTHING);
      }
    }
  }

  /**
   * A way from an identifier to a deterministic one of a person.
   *
   * @param links the links walked, in their order
   * @param weight the product of their weights, in (0, 1]
   */
  public record Way(List<LiveLink> links, double weight) {}

  /**
   * The best way from a presented identifier through the identifiers of a person to a deterministic
   * one (SPEC section 4, "Confidence"); no links and weight 1 where the person has none.
   *
   * @param presented key of the presented identifier
   * @param member key of an identifier of the person
   */
  public Way bestWay(long presented, long member) {
    int start = store.find(presented);
    int end = store.find(member);
    if (start == NONE || end == NONE) {
      return new Way(List.of(), 1.0);
    }
    List<Integer> members = new ArrayList<>();
    forRing(end, members::add);
    if (members.stream().noneMatch(node -> store.has(node, LinkStore.DETERMINISTIC))) {
      return new Way(List.of(), 1.0);
    }
    record Reached(int node, double weight, int by, Reached from) {}
    // Of equal ways the one through lesser keys, so that every run tells the same.
    PriorityQueue<Reached> frontier =
        new PriorityQueue<>(
            Comparator.comparingDouble((Reached r) -> -r.weight())
                .thenComparingLong(r -> store.key(r.node())));
    Set<Integer> done = new HashSet<>();
    frontier.add(new Reached(start, 1.0, NONE, null));
    while (!frontier.isEmpty()) {
      Reached reached = frontier.poll();
      int node = reached.node();
      if (!done.add(node)) {
        continue;
      }
      if (store.has(node, LinkStore.DETERMINISTIC) && anchor(node) == anchor(end)) {
        ArrayDeque<LiveLink> links = new ArrayDeque<>();
        for (Reached r = reached; r.from() != null; r = r.from()) {
          links.addFirst(live(r.by()));
        }
        return new Way(List.copyOf(links), reached.weight());
      }
      for (int next : members) {
        int edge = done.contains(next) ? NONE : store.edge(node, next);
        if (edge != NONE) {
          frontier.add(new Reached(next, reached.weight() * weight(edge), edge, reached));
        }
      }
    }
    return new Way(List.of(), 0);
  }

  /**
   * The bridging links by which the identifiers of a person are one, as a tree from a member, in
   * the order in which they add an identifier.
   */
  public List<LiveLink> treeFrom(long member) {
    int root = store.find(member);
    if (root == NONE) {
      return List.of();
    }
    List<Integer> members = new ArrayList<>();
    forRing(root, members::add);
    members.sort(Comparator.comparing(this::identifier));
    List<LiveLink> links = new ArrayList<>();
    Set<Integer> reached = new LinkedHashSet<>(List.of(root));
    ArrayDeque<Integer> open = new ArrayDeque<>(reached);
    while (!open.isEmpty()) {
      int node = open.poll();
      for (int next : members) {
        int edge = reached.contains(next) ? NONE : store.edge(node, next);
        if (edge != NONE && mayBridge(edge)) {
          reached.add(next);
          open.add(next);
          links.add(live(edge));
        }
      }
    }
    return links;
  }

  // ---- state

  private static final byte VERSION = 1;

  /**
   * Hands over the graph as it is now, in chunks that do not change when it does: what {@link
   * #restore} takes back.
   */
  public void write(Consumer<Chunk> sink) {
    GraphState.write(VERSION, types, attributes, consents.table(), marks, sink);
    store.write(sink);
  }

  /**
   * Sets an empty graph to what {@link #write} wrote, in whatever order the chunks come.
   *
   * @throws IllegalStateException if it was written by a later version, or a type is gone from the
   *     catalogue
   */
  public void restore(Iterable<Chunk> chunks) {
    List<Integer> ranks = new ArrayList<>();
    boolean any = false;
    for (Chunk chunk : chunks) {
      any = true;
      if (LinkStore.isOwn(chunk)) {
        store.read(chunk);
      } else {
        GraphState.read(VERSION, chunk, ranks, attributes, consents.table(), marks);
      }
    }
    if (!any) {
      return;
    }
    int[] numbers =
        ranks.stream().mapToInt(rank -> typeNumber(catalogue.typeOf(rank).rank())).toArray();
    store.relink(number -> numbers[number], this::flagsOfType);
    List<Integer> bridges = new ArrayList<>();
    for (int node = 0; node < store.nodeRows(); node++) {
      if (store.isNode(node)
          && !store.has(node, LinkStore.WEAK)
          && store.hasMoreOfOneKind(node, type(node).sharedLimit())) {
        store.set(node, LinkStore.SHARED);
      }
    }
    for (int edge = 0; edge < store.edgeRows(); edge++) {
      if (store.isEdge(edge) && mayBridge(edge)) {
        bridges.add(edge);
      }
    }
    bridges.sort(byTimeThenPair);
    bridges.forEach(this::join);
    touched.clear(store);
    quarantined.clear();
    quarantinedBefore.clear();
  }

  // ---- parts

  private static final Comparator<LinkChange> CANONICAL =
      Comparator.comparing(LinkChange::unlink)
          .thenComparing(Comparator.comparingDouble(LinkChange::weight).reversed())
          .thenComparing(LinkChange::source)
          .thenComparing(change -> least(change.a(), change.b()))
          .thenComparing(change -> greatest(change.a(), change.b()));

  private static Identifier least(Identifier a, Identifier b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  private static Identifier greatest(Identifier a, Identifier b) {
    return a.compareTo(b) <= 0 ? b : a;
  }

  private final Comparator<Integer> byTimeThenPair =
      (one, other) -> {
        int byTime = Long.compare(bridgesSince(one), bridgesSince(other));
        return byTime != 0 ? byTime : pairText(one).compareTo(pairText(other));
      };

  @FunctionalInterface
  private interface EdgeSink {
    void accept(int edge, int other);
  }

  @FunctionalInterface
  private interface NodeSink {
    void accept(int node);
  }

  private void forBridges(int node, EdgeSink sink) {
    if (!joins(node)) {
      return;
    }
    for (int edge = store.firstEdge(node); edge != NONE; edge = store.nextEdge(edge, node)) {
      if (mayBridge(edge)) {
        sink.accept(edge, store.other(edge, node));
      }
    }
  }

  private void forRing(int node, NodeSink sink) {
    int member = node;
    do {
      // Taken first, because the sink may move the member to another ring.
      int next = store.nextInRing(member);
      sink.accept(member);
      member = next;
    } while (member != node);
  }

  private int size(int node) {
    int size = 0;
    int member = node;
    do {
      size++;
      member = store.nextInRing(member);
    } while (member != node);
    return size;
  }

  private int anchor(int node) {
    int member = node;
    while (!store.has(member, LinkStore.ANCHOR)) {
      member = store.nextInRing(member);
    }
    return member;
  }

  /** The anchor is the least member by type, then time of its first live link, then value. */
  private boolean isBefore(int node, int anchor) {
    int byType = Integer.compare(store.type(node), store.type(anchor));
    if (byType != 0) {
      return byType < 0;
    }
    int byTime = Long.compare(store.firstTime(node), store.firstTime(anchor));
    return byTime != 0 ? byTime < 0 : store.value(node).compareTo(store.value(anchor)) < 0;
  }

  private void touch(int node) {
    if (!store.has(node, LinkStore.TOUCHED)) {
      long key = store.key(anchor(node));
      forRing(node, member -> touched.add(store, member, key));
    }
  }

  private int node(Identifier identifier) {
    long key = key(identifier);
    int node = store.find(key);
    if (node == NONE) {
      int number = typeNumber(identifier.rank());
      node = store.addNode(key, number, identifier.value(), flagsOfType(number));
      touched.add(store, node, key);
    }
    return node;
  }

  private int typeNumber(int rank) {
    return typeNumbers.get(catalogue.typeOf(rank).rank());
  }

  private int flagsOfType(int number) {
    return switch (types.get(number).kind()) {
      case DETERMINISTIC -> LinkStore.DETERMINISTIC;
      case PLATFORM -> 0;
      case WEAK -> LinkStore.WEAK;
    };
  }

  private IdentifierType type(int node) {
    return types.get(store.type(node));
  }

  private Identifier identifier(int node) {
    return new Identifier(type(node).rank(), store.value(node));
  }

  private String text(int node) {
    return type(node).name() + ":" + store.value(node);
  }

  private String pairText(int edge) {
    String a = text(store.endA(edge));
    String b = text(store.endB(edge));
    return a.compareTo(b) < 0 ? a + " " + b : b + " " + a;
  }

  /** Whether links of the identifier can join two people. */
  private boolean joins(int node) {
    return !store.has(node, LinkStore.WEAK | LinkStore.SHARED);
  }

  private boolean mayBridge(int edge) {
    return weight(edge) >= BRIDGING_WEIGHT && joins(store.endA(edge)) && joins(store.endB(edge));
  }

  private boolean leadsOnlyInto(int node, Rows nodes) {
    for (int edge = store.firstEdge(node); edge != NONE; edge = store.nextEdge(edge, node)) {
      if (!nodes.contains(store.other(edge, node))) {
        return false;
      }
    }
    return true;
  }

  private double weight(int edge) {
    return attributes.weight(edge, store.attribute(edge));
  }

  private long bridgesSince(int edge) {
    return weight(edge) < BRIDGING_WEIGHT ? NEVER : attributes.bridgesSince(edge, store.time(edge));
  }

  private LiveLink live(int edge) {
    return new LiveLink(
        identifier(store.endA(edge)),
        identifier(store.endB(edge)),
        weight(edge),
        attributes.source(edge, store.attribute(edge)),
        store.time(edge),
        bridgesSince(edge));
  }
}
