package io.sendflowr.identity;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.identity.GraphChange.Erased;
import io.sendflowr.identity.GraphChange.Linked;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Says which changes everybody must know. A person who is seen again and again says the same links
 * again and again; of a pair all that is ever asked is, at an instant: is it linked, since when,
 * since when with {@link LinkGraph#BRIDGING_WEIGHT}, and which link is the first of the highest
 * weight.
 *
 * <p>So a link is <em>redundant</em> if an earlier one of the pair with at least its weight was
 * passed on, and no <em>removal</em> (an unlink of the pair, or an erasure of anybody: whom it
 * concerns is not known here) is stamped at or after that one and before this one. Changes arrive
 * in any order, though, and such a removal may be still to come. Until the watermark says that it
 * is not, a redundant link is <em>withheld</em>; if the removal comes, the link is passed on after
 * all. Removals are remembered as long, for links that arrive after them and are stamped on both
 * sides of them.
 *
 * <p>What is passed on has a time that the watermark has not passed. What has been passed on is
 * remembered in a cache of bounded size: of a forgotten pair a link is passed on once more, which
 * changes nothing. Everything else is bounded by what happens between the watermark and the newest
 * record.
 *
 * <p>Pairs are told apart by 64 bits. Were two of them equal, links of one could be taken for
 * repetitions of the other's and be lost; with a million pairs remembered this happens to a new
 * pair with probability 10^6 / 2^64, once in 2·10^13 pairs. Not thread-safe.
 */
public final class LinkReducer {
  private final Catalogue catalogue;
  private final long doubtUntil;
  private final AnnouncedLinks announced;

  /** What is undecided of a pair. Never iterated: its order is that of hashes. */
  private final Map<Long, Undecided> undecided = new HashMap<>();

  /** At which instants above the watermark there is something undecided, and of which pairs. */
  private final TreeMap<Long, List<Long>> pairsByTime = new TreeMap<>();

  /** Those above the watermark and the last one at or below it. */
  private final TreeSet<Long> erasures = new TreeSet<>();

  private long latestRemoval;

  /**
   * @param catalogue identifier types
   * @param capacity how many pairs at least are remembered as passed on, in [1, 2^28]; each costs
   *     72 to 144 bytes
   * @param doubtUntil up to when there may be removals that this instance will not hear of, epoch
   *     ms: {@link #latestRemoval} of the instances before it; {@link Long#MIN_VALUE} if it is the
   *     first
   */
  public LinkReducer(Catalogue catalogue, int capacity, long doubtUntil) {
    this.catalogue = catalogue;
    this.doubtUntil = doubtUntil;
    this.announced = new AnnouncedLinks(capacity);
    this.latestRemoval = doubtUntil;
  }

  private static final class Undecided {
    /** Ascending by time, of one time as they arrived. */
    List<Linked> withheld = new ArrayList<>(1);

    final TreeSet<Long> unlinks = new TreeSet<>();

    boolean isEmpty() {
      return withheld.isEmpty() && unlinks.isEmpty();
    }

    void withhold(Linked link) {
      int at = withheld.size();
      while (at > 0 && withheld.get(at - 1).time() > link.time()) {
        at--;
      }
      withheld.add(at, link);
    }

    int dropWithheldUpTo(long watermark) {
      int count = 0;
      while (count < withheld.size() && withheld.get(count).time() <= watermark) {
        count++;
      }
      withheld.subList(0, count).clear();
      return count;
    }
  }

  /**
   * Takes a change and passes on what must be passed on because of it.
   *
   * @param change stamped after the watermark
   * @param out gets the change, unless it is redundant, and links withheld so far that no longer
   *     are
   */
  public void add(GraphChange change, Consumer<? super GraphChange> out) {
    if (change instanceof Linked linked) {
      long pair = pairKey(linked.change());
      if (linked.change().unlink()) {
        out.accept(change);
        removeUpTo(linked.time(), pair, out);
      } else if (isRedundant(pair, linked)) {
        undecidedOf(pair, linked.time()).withhold(linked);
      } else {
        passOn(pair, linked, out);
      }
    } else {
      out.accept(change);
      if (change instanceof Erased) {
        removeUpTo(change.time(), out);
      }
    }
  }

  /**
   * Says that every change yet to come is stamped after the watermark.
   *
   * @param watermark epoch ms
   * @return how many links will never be passed on because of it
   */
  public long advance(long watermark) {
    long dropped = 0;
    while (!pairsByTime.isEmpty() && pairsByTime.firstKey() <= watermark) {
      for (long pair : pairsByTime.pollFirstEntry().getValue()) {
        dropped += settle(pair, watermark);
      }
    }
    Long last = erasures.floor(watermark);
    if (last != null) {
      erasures.headSet(last).clear();
    }
    return dropped;
  }

  /**
   * Passes on everything withheld, so that a later instance need know nothing of it but {@link
   * #latestRemoval}.
   */
  public void flush(Consumer<? super GraphChange> out) {
    for (List<Long> pairs : pairsByTime.values()) {
      for (long pair : pairs) {
        Undecided open = undecided.get(pair);
        if (open != null) {
          open.withheld.forEach(out);
          open.withheld.clear();
          forgetIfEmpty(pair, open);
        }
      }
    }
  }

  /**
   * The time of the last unlink or erasure that this instance or one before it heard of, epoch ms;
   * {@link Long#MIN_VALUE} if there is none. The removals themselves are lost with this instance:
   * the next one must not take for a repetition what is stamped after a link that they may have
   * removed.
   */
  public long latestRemoval() {
    return latestRemoval;
  }

  /** How many times of removals, and links and their times, are held: an upper bound. */
  int held() {
    return erasures.size() + pairsByTime.values().stream().mapToInt(List::size).sum();
  }

  /**
   * Tells pairs apart, whichever end is named first. Made from the keys by which the link graph
   * tells identifiers apart: nobody can choose identifiers that pass for a pair of somebody else.
   */
  private long pairKey(LinkChange change) {
    long a = UniversalId.keyOf(change.a().text(catalogue));
    long b = UniversalId.keyOf(change.b().text(catalogue));
    return pairKey(a, b);
  }

  /**
   * One key for two identifiers' keys, the same for both orders; never 0.
   *
   * @param a one identifier's key
   * @param b the other's
   */
  static long pairKey(long a, long b) {
    long key = mix(mix(Math.min(a, b)) + Math.max(a, b));
    return key == 0 ? 1 : key;
  }

  /** The finaliser of MurmurHash3, 64 bits. */
  private static long mix(long key) {
    long h = key;
    h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
    h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return h ^ (h >>> 33);
  }

  private boolean isRedundant(long pair, Linked link) {
    int slot = announced.find(pair);
    return slot >= 0
        && announced.time(slot) < link.time()
        && announced.weight(slot) >= link.change().weight()
        && !isRemovalWithin(pair, announced.time(slot), link.time());
  }

  /** Whether a removal is known with {@code from <= removal < to}. */
  private boolean isRemovalWithin(long pair, long from, long to) {
    Long erasure = erasures.lower(to);
    if (erasure != null && erasure >= from) {
      return true;
    }
    Undecided open = undecided.get(pair);
    Long unlink = open == null ? null : open.unlinks.lower(to);
    return unlink != null && unlink >= from;
  }

  private void passOn(long pair, Linked link, Consumer<? super GraphChange> out) {
    out.accept(link);
    // A late link may be void from the start: its own timestamp may lie before an erasure before
    // its time. Nothing must rest on it.
    boolean counts = link.reportedTime() >= link.time();
    if (counts && link.time() > doubtUntil && servesBetter(pair, link)) {
      announced.put(pair, link.time(), link.change().weight());
    }
  }

  /** Whether more links to come will be redundant by this one than by the one announced so far. */
  private boolean servesBetter(long pair, Linked link) {
    int slot = announced.find(pair);
    if (slot < 0) {
      return true;
    }
    long time = announced.time(slot);
    if (isRemovalWithin(pair, Math.min(time, link.time()), Math.max(time, link.time()))) {
      return link.time() > time;
    }
    double weight = link.change().weight();
    return weight > announced.weight(slot)
        || (weight == announced.weight(slot) && link.time() < time);
  }

  private void removeUpTo(long time, long pair, Consumer<? super GraphChange> out) {
    latestRemoval = Math.max(latestRemoval, time);
    undecidedOf(pair, time).unlinks.add(time);
    judgeAnew(pair, time, out);
  }

  private void removeUpTo(long time, Consumer<? super GraphChange> out) {
    latestRemoval = Math.max(latestRemoval, time);
    erasures.add(time);
    for (List<Long> pairs : pairsByTime.tailMap(time, false).values()) {
      for (long pair : pairs) {
        judgeAnew(pair, time, out);
      }
    }
  }

  /** Passes on what is withheld of the pair but not redundant since a removal. */
  private void judgeAnew(long pair, long removal, Consumer<? super GraphChange> out) {
    Undecided open = undecided.get(pair);
    if (open == null) {
      return;
    }
    List<Linked> still = new ArrayList<>(open.withheld.size());
    for (Linked link : open.withheld) {
      if (link.time() <= removal || isRedundant(pair, link)) {
        still.add(link);
      } else {
        passOn(pair, link, out);
      }
    }
    open.withheld = still;
    forgetIfEmpty(pair, open);
  }

  private Undecided undecidedOf(long pair, long time) {
    pairsByTime.computeIfAbsent(time, t -> new ArrayList<>(1)).add(pair);
    return undecided.computeIfAbsent(pair, p -> new Undecided());
  }

  private long settle(long pair, long watermark) {
    Undecided open = undecided.get(pair);
    if (open == null) {
      return 0;
    }
    long dropped = open.dropWithheldUpTo(watermark);
    Long last = open.unlinks.floor(watermark);
    if (last != null) {
      // From now on nobody remembers the unlink, so that what it removed must not count.
      int slot = announced.find(pair);
      if (slot >= 0 && announced.time(slot) <= last) {
        announced.revoke(slot);
      }
      open.unlinks.headSet(last, true).clear();
    }
    forgetIfEmpty(pair, open);
    return dropped;
  }

  private void forgetIfEmpty(long pair, Undecided open) {
    if (open.isEmpty()) {
      undecided.remove(pair);
    }
  }
}
