package io.sendflowr.timing;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.HotPath;
import io.sendflowr.latency.Latency;
import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.Signal;
import io.sendflowr.signal.Suppression;
import io.sendflowr.timing.Decision.AppliedWeight;
import io.sendflowr.timing.Decision.Status;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/** Decides when a message should reach a person (SPEC section 6, "Decision"). Pure. */
public final class DecisionEngine implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final double TIE = 1e-9;
  private static final int CONFIDENCE_DECIMALS = 6;
  private static final int WEIGHT_DECIMALS = 4;

  private final Catalogue catalogue;

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
    BaseCurve curve = BaseCurve.of(signals.clicks(), now);
    long first = WeekGrid.minuteAtOrAfter(Math.max(request.sendAfter(), now + latency.millis()));
    int candidates = WeekGrid.minutesBetween(first, request.sendBefore());
    double[] scores = scores(first, candidates, curve, signals, now);
    double highest = 0;
    for (double score : scores) {
      highest = Math.max(highest, score);
    }
    Status status =
        candidates == 0 ? Status.UNREACHABLE : highest == 0 ? Status.SUPPRESSED : Status.SCHEDULED;
    long target = 0;
    if (status == Status.SCHEDULED) {
      int best = 0;
      while (scores[best] < highest * (1 - TIE)) {
        best++;
      }
      target = first + best * WeekGrid.MINUTE;
    }
    boolean suppressed = signals.isSuppressed();
    Suppression leading = suppressed ? signals.leadingSuppression() : null;
    return new Decision(
        status,
        person,
        target,
        latency,
        suppressed || highest == 0
            ? 0
            : round(certainty(scores) * identityConfidence, CONFIDENCE_DECIMALS),
        identityConfidence,
        now,
        curve.peakSlot(),
        appliedWeights(signals, now),
        suppressed ? leading.reason() : null,
        suppressed ? leading.end() : 0);
  }

  private double[] scores(
      long first, int candidates, BaseCurve curve, EffectiveSignals signals, long now) {
    double[] scores = new double[candidates];
    int slot = WeekGrid.slot(first);
    for (int i = 0; i < candidates; i++) {
      scores[i] = curve.at(slot);
      slot = slot + 1 == WeekGrid.SLOTS ? 0 : slot + 1;
    }
    for (Signal signal : signals.hotPaths()) {
      HotPath hotPath = catalogue.hotPath(signal.type());
      for (int i = 0; i < candidates; i++) {
        double boost = hotPath.boost(signal.time(), now, first + i * WeekGrid.MINUTE);
        if (boost == 0) {
          break;
        }
        scores[i] *= 1 + boost;
      }
    }
    for (Suppression suppression : signals.suppressions()) {
      for (int i = 0; i < candidates && suppression.covers(first + i * WeekGrid.MINUTE); i++) {
        scores[i] = 0;
      }
    }
    return scores;
  }

  /** 1 − H/ln N: 0 for a flat distribution, 1 for a single candidate. */
  private static double certainty(double[] scores) {
    if (scores.length == 1) {
      return 1;
    }
    double sum = 0;
    for (double score : scores) {
      sum += score;
    }
    double entropy = 0;
    for (double score : scores) {
      if (score > 0) {
        double p = score / sum;
        entropy -= p * StrictMath.log(p);
      }
    }
    return Math.max(0, 1 - entropy / StrictMath.log(scores.length));
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
