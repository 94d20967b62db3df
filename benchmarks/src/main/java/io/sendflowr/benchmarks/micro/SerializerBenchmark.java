package io.sendflowr.benchmarks.micro;

import io.sendflowr.flink.States;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.identity.HeldEvent;
import io.sendflowr.identity.HeldEvent.Share;
import io.sendflowr.identity.HeldRequest;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Sighting;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.PersonRequest;
import io.sendflowr.timing.SendRequest;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What it costs to write and to read what flows between operators, and what they keep. */
@State(Scope.Thread)
public class SerializerBenchmark {
  private static final int PERSON = 7;
  private static final long KEY = Inputs.key(Inputs.email(PERSON));
  private static final Observation EVENT = Inputs.event(1, Inputs.NOW);
  private static final List<Identifier> BOTH =
      List.of(Inputs.email(PERSON), Inputs.klaviyo(PERSON));
  private static final SendRequest REQUEST = Inputs.request(PERSON, 0, Inputs.NOW, 0);

  /** What is written and read. */
  public enum Form {
    /** An event as it was read. */
    INBOUND_EVENT {
      @Override
      Subject<?> subject() {
        return new Subject<>(
            new Types.InboundSerializer(), new Inbound.Event(EVENT, BOTH, Inputs.NOW));
      }
    },
    /** An event on its way to the identifier. */
    ROUTED_EVENT {
      @Override
      Subject<?> subject() {
        return new Subject<>(
            new Types.IdentityInputSerializer(), new IdentityInput.Observed(KEY, EVENT));
      }
    },
    /** A request on its way to the identifier. */
    ROUTED_REQUEST {
      @Override
      Subject<?> subject() {
        return new Subject<>(
            new Types.IdentityInputSerializer(), new IdentityInput.Requested(KEY, 0, REQUEST));
      }
    },
    /** An event that an identifier holds. */
    HELD_EVENT {
      @Override
      Subject<?> subject() {
        return new Subject<>(
            new States.HeldEventSerializer(), new HeldEvent(EVENT, List.of(new Share(KEY, false))));
      }
    },
    /** With whom an identifier was seen. */
    SIGHTING {
      @Override
      Subject<?> subject() {
        return new Subject<>(
            new States.SightingSerializer(), new Sighting(Inputs.NOW, List.of(KEY)));
      }
    },
    /** A request that an identifier holds. */
    HELD_REQUEST {
      @Override
      Subject<?> subject() {
        return new Subject<>(
            new States.HeldRequestSerializer(),
            new HeldRequest(REQUEST, 0, true, KEY, KEY, List.of(1.0, 0.95)));
      }
    },
    /** An event of a person, on its way there and in their state. */
    PERSON_EVENT {
      @Override
      Subject<?> subject() {
        return new Subject<>(
            new Types.PersonChangeSerializer(),
            new PersonChange.EventGiven(KEY, KEY, new PersonEvent(EVENT, false), Inputs.NOW));
      }
    },
    /** A request on its way to the person. */
    GIVEN_REQUEST {
      @Override
      Subject<?> subject() {
        return new Subject<>(
            new Types.PersonChangeSerializer(),
            new PersonChange.RequestGiven(
                KEY, REQUEST, BOTH, Inputs.leads(PERSON), REQUEST.time()));
      }
    },
    /** A request of a person, decided. */
    PERSON_REQUEST {
      @Override
      Subject<?> subject() {
        return new Subject<>(
            new States.PersonRequestSerializer(),
            PersonRequest.given(REQUEST, BOTH, Inputs.leads(PERSON), REQUEST.time())
                .decided(Inputs.decided(PERSON).decision()));
      }
    },
    /** A decision with its grounds, on its way to the request id. */
    DECISION {
      @Override
      Subject<?> subject() {
        return new Subject<RevisionInput>(
            new Types.RevisionInputSerializer(), Inputs.decided(PERSON));
      }
    };

    abstract Subject<?> subject();
  }

  private record Subject<T>(TypeSerializer<T> serializer, T value) {
    int write(DataOutputSerializer out) throws IOException {
      serializer.serialize(value, out);
      return out.length();
    }
  }

  /** What is written and read. */
  @Param public Form form;

  private final DataOutputSerializer out = new DataOutputSerializer(1024);
  private final DataInputDeserializer in = new DataInputDeserializer();
  private Subject<?> subject;
  private byte[] bytes;

  /** Makes the value, and its bytes. */
  @Setup
  public void prepare() throws IOException {
    subject = form.subject();
    subject.write(out);
    bytes = out.getCopyOfBuffer();
  }

  /** Into memory that is there. */
  @Benchmark
  public int write() throws IOException {
    out.clear();
    return subject.write(out);
  }

  /** From memory. */
  @Benchmark
  public Object read() throws IOException {
    in.setBuffer(bytes);
    return subject.serializer().deserialize(in);
  }
}
