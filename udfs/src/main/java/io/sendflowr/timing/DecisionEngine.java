package io.sendflowr.timing;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.HotPath;
import io.sendflowr.latency.Latency;
import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.Signal;
import io.sendflowr.signal.Suppression;
import io.sendflowr.timing.Decision.AppliedWeight;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.Ranking.Scored;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides when a message should reach a person (SPEC section 6, "Decision"). Pure; works in arrays
 * of its own, so each thread needs one.
 *
 * <p>A window may have 40,320 candidates, but only the minutes just ahead are boosted or blocked:
 * beyond them scores are the base curve, and repeat every week. So nothing here looks at more than
 * the boosted minutes and one week.
 */
public final class DecisionEngine {
  private static final double TIE = 1e-9;
  private static final int CONFIDENCE_DECIMALS = 6;
  private static final int WEIGHT_DECIMALS = 4;
  private static final int RANKED_BESIDE_TARGET = 3;
  private static final int RANKED_APART = 60;

  private final Catalogue catalogue;
  private final BaseCurve curve = new BaseCurve();

  private long first;
  private int candidates;
  private int firstSlot;

  /** Candidates before it are inside a suppression. */
  private int blocked;

  /** Candidates before it have a score of their own in {@link #boosted}. */
  private int plainFrom;

  private double[] boosted = new double[0];

  public DecisionEngine(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /**
   * Decides a request.
   *
   * @param request what is asked
   * @param latency how long the message takes from trigger to arrival
   * @param person key of the person's universal id
   * @param identityConfidence how sure it is that the request means that person, 0 to 1
   * @param signals what is effective for the person at {@code now}, for the channel of the request
   * @param now epoch ms
   */
  public Decision decide(
      SendRequest request,
      Latency latency,
      long person,
      double identityConfidence,
      EffectiveSignals signals,
      long now) {
    return revise(request, latency, person, identityConfidence, signals, now, null).orElseThrow();
  }

  /**
   * Decides a request again. Most of what happens to a person changes nothing for a request, and
   * how sure a target is takes as long to find as the target.
   *
   * @param last what was decided last; null if nothing was
   * @return empty if that is decided again; parameters are those of {@link #decide}
   */
  public Optional<Decision> revise(
      SendRequest request,
      Latency latency,
      long person,
      double identityConfidence,
      EffectiveSignals signals,
      long now,
      Decision last) {
    score(request, latency, signals, now);
    Status status =
        candidates == 0
            ? Status.UNREACHABLE
            : blocked == candidates ? Status.SUPPRESSED : Status.SCHEDULED;
    boolean suppressed = signals.isSuppressed();
    Suppression leading = suppressed ? signals.leadingSuppression() : null;
    long target = status == Status.SCHEDULED ? minute(best()) : 0;
    String reason = suppressed ? leading.reason() : null;
    long until = suppressed ? leading.end() : 0;
    if (last != null && last.says(status, target, person, reason, until)) {
      return Optional.empty();
    }
    return Optional.of(
        new Decision(
            status,
            person,
            target,
            latency,
            suppressed || candidates == 0
                ? 0
                : round(certainty() * identityConfidence, CONFIDENCE_DECIMALS),
            identityConfidence,
            now,
            curve.peakSlot(),
            appliedWeights(signals, now),
            reason,
            until));
  }

  /**
   * Compares the candidates of a request, for who wants to know why it was decided as it was.
   *
   * @param request what is asked
   * @param latency how long the message takes from trigger to arrival
   * @param signals what is effective for the person at {@code now}, for the channel of the request
   * @param now epoch ms
   */
  public Ranking rank(SendRequest request, Latency latency, EffectiveSignals signals, long now) {
    score(request, latency, signals, now);
    List<Integer> ranked = new ArrayList<>();
    if (blocked < candidates) {
      ranked.add(best());
      for (int i = 0; i < RANKED_BESIDE_TARGET; i++) {
        int next = bestApartFrom(ranked);
        if (next < candidates) {
          ranked.add(next);
        }
      }
    }
    return new Ranking(
        first,
        candidates,
        ranked.stream().map(i -> new Scored(minute(i), scoreOf(i) / curve.total())).toList());
  }

  private void score(SendRequest request, Latency latency, EffectiveSignals signals, long now) {
    curve.read(signals.clicks(), now);
    first = WeekGrid.minuteAtOrAfter(Math.max(request.sendAfter(), now + latency.millis()));
    candidates = WeekGrid.minutesBetween(first, request.sendBefore());
    firstSlot = WeekGrid.slot(first);
    blocked = 0;
    for (Suppression suppression : signals.suppressions()) {
      blocked = Math.max(blocked, candidatesBefore(suppression.end(), request));
    }
    int boostedUntil = 0;
    for (Signal signal : signals.hotPaths()) {
      long end = now + catalogue.hotPath(signal.type()).effectMillis();
      boostedUntil = Math.max(boostedUntil, candidatesBefore(end, request));
    }
    plainFrom = Math.max(blocked, boostedUntil);
    if (boosted.length < boostedUntil) {
      boosted = new double[boostedUntil];
    }
    for (int i = blocked; i < boostedUntil; i++) {
      double score = curve.weight(slot(i));
      for (Signal signal : signals.hotPaths()) {
        HotPath hotPath = catalogue.hotPath(signal.type());
        score *= 1 + hotPath.boost(signal.time(), now, minute(i));
      }
      boosted[i] = score;
    }
  }

  private int candidatesBefore(long end, SendRequest request) {
    return WeekGrid.minutesBetween(first, Math.min(end, request.sendBefore()));
  }

  private long minute(int candidate) {
    return first + candidate * WeekGrid.MINUTE;
  }

  private int slot(int candidate) {
    return (firstSlot + candidate) % WeekGrid.SLOTS;
  }

  /** The score of a candidate that is not blocked, in the scale of the curve's weights. */
  private double scoreOf(int candidate) {
    return candidate < plainFrom ? boosted[candidate] : curve.weight(slot(candidate));
  }

  /** The first candidate within a hair of the highest score; there is one that is not blocked. */
  private int best() {
    int end = Math.min(candidates, plainFrom + WeekGrid.SLOTS);
    double highest = 0;
    for (int i = blocked; i < plainFrom; i++) {
      highest = Math.max(highest, boosted[i]);
    }
    int slot = slot(plainFrom);
    for (int i = plainFrom; i < end; i++) {
      double score = curve.weight(slot);
      if (score > highest) {
        highest = score;
      }
      slot = slot + 1 == WeekGrid.SLOTS ? 0 : slot + 1;
    }
    double enough = highest * (1 - TIE);
    int best = blocked;
    while (best < plainFrom && boosted[best] < enough) {
      best++;
    }
    slot = slot(best);
    while (best >= plainFrom && curve.weight(slot) < enough) {
      best++;
      slot = slot + 1 == WeekGrid.SLOTS ? 0 : slot + 1;
    }
    return best;
  }

  /** The first of the candidates of the highest score, among those away from others; or none. */
  private int bestApartFrom(List<Integer> others) {
    int best = candidates;
    double highest = 0;
    int slot = slot(blocked);
    for (int i = blocked; i < candidates; i++) {
      double score = i < plainFrom ? boosted[i] : curve.weight(slot);
      if (score > highest && isApart(i, others)) {
        best = i;
        highest = score;
      }
      slot = slot + 1 == WeekGrid.SLOTS ? 0 : slot + 1;
    }
    return best;
  }

  private static boolean isApart(int candidate, List<Integer> others) {
    for (int other : others) {
      if (Math.abs(other - candidate) < RANKED_APART) {
        return false;
      }
    }
    return true;
  }

  /**
   * 1 − H/ln N: 0 for a flat distribution, 1 for a single candidate. Nothing is blocked. With s the
   * scores and S their sum, H = ln S − Σ s ln s / S.
   */
  private double certainty() {
    if (candidates == 1) {
      return 1;
    }
    double sum = 0;
    double logs = 0;
    for (int i = 0; i < plainFrom; i++) {
      sum += boosted[i];
      logs += boosted[i] * NaturalLog.of(boosted[i]);
    }
    int plain = candidates - plainFrom;
    int weeks = plain / WeekGrid.SLOTS;
    Terms rest = Terms.of(curve, slot(plainFrom), plain % WeekGrid.SLOTS);
    sum += rest.sum();
    logs += rest.logs();
    if (weeks > 0) {
      Terms others =
          Terms.of(curve, slot(plainFrom + plain), WeekGrid.SLOTS - plain % WeekGrid.SLOTS);
      sum += weeks * (rest.sum() + others.sum());
      logs += weeks * (rest.logs() + others.logs());
    }
    double entropy = NaturalLog.of(sum) - logs / sum;
    return Math.max(0, 1 - entropy / StrictMath.log(candidates));
  }

  /** What successive slots contribute to Σ s and Σ s ln s. */
  private record Terms(double sum, double logs) {

    static Terms of(BaseCurve curve, int slot, int count) {
      int beforeWrap = Math.min(count, WeekGrid.SLOTS - slot);
      double sum = 0;
      double logs = 0;
      for (int i = slot; i < slot + beforeWrap; i++) {
        double weight = curve.weight(i);
        sum += weight;
        logs += weight * NaturalLog.of(weight);
      }
      for (int i = 0; i < count - beforeWrap; i++) {
        double weight = curve.weight(i);
        sum += weight;
        logs += weight * NaturalLog.of(weight);
      }
      return new Terms(sum, logs);
    }
  }

  private List<AppliedWeight> appliedWeights(EffectiveSignals signals, long now) {
    List<AppliedWeight> weights = new ArrayList<>();
    if (signals.isSuppressed()) {
      weights.add(new AppliedWeight(signals.leadingSuppression().reason(), -1.0));
    }
    for (Signal signal : signals.hotPaths()) {
      double boost = catalogue.hotPath(signal.type()).boost(signal.time(), now, now);
      weights.add(new AppliedWeight(signal.type(), round(boost, WEIGHT_DECIMALS)));
    }
    return weights;
  }

  private static double round(double value, int decimals) {
    return BigDecimal.valueOf(value).setScale(decimals, RoundingMode.HALF_EVEN).doubleValue();
  }
}
