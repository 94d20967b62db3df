package io.sendflowr.catalogue;

import java.io.Serializable;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which identifiers there are and what each event type does: data, read once at start from one file
 * (see {@link CatalogueReader}). Immutable.
 */
public final class Catalogue implements Serializable {
  private static final long serialVersionUID = 1L;

  private final List<IdentifierType> types;
  private final HashMap<String, IdentifierType> typeByInputName = new HashMap<>();
  private final HashMap<Integer, IdentifierType> typeByRank = new HashMap<>();
  private final HashSet<String> placeholders;
  private final HashMap<String, HotPath> hotPaths = new HashMap<>();
  private final HashMap<String, CircuitBreaker> breakers = new HashMap<>();
  private final HashMap<String, Long> endingReach = new HashMap<>();
  private final HashSet<String> clicks;
  private final HashSet<String> known = new HashSet<>();
  private final TreeSet<String> consentTypes = new TreeSet<>();

  Catalogue(
      List<IdentifierType> types,
      Map<String, IdentifierType> aliases,
      Collection<String> placeholders,
      Collection<HotPath> hotPaths,
      Collection<CircuitBreaker> breakers,
      Collection<String> clicks,
      Collection<String> other) {
    this.types = List.copyOf(types);
    for (IdentifierType type : types) {
      typeByInputName.put(type.name(), type);
      typeByRank.put(type.rank(), type);
    }
    typeByInputName.putAll(aliases);
    this.placeholders = new HashSet<>(placeholders);
    hotPaths.forEach(h -> this.hotPaths.put(h.type(), h));
    for (CircuitBreaker breaker : breakers) {
      this.breakers.put(breaker.type(), breaker);
      for (String ending : breaker.endedBy()) {
        endingReach.merge(ending, breaker.longestMillis(), Math::max);
      }
      if (breaker.longestMillis() == CircuitBreaker.PERMANENT) {
        consentTypes.add(breaker.type());
        consentTypes.addAll(breaker.endedBy());
      }
    }
    this.clicks = new HashSet<>(clicks);
    known.addAll(this.hotPaths.keySet());
    known.addAll(this.breakers.keySet());
    known.addAll(endingReach.keySet());
    known.addAll(clicks);
    known.addAll(other);
  }

  /** All identifier types, by rank. */
  public List<IdentifierType> identifierTypes() {
    return types;
  }

  /**
   * The identifier type that a record means by {@code name} (its own name or an alias), or null.
   */
  public IdentifierType typeNamed(String name) {
    return typeByInputName.get(name);
  }

  /** The field names under which a record may carry an identifier, aliases included. */
  public Set<String> inputNames() {
    return Collections.unmodifiableSet(typeByInputName.keySet());
  }

  /**
   * The identifier type of that rank.
   *
   * @throws IllegalArgumentException if there is none: the catalogue lost a type that state still
   *     holds
   */
  public IdentifierType typeOf(int rank) {
    IdentifierType type = typeByRank.get(rank);
    if (type == null) {
      throw new IllegalArgumentException(
          "The catalogue has no identifier type of rank "
              + rank
              + ", but state holds identifiers of it: put the type back.");
    }
    return type;
  }

  /** Whether a trimmed, lower-cased value is listed as identifying nobody. */
  public boolean isPlaceholder(String value) {
    return placeholders.contains(value);
  }

  /** The hot path that events or derived signals of this type are, or null. */
  public HotPath hotPath(String type) {
    return hotPaths.get(type);
  }

  /** The circuit breaker that events or derived signals of this type are, or null. */
  public CircuitBreaker circuitBreaker(String type) {
    return breakers.get(type);
  }

  /** Whether events of this type end a suppression. */
  public boolean isEnding(String type) {
    return endingReach.containsKey(type);
  }

  /**
   * How long after an ending event of this type a suppression that it ends could otherwise last, in
   * ms, or {@link CircuitBreaker#PERMANENT}; 0 if the type ends nothing.
   */
  public long endingReachMillis(String type) {
    return endingReach.getOrDefault(type, 0L);
  }

  /**
   * The event types that withdraw consent for good, for some channel or all, and those that give it
   * back; ascending.
   */
  public SortedSet<String> consentTypes() {
    return Collections.unmodifiableSortedSet(consentTypes);
  }

  /** Whether events of this type feed the base curve. */
  public boolean isClick(String type) {
    return clicks.contains(type);
  }

  /** The event types and derived signals that do something by themselves. */
  public Set<String> actingTypes() {
    Set<String> acting = new TreeSet<>(hotPaths.keySet());
    acting.addAll(breakers.keySet());
    acting.addAll(endingReach.keySet());
    acting.addAll(clicks);
    return acting;
  }

  /** Whether the catalogue names this event type at all. */
  public boolean isKnown(String type) {
    return known.contains(type);
  }
}
