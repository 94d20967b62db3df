package io.sendflowr.oracle;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.latency.DeliveryMetadata;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;

/**
 * Small worlds in which everything meets: few identifiers, few instants, so that stamps are equal,
 * identifiers become shared and cease to be, persons grow too large, devices change hands, and what
 * happens lies on the bounds of what it acts on.
 */
public final class Worlds {

  /** What can happen in a world. */
  public enum Happening {
    /** Events. */
    EVENTS,
    /** Links and unlinks. */
    LINKS,
    /** Send requests. */
    REQUESTS,
    /** About as many deliveries of one provider as an estimate needs, in most worlds. */
    DELIVERIES,
    /** Send requests that present a universal id. */
    REQUESTS_BY_UNIVERSAL_ID,
    /** Cancels, of requests that there are and of others. */
    CANCELS,
    /** Resolve requests. */
    QUESTIONS,
    /** Resolve requests that present a universal id. */
    QUESTIONS_BY_UNIVERSAL_ID,
    /** At most two erasures. */
    ERASURES,
    /** Records that are used by a later time than their own. */
    LATENESS,
    /** Records that are read again, with {@link #LATENESS} also at a later time. */
    REPETITIONS,
    /** Different requests with one id, but never of one stamp. */
    TAKEN_REQUEST_IDS,
    /**
     * Different events of one identifier with one id. What repeats an event of another identifier
     * is a repetition only where the other one still acts when they meet, which no oracle can say
     * that looks at nothing but the records.
     */
    TAKEN_EVENT_IDS
  }

  /**
   * A world.
   *
   * @param maxPersonSize how many identifiers a person can have in it
   * @param records what happens, in no order
   */
  public record World(int maxPersonSize, List<Inbound> records) {
    public World {
      records = List.copyOf(records);
    }

    /** What it must lead to. */
    public Outcome outcome() {
      return Oracle.of(CATALOGUE, maxPersonSize, records);
    }
  }

  private static final String TEXT =
      """
      identifiers:
        - {name: v_mail, rank: 1, weight: 1.0, class: deterministic, shared_limit: 2}
        - {name: a_phone, rank: 2, weight: 1.0, class: deterministic, shared_limit: 2}
        - {name: x_shop, rank: 3, weight: 0.9, class: platform, shared_limit: 1}
        - {name: m_desk, rank: 4, weight: 0.8, class: platform, shared_limit: 1}
        - {name: z_device, rank: 5, weight: 0.7, class: weak}
        - {name: b_cookie, rank: 6, weight: 0.5, class: weak}
      aliases: []
      placeholders: []
      hot_paths:
        - {type: product_view, amplitude: 2.0, tau_minutes: 15, fresh_minutes: 30, effect_minutes: 60}
        - {type: cart_add, amplitude: 2.0, tau_minutes: 15, fresh_minutes: 30, effect_minutes: 60}
        - {type: cart_abandonment, amplitude: 2.0, tau_minutes: 15, fresh_minutes: 30, effect_minutes: 60}
        - {type: sms_clicked, amplitude: 2.0, tau_minutes: 15, fresh_minutes: 30, effect_minutes: 15}
        - {type: browse_surge, amplitude: 3.0, tau_minutes: 15, fresh_minutes: 30, effect_minutes: 60}
        - {type: ticket_closed_satisfied, amplitude: 2.0, tau_minutes: 30, fresh_minutes: 120, effect_minutes: 120}
      circuit_breakers:
        - {type: support_ticket, window_hours: 48, ended_by: [ticket_closed_satisfied]}
        - {type: complaint, window_hours: 48}
        - {type: unsubscribed, window_hours: 168, permanent_channel: email, ended_by: [resubscribed]}
        - {type: sms_unsubscribed, window_hours: 168, permanent_channel: sms, ended_by: [resubscribed]}
        - {type: repeated_bounces, window_hours: 168}
        - {type: fatigue, window_hours: 24}
        - {type: spam_report, permanent: true}
      clicks: [clicked, sms_clicked]
      other: [bounced, delivered, order_placed, resubscribed]
      """;

  /**
   * The order of names is not the order of ranks, so that one is not taken for the other unnoticed.
   */
  public static final Catalogue CATALOGUE = CatalogueReader.read("world.yaml", TEXT);

  /** The same, but nothing becomes shared. */
  static final Catalogue UNSHARED =
      CatalogueReader.read(
          "unshared.yaml", TEXT.replaceAll("shared_limit: [0-9]+", "shared_limit: 1000"));

  /** Twice what the catalogue knows of each type, thrice of the deterministic ones. */
  public static final List<Identifier> IDENTIFIERS = identifiers();

  /** Monday, 2026-01-05T00:00:00Z. */
  public static final long START = Instant.parse("2026-01-05T00:00:00Z").toEpochMilli();

  private static final int MAX_IDENTIFIERS = 12;
  private static final int MAX_RECORDS = 40;
  private static final int MAX_REPETITIONS = 8;
  private static final int MAX_ERASURES = 2;

  private static final String PROVIDER = "esp";

  /** Nobody asks about whom messages are delivered to, who would be held back by so many. */
  private static final Identifier RECIPIENT = new Identifier(3, "recipient");

  private static final Arbitrary<String> EVENT_TYPES =
      Arbitraries.frequency(
          Tuple.of(4, "product_view"),
          Tuple.of(4, "cart_add"),
          Tuple.of(2, "order_placed"),
          Tuple.of(5, "clicked"),
          Tuple.of(1, "sms_clicked"),
          Tuple.of(3, "bounced"),
          Tuple.of(2, "delivered"),
          Tuple.of(3, "unsubscribed"),
          Tuple.of(1, "sms_unsubscribed"),
          Tuple.of(2, "resubscribed"),
          Tuple.of(1, "spam_report"),
          Tuple.of(2, "support_ticket"),
          Tuple.of(1, "complaint"),
          Tuple.of(2, "ticket_closed_satisfied"),
          Tuple.of(1, "never_heard_of"));

  /** A record of which the number is yet to be given. */
  private interface Draft {
    Inbound numbered(int number);
  }

  /** By which time a record is used, and its own. */
  private record Stamp(long time, long reportedTime) {}

  private Worlds() {}

  private static List<Identifier> identifiers() {
    List<Identifier> identifiers = new ArrayList<>();
    CATALOGUE
        .identifierTypes()
        .forEach(
            type -> {
              for (char value = 'a'; value < (type.rank() <= 2 ? 'd' : 'c'); value++) {
                identifiers.add(new Identifier(type.rank(), String.valueOf(value)));
              }
            });
    return List.copyOf(identifiers);
  }

  /** Worlds in which nothing else happens, but not in each of them all of it. */
  public static Arbitrary<World> worlds(Set<Happening> happenings) {
    return Combinators.combine(few(), instants(), Arbitraries.integers().between(2, 6))
        .flatAs(
            (identifiers, instants, maxPersonSize) ->
                Combinators.combine(
                        drafts(identifiers, instants, happenings)
                            .list()
                            .ofMinSize(1)
                            .ofMaxSize(MAX_RECORDS)
                            .withSizeDistribution(RandomDistribution.uniform()),
                        deliveries(instants, happenings),
                        repetitions(instants, happenings))
                    .as(
                        (drafts, deliveries, repetitions) -> {
                          List<Inbound> records = records(drafts, happenings);
                          records.addAll(deliveries);
                          return new World(
                              maxPersonSize, repeated(records, repetitions, happenings));
                        }));
  }

  /** Often so few identifiers that the same ones meet again and again. */
  private static Arbitrary<List<Identifier>> few() {
    return Arbitraries.of(IDENTIFIERS)
        .set()
        .ofMinSize(2)
        .ofMaxSize(MAX_IDENTIFIERS)
        .withSizeDistribution(RandomDistribution.uniform())
        .map(set -> set.stream().sorted().toList());
  }

  private static Arbitrary<List<Long>> instants() {
    Arbitrary<Integer> minutes =
        Arbitraries.of(0, 1, 5, 10, 15, 20, 25, 30, 40, 45, 60, 65, 70, 75, 90, 120, 121);
    Arbitrary<Integer> hours =
        Arbitraries.frequency(
            Tuple.of(8, 0),
            Tuple.of(1, 1),
            Tuple.of(1, 24),
            Tuple.of(1, 48),
            Tuple.of(1, 72),
            Tuple.of(1, 168),
            Tuple.of(1, 2 * 168));
    Arbitrary<Integer> millis =
        Arbitraries.frequency(Tuple.of(12, 0), Tuple.of(1, 1), Tuple.of(1, -1));
    return Combinators.combine(hours, minutes, millis)
        .as(
            (h, m, ms) ->
                START + Duration.ofHours(h).toMillis() + Duration.ofMinutes(m).toMillis() + ms)
        .set()
        .ofMinSize(2)
        .ofMaxSize(10)
        .withSizeDistribution(RandomDistribution.uniform())
        .map(set -> set.stream().sorted().toList());
  }

  private static Arbitrary<Draft> drafts(
      List<Identifier> identifiers, List<Long> instants, Set<Happening> happenings) {
    List<Tuple2<Integer, Arbitrary<Draft>>> kinds = new ArrayList<>();
    Arbitrary<Stamp> stamps = stamps(instants, happenings);
    if (happenings.contains(Happening.EVENTS)) {
      kinds.add(Tuple.of(14, events(identifiers, stamps, happenings)));
    }
    if (happenings.contains(Happening.LINKS)) {
      kinds.add(Tuple.of(10, links(identifiers, stamps)));
    }
    if (happenings.contains(Happening.REQUESTS)) {
      kinds.add(Tuple.of(7, requests(presented(identifiers), stamps, happenings)));
    }
    if (happenings.contains(Happening.REQUESTS_BY_UNIVERSAL_ID)) {
      kinds.add(Tuple.of(2, requests(universalIds(identifiers), stamps, happenings)));
    }
    if (happenings.contains(Happening.CANCELS)) {
      kinds.add(Tuple.of(2, cancels(stamps)));
    }
    if (happenings.contains(Happening.QUESTIONS)) {
      kinds.add(Tuple.of(2, questions(presented(identifiers), stamps)));
    }
    if (happenings.contains(Happening.QUESTIONS_BY_UNIVERSAL_ID)) {
      kinds.add(Tuple.of(1, questions(universalIds(identifiers), stamps)));
    }
    if (happenings.contains(Happening.ERASURES)) {
      kinds.add(Tuple.of(2, erasures(identifiers, stamps)));
    }
    return Arbitraries.frequencyOf(kinds);
  }

  private static Arbitrary<Stamp> stamps(List<Long> instants, Set<Happening> happenings) {
    Arbitrary<Stamp> timely = Arbitraries.of(instants).map(t -> new Stamp(t, t));
    if (!happenings.contains(Happening.LATENESS)) {
      return timely;
    }
    Arbitrary<Stamp> late =
        Combinators.combine(Arbitraries.of(instants), Arbitraries.of(instants))
            .as((one, other) -> new Stamp(Math.max(one, other), Math.min(one, other)));
    return Arbitraries.frequencyOf(Tuple.of(5, timely), Tuple.of(1, late));
  }

  /** What a record presents: ascending identifiers, and the key of the first. */
  private record Presented(List<Identifier> identifiers, long key) {}

  private static Arbitrary<Presented> presented(List<Identifier> identifiers) {
    return Arbitraries.frequency(Tuple.of(6, 1), Tuple.of(3, 2), Tuple.of(1, 3))
        .flatMap(
            size ->
                Arbitraries.of(identifiers)
                    .set()
                    .ofMinSize(1)
                    .ofMaxSize(Math.min(size, identifiers.size())))
        .map(set -> List.copyOf(new TreeSet<>(set)))
        .map(list -> new Presented(list, key(list.get(0))));
  }

  private static Arbitrary<Presented> universalIds(List<Identifier> identifiers) {
    return Arbitraries.frequencyOf(
            Tuple.of(9, Arbitraries.of(identifiers).map(Worlds::key)),
            Tuple.of(1, Arbitraries.just(UniversalId.keyOf("never:heard of"))))
        .map(key -> new Presented(List.of(), key));
  }

  private static long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(CATALOGUE));
  }

  private static Arbitrary<Draft> events(
      List<Identifier> identifiers, Arbitrary<Stamp> stamps, Set<Happening> happenings) {
    Arbitrary<String> takenIds =
        happenings.contains(Happening.TAKEN_EVENT_IDS)
            ? Arbitraries.frequency(Tuple.of(4, ""), Tuple.of(1, "taken"), Tuple.of(1, "gone"))
            : Arbitraries.just("");
    return Combinators.combine(
            presented(identifiers), EVENT_TYPES, stamps, Arbitraries.of("shop", "esp"), takenIds)
        .as(
            (presented, type, stamp, source, takenId) ->
                number ->
                    new Inbound.Event(
                        new Observation(
                            source,
                            takenId.isEmpty() ? "e" + number : takenId + presented.key(),
                            type,
                            stamp.time(),
                            stamp.reportedTime()),
                        presented.identifiers(),
                        stamp.reportedTime()));
  }

  /**
   * Deliveries of the last hour before an instant, as measured by the provider or by their events.
   */
  private static Arbitrary<List<Inbound>> deliveries(
      List<Long> instants, Set<Happening> happenings) {
    Arbitrary<Long> before =
        Arbitraries.frequency(
            Tuple.of(6, 1L),
            Tuple.of(2, 30_000L),
            Tuple.of(2, 60_000L),
            Tuple.of(1, 60_001L),
            Tuple.of(1, Duration.ofHours(1).toMillis()),
            Tuple.of(1, 0L));
    Arbitrary<Long> took =
        Arbitraries.of(0L, 1L, 90_000L, 300_001L, 600_000L, 800_000L, 1_000_000L, 3_600_001L);
    Arbitrary<List<Inbound>> many =
        Combinators.combine(
                Arbitraries.of(instants),
                Combinators.combine(before, took, Arbitraries.of(true, true, true, false))
                    .as(Tuple::of)
                    .list()
                    .ofMinSize(19)
                    .ofMaxSize(27)
                    .withSizeDistribution(RandomDistribution.uniform()))
            .as(
                (instant, messages) -> {
                  List<Inbound> records = new ArrayList<>();
                  for (int i = 0; i < messages.size(); i++) {
                    long at = instant - messages.get(i).get1();
                    long latency = messages.get(i).get2();
                    boolean measured = messages.get(i).get3();
                    if (!measured) {
                      records.add(
                          delivery("sent", i, at - latency, "m" + i, DeliveryMetadata.NO_LATENCY));
                    }
                    records.add(
                        delivery(
                            "delivered",
                            i,
                            at,
                            measured && i % 2 == 0 ? "" : "m" + i,
                            measured ? latency : DeliveryMetadata.NO_LATENCY));
                  }
                  return records;
                });
    return happenings.contains(Happening.DELIVERIES)
        ? Arbitraries.frequencyOf(
            Tuple.of(3, many), Tuple.of(1, Arbitraries.just(List.<Inbound>of())))
        : Arbitraries.just(List.of());
  }

  private static Inbound delivery(
      String type, int number, long time, String messageId, long latencyMillis) {
    return new Inbound.Event(
        new Observation(PROVIDER, type + number, type, time, time),
        List.of(RECIPIENT),
        new DeliveryMetadata(messageId, latencyMillis),
        time);
  }

  private static Arbitrary<Draft> links(List<Identifier> identifiers, Arbitrary<Stamp> stamps) {
    int size = identifiers.size();
    return Combinators.combine(
            Arbitraries.frequency(Tuple.of(3, false), Tuple.of(1, true)),
            // One that many are linked to, so that it becomes shared.
            Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(size / 2)),
                Tuple.of(2, Arbitraries.integers().between(0, size - 1))),
            // Mostly neighbours, so that the same pairs are linked and unlinked again.
            Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.just(1)),
                Tuple.of(2, Arbitraries.integers().between(1, size - 1))),
            Arbitraries.of(0.3, 0.5, 0.7999999, 0.8, 0.9, 1.0, 1.0, 1.0, 1.0),
            Arbitraries.of("crm", "desk"),
            stamps)
        .as(
            (unlink, end, step, weight, source, stamp) ->
                number ->
                    new Inbound.Link(
                        new LinkChange(
                            unlink,
                            identifiers.get(end),
                            identifiers.get((end + step) % size),
                            weight,
                            source,
                            stamp.time()),
                        stamp.reportedTime()));
  }

  private static Arbitrary<Draft> requests(
      Arbitrary<Presented> presented, Arbitrary<Stamp> stamps, Set<Happening> happenings) {
    Arbitrary<Integer> untilWindow =
        Arbitraries.of(-60, 0, 5, 15, 30, 45, 60, 65, 75, 90, 24 * 60, 48 * 60, 168 * 60);
    Arbitrary<Integer> window = Arbitraries.of(1, 10, 60, 60, 24 * 60, 7 * 24 * 60, 14 * 24 * 60);
    Arbitrary<Long> latency =
        Arbitraries.of(
            Duration.ofMinutes(5).toMillis(),
            Duration.ofMinutes(5).toMillis(),
            0L,
            Duration.ofSeconds(90).toMillis(),
            Duration.ofHours(1).toMillis());
    Arbitrary<String> channel = Arbitraries.of("email", "sms", "push").injectNull(0.4);
    Arbitrary<String> provider =
        happenings.contains(Happening.DELIVERIES)
            ? Arbitraries.of(PROVIDER, PROVIDER, "shop").injectNull(0.25)
            : Arbitraries.just(null);
    return Combinators.combine(
            presented,
            stamps,
            untilWindow,
            window,
            latency,
            channel,
            provider,
            requestIds(happenings))
        .as(
            (who, stamp, until, length, latencyMillis, channelName, providerName, id) ->
                number -> {
                  long sendAfter = stamp.reportedTime() + Duration.ofMinutes(until).toMillis();
                  return new Inbound.Request(
                      new SendRequest(
                          id,
                          stamp.time(),
                          stamp.reportedTime(),
                          who.identifiers(),
                          who.key(),
                          sendAfter,
                          sendAfter + Duration.ofMinutes(length).toMillis(),
                          latencyMillis,
                          channelName,
                          providerName,
                          null,
                          null,
                          null,
                          null),
                      new Origin("send-requests", 0, number, new byte[0], Origin.UNKNOWN_TIME),
                      stamp.reportedTime());
                });
  }

  private static Arbitrary<String> requestIds(Set<Happening> happenings) {
    int ids = happenings.contains(Happening.TAKEN_REQUEST_IDS) ? 6 : 12;
    return Arbitraries.integers().between(1, ids).map(id -> "r" + id);
  }

  private static Arbitrary<Draft> cancels(Arbitrary<Stamp> stamps) {
    return Combinators.combine(Arbitraries.integers().between(1, 6), stamps)
        .as(
            (id, stamp) ->
                number -> new Inbound.Cancel("r" + id, stamp.time(), stamp.reportedTime()));
  }

  private static Arbitrary<Draft> questions(
      Arbitrary<Presented> presented, Arbitrary<Stamp> stamps) {
    return Combinators.combine(presented, stamps)
        .as(
            (who, stamp) ->
                number ->
                    new Inbound.Resolve(
                        new ResolveRequest(
                            "q" + number,
                            stamp.time(),
                            stamp.reportedTime(),
                            who.identifiers(),
                            who.key()),
                        stamp.reportedTime()));
  }

  private static Arbitrary<Draft> erasures(List<Identifier> identifiers, Arbitrary<Stamp> stamps) {
    return Combinators.combine(presented(identifiers), stamps)
        .as(
            (who, stamp) ->
                number ->
                    new Inbound.Erase(
                        new Erasure(who.identifiers(), stamp.time(), stamp.reportedTime()),
                        new Origin("links", 0, number, new byte[0], Origin.UNKNOWN_TIME),
                        stamp.reportedTime()));
  }

  /** Numbers the drafts, and leaves out what the world is not to have. */
  private static List<Inbound> records(List<Draft> drafts, Set<Happening> happenings) {
    List<Inbound> records = new ArrayList<>();
    Set<Object> taken = new HashSet<>();
    int erasures = 0;
    for (Draft draft : drafts) {
      Inbound record = draft.numbered(records.size());
      if (record instanceof Inbound.Request asked) {
        SendRequest request = asked.request();
        Object name =
            happenings.contains(Happening.TAKEN_REQUEST_IDS)
                ? Tuple.of(request.requestId(), request.time())
                : request.requestId();
        if (!taken.add(name)) {
          continue;
        }
      }
      if (record instanceof Inbound.Erase && ++erasures > MAX_ERASURES) {
        continue;
      }
      records.add(record);
    }
    return records;
  }

  /**
   * Which records are read again (by their number, from the start again past the end), and when.
   */
  private static Arbitrary<List<Tuple2<Integer, Long>>> repetitions(
      List<Long> instants, Set<Happening> happenings) {
    return Combinators.combine(
            Arbitraries.integers().between(0, MAX_RECORDS - 1), Arbitraries.of(instants))
        .as(Tuple::of)
        .list()
        .ofMaxSize(happenings.contains(Happening.REPETITIONS) ? MAX_REPETITIONS : 0);
  }

  private static List<Inbound> repeated(
      List<Inbound> records, List<Tuple2<Integer, Long>> repetitions, Set<Happening> happenings) {
    List<Inbound> all = new ArrayList<>(records);
    if (!records.isEmpty()) {
      for (Tuple2<Integer, Long> repetition : repetitions) {
        Inbound record = records.get(repetition.get1() % records.size());
        // Otherwise it might get the stamp of another one that has its id.
        boolean free =
            !(record instanceof Inbound.Request)
                || !happenings.contains(Happening.TAKEN_REQUEST_IDS);
        boolean late =
            free && happenings.contains(Happening.LATENESS) && repetition.get1() % 2 == 0;
        all.add(late ? stampedNotBefore(repetition.get2(), record) : record);
      }
    }
    return all;
  }

  /** The same record, read when nothing can be used by a time before an instant any more. */
  static Inbound stampedNotBefore(long instant, Inbound record) {
    if (record instanceof Inbound.Event event) {
      Observation o = event.observation();
      return new Inbound.Event(
          new Observation(
              o.source(), o.eventId(), o.type(), Math.max(instant, o.time()), o.reportedTime()),
          event.identifiers(),
          event.delivery(),
          event.clock());
    } else if (record instanceof Inbound.Link link) {
      LinkChange c = link.change();
      return new Inbound.Link(
          new LinkChange(
              c.unlink(), c.a(), c.b(), c.weight(), c.source(), Math.max(instant, c.time())),
          link.clock());
    } else if (record instanceof Inbound.Request asked) {
      SendRequest request = asked.request();
      return new Inbound.Request(
          request.stamped(Math.max(instant, request.time())), asked.origin(), asked.clock());
    } else if (record instanceof Inbound.Resolve asked) {
      ResolveRequest request = asked.request();
      return new Inbound.Resolve(request.stamped(Math.max(instant, request.time())), asked.clock());
    } else if (record instanceof Inbound.Erase erase) {
      Erasure erasure = erase.erasure();
      return new Inbound.Erase(
          erasure.stamped(Math.max(instant, erasure.time())), erase.origin(), erase.clock());
    } else if (record instanceof Inbound.Cancel cancel) {
      return new Inbound.Cancel(
          cancel.requestId(), Math.max(instant, cancel.time()), cancel.clock());
    }
    return record;
  }
}
