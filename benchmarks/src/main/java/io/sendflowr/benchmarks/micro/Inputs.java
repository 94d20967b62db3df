package io.sendflowr.benchmarks.micro;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.identity.Claim;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Lead;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.latency.Latency;
import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.signal.Signal;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.DecisionEngine;
import io.sendflowr.timing.Grounds;
import io.sendflowr.timing.Grounds.Boost;
import io.sendflowr.timing.Grounds.Origin;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What the benchmarks feed: people of a shop, each with an address, a profile at the sender and a
 * device. Whatever has one number is the same in every run.
 */
final class Inputs {
  /** The present, epoch ms. */
  static final long NOW = Instant.parse("2026-01-14T12:00:30Z").toEpochMilli();

  static final Catalogue CATALOGUE = CatalogueReader.builtIn();

  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long LATENCY = Duration.ofMinutes(5).toMillis();
  private static final int EMAIL = CATALOGUE.typeNamed("email_hash").rank();
  private static final int KLAVIYO = CATALOGUE.typeNamed("klaviyo_id").rank();
  private static final int DEVICE = CATALOGUE.typeNamed("device_id").rank();

  /** Of a hundred events. */
  private static final List<Share> MIX =
      List.of(
          new Share("product_view", 40),
          new Share("site_visit", 14),
          new Share("cart_add", 10),
          new Share("order_placed", 4),
          new Share("payment_succeeded", 4),
          new Share("sent", 8),
          new Share("delivered", 8),
          new Share("opened", 6),
          new Share("clicked", 4),
          new Share("bounced", 2));

  private Inputs() {}

  private record Share(String type, int percent) {}

  static Identifier email(long person) {
    return new Identifier(
        EMAIL, HexFormat.of().formatHex(UniversalId.sha256("p" + person + "@shop.example")));
  }

  static Identifier klaviyo(long person) {
    return new Identifier(KLAVIYO, "01HZX4YQ8K9W3T5V7B2N" + (100_000 + person));
  }

  static Identifier device(long person) {
    return new Identifier(DEVICE, "6f1c2a9e-4b7d-4e0a-9c35-" + (100_000_000_000L + person));
  }

  /** The key by which the job knows an identifier. */
  static long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(CATALOGUE));
  }

  /** The n-th event, of the type that {@link #type} says. */
  static Observation event(long n, long time) {
    return new Observation("shopify", "evt_" + (1_000_000_000L + n), type(n), time, time);
  }

  static Observation click(long n, long time) {
    return new Observation("klaviyo", "clk_" + (1_000_000_000L + n), "clicked", time, time);
  }

  static String type(long n) {
    int left = new SplittableRandom(n).nextInt(100);
    for (Share share : MIX) {
      left -= share.percent();
      if (left < 0) {
        return share.type();
      }
    }
    throw new IllegalStateException("the shares do not sum up to 100");
  }

  /** A visitor's events up to now, one every 20 seconds. */
  static List<PersonEvent> visit(int events, long seed) {
    List<PersonEvent> visit = new ArrayList<>(events);
    for (int i = 0; i < events; i++) {
      long time = NOW - Duration.ofSeconds(20).toMillis() * (events - 1 - i);
      visit.add(new PersonEvent(event(seed * 1_000_000 + i, time), false));
    }
    return visit;
  }

  /** A request for a person whose message is not to be sent before some days have passed. */
  static SendRequest request(long person, long n, long time, int daysAhead) {
    Identifier email = email(person);
    return new SendRequest(
        "campaign-7:" + person + ":" + n,
        time,
        time,
        List.of(email, klaviyo(person)),
        key(email),
        time + daysAhead * DAY,
        time + (daysAhead + 1) * DAY,
        LATENCY,
        "email",
        "klaviyo",
        "promotional",
        "promo_jan",
        "abc123",
        "t1");
  }

  /** How the two identifiers that a request presents lead to the person. */
  static List<Lead> leads(long person) {
    LiveLink link =
        new LiveLink(email(person), klaviyo(person), 1.0, "shopify", NOW - 30 * DAY, NOW - DAY);
    return List.of(
        new Lead(email(person), new Claim(IdentifierClass.DETERMINISTIC, 1.0), null, List.of()),
        new Lead(klaviyo(person), new Claim(IdentifierClass.PLATFORM, 0.95), null, List.of(link)));
  }

  /** A request that is decided now, for a person with two boosts and 24 clicks. */
  static RevisionInput.Decided decided(long person) {
    SendRequest request = request(person, 0, NOW, 0);
    long viewed = NOW - Duration.ofMinutes(3).toMillis();
    List<Observation> clicks = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(person);
    for (int i = 0; i < 24; i++) {
      clicks.add(click(i, NOW - random.nextLong(14 * DAY)));
    }
    clicks.sort(Observation.ORDER);
    EffectiveSignals signals =
        new EffectiveSignals(
            List.of(new Signal("cart_add", viewed), new Signal("product_view", viewed)),
            List.of(),
            clicks);
    DecisionEngine engine = new DecisionEngine(CATALOGUE);
    Latency latency = request.ownLatency();
    Decision decision = engine.decide(request, latency, request.personKey(), 1.0, signals, NOW);
    Origin origin = new Origin("shopify", "evt_1000000001", viewed);
    return new RevisionInput.Decided(
        request,
        decision,
        new Grounds(
            List.of(email(person), klaviyo(person)),
            leads(person),
            List.of(
                new Boost("cart_add", viewed, 1.64, origin),
                new Boost("product_view", viewed, 1.64, origin)),
            List.of(),
            clicks.stream().map(Observation::time).toList(),
            engine.rank(request, latency, signals, NOW)));
  }
}
