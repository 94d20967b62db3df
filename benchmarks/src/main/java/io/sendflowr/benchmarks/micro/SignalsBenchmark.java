package io.sendflowr.benchmarks.micro;

import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.signal.Signal;
import io.sendflowr.signal.SignalReader;
import io.sendflowr.signal.cep.CepSignals;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What it costs to see what is effective for a person, by the number of events they have. Each time
 * it is another person: what was found last is remembered, and would answer.
 */
@State(Scope.Thread)
public class SignalsBenchmark {
  private static final int PERSONS = 16;

  /** How many events the person has, one every 20 seconds up to now. */
  @Param({"1", "16", "64", "256"})
  public int events;

  private CepSignals derived;
  private SignalReader reader;
  private List<List<PersonEvent>> visits;
  private List<List<Observation>> observations;
  private int next;

  /** Makes the persons. */
  @Setup
  public void prepare() {
    derived = new CepSignals();
    reader = new SignalReader(Inputs.CATALOGUE, derived);
    visits = new ArrayList<>();
    observations = new ArrayList<>();
    for (int person = 0; person < PERSONS; person++) {
      List<PersonEvent> visit = Inputs.visit(events, person);
      visits.add(visit);
      observations.add(visit.stream().map(PersonEvent::observation).toList());
    }
  }

  private int next() {
    next = (next + 1) % PERSONS;
    return next;
  }

  /** The patterns, of events that were asked for before, as they mostly were. */
  @Benchmark
  public List<Signal> derive() {
    return derived.derive(observations.get(next()), Inputs.NOW);
  }

  /** All that is effective, the patterns among it. */
  @Benchmark
  public EffectiveSignals effective() {
    return reader.at(visits.get(next()), Inputs.NOW, Inputs.NOW).of("email");
  }
}
