package io.sendflowr.flink;

import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.flow.Explanation;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.ResolutionPart;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.Claim;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.HeldEvent;
import io.sendflowr.identity.HeldQuestion;
import io.sendflowr.identity.HeldRequest;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.identity.Lead;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.identity.Resolution;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.Sighting;
import io.sendflowr.identity.store.Chunk;
import io.sendflowr.identity.store.Chunk.Slice;
import io.sendflowr.latency.DeliveryMetadata;
import io.sendflowr.latency.DeliveryReport;
import io.sendflowr.latency.Latency;
import io.sendflowr.latency.LatencyEstimate;
import io.sendflowr.latency.LatencySample;
import io.sendflowr.latency.LatencyTimeline;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Grounds;
import io.sendflowr.timing.PersonRequest;
import io.sendflowr.timing.Ranking;
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
    return switch (random.nextInt(7)) {
      case 0 ->
          new Inbound.Event(observation(), list(this::identifier), deliveryMetadata(), number());
      case 1 -> new Inbound.Link(linkChange(), number());
      case 2 -> new Inbound.Request(request(), origin(), number());
      case 3 -> new Inbound.Cancel(text(), number(), number());
      case 4 -> new Inbound.Resolve(resolve(), number());
      case 5 -> new Inbound.Erase(erasure(), origin(), number());
      default -> new Inbound.Unusable(deadLetter());
    };
  }

  IdentityInput identityInput() {
    return switch (random.nextInt(4)) {
      case 0 -> new IdentityInput.Observed(number(), observation());
      case 1 -> new IdentityInput.Requested(number(), place(), request());
      case 2 -> new IdentityInput.Asked(number(), rank(), resolve());
      default -> new IdentityInput.Sighted(number(), sighting(), number());
    };
  }

  GraphChange graphChange() {
    return switch (random.nextInt(3)) {
      case 0 -> new GraphChange.Linked(linkChange(), number());
      case 1 -> new GraphChange.Consented(number(), text(), number(), number());
      default -> new GraphChange.Erased(erasure());
    };
  }

  PersonChange personChange() {
    return switch (random.nextInt(7)) {
      case 0 -> new PersonChange.EventGiven(number(), number(), personEvent(), number());
      case 1 -> new PersonChange.EventWithdrawn(number(), number(), personEvent(), number());
      case 2 ->
          new PersonChange.RequestGiven(
              number(), request(), list(this::identifier), list(this::lead), number());
      case 3 -> new PersonChange.Claimed(number(), request(), place(), owner(), number());
      case 4 -> new PersonChange.ClaimWithdrawn(number(), request(), place(), number());
      case 5 -> new PersonChange.RequestErased(number(), request(), number());
      default -> new PersonChange.RequestWithdrawn(number(), request(), number());
    };
  }

  RevisionInput revisionInput() {
    return switch (random.nextInt(4)) {
      case 0 -> new RevisionInput.Asked(request(), origin());
      case 1 -> new RevisionInput.Cancelled(text(), number());
      case 2 -> new RevisionInput.Erased(request(), number());
      default -> new RevisionInput.Decided(request(), decision(), grounds());
    };
  }

  Schedule schedule() {
    return new Schedule(request(), random.nextInt(), decision());
  }

  Explanation explanation() {
    return new Explanation(schedule(), random.nextBoolean() ? grounds() : null);
  }

  DeadLetter deadLetter() {
    return new DeadLetter(origin(), choice(DeadLetterReason.values()), text(), number());
  }

  IdentityChange identityChange() {
    return new IdentityChange(
        choice(IdentityChange.Kind.values()),
        number(),
        number(),
        list(this::identifier),
        random.nextBoolean() ? linkChange() : null,
        number());
  }

  ResolutionPart resolutionPart() {
    return new ResolutionPart(
        resolve(), random.nextInt(), number(), list(this::identifier), claim(), list(this::text));
  }

  Resolution resolution() {
    return new Resolution(resolve(), number(), list(this::identifier), list(this::text), real());
  }

  Chunk chunk() {
    return new Chunk(
        random.nextInt(128), random.nextInt(), random.nextInt(), list(() -> slice(bytes())));
  }

  private Slice slice(byte[] bytes) {
    return new Slice(bytes, random.nextInt(bytes.length + 1));
  }

  private byte[] bytes() {
    byte[] bytes = new byte[choice(0, 1, 300, 70_000)];
    random.nextBytes(bytes);
    return bytes;
  }

  long[] stamps() {
    return random.longs(choice(0, 1, 2, 300)).toArray();
  }

  Sighting sighting() {
    return new Sighting(number(), list(this::number));
  }

  HeldQuestion heldQuestion() {
    return new HeldQuestion(resolve(), rank());
  }

  HeldEvent heldEvent() {
    return new HeldEvent(
        observation(),
        random.nextBoolean(),
        list(() -> new HeldEvent.Share(number(), random.nextBoolean())));
  }

  HeldRequest heldRequest() {
    return new HeldRequest(
        request(), place(), random.nextBoolean(), number(), number(), list(this::real));
  }

  PersonRequest personRequest() {
    return new PersonRequest(
        request(),
        list(this::identifier),
        list(this::lead),
        real(),
        number(),
        number(),
        random.nextBoolean() ? decision() : null);
  }

  Standing standing() {
    return new Standing(
        request(), random.nextInt(), random.nextBoolean() ? decision() : null, number());
  }

  private LinkChange linkChange() {
    return new LinkChange(
        random.nextBoolean(), identifier(), identifier(), real(), text(), number());
  }

  private Erasure erasure() {
    return new Erasure(list(this::identifier), number(), number());
  }

  private Lead lead() {
    return new Lead(
        random.nextBoolean() ? identifier() : null, claim(), owner(), list(this::liveLink));
  }

  private int place() {
    return random.nextInt(100);
  }

  private LiveLink owner() {
    return random.nextBoolean() ? liveLink() : null;
  }

  private LiveLink liveLink() {
    return new LiveLink(identifier(), identifier(), real(), text(), number(), number());
  }

  private Grounds grounds() {
    return new Grounds(
        list(this::identifier),
        list(this::lead),
        list(() -> new Grounds.Boost(text(), number(), real(), signalOrigin())),
        list(() -> new Grounds.Hold(text(), number(), number(), signalOrigin())),
        list(this::number),
        new Ranking(number(), random.nextInt(), list(() -> new Ranking.Scored(number(), real()))));
  }

  private Grounds.Origin signalOrigin() {
    return new Grounds.Origin(text(), random.nextBoolean() ? text() : null, number());
  }

  private Claim claim() {
    return new Claim(choice(IdentifierClass.values()), real());
  }

  private ResolveRequest resolve() {
    return new ResolveRequest(text(), number(), number(), list(this::identifier), number());
  }

  private int rank() {
    return choice(IdentityInput.UNIVERSAL, 1, 2100, (int) Short.MAX_VALUE);
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
        latency(),
        real(),
        real(),
        number(),
        random.nextInt(10_080),
        list(() -> new Decision.AppliedWeight(text(), real())),
        textOrNull(),
        number(),
        textOrNull());
  }

  private DeliveryMetadata deliveryMetadata() {
    return random.nextBoolean() ? new DeliveryMetadata(text(), number()) : null;
  }

  DeliveryReport deliveryReport() {
    return new DeliveryReport(
        text(), text(), text(), choice(DeliveryReport.Kind.values()), number(), number());
  }

  LatencySample latencySample() {
    return new LatencySample(text(), number(), number());
  }

  LatencyEstimate latencyEstimate() {
    return new LatencyEstimate(text(), number(), random.nextBoolean() ? latency() : null);
  }

  Latency latency() {
    return new Latency(number(), number());
  }

  LatencyTimeline latencyTimeline() {
    return new LatencyTimeline(list(this::latencyEstimate));
  }

  private Origin origin() {
    return new Origin(text(), random.nextInt(), number(), bytes(), number());
  }

  private PersonEvent personEvent() {
    return new PersonEvent(observation(), random.nextBoolean(), random.nextBoolean());
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
