package io.sendflowr.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.latency.DeliveryMetadata;
import io.sendflowr.oracle.JobRig.Kept;
import io.sendflowr.oracle.JobRig.Topic;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What a year leaves behind in state: seasons of ten busy days and fifty quiet ones, after which
 * everything that expires has expired.
 */
class YearTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final int SEASONS = 8;

  /** After so many seasons the clicks of the first no longer count (BaseCurve.MEMORY_MILLIS). */
  private static final int SEASONS_OF_CLICKS = 4;

  private static final int BUSY_DAYS = 10;
  private static final long SEASON_DAYS = 60;
  private static final int PEOPLE = 8;
  private static final int RECORDS = 400;

  /** Everything about these passes. */
  private static final List<String> PASSING =
      List.of(
          "product_view",
          "product_view",
          "product_view",
          "cart_add",
          "site_visit",
          "search_performed",
          "app_opened",
          "opened",
          "bounced",
          "bounced",
          "support_ticket",
          "ticket_closed_satisfied",
          "ticket_closed_unsatisfied",
          "payment_failed",
          "payment_succeeded",
          "complaint",
          "unsubscribe_request",
          "unheard_of");

  private final Random random = new Random(2026);
  private int number;

  /** People of whom nothing is known but what passes leave nothing, year in, year out. */
  @Test
  void whatPassesLeavesNothing() throws Exception {
    try (JobRig job = JobRig.of(CATALOGUE, 500, 2, random)) {
      Kept empty = job.kept();
      for (int season = 0; season < SEASONS; season++) {
        List<Inbound> records = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
          passing(records, time(season), List.of(klaviyo(random.nextInt(PEOPLE))));
        }
        live(job, season, records);
        Kept kept = job.kept();
        assertThat(kept.entries()).as("season %d", season).isEqualTo(empty.entries());
        assertThat(kept.timers()).as("season %d", season).isEqualTo(empty.timers());
        assertThat(kept.bytes())
            .as("season %d: what is broadcast and what subtasks keep", season)
            .isLessThan(empty.bytes() + 1_000);
      }
      assertThat(job.written().schedules).isNotEmpty();
      assertThat(job.written().resolutions).isNotEmpty();
    }
  }

  /**
   * People with clicks, links, devices and withdrawn consent: what is to be known of them for good
   * is as much after more than a year as when the first clicks ceased to count.
   */
  @Test
  void whatStaysDoesNotGrow() throws Exception {
    try (JobRig job = JobRig.of(CATALOGUE, 500, 2, random)) {
      List<Kept> after = new ArrayList<>();
      for (int season = 0; season < SEASONS; season++) {
        List<Inbound> records = new ArrayList<>();
        for (int person = 0; person < PEOPLE; person++) {
          lasting(records, season, person);
        }
        for (int i = 0; i < RECORDS; i++) {
          int person = random.nextInt(PEOPLE);
          passing(records, time(season), someOf(person));
        }
        live(job, season, records);
        after.add(job.kept());
      }
      Kept first = after.get(SEASONS_OF_CLICKS);
      for (int season = SEASONS_OF_CLICKS + 1; season < SEASONS; season++) {
        assertThat(after.get(season).entries()).as("season %d", season).isEqualTo(first.entries());
        assertThat(after.get(season).timers()).as("season %d", season).isEqualTo(first.timers());
        assertThat(after.get(season).bytes())
            .as("season %d", season)
            .isLessThan(first.bytes() + first.bytes() / 50);
      }
    }
  }

  /** What a person is known by, does and wants for good. */
  private void lasting(List<Inbound> records, int season, int person) {
    long at = START + season * SEASON_DAYS * DAY + person;
    records.add(link(false, at, email(person), klaviyo(person)));
    records.add(link(false, at, email(person), shopify(person)));
    records.add(link(false, at, klaviyo(person), device(person)));
    // Merged and parted again, with the neighbour.
    int neighbour = (person + 1) % PEOPLE;
    records.add(link(false, at + DAY, shopify(person), klaviyo(neighbour)));
    records.add(link(true, at + 2 * DAY, shopify(person), klaviyo(neighbour)));
    // As many as count, of one; to decide for them takes long.
    for (int i = 0; person == 0 && i < 256; i++) {
      records.add(event("clicked", at + i * 60_000L, List.of(klaviyo(person))));
    }
    if (person % 3 == 0) {
      records.add(event("unsubscribed", at, List.of(email(person))));
    }
  }

  /** Anything of which nothing stays. */
  private void passing(List<Inbound> records, long at, List<Identifier> who) {
    int die = random.nextInt(100);
    if (die < 70) {
      records.add(event(PASSING.get(random.nextInt(PASSING.size())), at, who));
    } else if (die < 80) {
      String message = "m" + number++;
      records.add(
          event("sent", at, who, new DeliveryMetadata(message, DeliveryMetadata.NO_LATENCY)));
      records.add(
          event(
              "delivered",
              at + random.nextInt(600_000),
              who,
              new DeliveryMetadata(message, DeliveryMetadata.NO_LATENCY)));
    } else if (die < 94) {
      SendRequest request = request(at, who);
      records.add(new Inbound.Request(request, origin(), at));
      if (random.nextInt(5) == 0) {
        long cancelled = at + random.nextInt(3_600_000);
        records.add(new Inbound.Cancel(request.requestId(), cancelled, cancelled));
      }
    } else {
      records.add(
          new Inbound.Resolve(
              new ResolveRequest("q" + number++, at, at, who, key(who.get(0))), at));
    }
  }

  /** Reads a season's records in their order, and lets the rest of the season pass. */
  private static void live(JobRig job, int season, List<Inbound> records) throws Exception {
    records.sort(Comparator.comparingLong(Inbound::clock));
    long told = 0;
    for (Inbound record : records) {
      // Every record a step would be slow.
      if (record.clock() - told > Duration.ofHours(2).toMillis()) {
        told = record.clock();
        advance(job, told - 1);
      }
      job.read(record);
    }
    for (int day = BUSY_DAYS; day <= SEASON_DAYS; day++) {
      advance(job, START + (season * SEASON_DAYS + day) * DAY - 1);
    }
  }

  private static void advance(JobRig job, long time) throws Exception {
    for (Topic topic : Topic.values()) {
      job.advance(topic, time);
    }
    job.letAllArrive();
  }

  private long time(int season) {
    return START
        + season * SEASON_DAYS * DAY
        + (long) (random.nextDouble() * (BUSY_DAYS - 1) * DAY);
  }

  private List<Identifier> someOf(int person) {
    return switch (random.nextInt(5)) {
      case 0 -> List.of(email(person));
      case 1 -> List.of(klaviyo(person));
      case 2 -> List.of(shopify(person));
      case 3 -> List.of(device(person));
      default -> List.of(email(person), klaviyo(person));
    };
  }

  private static Identifier email(int person) {
    return identifier("email_hash", "%064x".formatted(person));
  }

  private static Identifier klaviyo(int person) {
    return identifier("klaviyo_id", "k" + person);
  }

  private static Identifier shopify(int person) {
    return identifier("shopify_customer_id", "9" + person);
  }

  private static Identifier device(int person) {
    return identifier("device_id", "d" + person);
  }

  private static Identifier identifier(String type, String value) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), value);
  }

  private static long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(CATALOGUE));
  }

  private Inbound event(String type, long at, List<Identifier> who) {
    return event(type, at, who, null);
  }

  private Inbound event(String type, long at, List<Identifier> who, DeliveryMetadata delivery) {
    return new Inbound.Event(
        new Observation("shop", "e" + number++, type, at, at), who, delivery, at);
  }

  private static Inbound link(boolean unlink, long at, Identifier a, Identifier b) {
    return new Inbound.Link(
        new LinkChange(
            unlink, a.compareTo(b) < 0 ? a : b, a.compareTo(b) < 0 ? b : a, 1.0, "crm", at),
        at);
  }

  private SendRequest request(long at, List<Identifier> who) {
    return new SendRequest(
        "r" + number++,
        at,
        at,
        who,
        key(who.get(0)),
        at,
        at + Duration.ofDays(1 + random.nextInt(28)).toMillis(),
        300_000,
        random.nextBoolean() ? "sms" : null,
        "shop",
        null,
        null,
        null,
        null);
  }

  private static Origin origin() {
    return new Origin("send-requests", 0, 0, new byte[0], Origin.UNKNOWN_TIME);
  }
}
