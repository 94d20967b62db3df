package io.sendflowr.deploy.demo;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * One of the people of the demo: a number, from which follow a name and the ids under which the platforms know them.
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
  private static final int SMALL_IDS_FROM = 10_001;

  /** First name and initial: unique among the first 1,040. */
  String name() {
    char initial = (char) ('a' + number / NAMES.size() % LETTERS);
    return NAMES.get(number % NAMES.size()) + " " + initial;
  }

  String email() {
    return name().replace(' ', '.') + "." + number + "@example.com";
  }

  /** What a browser of theirs is known by before they log in. */
  String cookie() {
    return UUID.nameUUIDFromBytes(("browser of " + number).getBytes(StandardCharsets.UTF_8))
        .toString();
  }

  String klaviyoId() {
    return id("k_");
  }

  String stripeId() {
    return id("cus_");
  }

  String zendeskId() {
    return id("zd_");
  }

  String postscriptId() {
    return id("ps_sub_");
  }

  String attentiveId() {
    return id("att_");
  }

  long shopifyId() {
    return SHOPIFY_IDS_FROM + number;
  }

  private String id(String prefix) {
    return String.format(Locale.ROOT, "%s%d", prefix, SMALL_IDS_FROM + number);
  }
}
