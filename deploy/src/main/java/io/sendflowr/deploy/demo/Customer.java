package io.sendflowr.deploy.demo;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/**
 * One of the people of the demo: a number, from which follow a name and what the platforms know
 * them by.
 *
 * @param number from 0
 */
record Customer(int number) {
  private static final List<String> NAMES =
      List.of(
          "maya", "ben", "aisha", "luca", "nora", "omar", "ivy", "tom", "lena", "raj", "zoe", "max",
          "ana", "kofi", "mei", "paul", "sara", "ali", "eva", "jon", "yuki", "dan", "rosa", "finn",
          "leila", "hugo", "tara", "sam", "ines", "noah", "priya", "karl", "june", "amir", "lily",
          "otto", "vera", "theo", "gina", "leo");
  private static final int LETTERS = 26;
  private static final long SHOPIFY_IDS_FROM = 7_100_000_000_001L;
  private static final int OTHER_IDS_FROM = 10_001;

  String firstName() {
    return NAMES.get(number % NAMES.size());
  }

  /** First name and an initial: unique among the first 1,040. */
  String name() {
    return firstName() + " " + (char) ('a' + number / NAMES.size() % LETTERS);
  }

  String email() {
    return name().replace(' ', '.') + "." + number + "@example.com";
  }

  /** Their browser, before they log in. */
  Profile browser() {
    byte[] name = ("browser of " + number).getBytes(StandardCharsets.UTF_8);
    return new Profile("shopify", "cookie_id", UUID.nameUUIDFromBytes(name).toString());
  }

  Profile shopify() {
    return new Profile("shopify", "shopify_customer_id", Long.toString(shopifyId()));
  }

  long shopifyId() {
    return SHOPIFY_IDS_FROM + number;
  }

  Profile klaviyo() {
    return other("klaviyo", "klaviyo_id", "k_");
  }

  Profile stripe() {
    return other("stripe", "stripe_customer_id", "cus_");
  }

  Profile zendesk() {
    return other("zendesk", "zendesk_user_id", "zd_");
  }

  Profile postscript() {
    return other("postscript", "postscript_subscriber_id", "ps_sub_");
  }

  Profile attentive() {
    return other("attentive", "attentive_subscriber_id", "att_");
  }

  private Profile other(String platform, String type, String prefix) {
    return new Profile(platform, type, prefix + (OTHER_IDS_FROM + number));
  }
}
