package io.sendflowr.identity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * When an identifier was seen with which others: what rule 3 asks of SPEC section 4, the latest
 * link at or before a record's stamp. It is the memory of the identifier itself and nobody else's,
 * so that a page view costs nobody else anything; whether a link is live, and whether its other end
 * may own anything, the {@link LinkGraph} knows.
 *
 * <p>Stamps are kept only while they decide about something: of each end the latest, and the latest
 * before each record that is held. A record to come is stamped after everything that is folded in.
 *
 * @param recent not folded in yet, in any order
 * @param latest the latest that is folded in, or null
 */
public record Sightings(List<Sighting> recent, Sighting latest) {
  private static final long NONE = Long.MIN_VALUE;

  public Sightings {
    recent = List.copyOf(recent);
  }

  /** Where the stamps are that were folded in. */
  @FunctionalInterface
  public interface Folded {
    /** For each end when it was seen, ascending, epoch ms. */
    Map<Long, long[]> stamps() throws Exception;
  }

  /**
   * The identifier for whose person a record counts that a weak or shared identifier holds (rule
   * 3).
   *
   * @param graph links as of {@code now}
   * @param holder key of the identifier
   * @param stamp effective time of the record, epoch ms
   * @param now epoch ms
   * @param folded asked only if what was seen last does not decide
   * @return its key; the holder itself if there is nobody
   * @throws Exception if the folded stamps cannot be read
   */
  public long owner(LinkGraph graph, long holder, long stamp, long now, Folded folded)
      throws Exception {
    long upTo = Math.min(stamp, now);
    Latest found = new Latest(graph, holder);
    recent.forEach(sighting -> found.offer(sighting, upTo));
    if (found.none() && latest != null) {
      found.offer(latest, upTo);
    }
    if (found.none()) {
      for (Map.Entry<Long, long[]> end : folded.stamps().entrySet()) {
        long at = floor(end.getValue(), upTo);
        if (at != NONE) {
          found.offer(end.getKey(), at);
        }
      }
    }
    return found.none() ? graph.earliestOwner(holder) : found.owner;
  }

  /** The end that was seen last, of those offered. */
  private static final class Latest {
    private final LinkGraph graph;
    private final long holder;
    private long time = NONE;
    private long owner;

    Latest(LinkGraph graph, long holder) {
      this.graph = graph;
      this.holder = holder;
    }

    boolean none() {
      return time == NONE;
    }

    void offer(Sighting sighting, long upTo) {
      if (sighting.time() <= upTo && sighting.time() >= time) {
        sighting.others().forEach(other -> offer(other, sighting.time()));
      }
    }

    void offer(long other, long at) {
      // A link that was taken back since began anew after, or is not there at all.
      if (at < time || graph.givesThroughSince(holder, other) > at) {
        return;
      }
      owner = at > time ? other : graph.lesser(owner, other);
      time = at;
    }
  }

  /** What {@link #fold} leaves, and what it changes among the folded stamps. */
  public record Fold(Sightings left, Map<Long, long[]> stamps) {}

  /**
   * Folds in what was seen up to an instant.
   *
   * @param until epoch ms: everything stamped up to it is known
   * @param held effective times (epoch ms) of the records that the identifier holds
   * @param before for an end, the stamps that are folded in so far, or null
   * @return the ends whose stamps change
   */
  public Fold fold(long until, NavigableSet<Long> held, Before before) throws Exception {
    Map<Long, TreeSet<Long>> seen = new HashMap<>();
    List<Sighting> later = new ArrayList<>();
    Sighting last = latest;
    for (Sighting sighting : recent) {
      if (sighting.time() > until) {
        later.add(sighting);
        continue;
      }
      for (long other : sighting.others()) {
        seen.computeIfAbsent(other, o -> new TreeSet<>()).add(sighting.time());
      }
      if (last == null || sighting.time() > last.time()) {
        last = sighting;
      } else if (sighting.time() == last.time()) {
        TreeSet<Long> together = new TreeSet<>(last.others());
        together.addAll(sighting.others());
        last = new Sighting(last.time(), List.copyOf(together));
      }
    }
    Map<Long, long[]> stamps = new HashMap<>();
    for (Map.Entry<Long, TreeSet<Long>> end : seen.entrySet()) {
      long[] known = before.of(end.getKey());
      if (known != null) {
        Arrays.stream(known).forEach(end.getValue()::add);
      }
      stamps.put(end.getKey(), deciding(end.getValue(), held));
    }
    return new Fold(new Sightings(later, last), stamps);
  }

  /** Asks for the stamps of an end. */
  @FunctionalInterface
  public interface Before {
    /** Ascending, epoch ms; null if there are none. */
    long[] of(long end) throws Exception;
  }

  /**
   * Folds in again what is folded in, when fewer records are held than before.
   *
   * @param folded for each end when it was seen, ascending, epoch ms
   * @param held effective times (epoch ms) of the records that the identifier still holds
   * @return the ends whose stamps become fewer
   */
  public static Map<Long, long[]> thinned(Map<Long, long[]> folded, NavigableSet<Long> held) {
    Map<Long, long[]> thinned = new HashMap<>();
    for (Map.Entry<Long, long[]> end : folded.entrySet()) {
      long[] stamps = end.getValue();
      if (stamps.length > 1) {
        long[] kept = deciding(new TreeSet<>(Arrays.stream(stamps).boxed().toList()), held);
        if (kept.length < stamps.length) {
          thinned.put(end.getKey(), kept);
        }
      }
    }
    return thinned;
  }

  /** The stamps that decide about a record that is held, and the last, for those to come. */
  private static long[] deciding(TreeSet<Long> stamps, NavigableSet<Long> held) {
    List<Long> kept = new ArrayList<>();
    for (long stamp : stamps) {
      Long next = stamps.higher(stamp);
      Long record = held.ceiling(stamp);
      if (next == null || (record != null && record < next)) {
        kept.add(stamp);
      }
    }
    return kept.stream().mapToLong(Long::longValue).toArray();
  }

  /** Without what was seen of an end up to an instant: the link is gone. */
  public Sightings without(long end, long until) {
    List<Sighting> kept = new ArrayList<>();
    for (Sighting sighting : recent) {
      Sighting rest = sighting.time() <= until ? sighting.without(end) : sighting;
      if (!rest.others().isEmpty()) {
        kept.add(rest);
      }
    }
    Sighting rest = latest == null ? null : latest.without(end);
    return new Sightings(kept, rest == null || rest.others().isEmpty() ? null : rest);
  }

  /**
   * Without what was seen up to an instant of ends that are not linked since: such a link was void
   * from the start, because it was older than an erasure, and no later one reaches back to it.
   *
   * @param graph links as of {@code until}
   * @param holder key of the identifier
   * @param until epoch ms: everything stamped up to it is known
   */
  public Sightings linked(LinkGraph graph, long holder, long until) {
    List<Sighting> kept = new ArrayList<>(recent.size());
    for (Sighting sighting : recent) {
      Sighting linked = sighting;
      if (sighting.time() <= until) {
        for (long other : sighting.others()) {
          if (graph.linkedSince(holder, other) > sighting.time()) {
            linked = linked.without(other);
          }
        }
      }
      if (!linked.others().isEmpty()) {
        kept.add(linked);
      }
    }
    return new Sightings(kept, latest);
  }

  private static long floor(long[] stamps, long time) {
    int i = Arrays.binarySearch(stamps, time);
    int last = i >= 0 ? i : -i - 2;
    return last < 0 ? NONE : stamps[last];
  }
}
