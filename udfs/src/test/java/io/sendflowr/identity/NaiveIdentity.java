package io.sendflowr.identity;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.catalogue.IdentifierType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Section 4 of the contract, rule by rule, from all that was ever said and without regard to cost:
 * what {@link LinkGraph} is measured by.
 */
public final class NaiveIdentity {
  private static final double BRIDGING = 0.80;

  private final Catalogue catalogue;
  private final int maxPersonSize;
  private final List<LinkChange> said = new ArrayList<>();

  private final List<LinkChange> live = new ArrayList<>();
  private final Set<Identifier> known = new TreeSet<>();
  private final Set<Identifier> shared = new HashSet<>();
  private final Map<Identifier, Set<Identifier>> persons = new HashMap<>();
  private final Set<Set<Identifier>> refused = new HashSet<>();

  // Only so that the tests do not wait: what was asked before is not worked out again.
  private final Map<Identifier, List<LinkChange>> links = new HashMap<>();
  private final Map<Set<Identifier>, Long> universalKeys = new HashMap<>();

  public NaiveIdentity(Catalogue catalogue, int maxPersonSize) {
    this.catalogue = catalogue;
    this.maxPersonSize = maxPersonSize;
  }

  /** Says something more, stamped not before what was said so far. */
  public void say(Collection<LinkChange> changes) {
    said.addAll(changes);
    live.clear();
    known.clear();
    shared.clear();
    persons.clear();
    refused.clear();
    links.clear();
    universalKeys.clear();
    for (LinkChange link : said) {
      known.add(link.a());
      known.add(link.b());
      if (!link.unlink() && said.stream().noneMatch(later -> takesBack(later, link))) {
        live.add(link);
      }
    }
    known.stream().filter(this::isShared).forEach(shared::add);
    connect();
  }

  private static boolean takesBack(LinkChange unlink, LinkChange link) {
    return unlink.unlink() && pair(unlink).equals(pair(link)) && link.time() <= unlink.time();
  }

  private static Set<Identifier> pair(LinkChange link) {
    return Set.of(link.a(), link.b());
  }

  private IdentifierType type(Identifier identifier) {
    return catalogue.typeOf(identifier.rank());
  }

  private List<LinkChange> linksOf(Identifier identifier) {
    return links.computeIfAbsent(
        identifier,
        end -> live.stream().filter(l -> l.a().equals(end) || l.b().equals(end)).toList());
  }

  private static Identifier otherEnd(LinkChange link, Identifier end) {
    return link.a().equals(end) ? link.b() : link.a();
  }

  /** The other ends of the live links of an identifier. */
  public Set<Identifier> linkedTo(Identifier identifier) {
    Set<Identifier> others = new TreeSet<>();
    linksOf(identifier).forEach(link -> others.add(otherEnd(link, identifier)));
    return others;
  }

  /** All identifiers of which anything was said. */
  public Set<Identifier> known() {
    return Set.copyOf(known);
  }

  /** The identifiers that bridging links connect with this one, itself among them. */
  public Set<Identifier> person(Identifier identifier) {
    return persons.getOrDefault(identifier, Set.of(identifier));
  }

  /** The key of the universal id of {@link #person}. */
  public long universalKeyOf(Identifier identifier) {
    return universalKey(person(identifier));
  }

  /** The pairs whose link bridges nothing because the person would be too large (rule 5). */
  public Set<Set<Identifier>> refused() {
    return Set.copyOf(refused);
  }

  /** Rule 2. */
  private boolean isShared(Identifier identifier) {
    if (type(identifier).isWeak()) {
      return false;
    }
    Map<Integer, Set<Identifier>> neighbours = new HashMap<>();
    for (LinkChange link : linksOf(identifier)) {
      Identifier other = otherEnd(link, identifier);
      if (type(other).kind() == IdentifierClass.DETERMINISTIC) {
        neighbours.computeIfAbsent(other.rank(), r -> new HashSet<>()).add(other);
      }
    }
    return neighbours.values().stream().anyMatch(n -> n.size() > type(identifier).sharedLimit());
  }

  /** Neither weak nor shared. */
  public boolean joins(Identifier identifier) {
    return !type(identifier).isWeak() && !shared.contains(identifier);
  }

  /** Rules 1 and 5. */
  private void connect() {
    known.forEach(identifier -> persons.put(identifier, Set.of(identifier)));
    Map<Set<Identifier>, Long> firstTimes = new HashMap<>();
    for (LinkChange link : live) {
      if (link.weight() >= BRIDGING && joins(link.a()) && joins(link.b())) {
        firstTimes.merge(pair(link), link.time(), Math::min);
      }
    }
    List<Set<Identifier>> bridges = new ArrayList<>(firstTimes.keySet());
    bridges.sort(
        Comparator.<Set<Identifier>>comparingLong(firstTimes::get)
            .thenComparing(pair -> textsOf(pair).get(0))
            .thenComparing(pair -> textsOf(pair).get(1)));
    for (Set<Identifier> bridge : bridges) {
      Set<Identifier> together = new TreeSet<>();
      bridge.forEach(end -> together.addAll(persons.get(end)));
      if (together.size() <= maxPersonSize) {
        together.forEach(member -> persons.put(member, together));
      } else {
        refused.add(bridge);
      }
    }
  }

  private List<String> textsOf(Set<Identifier> pair) {
    return pair.stream().map(this::text).sorted().toList();
  }

  private String text(Identifier identifier) {
    return identifier.text(catalogue);
  }

  /** Rule 3: the identifier for whose person a record counts. */
  private Identifier givenTo(Identifier holder, long stamp) {
    if (!type(holder).isWeak() && !shared.contains(holder)) {
      return holder;
    }
    List<LinkChange> leading =
        linksOf(holder).stream().filter(link -> joins(otherEnd(link, holder))).toList();
    Comparator<LinkChange> bySmallerEnd = Comparator.comparing(l -> text(otherEnd(l, holder)));
    Optional<LinkChange> latest =
        leading.stream()
            .filter(link -> link.time() <= stamp)
            .min(Comparator.comparingLong(LinkChange::time).reversed().thenComparing(bySmallerEnd));
    return latest
        .or(
            () ->
                leading.stream()
                    .min(Comparator.comparingLong(LinkChange::time).thenComparing(bySmallerEnd)))
        .map(link -> otherEnd(link, holder))
        .orElse(holder);
  }

  /** The identifiers of the person for whom a record counts. */
  public Set<Identifier> members(Identifier holder, long stamp) {
    Identifier end = givenTo(holder, stamp);
    return persons.getOrDefault(end, Set.of(end));
  }

  /** The key of the universal id of the person for whom a record counts. */
  public long owner(Identifier holder, long stamp) {
    return universalKey(members(holder, stamp));
  }

  private long universalKey(Set<Identifier> person) {
    return universalKeys.computeIfAbsent(person, this::keyOfAnchor);
  }

  private long keyOfAnchor(Set<Identifier> person) {
    Identifier anchor =
        person.stream()
            .min(
                Comparator.comparingInt(Identifier::rank)
                    .thenComparingLong(this::firstTime)
                    .thenComparing(Identifier::value))
            .orElseThrow();
    return UniversalId.keyOf(text(anchor));
  }

  private long firstTime(Identifier identifier) {
    return linksOf(identifier).stream().mapToLong(LinkChange::time).min().orElse(Long.MAX_VALUE);
  }

  /** Rule 4. */
  public Set<Long> doubtfulOwners(Identifier holder, long stamp) {
    Set<Long> owners = new TreeSet<>();
    if (shared.contains(holder)) {
      for (LinkChange link : linksOf(holder)) {
        Identifier other = otherEnd(link, holder);
        if (joins(other)) {
          owners.add(universalKey(persons.get(other)));
        }
      }
    }
    if (owners.isEmpty()) {
      owners.add(owner(holder, stamp));
    }
    return owners;
  }

  /** "Confidence". */
  public double confidence(Collection<Identifier> presented, long person, long stamp) {
    Set<Identifier> leading = new TreeSet<>();
    for (Identifier identifier : presented) {
      if (owner(identifier, stamp) == person) {
        leading.add(identifier);
      }
    }
    if (leading.stream().anyMatch(i -> type(i).kind() == IdentifierClass.DETERMINISTIC)
        || leading.stream().filter(i -> type(i).kind() == IdentifierClass.PLATFORM).count() >= 2) {
      return 1;
    }
    double best = 0;
    for (Identifier identifier : leading) {
      Set<Identifier> members = members(identifier, stamp);
      boolean anyDeterministic =
          members.stream().anyMatch(m -> type(m).kind() == IdentifierClass.DETERMINISTIC);
      double path = anyDeterministic ? bestPath(identifier, members, Set.of(identifier)) : 1;
      best = Math.max(best, type(identifier).weight() * path);
    }
    return best;
  }

  /** Tries every path that visits no identifier twice. */
  private double bestPath(Identifier from, Set<Identifier> members, Set<Identifier> visited) {
    if (members.contains(from) && type(from).kind() == IdentifierClass.DETERMINISTIC) {
      return 1;
    }
    Map<Identifier, Double> weights = new TreeMap<>();
    linksOf(from).forEach(l -> weights.merge(otherEnd(l, from), l.weight(), Math::max));
    double best = 0;
    for (Map.Entry<Identifier, Double> step : weights.entrySet()) {
      Identifier next = step.getKey();
      if (members.contains(next) && !visited.contains(next)) {
        Set<Identifier> further = new HashSet<>(visited);
        further.add(next);
        best = Math.max(best, step.getValue() * bestPath(next, members, further));
      }
    }
    return best;
  }

  /** Whether the identifier has a live link. */
  boolean isLinked(Identifier identifier) {
    return !linksOf(identifier).isEmpty();
  }

  /** The highest weight of the live links of a pair; empty if there is none. */
  Optional<Double> weight(Identifier a, Identifier b) {
    return live.stream()
        .filter(link -> pair(link).equals(Set.of(a, b)))
        .map(LinkChange::weight)
        .max(Comparator.naturalOrder());
  }
}
