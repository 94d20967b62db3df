package io.sendflowr.benchmarks;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.Signal;
import io.sendflowr.timing.BaseCurve;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.DecisionEngine;
import io.sendflowr.timing.Ranking;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What one decision costs: a person's curve, the score of every candidate minute, the entropy. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class DecisionBenchmark {
  private static final int SEED = 7;
  private static final long NOW = Instant.parse("2026-01-14T12:00:30Z").toEpochMilli();
  private static final long PERSON = 1;

  /** Clicks that the person is known by, and the length of the request's window. */
  @Param({"0:7", "64:7", "256:28"})
  public String clicksAndDays;

  private DecisionEngine engine;
  private SendRequest request;
  private EffectiveSignals signals;
  private long now;
  private BaseCurve curve;

  /** Makes a person with three boosts, and a request. */
  @Setup
  public void prepare() {
    String[] parts = clicksAndDays.split(":", -1);
    Catalogue catalogue = CatalogueReader.builtIn();
    engine = new DecisionEngine(catalogue);
    curve = new BaseCurve();
    request =
        new SendRequest(
            "r",
            NOW,
            NOW,
            List.of(),
            PERSON,
            NOW,
            NOW + Duration.ofDays(Integer.parseInt(parts[1])).toMillis(),
            Duration.ofMinutes(5).toMillis(),
            null,
            null,
            null,
            null,
            null,
            null);
    Random random = new Random(SEED);
    List<Observation> clicks = new ArrayList<>();
    for (int i = Integer.parseInt(parts[0]); i > 0; i--) {
      long time = NOW - random.nextInt((int) Duration.ofDays(14).toMillis());
      clicks.add(new Observation("shop", "c" + i, "clicked", time, time));
    }
    clicks.sort(Observation.ORDER);
    long recent = NOW - Duration.ofMinutes(2).toMillis();
    signals =
        new EffectiveSignals(
            List.of(
                new Signal("browse_surge", recent),
                new Signal("cart_add", recent - 1),
                new Signal("product_view", recent)),
            List.of(),
            clicks);
  }

  /** Another than the last, because the curve of one instant is kept. */
  private long now() {
    now = now == NOW ? NOW + 1 : NOW;
    return now;
  }

  /** The decision. */
  @Benchmark
  public Decision decide() {
    return engine.decide(request, request.ownLatency(), PERSON, 1.0, signals, now());
  }

  /** What is worked out beside it for the explanation, if the decision is a new one. */
  @Benchmark
  public Ranking rank() {
    return engine.rank(request, request.ownLatency(), signals, now());
  }

  /** The base curve alone, which is part of the decision. */
  @Benchmark
  public BaseCurve curve() {
    curve.read(signals.clicks(), now());
    return curve;
  }
}
