package io.sendflowr.identity;

import io.sendflowr.identity.GraphChange.Consented;
import io.sendflowr.identity.GraphChange.Erased;
import io.sendflowr.identity.GraphChange.Linked;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a set of changes says of each pair at each instant, from the contract and without regard to
 * cost: what {@link LinkReducer} must leave as it is.
 */
final class NaiveLinks {
  private static final long NEVER = Long.MAX_VALUE;

  /**
   * What is asked of a pair.
   *
   * @param since time of its first live link
   * @param bridgesSince time of the first live one of bridging weight, or {@link #NEVER}
   * @param weight the highest
   * @param source that of the first link of the highest weight
   */
  record Answer(long since, long bridgesSince, double weight, String source) {}

  private final List<Linked> links = new ArrayList<>();
  private final List<Linked> unlinks = new ArrayList<>();
  private final Map<Identifier, List<Long>> erasures = new HashMap<>();

  private NaiveLinks() {}

  /** The answers for all pairs that are live, instant by instant from 0 to the end. */
  static List<Map<Set<Identifier>, Answer>> replay(Collection<GraphChange> changes, long end) {
    Map<Long, List<GraphChange>> byTime = new TreeMap<>();
    changes.forEach(c -> byTime.computeIfAbsent(c.time(), t -> new ArrayList<>()).add(c));
    NaiveLinks said = new NaiveLinks();
    List<Map<Set<Identifier>, Answer>> answers = new ArrayList<>();
    for (long now = 0; now <= end; now++) {
      said.say(byTime.getOrDefault(now, List.of()));
      answers.add(said.answers());
    }
    return answers;
  }

  private void say(List<GraphChange> instant) {
    List<Erasure> erasuresNow = new ArrayList<>();
    for (GraphChange change : instant) {
      if (change instanceof Linked linked) {
        (linked.change().unlink() ? unlinks : links).add(linked);
      } else if (change instanceof Erased erased) {
        erasuresNow.add(erased.erasure());
      } else if (!(change instanceof Consented)) {
        throw new IllegalArgumentException("Unknown change: " + change);
      }
    }
    Set<Set<Identifier>> persons = new HashSet<>();
    erasuresNow.forEach(erasure -> persons.add(connectedTo(erasure.identifiers())));
    for (Set<Identifier> person : persons) {
      for (Identifier identifier : person) {
        erasures.computeIfAbsent(identifier, i -> new ArrayList<>()).add(instant.get(0).time());
      }
    }
  }

  private Set<Identifier> connectedTo(Collection<Identifier> named) {
    Set<Identifier> person = new HashSet<>(named);
    List<Set<Identifier>> bridges =
        answers().entrySet().stream()
            .filter(e -> e.getValue().bridgesSince() != NEVER)
            .map(Map.Entry::getKey)
            .toList();
    boolean grown = true;
    while (grown) {
      grown = false;
      for (Set<Identifier> bridge : bridges) {
        if (bridge.stream().anyMatch(person::contains)) {
          grown |= person.addAll(bridge);
        }
      }
    }
    return person;
  }

  private Map<Set<Identifier>, Answer> answers() {
    Map<Set<Identifier>, Answer> answers = new LinkedHashMap<>();
    for (Linked link : links) {
      if (isLive(link)) {
        LinkChange said = link.change();
        long bridges = said.weight() >= 0.80 ? said.time() : NEVER;
        answers.merge(
            pair(said),
            new Answer(said.time(), bridges, said.weight(), said.time() + " " + said.source()),
            NaiveLinks::both);
      }
    }
    return answers;
  }

  private static Answer both(Answer a, Answer b) {
    Answer heavier = a.weight() > b.weight() ? a : b;
    return new Answer(
        Math.min(a.since(), b.since()),
        Math.min(a.bridgesSince(), b.bridgesSince()),
        heavier.weight(),
        a.weight() == b.weight() ? first(a.source(), b.source()) : heavier.source());
  }

  /** Of two sources with their times the earlier, of one time the lesser. */
  private static String first(String a, String b) {
    long timeA = Long.parseLong(a.substring(0, a.indexOf(' ')));
    long timeB = Long.parseLong(b.substring(0, b.indexOf(' ')));
    if (timeA != timeB) {
      return timeA < timeB ? a : b;
    }
    return a.compareTo(b) < 0 ? a : b;
  }

  private boolean isLive(Linked link) {
    LinkChange said = link.change();
    return unlinks.stream()
            .noneMatch(u -> pair(u.change()).equals(pair(said)) && u.time() >= said.time())
        && isLiveFor(said.a(), link)
        && isLiveFor(said.b(), link);
  }

  /** What an identifier's erasure does not reach: neither in its own time nor as used. */
  private boolean isLiveFor(Identifier end, Linked link) {
    return erasures.getOrDefault(end, List.of()).stream().allMatch(e -> e < link.reportedTime());
  }

  private static Set<Identifier> pair(LinkChange link) {
    return Set.of(link.a(), link.b());
  }
}
