package io.sendflowr.benchmarks.micro;

import io.sendflowr.flink.Types;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.IdentityInput.Observed;
import io.sendflowr.flow.IdentityInput.Sighted;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.Sighting;
import io.sendflowr.identity.operator.IdentityResolutionOperator;
import io.sendflowr.signal.Observation;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What an event costs where identifiers are, on RocksDB: to hold it, to say for whom it counts, and
 * everything that is looked at later because of it. Everybody's identifiers are linked.
 */
@State(Scope.Thread)
public class IdentityBenchmark {
  private static final int MAX_PERSON = 500;
  private static final int WATERMARK_EVERY = 500;

  /** By which identifier events come. */
  public enum By {
    /** The sender's profile. */
    PROFILE,
    /** The address and the profile; each remembers that it was seen with the other. */
    ADDRESS_AND_PROFILE,
    /** The address and the device, which remembers with whom it was seen. */
    ADDRESS_AND_DEVICE,
    /** The device alone, which gives out what it holds. */
    DEVICE
  }

  /** How many persons there are. */
  @Param({"1", "10000"})
  public int persons;

  /** By which identifier events come. */
  @Param public By by;

  private Subtask<IdentityInput, GraphChange> subtask;
  private Sessions sessions;
  private long[] emails;
  private long[] profiles;
  private long[] devices;
  private long events;

  /** Makes the persons. */
  @Setup
  public void prepare() throws Exception {
    subtask =
        new Subtask<>(
            new IdentityResolutionOperator(Inputs.CATALOGUE, MAX_PERSON, null),
            IdentityInput::holder,
            new Types.PersonChangeSerializer());
    sessions = new Sessions(persons);
    emails = new long[persons];
    profiles = new long[persons];
    devices = new long[persons];
    events = 0;
    for (int person = 0; person < persons; person++) {
      emails[person] = Inputs.key(Inputs.email(person));
      profiles[person] = Inputs.key(Inputs.klaviyo(person));
      devices[person] = Inputs.key(Inputs.device(person));
      // Not all at one instant, as after an import.
      long time = Inputs.NOW - persons + person;
      link(Inputs.email(person), Inputs.klaviyo(person), time);
      link(Inputs.email(person), Inputs.device(person), time);
      see(devices[person], emails[person], time);
    }
    subtask.advance(Inputs.NOW - 1);
  }

  /** Ends the operator. */
  @TearDown
  public void close() throws Exception {
    subtask.close();
  }

  private void link(Identifier a, Identifier b, long time) throws Exception {
    subtask.takeBroadcast(
        new GraphChange.Linked(new LinkChange(false, a, b, 1.0, "shopify", time), time));
  }

  /** That an identifier was seen with another one. */
  private void see(long holder, long other, long time) throws Exception {
    subtask.take(new Sighted(holder, new Sighting(time, List.of(other)), time));
  }

  /** An event. */
  @Benchmark
  public void event() throws Exception {
    sessions.advance();
    int person = sessions.person();
    long time = sessions.time();
    Observation event = Inputs.event(events, time);
    switch (by) {
      case PROFILE -> subtask.take(new Observed(profiles[person], event));
      case DEVICE -> subtask.take(new Observed(devices[person], event));
      case ADDRESS_AND_DEVICE -> {
        subtask.take(new Observed(emails[person], event));
        see(devices[person], emails[person], time);
      }
      case ADDRESS_AND_PROFILE -> {
        subtask.take(new Observed(emails[person], event));
        see(emails[person], profiles[person], time);
        see(profiles[person], emails[person], time);
      }
    }
    if (++events % Math.min(persons, WATERMARK_EVERY) == 0) {
      subtask.advance(time - 1);
    }
  }
}
