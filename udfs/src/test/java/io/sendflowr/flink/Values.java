package io.sendflowr.flink;

import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.HeldEvent;
import io.sendflowr.identity.HeldRequest;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.PersonRequest;
import io.sendflowr.timing.SendRequest;
import io.sendflowr.timing.Standing;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Random values of everything that is serialised; nulls only where the types allow them. */
final class Values {
  private static final long[] LONGS = {
    0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1_768_046_400_000L
  };
  private static final double[] DOUBLES = {0, -0.0, 0.1, 1, -1, Double.MIN_VALUE};

  private final Random random;

  Values(long seed) {
    random = new Random(seed);
  }

  Inbound inbound() {
    return switch (random.nextInt(5)) {
      case 0 -> new Inbound.Event(observation(), list(this::identifier), number());
      case 1 -> new Inbound.Link(linkChange(), number());
      case 2 -> new Inbound.Request(request(), origin(), number());
      case 3 -> new Inbound.Cancel(text(), number(), number());
      default -> new Inbound.Unusable(deadLetter());
    };
  }

  IdentityInput identityInput() {
    return random.nextBoolean()
        ? new IdentityInput.Observed(number(), observation())
        : new IdentityInput.Requested(request());
  }

  LinkChange linkChange() {
    return new LinkChange(
        random.nextBoolean(), identifier(), identifier(), real(), text(), number());
  }

  PersonChange personChange() {
    return switch (random.nextInt(4)) {
      case 0 -> new PersonChange.EventGiven(number(), number(), personEvent(), number());
      case 1 -> new PersonChange.EventWithdrawn(number(), number(), personEvent(), number());
      case 2 -> new PersonChange.RequestGiven(number(), request(), real(), number());
      default -> new PersonChange.RequestWithdrawn(number(), request(), number());
    };
  }

  RevisionInput revisionInput() {
    return switch (random.nextInt(3)) {
      case 0 -> new RevisionInput.Asked(request(), origin());
      case 1 -> new RevisionInput.Cancelled(text(), number());
      default -> new RevisionInput.Decided(request(), decision());
    };
  }

  Schedule schedule() {
    return new Schedule(request(), random.nextInt(), decision());
  }

  DeadLetter deadLetter() {
    return new DeadLetter(origin(), choice(DeadLetterReason.values()), text(), number());
  }

  LiveLink liveLink() {
    return new LiveLink(
        identifier(), identifier(), real(), text(), number(), number(), list(this::number));
  }

  HeldEvent heldEvent() {
    return new HeldEvent(
        observation(), list(() -> new HeldEvent.Share(number(), random.nextBoolean())));
  }

  HeldRequest heldRequest() {
    return new HeldRequest(request(), random.nextBoolean(), number(), number(), real());
  }

  PersonRequest personRequest() {
    return new PersonRequest(request(), real(), number(), number(), number());
  }

  Standing standing() {
    return new Standing(request(), random.nextInt(), random.nextBoolean() ? decision() : null);
  }

  private SendRequest request() {
    return new SendRequest(
        text(),
        number(),
        number(),
        list(this::identifier),
        number(),
        number(),
        number(),
        number(),
        textOrNull(),
        textOrNull(),
        textOrNull(),
        textOrNull(),
        textOrNull(),
        textOrNull());
  }

  private Decision decision() {
    return new Decision(
        choice(Decision.Status.values()),
        number(),
        number(),
        number(),
        real(),
        real(),
        number(),
        random.nextInt(10_080),
        list(() -> new Decision.AppliedWeight(text(), real())),
        textOrNull(),
        number());
  }

  private Origin origin() {
    byte[] value = new byte[choice(0, 1, 300, 70_000)];
    random.nextBytes(value);
    return new Origin(text(), random.nextInt(), number(), value, number());
  }

  private PersonEvent personEvent() {
    return new PersonEvent(observation(), random.nextBoolean());
  }

  private Observation observation() {
    return new Observation(text(), text(), text(), number(), number());
  }

  private Identifier identifier() {
    return new Identifier(choice(1, 100, 2100, (int) Short.MAX_VALUE), text());
  }

  private long number() {
    return random.nextBoolean() ? LONGS[random.nextInt(LONGS.length)] : random.nextLong();
  }

  private double real() {
    return random.nextBoolean() ? DOUBLES[random.nextInt(DOUBLES.length)] : random.nextDouble();
  }

  private String textOrNull() {
    return random.nextInt(3) == 0 ? null : text();
  }

  /** Of any characters: whole alphabets, those beyond 16 bits, halves of them, and NUL. */
  private String text() {
    int length = choice(0, 1, 10, 10, 10, 127, 128, random.nextInt(40) == 0 ? 70_000 : 255);
    StringBuilder text = new StringBuilder();
    int last = choice(0x7f, 0x17f, 0xffff, 0x1f9ff);
    while (text.length() < length) {
      text.appendCodePoint(random.nextInt(last + 1));
    }
    return text.toString();
  }

  private <T> List<T> list(Supplier<T> element) {
    return Stream.generate(element).limit(choice(0, 0, 1, 2, 5)).toList();
  }

  @SafeVarargs
  private <T> T choice(T... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
