package io.sendflowr.deploy.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.deploy.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * A stream of records of many people: what they do on several platforms under several ids, links
 * that merge and unlinks that part them, devices that change hands, requests, cancels, questions,
 * erasures, and repeated deliveries. The same seed, the same stream.
 *
 * <p>Records come a little out of order, by less than the job allows for, so that none is late
 * wherever it is read.
 */
final class ChaosStream {
  /** How much later than its successors a record may stand. */
  static final Duration OUT_OF_ORDERNESS = Duration.ofSeconds(5);

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Long ago: what has been read to its end has been read as of now, so that more than a year of
   * event time passes after the stream, and all that can expire does.
   */
  private static final Instant START = Instant.parse("2025-01-06T00:00:00Z");

  private static final Duration LENGTH = Duration.ofDays(14);
  private static final int DISORDER_MILLIS = 4_000;
  private static final long SHOPIFY_IDS_FROM = 7_000_000_000_000L;
  private static final long PHONES_FROM = 14_152_000_000L;
  private static final int PERCENT_BROKEN_FROM = 45;
  private static final int PERCENT_BROKEN_TO = 55;

  /** What people do, as often as it stands here. */
  private static final List<String> TYPES =
      List.of(
          "product_view",
          "product_view",
          "product_view",
          "product_view",
          "site_visit",
          "site_visit",
          "cart_add",
          "cart_add",
          "clicked",
          "clicked",
          "clicked",
          "sms_clicked",
          "search_performed",
          "opened",
          "order_placed",
          "payment_succeeded",
          "bounced",
          "delivered");

  /** What ends or begins a suppression. */
  private static final List<String> RARE_TYPES =
      List.of(
          "support_ticket",
          "support_ticket",
          "ticket_closed_satisfied",
          "ticket_closed_unsatisfied",
          "payment_failed",
          "payment_failed",
          "payment_succeeded",
          "unsubscribed",
          "sms_unsubscribed",
          "resubscribed",
          "resubscribed",
          "complaint",
          "spam_report");

  private final Random random;
  private final int people;
  private final List<Placed> placed = new ArrayList<>();
  private long number;
  private int requests;

  private ChaosStream(long seed, int people) {
    this.random = new Random(seed);
    this.people = people;
  }

  /**
   * A record.
   *
   * @param topic where it goes
   * @param partitionKey what decides on its partition, not negative
   * @param value as it is written
   * @param usable whether it is none that ends in the dead letters
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Entry(String topic, int partitionKey, byte[] value, boolean usable) {
    Entry(String topic, int partitionKey, byte[] value) {
      this(topic, partitionKey, value, true);
    }

    static Entry unusable(String topic, int partitionKey, byte[] value) {
      return new Entry(topic, partitionKey, value, false);
    }

    /** Where it goes if there are so many partitions. */
    int partition(int partitions) {
      return partitionKey % partitions;
    }
  }

  private record Placed(long at, Entry entry) {}

  /**
   * Makes a stream.
   *
   * @param seed the same, the same stream
   * @param records how many records that can be used
   * @param people how many people they are about, at least 2
   * @param broken how many records that cannot be used stand in the middle of it
   */
  static List<Entry> of(long seed, int records, int people, int broken) {
    return new ChaosStream(seed, people).make(records, broken);
  }

  private List<Entry> make(int records, int broken) {
    long step = LENGTH.toMillis() / records;
    long now = START.toEpochMilli();
    while (placed.size() < records) {
      now += 1 + random.nextInt((int) (2 * step));
      one(now);
    }
    long from = START.toEpochMilli() + LENGTH.toMillis() * PERCENT_BROKEN_FROM / 100;
    long to = START.toEpochMilli() + LENGTH.toMillis() * PERCENT_BROKEN_TO / 100;
    for (int i = 0; i < broken; i++) {
      long at = from + (to - from) * i / broken;
      placed.add(new Placed(at, BrokenRecords.of(i, Instant.ofEpochMilli(at))));
    }
    // Stable: what stands at one instant keeps its order.
    placed.sort(Comparator.comparingLong(Placed::at));
    return placed.stream().map(Placed::entry).toList();
  }

  private void one(long now) {
    // A few do much, many do little.
    int who = (int) (people * random.nextDouble() * random.nextDouble());
    int die = random.nextInt(1000);
    if (die < 780) {
      event(now, who, TYPES.get(random.nextInt(TYPES.size())), random.nextInt(20) == 0);
    } else if (die < 830) {
      event(now, who, RARE_TYPES.get(random.nextInt(RARE_TYPES.size())), false);
    } else if (die < 855) {
      pixel(now, who);
    } else if (die < 900) {
      link(now, id(who, 0), id(who, 1 + random.nextInt(3)), false, 1.0);
    } else if (die < 905) {
      link(now, id(who, 1), id((who + 1) % people, 2), false, 0.8 + random.nextInt(3) * 0.1);
    } else if (die < 909) {
      link(now, id(who, 1), id((who + 1) % people, 2), true, 1.0);
    } else if (die < 925) {
      link(now, id(who, random.nextInt(3)), device(who + random.nextInt(2)), false, 0.6);
    } else if (die < 985) {
      request(now, who);
    } else if (die < 991) {
      cancel(now);
    } else if (die < 999) {
      ask(now, who);
    } else if (random.nextInt(4) == 0) {
      erase(now, who);
    }
  }

  /** An identifier: its type and its value. */
  private record Id(String type, Object value) {
    void putInto(ObjectNode node) {
      node.putPOJO(type, value);
    }
  }

  private static Id id(int who, int which) {
    return switch (which) {
      case 0 -> new Id("email", "Person" + who + "@mail.example");
      case 1 -> new Id("klaviyo_id", "k_" + who);
      case 2 -> new Id("shopify_customer_id", SHOPIFY_IDS_FROM + who);
      default -> new Id("phone", "+" + (PHONES_FROM + who));
    };
  }

  private static Id device(int who) {
    return new Id("device_id", "device-" + who);
  }

  private Id some(int who) {
    int which = random.nextInt(10);
    return which < 9 ? id(who, which % 4) : device(who);
  }

  private void event(long now, int who, String type, boolean known) {
    ObjectNode event = object(now);
    event.put("event_id", "e-" + number++);
    event.put("event_type", type);
    event.put("source", "shop");
    ObjectNode identifiers = event.putObject("identifiers");
    some(who).putInto(identifiers);
    if (known) {
      some(who).putInto(identifiers);
    }
    if (type.equals("delivered")) {
      event.putObject("metadata").put("latency_seconds", 20 + random.nextInt(400));
      event.put("source", "klaviyo");
    }
    place(now, Topics.EVENTS, who, event);
    if (random.nextInt(50) == 0) {
      // Delivered again, as platforms do.
      place(now, Topics.EVENTS, who, event);
    }
  }

  private void pixel(long now, int who) {
    ObjectNode webhook = JSON.createObjectNode();
    webhook.put("platform", "shopify_web_pixel");
    webhook.put("received_at", time(now));
    webhook.putObject("headers");
    ObjectNode body = webhook.putObject("body");
    body.put("id", "p-" + number++);
    body.put("name", "page_viewed");
    body.put("clientId", "cookie-" + who);
    body.put("timestamp", time(now));
    place(now, Topics.WEBHOOKS, who, webhook);
  }

  private void link(long now, Id a, Id b, boolean unlink, double weight) {
    ObjectNode link = object(now);
    link.putPOJO("identifier_a", a.value());
    link.put("type_a", a.type());
    link.putPOJO("identifier_b", b.value());
    link.put("type_b", b.type());
    link.put("weight", weight);
    link.put("source", "crm");
    link.put("op", unlink ? "unlink" : "link");
    place(now, Topics.LINKS, random.nextInt(people), link);
  }

  private void request(long now, int who) {
    ObjectNode request = object(now);
    request.put("request_id", "r-" + requests);
    requests++;
    some(who).putInto(request.putObject("identifiers"));
    if (random.nextBoolean()) {
      request.put("channel", random.nextBoolean() ? "email" : "sms");
    }
    if (random.nextInt(3) == 0) {
      request.put("provider", "klaviyo");
    }
    if (random.nextInt(4) == 0) {
      request.put("send_after", time(now + Duration.ofHours(random.nextInt(48)).toMillis()));
    }
    if (random.nextInt(4) == 0) {
      request.put("latency_estimate_seconds", random.nextInt(900));
    }
    request.put("campaign_id", "c-" + random.nextInt(30));
    place(now, Topics.SEND_REQUESTS, who, request);
  }

  private void cancel(long now) {
    if (requests > 0) {
      // Of the latest few hundred, some of which are still pending.
      int which = Math.max(0, requests - 1 - random.nextInt(300));
      ObjectNode cancel = object(now);
      cancel.put("op", "cancel");
      cancel.put("request_id", "r-" + which);
      place(now, Topics.SEND_REQUESTS, which, cancel);
    }
  }

  private void ask(long now, int who) {
    ObjectNode question = object(now);
    question.put("op", "resolve");
    question.put("request_id", "q-" + number++);
    some(who).putInto(question.putObject("identifiers"));
    place(now, Topics.SEND_REQUESTS, who, question);
  }

  private void erase(long now, int who) {
    ObjectNode erasure = object(now);
    erasure.put("op", "erase");
    id(who, random.nextInt(3)).putInto(erasure.putObject("identifiers"));
    place(now, Topics.LINKS, who, erasure);
  }

  private static ObjectNode object(long now) {
    return JSON.createObjectNode().put("timestamp", time(now));
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }

  private void place(long now, String topic, int key, ObjectNode value) {
    placed.add(
        new Placed(
            now + random.nextInt(DISORDER_MILLIS),
            new Entry(topic, key, value.toString().getBytes(StandardCharsets.UTF_8))));
  }
}
