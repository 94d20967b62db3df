package io.sendflowr.benchmarks.micro;

import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.signal.SignalIndex;
import io.sendflowr.signal.SignalReader;
import io.sendflowr.signal.cep.CepSignals;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What it costs to see what is effective for a person, by the number of events they have. */
@State(Scope.Thread)
public class SignalsBenchmark {
  private static final int PERSONS = 16;

  /** How many events the person has, one every 20 seconds up to now. */
  @Param({"1", "16", "64", "256"})
  public int events;

  private SignalReader reader;
  private List<List<PersonEvent>> visits;
  private List<SignalIndex> known;
  private int next;

  /** Makes the persons. */
  @Setup
  public void prepare() {
    reader = new SignalReader(Inputs.CATALOGUE, new CepSignals());
    visits = new ArrayList<>();
    known = new ArrayList<>();
    for (int person = 0; person < PERSONS; person++) {
      List<PersonEvent> visit = Inputs.visit(events, person);
      visits.add(visit);
      known.add(reader.distinct(visit, Inputs.NOW));
    }
  }

  private int next() {
    next = (next + 1) % PERSONS;
    return next;
  }

  /** Of a person who is not in memory, the patterns among it. */
  @Benchmark
  public EffectiveSignals effective() {
    return reader.at(visits.get(next()), Inputs.NOW, Inputs.NOW).of("email");
  }

  /** Of a person who is in memory, when nothing came that is part of a pattern. */
  @Benchmark
  public EffectiveSignals effectiveAgain() {
    return known.get(next()).at(Inputs.NOW, Inputs.NOW).of("email");
  }
}
