package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.deploy.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What people do, as canonical records. The same seed, the same records.
 *
 * <p>Of a hundred events five carry two identifiers of their person, which links them; of a hundred
 * records one is a send request. How much people do follows Zipf's law. A person has one to five
 * identifiers and is seen by any of them. Not thread-safe.
 */
final class Workload {
  /** A share of the events, of a thousand. */
  private record Share(String type, int share) {}

  private static final List<Share> MIX =
      List.of(
          new Share("product_view", 330),
          new Share("site_visit", 200),
          new Share("delivered", 110),
          new Share("opened", 90),
          new Share("clicked", 70),
          new Share("search_performed", 60),
          new Share("cart_add", 60),
          new Share("order_placed", 25),
          new Share("payment_succeeded", 22),
          new Share("sms_clicked", 12),
          new Share("support_ticket", 6),
          new Share("ticket_closed_satisfied", 4),
          new Share("payment_failed", 4),
          new Share("bounced", 4),
          new Share("unsubscribed", 2),
          new Share("complaint", 1));

  private static final int MOST_IDENTIFIERS = 5;
  private static final int LINKS_FROM = 1 << 28;
  private static final String PAGE = "https://shop.example/collections/autumn/products/";

  private final SplittableRandom random;
  private final int people;
  private final double exponent;
  private final String[] types = new String[1000];
  private long number;

  /**
   * A record.
   *
   * @param topic where it goes
   * @param person whom it is about, from 0
   * @param identifier which of the person's identifiers it names first, from 0
   * @param id of the event or request; empty if it is a link
   * @param value JSON
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Entry(String topic, int person, int identifier, String id, byte[] value) {}

  /**
   * @param seed the same, the same records
   * @param people how many there are
   * @param exponent of Zipf's law, from 0 (everybody does as much) to 1
   */
  Workload(long seed, int people, double exponent) {
    this.random = new SplittableRandom(seed);
    this.people = people;
    this.exponent = exponent;
    int from = 0;
    for (Share share : MIX) {
      for (int i = 0; i < share.share(); i++) {
        types[from + i] = share.type();
      }
      from += share.share();
    }
  }

  /** The next event or send request, of an instant (epoch ms). */
  Entry next(long now) {
    int who = who();
    return random.nextInt(100) == 0
        ? request(who, now)
        : event(who, types[random.nextInt(1000)], now);
  }

  /** What makes a person known who did nothing yet. */
  Entry first(int who, long now) {
    return event(who, 0, "site_visit", now);
  }

  /** A send request of a person who may be anybody, and whose window begins at once. */
  Entry request(int who, long now) {
    int first = random.nextInt(count(who));
    String id = "r-" + number++;
    return new Entry(
        Topics.SEND_REQUESTS,
        who,
        first,
        id,
        bytes(
            "{\"request_id\":\""
                + id
                + "\",\"timestamp\":\""
                + Instant.ofEpochMilli(now)
                + "\",\"identifiers\":{"
                + identifier(who, first)
                + "},\"channel\":\"email\",\"provider\":\"klaviyo\",\"campaign_id\":\"autumn-"
                + number % 30
                + "\",\"latency_estimate_seconds\":300}"));
  }

  /** An event of a person, seen by any of the identifiers. */
  Entry event(int who, String type, long now) {
    return event(who, random.nextInt(count(who)), type, now);
  }

  /** An event of a person, seen by one of the identifiers and sometimes by another besides. */
  Entry event(int who, int first, String type, long now) {
    int count = count(who);
    String id = "e-" + number++;
    StringBuilder json = new StringBuilder(360);
    json.append("{\"event_id\":\"").append(id);
    json.append("\",\"event_type\":\"").append(type);
    json.append("\",\"source\":\"shop\",\"timestamp\":\"").append(Instant.ofEpochMilli(now));
    json.append("\",\"identifiers\":{").append(identifier(who, first));
    if (count > 1 && random.nextInt(100) < 5) {
      json.append(',').append(identifier(who, (first + 1 + random.nextInt(count - 1)) % count));
    }
    json.append("},\"metadata\":{\"page\":\"").append(PAGE).append(random.nextInt(100_000));
    json.append("\",\"session\":\"").append(Long.toHexString(random.nextLong()));
    json.append("\",\"title\":\"Rain jacket, light, in three colours\",\"price\":89.90}}");
    return new Entry(Topics.EVENTS, who, first, id, bytes(json.toString()));
  }

  /** One of many links of people who do nothing else. */
  Entry link(int number, long now) {
    // Chains of three identifiers: two links a person.
    int who = LINKS_FROM + number / 2;
    int from = number % 2;
    return new Entry(
        Topics.LINKS,
        number,
        from,
        "",
        bytes(
            "{\"op\":\"link\",\"identifier_a\":\""
                + value(who, from)
                + "\",\"type_a\":\""
                + type(from)
                + "\",\"identifier_b\":\""
                + value(who, from + 1)
                + "\",\"type_b\":\""
                + type(from + 1)
                + "\",\"weight\":1.0,\"source\":\"crm\",\"timestamp\":\""
                + Instant.ofEpochMilli(now)
                + "\"}"));
  }

  private int who() {
    double u = random.nextDouble();
    double rank =
        exponent == 1
            ? Math.pow(people, u)
            : Math.pow(u * (Math.pow(people, 1 - exponent) - 1) + 1, 1 / (1 - exponent));
    return Math.min(people - 1, (int) rank - 1);
  }

  private static int count(int who) {
    return 1 + Math.floorMod(who * 0x9E3779B9, MOST_IDENTIFIERS);
  }

  private static String identifier(int who, int which) {
    return "\"" + type(which) + "\":\"" + value(who, which) + "\"";
  }

  private static String type(int which) {
    return switch (which) {
      case 0 -> "email";
      case 1 -> "klaviyo_id";
      case 2 -> "shopify_customer_id";
      case 3 -> "device_id";
      default -> "cookie_id";
    };
  }

  private static String value(int who, int which) {
    return switch (which) {
      case 0 -> "person." + who + "@mail.example";
      case 1 -> "01HQ8ZK" + who;
      case 2 -> Long.toString(7_000_000_000_000L + who);
      case 3 -> "device-" + who;
      default -> "cookie-" + who;
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
