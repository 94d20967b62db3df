package io.sendflowr.benchmarks.micro;

import io.sendflowr.flink.Types;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.latency.LatencyEstimate;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.operator.SendDecisionOperator;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What an event costs where persons are, on RocksDB: to take it, and everything that is looked at
 * later because of it.
 */
@State(Scope.Thread)
public class SendDecisionBenchmark {
  private static final int CLICKS = 8;
  private static final int WATERMARK_EVERY = 500;
  private static final int DAYS_AHEAD = 7;

  /** How many persons there are. */
  @Param({"1", "10000"})
  public int persons;

  /** Whether each of them has a request that is pending. */
  @Param({"false", "true"})
  public boolean asked;

  private Subtask<PersonChange, LatencyEstimate> subtask;
  private Sessions sessions;
  private long[] keys;
  private long events;

  /** Makes the persons, with some clicks each. */
  @Setup
  public void prepare() throws Exception {
    subtask =
        new Subtask<>(
            new SendDecisionOperator(Inputs.CATALOGUE),
            PersonChange::person,
            new Types.RevisionInputSerializer());
    sessions = new Sessions(persons);
    keys = new long[persons];
    events = 0;
    SplittableRandom random = new SplittableRandom(persons);
    for (int person = 0; person < persons; person++) {
      keys[person] = Inputs.key(Inputs.email(person));
      for (int i = 0; i < CLICKS; i++) {
        long time = Inputs.NOW - 1 - random.nextLong(Duration.ofDays(14).toMillis());
        give(person, Inputs.click(i, time));
      }
      if (asked) {
        ask(person, Inputs.NOW - 1);
      }
    }
    subtask.advance(Inputs.NOW - 1);
  }

  /** Ends the operator. */
  @TearDown
  public void close() throws Exception {
    subtask.close();
  }

  private void give(int person, Observation event) throws Exception {
    subtask.take(
        new EventGiven(keys[person], keys[person], new PersonEvent(event, false), event.time()));
  }

  private void ask(int person, long time) throws Exception {
    subtask.take(
        new RequestGiven(
            keys[person],
            Inputs.request(person, time, time, DAYS_AHEAD),
            List.of(Inputs.email(person), Inputs.klaviyo(person)),
            Inputs.leads(person),
            time));
  }

  /** An event; once a week a person's next request besides, if they are asked for. */
  @Benchmark
  public void event() throws Exception {
    sessions.advance();
    int person = sessions.person();
    long time = sessions.time();
    give(person, Inputs.event(events, time));
    if (asked
        && sessions.begins()
        && sessions.sessionsBefore() % Sessions.A_WEEK == Sessions.A_WEEK - 1) {
      ask(person, time);
    }
    if (++events % Math.min(persons, WATERMARK_EVERY) == 0) {
      subtask.advance(time - 1);
    }
  }
}
