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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides when a message should reach a person (SPEC section 6, "Decision"). Pure; works in arrays
 * of its own, so each thread needs one.
 *
 * <p>A window may have 40,320 candidates, but only the minutes just ahead are boosted or blocked:
 * beyond them scores are the base curve, and repeat every week. So a decision looks at no more than
 * the boosted minutes and one week.
 */
public final class DecisionEngine {
  private static final double TIE = 1e-9;
  private static final int CONFIDENCE_DECIMALS = 6;
  private static final int WEIGHT_DECIMALS = 4;
  private static final int RANKED_BESIDE_TARGET = 3;
  private static final int RANKED_APART = 60;

  /** Candidates of which the highest score is kept, so that most of them are looked at once. */
  private static final int BLOCK = 64;

  private final Catalogue catalogue;
  private final BaseCurve curve = new BaseCurve();

  /** By type of hot path, what is left of a boost after so many minutes, from 0 on. */
  private final Map<String, double[]> fadings = new HashMap<>();

  private SendRequest scored;
  private Latency scoredWith;
  private EffectiveSignals scoredFor;
  private long scoredAt;

  private long first;
  private int candidates;
  private int firstSlot;

  /** Candidates before it are inside a suppression. */
  private int blocked;

  /** Candidates before it have a score of their own in {@link #boosted}. */
  private int plainFrom;

  private double[] boosted = new double[0];

  /** By block of candidates from 0 on, the highest score of those that are not blocked. */
  private double[] peaks = new double[0];

  /** Candidates before it are in {@link #peaks}. */
  private int peaksUntil;

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
    if (isScored(request, latency, signals, now)) {
      return;
    }
    curve.read(signals.clicks(), now);
    first = WeekGrid.minuteAtOrAfter(Math.max(request.sendAfter(), now + latency.millis()));
    candidates = WeekGrid.minutesBetween(first, request.sendBefore());
    firstSlot = WeekGrid.slot(first);
    blocked = 0;
    for (Suppression suppression : signals.suppressions()) {
      blocked = Math.max(blocked, candidatesBefore(suppression.end(), request));
    }
    plainFrom = blocked;
    for (Signal signal : signals.hotPaths()) {
      boost(signal, request, now);
    }
    peaksUntil = 0;
  }

  /** Whether the scores are of these very objects: an explanation is asked for after a decision. */
  @SuppressWarnings("ReferenceEquality") // others that are equal are rare
  private boolean isScored(
      SendRequest request, Latency latency, EffectiveSignals signals, long now) {
    if (request == scored && latency == scoredWith && signals == scoredFor && now == scoredAt) {
      return true;
    }
    scored = request;
    scoredWith = latency;
    scoredFor = signals;
    scoredAt = now;
    return false;
  }

  private void boost(Signal signal, SendRequest request, long now) {
    HotPath hotPath = catalogue.hotPath(signal.type());
    int end = candidatesBefore(now + hotPath.effectMillis(), request);
    if (end <= blocked) {
      return;
    }
    if (boosted.length < end) {
      boosted = Arrays.copyOf(boosted, end);
    }
    for (int i = plainFrom; i < end; i++) {
      boosted[i] = curve.weight(slot(i));
    }
    plainFrom = Math.max(plainFrom, end);
    double boost = hotPath.boost(signal.time(), now, minute(blocked));
    double[] fading = fadings.computeIfAbsent(signal.type(), type -> fading(hotPath));
    for (int i = blocked; i < end; i++) {
      boosted[i] *= 1 + boost * fading[i - blocked];
    }
  }

  /** A boost of one minute is that of another times this: an exponential for each takes longer. */
  private static double[] fading(HotPath hotPath) {
    double[] fading = new double[WeekGrid.minutesBetween(0, hotPath.effectMillis())];
    for (int i = 0; i < fading.length; i++) {
      fading[i] = StrictMath.exp(-((double) (i * WeekGrid.MINUTE)) / hotPath.tauMillis());
    }
    return fading;
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
    findPeaks(end);
    double highest = 0;
    int last = (end - 1) / BLOCK;
    for (int block = blocked / BLOCK; block <= last; block++) {
      highest = Math.max(highest, peaks[block]);
    }
    double enough = highest * (1 - TIE);
    int block = blocked / BLOCK;
    while (peaks[block] < enough) {
      block++;
    }
    int best = Math.max(blocked, block * BLOCK);
    while (scoreOf(best) < enough) {
      best++;
    }
    return best;
  }

  /** The first of the candidates of the highest score, among those away from others; or none. */
  private int bestApartFrom(List<Integer> others) {
    findPeaks(candidates);
    int best = candidates;
    double highest = 0;
    int last = (candidates - 1) / BLOCK;
    for (int block = blocked / BLOCK; block <= last; block++) {
      if (peaks[block] > highest) {
        int end = Math.min(candidates, (block + 1) * BLOCK);
        for (int i = Math.max(blocked, block * BLOCK); i < end; i++) {
          double score = scoreOf(i);
          if (score > highest && isApart(i, others)) {
            best = i;
            highest = score;
          }
        }
      }
    }
    return best;
  }

  /** Finds the highest score of each block of the candidates before {@code end}. */
  private void findPeaks(int end) {
    if (end <= peaksUntil) {
      return;
    }
    int blocks = (end - 1) / BLOCK + 1;
    if (peaks.length < blocks) {
      peaks = Arrays.copyOf(peaks, blocks);
    }
    for (int block = Math.max(blocked, peaksUntil) / BLOCK; block < blocks; block++) {
      int from = Math.max(blocked, block * BLOCK);
      int until = Math.min(end, (block + 1) * BLOCK);
      int plain = Math.max(from, Math.min(until, plainFrom));
      double highest = curve.highest(slot(plain), until - plain);
      for (int i = from; i < plain; i++) {
        highest = Math.max(highest, boosted[i]);
      }
      peaks[block] = highest;
    }
    peaksUntil = end;
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
      return of(curve.weights(), curve.floor(), slot, slot + beforeWrap)
          .plus(of(curve.weights(), curve.floor(), 0, count - beforeWrap));
    }

    private Terms plus(Terms other) {
      return new Terms(sum + other.sum, logs + other.logs);
    }

    /** Most slots of most people are far from every click: one logarithm for all of these. */
    private static Terms of(double[] weights, double floor, int from, int end) {
      double sum = 0;
      double logs = 0;
      int low = 0;
      for (int i = from; i < end; i++) {
        double weight = weights[i];
        if (weight == floor) {
          low++;
        } else {
          sum += weight;
          logs += weight * NaturalLog.of(weight);
        }
      }
      double rest = low * floor;
      return new Terms(sum + rest, logs + rest * NaturalLog.of(floor));
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
