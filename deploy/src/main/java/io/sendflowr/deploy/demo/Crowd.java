package io.sendflowr.deploy.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What everybody else does meanwhile: they look around, buy, click, get mail; few of them are
 * written to.
 */
final class Crowd {
  /** Strangers and recipients of mail have numbers of their own, far from those of customers. */
  private static final int STRANGERS_FROM = 1_000_000;

  private static final int RECIPIENTS_FROM = 2_000_000;

  /** So many that nobody gets mail too often in a demo of hours. */
  private static final int RECIPIENTS = 20_000;

  /** Strangers stay strangers but for one in so many, who logs in and is found to be a customer. */
  private static final int LOGIN_ONE_IN = 6;

  private static final int PERCENT = 100;
  private static final List<String> LOOKING =
      List.of("page_viewed", "product_viewed", "product_viewed", "search_submitted", "cart_viewed");

  private final Random random;
  private final RecordFactory records;
  private final int firstCustomer;
  private final int customersEnd;
  private int strangers;
  private int recipients;

  /**
   * Makes a crowd.
   *
   * @param firstCustomer number of the first of them that has an account
   * @param customersEnd number after the last
   */
  Crowd(Random random, RecordFactory records, int firstCustomer, int customersEnd) {
    this.random = random;
    this.records = records;
    this.firstCustomer = firstCustomer;
    this.customersEnd = customersEnd;
  }

  /** What the next of them does. */
  List<Step> next() {
    int dice = random.nextInt(PERCENT);
    if (dice < 55) {
      return visitOfStranger();
    } else if (dice < 70) {
      return visitOfCustomer(customer());
    } else if (dice < 78) {
      return clicks(customer());
    } else if (dice < 90) {
      return mail();
    } else if (dice < 96) {
      return purchase(customer());
    }
    Customer who = customer();
    return List.of(Step.at(0, at -> records.account(at, who)));
  }

  /** A request to write to one of the customers. */
  Step request() {
    Customer who = customer();
    return Step.at(
        0, at -> records.request(at, who, RecordFactory.EMAIL, "newsletter", Duration.ZERO));
  }

  private List<Step> visitOfStranger() {
    Customer who = new Customer(STRANGERS_FROM + strangers);
    strangers++;
    List<Step> visit = new ArrayList<>();
    Duration after = Duration.ZERO;
    int pages = 2 + random.nextInt(5);
    for (int page = 0; page < pages; page++) {
      String event = page == 0 ? "page_viewed" : LOOKING.get(random.nextInt(LOOKING.size()));
      visit.add(new Step(after, at -> records.pixel(at, who, event)));
      after = after.plus(pause());
    }
    if (random.nextInt(LOGIN_ONE_IN) == 0) {
      Profile browser = who.browser();
      Customer really = customer();
      visit.add(new Step(after, at -> records.link(at, really, browser)));
    }
    return visit;
  }

  private List<Step> visitOfCustomer(Customer who) {
    Duration second = pause();
    Duration third = second.plus(pause());
    return List.of(
        Step.at(0, at -> records.known(at, who, who.shopify(), "site_visit")),
        new Step(second, at -> records.known(at, who, who.shopify(), "product_view")),
        new Step(third, at -> records.known(at, who, who.shopify(), "product_view")));
  }

  private List<Step> clicks(Customer who) {
    return switch (random.nextInt(3)) {
      case 0 -> List.of(Step.at(0, at -> records.known(at, who, who.attentive(), "sms_click")));
      case 1 -> List.of(Step.at(0, at -> records.known(at, who, who.postscript(), "sms_clicked")));
      default -> List.of(Step.at(0, at -> records.known(at, who, who.klaviyo(), "clicked")));
    };
  }

  private List<Step> mail() {
    Customer who = new Customer(RECIPIENTS_FROM + recipients % RECIPIENTS);
    String messageId = "m-" + recipients;
    recipients++;
    Duration delivered = pause();
    return List.of(
        Step.at(0, at -> message(at, who, "sent", messageId)),
        new Step(delivered, at -> message(at, who, "delivered", messageId)),
        new Step(delivered.plus(pause()), at -> message(at, who, "opened", messageId)));
  }

  private List<Step> purchase(Customer who) {
    Duration order = pause();
    return List.of(
        Step.at(0, at -> records.known(at, who, who.shopify(), "cart_add")),
        new Step(order, at -> records.order(at, who)),
        new Step(
            order.plusSeconds(1), at -> records.known(at, who, who.stripe(), "payment_succeeded")));
  }

  private DemoRecord message(Instant at, Customer who, String type, String messageId) {
    return records.message(at, who, who.klaviyo(), type, messageId);
  }

  private Customer customer() {
    return new Customer(random.nextInt(firstCustomer, customersEnd));
  }

  private Duration pause() {
    return Duration.ofMillis(2_000 + random.nextInt(8_000));
  }
}
