package io.sendflowr.deploy.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What a viewer of the demo shall see for certain, each told in a few records about one person: a
 * message that goes out sooner, one that waits, one that changes because two profiles turn out to
 * be one person, and one that is called off.
 */
final class Stories {
  /** A request that has to wait so long is still open when the story goes on. */
  private static final Duration TOMORROW = Duration.ofDays(1);

  /**
   * Between a request and what changes its answer: long enough for the first answer to be on the
   * screen by then, which takes the out-of-orderness and a checkpoint.
   */
  private static final int PAUSE_SECONDS = 8;

  private static final int KINDS = 4;
  private static final int VARIANTS = 3;

  private final RecordFactory records;

  Stories(RecordFactory records) {
    this.records = records;
  }

  /**
   * The story with a number, about somebody who is in no other story. The kinds take turns, and
   * each kind has variants that take turns.
   *
   * @param number from 0
   */
  List<Step> story(int number, Customer who) {
    int variant = number / KINDS % VARIANTS;
    return switch (number % KINDS) {
      case 0 -> hotPath(who, variant);
      case 1 -> circuitBreaker(who, variant);
      case 2 -> merge(who, variant);
      default -> calledOff(who, variant);
    };
  }

  /**
   * Whether in the story of a number somebody is in trouble, which has to be seen to keep a message
   * back: their usual hour has to come within two days.
   */
  static boolean meetsTicket(int number) {
    int kind = number % KINDS;
    return kind == 1 || kind == 2;
  }

  private List<Step> hotPath(Customer who, int variant) {
    return switch (variant) {
      case 0 ->
          List.of(
              Step.at(0, at -> records.known(at, who, who.shopify(), "product_view")),
              Step.at(1, at -> records.known(at, who, who.shopify(), "cart_add")),
              Step.at(2, at -> request(at, who, "cart_reminder")));
      case 1 ->
          List.of(
              Step.at(0, at -> login(at, who)),
              Step.at(1, at -> records.pixel(at, who, "page_viewed")),
              Step.at(2, at -> records.pixel(at, who, "product_viewed")),
              Step.at(3, at -> records.pixel(at, who, "product_added_to_cart")),
              Step.at(4, at -> request(at, who, "cart_reminder")));
      default ->
          List.of(
              Step.at(0, at -> request(at, who, "spring_sale")),
              Step.at(
                  PAUSE_SECONDS, at -> records.known(at, who, who.shopify(), "search_performed")),
              Step.at(
                  PAUSE_SECONDS + 1, at -> records.known(at, who, who.shopify(), "product_view")));
    };
  }

  private List<Step> circuitBreaker(Customer who, int variant) {
    return switch (variant) {
      case 0 ->
          List.of(
              Step.at(0, at -> records.known(at, who, who.zendesk(), "zendesk_ticket_created")),
              Step.at(2, at -> request(at, who, "spring_sale")));
      case 1 ->
          List.of(
              Step.at(0, at -> request(at, who, "spring_sale")),
              Step.at(
                  PAUSE_SECONDS,
                  at -> records.known(at, who, who.zendesk(), "zendesk_ticket_created")));
      default ->
          List.of(
              Step.at(0, at -> records.known(at, who, who.stripe(), "payment_failed")),
              Step.at(2, at -> request(at, who, "spring_sale")),
              Step.at(
                  PAUSE_SECONDS, at -> records.known(at, who, who.stripe(), "payment_succeeded")));
    };
  }

  private List<Step> merge(Customer who, int variant) {
    return switch (variant) {
      case 0 ->
          List.of(
              Step.at(0, at -> records.anonymous(at, who, who.klaviyo(), "unsubscribed")),
              Step.at(1, at -> requestForTomorrow(at, who)),
              Step.at(PAUSE_SECONDS, at -> records.link(at, who, who.klaviyo())));
      case 1 ->
          List.of(
              Step.at(0, at -> records.anonymous(at, who, who.zendesk(), "zendesk_ticket_created")),
              Step.at(1, at -> requestForTomorrow(at, who)),
              Step.at(PAUSE_SECONDS, at -> records.link(at, who, who.zendesk())));
      default ->
          List.of(
              Step.at(0, at -> records.pixel(at, who, "product_viewed")),
              Step.at(1, at -> request(at, who, "spring_sale")),
              Step.at(2, at -> records.pixel(at, who, "product_viewed")),
              Step.at(3, at -> records.pixel(at, who, "product_added_to_cart")),
              Step.at(PAUSE_SECONDS, at -> login(at, who)));
    };
  }

  private List<Step> calledOff(Customer who, int variant) {
    return switch (variant) {
      case 0 -> cancelled(who);
      case 1 ->
          List.of(
              Step.at(0, at -> records.known(at, who, who.klaviyo(), "unsubscribed")),
              Step.at(2, at -> request(at, who, "spring_sale")));
      default ->
          List.of(
              Step.at(0, at -> records.request(at, who, RecordFactory.SMS, "flash_sale", TOMORROW)),
              Step.at(
                  PAUSE_SECONDS,
                  at -> records.known(at, who, who.attentive(), "sms_unsubscribed")));
    };
  }

  private List<Step> cancelled(Customer who) {
    AtomicReference<String> requestId = new AtomicReference<>();
    return List.of(
        Step.at(
            0,
            at -> {
              DemoRecord request = requestForTomorrow(at, who);
              requestId.set(request.key());
              return request;
            }),
        Step.at(PAUSE_SECONDS, at -> records.cancel(at, who, requestId.get())));
  }

  private DemoRecord request(Instant at, Customer who, String campaign) {
    return records.request(at, who, RecordFactory.EMAIL, campaign, Duration.ZERO);
  }

  private DemoRecord requestForTomorrow(Instant at, Customer who) {
    return records.request(at, who, RecordFactory.EMAIL, "newsletter", TOMORROW);
  }

  private DemoRecord login(Instant at, Customer who) {
    return records.link(at, who, who.browser());
  }
}
