package io.sendflowr.identity;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.catalogue.IdentifierType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The links that are live now, and who is one person by them (SPEC section 4, rules 1 to 5).
 *
 * <p>The graph is moved forward in event time: {@link #apply} takes all changes of one instant at
 * once, and instants in ascending order. So the present graph is a function of the set of changes
 * up to now, whatever order they arrived in, and nothing of the past need be kept but what rule 3
 * asks: at which stamps a link was seen again after another link of the same identifier.
 *
 * <p>A new link costs what the two persons hold together, at most; only an unlink, or an identifier
 * that becomes shared or ceases to be, makes the neighbourhood be joined anew. Not thread-safe.
 */
public final class LinkGraph {
  /** Least weight of a link that joins two people (rule 1). */
  public static final double BRIDGING_WEIGHT = 0.80;

  private static final long NEVER = Long.MAX_VALUE;

  private final Catalogue catalogue;
  private final int maxPersonSize;
  private final Map<Long, Node> nodes = new HashMap<>();

  /**
   * @param catalogue identifier types
   * @param maxPersonSize most identifiers that one person may have (rule 5)
   */
  public LinkGraph(Catalogue catalogue, int maxPersonSize) {
    this.catalogue = catalogue;
    this.maxPersonSize = maxPersonSize;
  }

  /**
   * A live link of two identifiers as it is kept and restored: everything that later questions
   * need.
   */
  public record LiveLink(
      Identifier a,
      Identifier b,
      double weight,
      String source,
      long firstTime,
      long bridgesSince,
      List<Long> stamps) {
    public LiveLink {
      stamps = List.copyOf(stamps);
    }
  }

  private static final class Edge {
    final Node a;
    final Node b;
    final String pair;
    double weight;
    String source;
    final long firstTime;
    long bridgesSince = NEVER;

    /**
     * Ascending; a stamp is left out while the link stays the latest of both ends that ask for it.
     */
    long[] stamps;

    Edge(Node a, Node b, long firstTime) {
      this.a = a;
      this.b = b;
      this.firstTime = firstTime;
      this.stamps = new long[0];
      this.pair = a.text.compareTo(b.text) < 0 ? a.text + " " + b.text : b.text + " " + a.text;
    }

    Node other(Node end) {
      return end == a ? b : a;
    }

    /** Whether rule 3 could ever give out a record of {@code end} through this link. */
    boolean leadsOnFrom(Node end) {
      return !other(end).type.isWeak();
    }

    boolean mayBridge() {
      return weight >= BRIDGING_WEIGHT && a.joins() && b.joins();
    }

    /** The latest stamp at or before {@code time}, or {@link #NEVER}. */
    long latestStampUpTo(long time) {
      int i = Arrays.binarySearch(stamps, time);
      int last = i >= 0 ? i : -i - 2;
      return last < 0 ? NEVER : stamps[last];
    }

    void addStamp(long time) {
      if (stamps.length == 0 || stamps[stamps.length - 1] != time) {
        stamps = Arrays.copyOf(stamps, stamps.length + 1);
        stamps[stamps.length - 1] = time;
      }
    }
  }

  /** A person: identifiers that bridging links connect. */
  private static final class Person {
    final List<Node> members = new ArrayList<>();
    long universalKey;
  }

  private static final class Node {
    final long key;
    final Identifier identifier;
    final IdentifierType type;
    final String text;
    final Map<Long, Edge> edges = new LinkedHashMap<>();
    final Map<Integer, Integer> deterministicNeighbours = new HashMap<>(2);

    /** The links that were seen together last, of those that could give something out. */
    Set<Edge> latestSeen = Set.of();

    boolean shared;
    Person person;

    Node(Identifier identifier, Catalogue catalogue) {
      this.identifier = identifier;
      this.type = catalogue.typeOf(identifier.rank());
      this.text = identifier.text(catalogue);
      this.key = UniversalId.keyOf(text);
      alone();
    }

    void alone() {
      person = new Person();
      person.members.add(this);
      person.universalKey = key;
    }

    /** Whether links of this identifier can join two people. */
    boolean joins() {
      return !type.isWeak() && !shared;
    }

    long firstLinkTime() {
      long first = NEVER;
      for (Edge edge : edges.values()) {
        first = Math.min(first, edge.firstTime);
      }
      return first;
    }

    void countNeighbour(Node other, int by) {
      if (other.type.kind() == IdentifierClass.DETERMINISTIC) {
        deterministicNeighbours.merge(other.type.rank(), by, Integer::sum);
      }
    }

    /** Rule 2. */
    boolean hasTooManyNeighbours() {
      if (type.isWeak()) {
        return false;
      }
      for (int count : deterministicNeighbours.values()) {
        if (count > type.sharedLimit()) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * Applies all changes of one instant.
   *
   * @param changes changes of one effective time, later than that of every earlier call
   * @return keys of the identifiers whose records may now count for somebody else, or whose person
   *     has other identifiers than before; ascending
   */
  public SortedSet<Long> apply(Collection<LinkChange> changes) {
    Set<Edge> touched = new LinkedHashSet<>();
    List<Edge> raised = new ArrayList<>();
    Set<Node> seeds = new LinkedHashSet<>();
    Set<Node> ends = new LinkedHashSet<>();
    for (LinkChange change : changes) {
      if (!change.unlink()) {
        Edge edge = edgeFor(change, ends);
        touched.add(edge);
        if (change.weight() > edge.weight
            || (change.weight() == edge.weight && change.source().compareTo(edge.source) < 0)) {
          edge.source = change.source();
        }
        edge.weight = Math.max(edge.weight, change.weight());
        if (edge.weight >= BRIDGING_WEIGHT && edge.bridgesSince == NEVER) {
          edge.bridgesSince = change.time();
          raised.add(edge);
        }
      }
    }
    stamp(touched, changes);
    boolean rejoin = false;
    for (LinkChange change : changes) {
      if (change.unlink()) {
        Edge edge = remove(change);
        if (edge != null) {
          seeds.add(edge.a);
          seeds.add(edge.b);
          ends.add(edge.a);
          ends.add(edge.b);
          rejoin = true;
        }
      }
    }
    for (Node end : ends) {
      boolean shared = end.hasTooManyNeighbours();
      if (shared != end.shared) {
        end.shared = shared;
        seeds.add(end);
        rejoin = true;
      }
    }

    Set<Node> changed = new LinkedHashSet<>(seeds);
    if (rejoin) {
      for (Edge edge : raised) {
        seeds.add(edge.a);
        seeds.add(edge.b);
      }
      rejoin(seeds, changed);
    } else {
      raised.sort(Comparator.comparing(e -> e.pair));
      raised.forEach(edge -> join(edge, changed));
    }
    for (Edge edge : touched) {
      for (Node end : List.of(edge.a, edge.b)) {
        if (!end.joins()) {
          changed.add(end);
        }
      }
    }
    SortedSet<Long> affected = affectedBy(changed);
    seeds.forEach(this::forgetIfUnlinked);
    return affected;
  }

  /**
   * Hands every live link to {@code sink}, in no particular order: what {@link #restore} takes
   * back.
   */
  public void forEachLink(Consumer<LiveLink> sink) {
    for (Node node : nodes.values()) {
      for (Edge edge : node.edges.values()) {
        if (edge.a == node) {
          sink.accept(live(edge));
        }
      }
    }
  }

  /** Sets an empty graph to these links. */
  public void restore(Collection<LiveLink> links) {
    for (LiveLink link : links) {
      Edge edge = connect(node(link.a()), node(link.b()), link.firstTime());
      edge.weight = link.weight();
      edge.source = link.source();
      edge.bridgesSince = link.bridgesSince();
      edge.stamps = link.stamps().stream().mapToLong(Long::longValue).toArray();
    }
    for (Node node : nodes.values()) {
      node.shared = node.hasTooManyNeighbours();
      node.latestSeen = latestStamped(node);
    }
    rejoin(new LinkedHashSet<>(nodes.values()), new HashSet<>());
  }

  /** The live link of the two identifiers, or null. */
  public LiveLink link(Identifier a, Identifier b) {
    Node node = nodes.get(UniversalId.keyOf(a.text(catalogue)));
    Edge edge = node == null ? null : node.edges.get(UniversalId.keyOf(b.text(catalogue)));
    return edge == null ? null : live(edge);
  }

  /** Number of identifiers that have a live link. */
  public int size() {
    return nodes.size();
  }

  /**
   * For whom a record counts now that the identifier holds (rule 3): the key of the person's
   * universal id.
   *
   * @param holder key of the identifier
   * @param stamp effective time of the record, epoch ms
   */
  public long ownerOf(long holder, long stamp) {
    Node node = nodes.get(holder);
    return node == null ? holder : owner(node, stamp).person.universalKey;
  }

  /**
   * For whom a circuit breaker or ending event counts now (rule 4): of a shared identifier everyone
   * it is linked to, else as {@link #ownerOf}. Ascending, never empty.
   */
  public long[] doubtfulOwnersOf(long holder, long stamp) {
    Node node = nodes.get(holder);
    if (node != null && node.shared) {
      long[] persons =
          node.edges.values().stream()
              .map(edge -> edge.other(node))
              .filter(Node::joins)
              .mapToLong(end -> end.person.universalKey)
              .sorted()
              .distinct()
              .toArray();
      if (persons.length > 0) {
        return persons;
      }
    }
    return new long[] {ownerOf(holder, stamp)};
  }

  /**
   * The identifiers of the person for whom a record counts now, ascending.
   *
   * @param holder key of the identifier that holds the record
   * @param stamp effective time of the record, epoch ms
   * @param alone the identifier itself, for when the graph does not know it; null if nobody does
   */
  public List<Identifier> membersOf(long holder, long stamp, Identifier alone) {
    Node node = nodes.get(holder);
    if (node == null) {
      return alone == null ? List.of() : List.of(alone);
    }
    return owner(node, stamp).person.members.stream().map(n -> n.identifier).sorted().toList();
  }

  /**
   * A fingerprint of {@link #membersOf}: equal if and, but for a collision of 64-bit hashes, only
   * if the members are equal.
   *
   * @param holder key of the identifier that holds the record
   * @param stamp effective time of the record, epoch ms
   */
  public long membersFingerprint(long holder, long stamp) {
    Node node = nodes.get(holder);
    if (node == null) {
      return holder;
    }
    List<Node> members = owner(node, stamp).person.members;
    return members.size() == 1
        ? members.get(0).key
        : UniversalId.keyOf(
            members.stream().map(n -> n.text).sorted().collect(Collectors.joining("\0")));
  }

  /**
   * Confidence that the presented identifiers mean the person (SPEC section 4, "Confidence").
   *
   * @param presented identifiers of the request
   * @param person key of the person's universal id
   * @param stamp effective time of the request, epoch ms
   * @return in (0, 1]; 0 if none of them leads to the person
   */
  public double confidence(Collection<Identifier> presented, long person, long stamp) {
    List<Identifier> leading =
        presented.stream()
            .distinct()
            .filter(i -> ownerOf(UniversalId.keyOf(i.text(catalogue)), stamp) == person)
            .toList();
    int platform = 0;
    for (Identifier identifier : leading) {
      switch (catalogue.typeOf(identifier.rank()).kind()) {
        case DETERMINISTIC -> {
          return 1.0;
        }
        case PLATFORM -> platform++;
        case WEAK -> {}
      }
    }
    if (platform >= 2) {
      return 1.0;
    }
    double best = 0;
    for (Identifier identifier : leading) {
      double weight = catalogue.typeOf(identifier.rank()).weight();
      Node node = nodes.get(UniversalId.keyOf(identifier.text(catalogue)));
      best =
          Math.max(best, weight * (node == null ? 1.0 : bestPathWeight(node, owner(node, stamp))));
    }
    return best;
  }

  /**
   * The best product of link weights from {@code start} through the person of {@code end} to a
   * deterministic member.
   */
  private static double bestPathWeight(Node start, Node end) {
    Person person = end.person;
    if (person.members.stream().noneMatch(n -> n.type.kind() == IdentifierClass.DETERMINISTIC)) {
      return 1.0;
    }
    record Reached(Node node, double weight) {}
    PriorityQueue<Reached> frontier =
        new PriorityQueue<>(Comparator.comparingDouble(r -> -r.weight()));
    Set<Node> done = new HashSet<>();
    frontier.add(new Reached(start, 1.0));
    while (!frontier.isEmpty()) {
      Reached reached = frontier.poll();
      Node node = reached.node();
      if (!done.add(node)) {
        continue;
      }
      if (node.person == person && node.type.kind() == IdentifierClass.DETERMINISTIC) {
        return reached.weight();
      }
      for (Edge edge : node.edges.values()) {
        Node next = edge.other(node);
        if (next.person == person && !done.contains(next)) {
          frontier.add(new Reached(next, reached.weight() * edge.weight));
        }
      }
    }
    return 0;
  }

  /** The identifier whose person a record of {@code holder} counts for (rule 3). */
  private static Node owner(Node holder, long stamp) {
    if (holder.joins()) {
      return holder;
    }
    Node latest = null;
    long latestTime = NEVER;
    Node earliest = null;
    long earliestTime = NEVER;
    for (Edge edge : holder.edges.values()) {
      Node end = edge.other(holder);
      if (!end.joins()) {
        continue;
      }
      long time = edge.latestStampUpTo(stamp);
      if (time != NEVER
          && (latest == null
              || time > latestTime
              || (time == latestTime && end.text.compareTo(latest.text) < 0))) {
        latest = end;
        latestTime = time;
      }
      if (earliest == null
          || edge.firstTime < earliestTime
          || (edge.firstTime == earliestTime && end.text.compareTo(earliest.text) < 0)) {
        earliest = end;
        earliestTime = edge.firstTime;
      }
    }
    if (latest != null) {
      return latest;
    }
    return earliest != null ? earliest : holder;
  }

  private static LiveLink live(Edge edge) {
    return new LiveLink(
        edge.a.identifier,
        edge.b.identifier,
        edge.weight,
        edge.source,
        edge.firstTime,
        edge.bridgesSince,
        Arrays.stream(edge.stamps).boxed().toList());
  }

  private Node node(Identifier identifier) {
    Node fresh = new Node(identifier, catalogue);
    Node known = nodes.putIfAbsent(fresh.key, fresh);
    return known == null ? fresh : known;
  }

  private Edge edgeFor(LinkChange change, Set<Node> newlyLinked) {
    Node a = node(change.a());
    Node b = node(change.b());
    Edge edge = a.edges.get(b.key);
    if (edge == null) {
      edge = connect(a, b, change.time());
      edge.source = change.source();
      newlyLinked.add(a);
      newlyLinked.add(b);
    }
    return edge;
  }

  private static Edge connect(Node a, Node b, long firstTime) {
    Edge edge = new Edge(a, b, firstTime);
    a.edges.put(b.key, edge);
    b.edges.put(a.key, edge);
    a.countNeighbour(b, 1);
    b.countNeighbour(a, 1);
    return edge;
  }

  private Edge remove(LinkChange change) {
    Node a = nodes.get(UniversalId.keyOf(change.a().text(catalogue)));
    Edge edge = a == null ? null : a.edges.remove(UniversalId.keyOf(change.b().text(catalogue)));
    if (edge == null) {
      return null;
    }
    Node b = edge.other(a);
    b.edges.remove(a.key);
    a.countNeighbour(b, -1);
    b.countNeighbour(a, -1);
    for (Node end : List.of(a, b)) {
      if (end.latestSeen.contains(edge)) {
        end.latestSeen = Set.of();
      }
    }
    return edge;
  }

  /**
   * Notes that links were seen at this instant. A stamp says something only if another link of the
   * same end was seen since (rule 3 asks for the latest), and only to an end that could be given
   * out through this link.
   */
  private static void stamp(Set<Edge> touched, Collection<LinkChange> changes) {
    if (touched.isEmpty()) {
      return;
    }
    long time = changes.iterator().next().time();
    Map<Node, Set<Edge>> seen = new LinkedHashMap<>();
    Set<Edge> stamped = new LinkedHashSet<>();
    for (Edge edge : touched) {
      for (Node end : List.of(edge.a, edge.b)) {
        if (edge.leadsOnFrom(end)) {
          seen.computeIfAbsent(end, e -> new LinkedHashSet<>(2)).add(edge);
        }
      }
      if (edge.stamps.length == 0) {
        stamped.add(edge);
      }
    }
    seen.forEach(
        (end, edges) -> {
          if (!edges.equals(end.latestSeen)) {
            stamped.addAll(edges);
          }
          end.latestSeen = edges;
        });
    // Links seen together stay level: if another end needs the stamp of one of them, all get it.
    boolean grew = !stamped.isEmpty();
    while (grew) {
      grew = false;
      for (Set<Edge> edges : seen.values()) {
        grew |= !Collections.disjoint(edges, stamped) && stamped.addAll(edges);
      }
    }
    stamped.forEach(edge -> edge.addStamp(time));
  }

  /** What {@link #stamp} had noted as seen last before the graph was stored. */
  private static Set<Edge> latestStamped(Node node) {
    Set<Edge> latest = new LinkedHashSet<>();
    long latestTime = Long.MIN_VALUE;
    for (Edge edge : node.edges.values()) {
      long time = edge.stamps[edge.stamps.length - 1];
      if (edge.leadsOnFrom(node) && time >= latestTime) {
        if (time > latestTime) {
          latest.clear();
        }
        latest.add(edge);
        latestTime = time;
      }
    }
    return latest;
  }

  private void join(Edge edge, Set<Node> changed) {
    Person p = edge.a.person;
    Person q = edge.b.person;
    if (!edge.mayBridge() || p == q || p.members.size() + q.members.size() > maxPersonSize) {
      return;
    }
    Person large = p.members.size() >= q.members.size() ? p : q;
    Person small = large == p ? q : p;
    for (Node member : small.members) {
      member.person = large;
    }
    large.members.addAll(small.members);
    large.universalKey = anchorKey(large);
    changed.addAll(large.members);
  }

  /** Joins the neighbourhood of {@code seeds} anew, from all its links in their order (rule 5). */
  private void rejoin(Set<Node> seeds, Set<Node> changed) {
    Set<Node> region = new LinkedHashSet<>();
    ArrayDeque<Node> open = new ArrayDeque<>();
    for (Node seed : seeds) {
      for (Node member : seed.person.members) {
        if (region.add(member)) {
          open.add(member);
        }
      }
    }
    List<Edge> bridges = new ArrayList<>();
    Set<Edge> seenEdges = new HashSet<>();
    while (!open.isEmpty()) {
      Node node = open.poll();
      for (Edge edge : node.edges.values()) {
        if (!edge.mayBridge()) {
          continue;
        }
        if (seenEdges.add(edge)) {
          bridges.add(edge);
        }
        for (Node member : edge.other(node).person.members) {
          if (region.add(member)) {
            open.add(member);
          }
        }
      }
    }
    changed.addAll(region);
    region.forEach(Node::alone);
    bridges.sort(Comparator.<Edge>comparingLong(e -> e.bridgesSince).thenComparing(e -> e.pair));
    for (Edge edge : bridges) {
      join(edge, changed);
    }
  }

  /**
   * The anchor is the least member by type, then time of the first live link of any kind, then
   * value.
   */
  private static long anchorKey(Person person) {
    Node anchor = null;
    for (Node node : person.members) {
      if (anchor == null || isBefore(node, anchor)) {
        anchor = node;
      }
    }
    return anchor.key;
  }

  private static boolean isBefore(Node node, Node anchor) {
    if (node.type.rank() != anchor.type.rank()) {
      return node.type.rank() < anchor.type.rank();
    }
    long time = node.firstLinkTime();
    long anchorTime = anchor.firstLinkTime();
    return time != anchorTime
        ? time < anchorTime
        : node.identifier.value().compareTo(anchor.identifier.value()) < 0;
  }

  /**
   * The changed identifiers and the weak and shared ones whose records are given out through them.
   */
  private static SortedSet<Long> affectedBy(Set<Node> changed) {
    SortedSet<Long> keys = new TreeSet<>();
    for (Node node : changed) {
      keys.add(node.key);
      for (Edge edge : node.edges.values()) {
        if (!edge.other(node).joins()) {
          keys.add(edge.other(node).key);
        }
      }
    }
    return keys;
  }

  private void forgetIfUnlinked(Node node) {
    if (node.edges.isEmpty()) {
      nodes.remove(node.key);
    }
  }
}
