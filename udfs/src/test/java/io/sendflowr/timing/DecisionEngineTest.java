package io.sendflowr.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.catalogue.CircuitBreaker;
import io.sendflowr.latency.Latency;
import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.Signal;
import io.sendflowr.signal.Suppression;
import io.sendflowr.timing.Decision.AppliedWeight;
import io.sendflowr.timing.Decision.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class DecisionEngineTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final DecisionEngine ENGINE = new DecisionEngine(CATALOGUE);
  private static final long NOW = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();
  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;
  private static final long LATENCY = 5 * MINUTE;
  private static final EffectiveSignals NOTHING = signals(List.of(), List.of(), List.of());

  @Test
  void withoutAnyKnowledgeTheEarliestMinuteThatCanBeReachedIsTheTarget() {
    Decision decision = decide(request(NOW, NOW + 24 * HOUR, LATENCY), NOTHING);

    assertThat(decision.status()).isEqualTo(Status.SCHEDULED);
    assertThat(decision.target()).isEqualTo(NOW + LATENCY);
    assertThat(decision.trigger()).isEqualTo(NOW);
    assertThat(decision.confidence()).isZero();
    assertThat(decision.baseCurvePeak()).isZero();
    assertThat(decision.appliedWeights()).isEmpty();
    assertThat(decision.isSuppressionActive()).isFalse();
    assertThat(decision.decidedAt()).isEqualTo(NOW);
    assertThat(decision.person()).isEqualTo(7);
  }

  @Test
  void aMeasuredLatencyTakesThePlaceOfTheRequestsOwn() {
    SendRequest request = request(NOW, NOW + 24 * HOUR, LATENCY);
    Latency measured = new Latency(15 * MINUTE, 20);

    Decision decision = ENGINE.decide(request, measured, 7, 1.0, NOTHING, NOW);

    assertThat(decision.target()).isEqualTo(NOW + 15 * MINUTE);
    assertThat(decision.trigger()).isEqualTo(NOW);
    assertThat(decision.latency()).isEqualTo(measured);
  }

  @Test
  void theWindowIsHalfOpen() {
    assertThat(decide(request(NOW + HOUR, NOW + HOUR + 1, LATENCY), NOTHING).target())
        .isEqualTo(NOW + HOUR);
    assertThat(decide(request(NOW + HOUR + 1, NOW + HOUR + MINUTE, LATENCY), NOTHING).status())
        .isEqualTo(Status.UNREACHABLE);
    assertThat(decide(request(NOW + HOUR + 1, NOW + HOUR + MINUTE + 1, LATENCY), NOTHING).target())
        .isEqualTo(NOW + HOUR + MINUTE);
  }

  @Test
  void aMinuteMustBeReachableFromNow() {
    long before = NOW + LATENCY;
    assertThat(decide(request(NOW, before + 1, LATENCY), NOTHING).target()).isEqualTo(before);
    assertThat(decide(request(NOW, before, LATENCY), NOTHING).status())
        .isEqualTo(Status.UNREACHABLE);
    assertThat(decide(request(NOW, before, LATENCY), NOTHING).confidence()).isZero();
    assertThat(decide(request(NOW - 72 * HOUR, NOW - HOUR, LATENCY), NOTHING).status())
        .isEqualTo(Status.UNREACHABLE);
  }

  @Test
  void aLatencyOfBrokenMinutesStillLandsOnAWholeOne() {
    Decision decision = decide(request(NOW, NOW + HOUR, 600_500), NOTHING);

    assertThat(decision.target()).isEqualTo(NOW + 11 * MINUTE);
    assertThat(decision.trigger()).isEqualTo(NOW + 59_500);

    assertThat(decide(request(NOW, NOW + HOUR, 0), NOTHING).trigger()).isEqualTo(NOW);
  }

  @Test
  void aSingleCandidateIsCertain() {
    Decision decision =
        ENGINE.decide(
            request(NOW, NOW + LATENCY + 1, LATENCY),
            Latency.ofRequest(LATENCY),
            7,
            0.85,
            NOTHING,
            NOW);

    assertThat(decision.confidence()).isEqualTo(0.85);
    assertThat(decision.identityConfidence()).isEqualTo(0.85);
  }

  @Test
  void aFreshSignalPullsTheTargetForward() {
    List<Observation> clicks = List.of(click(NOW - 48 * HOUR));
    SendRequest request = request(NOW, NOW + 168 * HOUR, LATENCY);
    assertThat(decide(request, signals(List.of(), List.of(), clicks)).target())
        .isEqualTo(NOW + 120 * HOUR);

    Signal view = new Signal("product_view", NOW - MINUTE);
    Decision decision = decide(request, signals(List.of(view), List.of(), List.of()));
    assertThat(decision.target()).isEqualTo(NOW + LATENCY);
    assertThat(decision.appliedWeights())
        .containsExactly(
            new AppliedWeight("product_view", Math.round(20_000 * Math.exp(-1 / 15.0)) / 1e4));
  }

  @Test
  void theTargetIsTheFirstMinuteAfterTheSuppression() {
    Suppression until = new Suppression("complaint", NOW - HOUR, NOW + 2 * HOUR + 1);
    Decision decision =
        decide(
            request(NOW, NOW + 24 * HOUR, LATENCY), signals(List.of(), List.of(until), List.of()));

    assertThat(decision.status()).isEqualTo(Status.SCHEDULED);
    assertThat(decision.target()).isEqualTo(NOW + 2 * HOUR + MINUTE);
    assertThat(decision.confidence()).isZero();
    assertThat(decision.suppressionReason()).isEqualTo("complaint");
    assertThat(decision.suppressedUntil()).isEqualTo(NOW + 2 * HOUR + 1);

    Suppression even = new Suppression("complaint", NOW - HOUR, NOW + 2 * HOUR);
    assertThat(
            decide(
                    request(NOW, NOW + 24 * HOUR, LATENCY),
                    signals(List.of(), List.of(even), List.of()))
                .target())
        .isEqualTo(NOW + 2 * HOUR);
  }

  @Test
  void aWindowInsideASuppressionIsSuppressed() {
    Suppression complaint = new Suppression("complaint", NOW - HOUR, NOW + 47 * HOUR);
    Suppression spam = new Suppression("spam_report", NOW - HOUR, CircuitBreaker.PERMANENT);
    Signal view = new Signal("product_view", NOW);
    Signal cart = new Signal("cart_add", NOW);

    Decision decision =
        decide(
            request(NOW, NOW + 24 * HOUR, LATENCY),
            signals(List.of(cart, view), List.of(complaint, spam), List.of()));
    assertThat(decision.status()).isEqualTo(Status.SUPPRESSED);
    assertThat(decision.target()).isZero();
    assertThat(decision.confidence()).isZero();
    assertThat(decision.suppressionReason()).isEqualTo("spam_report");
    assertThat(decision.suppressedUntil()).isEqualTo(CircuitBreaker.PERMANENT);
    assertThat(decision.appliedWeights())
        .extracting(AppliedWeight::signal, AppliedWeight::weight)
        .containsExactly(
            tuple("spam_report", -1.0), tuple("cart_add", 2.0), tuple("product_view", 2.0));
  }

  @Test
  void aWindowWithoutCandidatesIsUnreachableThoughSuppressed() {
    Suppression complaint = new Suppression("complaint", NOW, NOW + HOUR);
    Decision decision =
        decide(request(NOW, NOW + 1, LATENCY), signals(List.of(), List.of(complaint), List.of()));

    assertThat(decision.status()).isEqualTo(Status.UNREACHABLE);
    assertThat(decision.suppressionReason()).isEqualTo("complaint");
  }

  @Test
  void aBoostEndsWithItsEffect() {
    // After 15 minutes sms_clicked has no effect, however near the base curve peaks then.
    long peak = NOW + 20 * MINUTE;
    List<Observation> clicks = List.of(click(peak - 168 * HOUR));
    SendRequest request = request(NOW + 15 * MINUTE, NOW + HOUR, 0);

    Signal clicked = new Signal("sms_clicked", NOW);
    assertThat(decide(request, signals(List.of(clicked), List.of(), clicks)).target())
        .isEqualTo(peak);
    Signal visit = new Signal("site_visit", NOW);
    assertThat(decide(request, signals(List.of(visit), List.of(), clicks)).target())
        .isEqualTo(NOW + 15 * MINUTE);
  }

  /** The later click is fresher by a millisecond, which nobody could tell. */
  @Test
  void theEarliestOfEqualScoresIsTheTarget() {
    long peak = NOW + HOUR;
    List<Observation> clicks = List.of(click(peak - 168 * HOUR - 1), click(peak - 168 * HOUR));

    assertThat(
            decide(request(NOW, NOW + 24 * HOUR, LATENCY), signals(List.of(), List.of(), clicks))
                .target())
        .isEqualTo(peak - MINUTE);
  }

  @Property(tries = 400, edgeCases = EdgeCasesMode.NONE, seed = "70")
  void decidesWhatTheContractSays(
      @ForAll("requests") SendRequest request,
      @ForAll("signals") EffectiveSignals signals,
      @ForAll @DoubleRange(min = 0.1, max = 1) double identityConfidence,
      @ForAll @LongRange(min = 0, max = MINUTE - 1) long seconds) {
    long now = NOW + seconds;
    Decision decision =
        ENGINE.decide(request, request.ownLatency(), 7, identityConfidence, signals, now);

    long latency = request.latencyMillis();
    double[] curve = NaiveCurve.of(signals.clicks(), now);
    List<Long> minutes = new ArrayList<>();
    List<Double> scores = new ArrayList<>();
    for (long m = NOW - NOW % MINUTE; m < request.sendBefore(); m += MINUTE) {
      if (m >= request.sendAfter() && m - latency >= now) {
        minutes.add(m);
        scores.add(naiveScore(m, now, curve, signals));
      }
    }
    double highest = scores.stream().mapToDouble(s -> s).max().orElse(0);
    if (minutes.isEmpty()) {
      assertThat(decision.status()).isEqualTo(Status.UNREACHABLE);
    } else if (highest == 0) {
      assertThat(decision.status()).isEqualTo(Status.SUPPRESSED);
    } else {
      int best = 0;
      while (scores.get(best) < highest * (1 - 1e-9)) {
        best++;
      }
      assertThat(decision.status()).isEqualTo(Status.SCHEDULED);
      assertThat(decision.target()).isEqualTo(minutes.get(best));
      assertThat(decision.trigger()).isEqualTo(minutes.get(best) - latency);
    }
    double confidence =
        !signals.suppressions().isEmpty() || highest == 0
            ? 0
            : naiveCertainty(scores) * identityConfidence;
    assertThat(decision.confidence()).isCloseTo(confidence, within(0.500001e-6));
    assertThat(decision.confidence() * 1e6)
        .isCloseTo(Math.rint(decision.confidence() * 1e6), within(1e-6));
    assertThat(decision.appliedWeights()).isEqualTo(naiveWeights(signals, now));
    assertThat(decision.isSuppressionActive()).isEqualTo(signals.isSuppressed());
  }

  /** No send leaks, and none is promised that cannot be kept. */
  @Property(tries = 600, edgeCases = EdgeCasesMode.NONE, seed = "71")
  void aTargetIsInsideTheWindowOutsideEverySuppressionAndStillReachable(
      @ForAll("requests") SendRequest request,
      @ForAll("signals") EffectiveSignals signals,
      @ForAll @LongRange(min = 0, max = MINUTE - 1) long seconds) {
    long now = NOW + seconds;
    Decision decision = ENGINE.decide(request, request.ownLatency(), 7, 1.0, signals, now);

    assertThat(decision.confidence()).isBetween(0.0, 1.0);
    if (decision.status() == Status.SCHEDULED) {
      assertThat(decision.target() % MINUTE).isZero();
      assertThat(decision.target())
          .isGreaterThanOrEqualTo(request.sendAfter())
          .isLessThan(request.sendBefore());
      assertThat(decision.trigger()).isGreaterThanOrEqualTo(now);
      assertThat(signals.suppressions()).noneMatch(s -> s.covers(decision.target()));
    } else {
      assertThat(decision.target()).isZero();
    }
  }

  private static double naiveScore(
      long minute, long now, double[] curve, EffectiveSignals signals) {
    for (Suppression suppression : signals.suppressions()) {
      if (suppression.start() <= minute && minute < suppression.end()) {
        return 0;
      }
    }
    double score = curve[WeekGrid.slot(minute)];
    for (Signal signal : signals.hotPaths()) {
      score *= 1 + naiveBoost(signal, minute, now);
    }
    return score;
  }

  private static double naiveBoost(Signal signal, long minute, long now) {
    var hotPath = CATALOGUE.hotPath(signal.type());
    return minute - now < hotPath.effectMillis()
        ? hotPath.amplitude() * Math.exp(-1.0 * (minute - signal.time()) / hotPath.tauMillis())
        : 0;
  }

  private static double naiveCertainty(List<Double> scores) {
    if (scores.size() == 1) {
      return 1;
    }
    double sum = scores.stream().mapToDouble(s -> s).sum();
    double entropy = 0;
    for (double score : scores) {
      if (score > 0) {
        entropy += score / sum * Math.log(sum / score);
      }
    }
    return Math.max(0, 1 - entropy / Math.log(scores.size()));
  }

  private static List<AppliedWeight> naiveWeights(EffectiveSignals signals, long now) {
    List<AppliedWeight> weights = new ArrayList<>();
    if (signals.isSuppressed()) {
      weights.add(new AppliedWeight(signals.leadingSuppression().reason(), -1.0));
    }
    signals.hotPaths().stream()
        .sorted(Comparator.comparing(Signal::type))
        .forEach(
            s ->
                weights.add(
                    new AppliedWeight(s.type(), Math.rint(naiveBoost(s, now, now) * 1e4) / 1e4)));
    return weights;
  }

  private static Decision decide(SendRequest request, EffectiveSignals signals) {
    return ENGINE.decide(request, request.ownLatency(), 7, 1.0, signals, NOW);
  }

  private static SendRequest request(long sendAfter, long sendBefore, long latencyMillis) {
    return new SendRequest(
        "r",
        NOW,
        NOW,
        List.of(),
        7,
        sendAfter,
        sendBefore,
        latencyMillis,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  private static EffectiveSignals signals(
      List<Signal> hotPaths, List<Suppression> suppressions, List<Observation> clicks) {
    return new EffectiveSignals(hotPaths, suppressions, clicks);
  }

  private static Observation click(long time) {
    return new Observation("shop", "c" + time, "clicked", time, time);
  }

  @Provide
  Arbitrary<SendRequest> requests() {
    long day = Duration.ofDays(1).toMillis();
    return Combinators.combine(
            Arbitraries.longs().between(-day, 3 * day),
            Arbitraries.oneOf(
                Arbitraries.longs().between(1, 10 * MINUTE),
                Arbitraries.longs().between(1, 8 * day)),
            Arbitraries.oneOf(
                Arbitraries.of(0L, LATENCY, 600_500L, HOUR), Arbitraries.longs().between(0, HOUR)))
        .as((after, length, latency) -> request(NOW + after, NOW + after + length, latency));
  }

  /** Signals as they are effective: live, active, and in the order that is promised. */
  @Provide
  Arbitrary<EffectiveSignals> signals() {
    Arbitrary<List<Signal>> hotPaths =
        Combinators.combine(
                Arbitraries.of(
                    "browse_surge",
                    "cart_add",
                    "payment_succeeded",
                    "product_view",
                    "sms_clicked",
                    "ticket_closed_satisfied"),
                Arbitraries.longs().between(0, 30 * MINUTE - 1))
            .as((type, age) -> new Signal(type, NOW - age))
            .list()
            .uniqueElements(Signal::type)
            .ofMaxSize(4)
            .map(s -> s.stream().sorted(Comparator.comparing(Signal::type)).toList());
    Arbitrary<Suppression> active =
        Combinators.combine(
                Arbitraries.of("complaint", "fatigue", "payment_failed"),
                Arbitraries.longs().between(0, 48 * HOUR),
                Arbitraries.oneOf(
                    Arbitraries.longs().between(MINUTE, 4 * HOUR),
                    Arbitraries.longs().between(MINUTE, 168 * HOUR)))
            .as((reason, ago, ahead) -> new Suppression(reason, NOW - ago, NOW + ahead));
    Arbitrary<List<Suppression>> suppressions =
        Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.just(List.<Suppression>of())),
                Tuple.of(1, active.list().ofMinSize(1).ofMaxSize(3)))
            .map(s -> s.stream().sorted(Suppression.BY_END).toList());
    Arbitrary<List<Observation>> clicks =
        Arbitraries.longs()
            .between(0, 400 * HOUR)
            .list()
            .uniqueElements()
            .ofMaxSize(5)
            .map(ages -> ages.stream().map(a -> click(NOW - a)).sorted(Observation.ORDER).toList());
    return Combinators.combine(hotPaths, suppressions, clicks).as(EffectiveSignals::new);
  }
}
