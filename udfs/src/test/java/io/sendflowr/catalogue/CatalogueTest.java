package io.sendflowr.catalogue;

import static io.sendflowr.catalogue.IdentifierClass.DETERMINISTIC;
import static io.sendflowr.catalogue.IdentifierClass.PLATFORM;
import static io.sendflowr.catalogue.IdentifierClass.WEAK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The catalogue that ships says what section 3 of the contract says. */
class CatalogueTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final long START = 1_768_046_400_000L;

  @Test
  void identifierTypesStandInTheirOrder() {
    assertThat(CATALOGUE.identifierTypes())
        .extracting(IdentifierType::name, IdentifierType::weight, IdentifierType::kind)
        .containsExactly(
            tuple("email_hash", 1.0, DETERMINISTIC),
            tuple("phone_number", 1.0, DETERMINISTIC),
            tuple("oauth_sub", 1.0, DETERMINISTIC),
            tuple("government_id_hash", 1.0, DETERMINISTIC),
            tuple("klaviyo_id", 0.95, PLATFORM),
            tuple("iterable_user_id", 0.95, PLATFORM),
            tuple("postscript_subscriber_id", 0.90, PLATFORM),
            tuple("attentive_subscriber_id", 0.90, PLATFORM),
            tuple("shopify_customer_id", 0.90, PLATFORM),
            tuple("bigcommerce_customer_id", 0.90, PLATFORM),
            tuple("stripe_customer_id", 0.85, PLATFORM),
            tuple("paypal_payer_id", 0.85, PLATFORM),
            tuple("esp_user_id", 0.85, PLATFORM),
            tuple("zendesk_user_id", 0.80, PLATFORM),
            tuple("intercom_user_id", 0.80, PLATFORM),
            tuple("gorgias_customer_id", 0.80, PLATFORM),
            tuple("device_id", 0.70, WEAK),
            tuple("cookie_id", 0.50, WEAK),
            tuple("ip_device_signature", 0.50, WEAK),
            tuple("browser_fingerprint", 0.40, WEAK),
            tuple("ip_address", 0.30, WEAK));
    assertThat(CATALOGUE.identifierTypes())
        .isSortedAccordingTo((a, b) -> Integer.compare(a.rank(), b.rank()))
        .allSatisfy(type -> assertThat(type.sharedLimit()).isEqualTo(5))
        .allSatisfy(type -> assertThat(type.isWeak()).isEqualTo(type.kind() == WEAK));
  }

  @Test
  void ranksAreNeverChangedBecauseStateKnowsTypesByThem() {
    assertThat(CATALOGUE.identifierTypes())
        .extracting(IdentifierType::rank)
        .containsExactly(
            100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200, 1300, 1400, 1500, 1600,
            1700, 1800, 1900, 2000, 2100);
    assertThat(CATALOGUE.typeOf(100).name()).isEqualTo("email_hash");
    assertThatThrownBy(() -> CATALOGUE.typeOf(150))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("150");
  }

  @Test
  void emailAndPhoneAreTheOnlyOtherNames() {
    assertThat(CATALOGUE.typeNamed("email")).isSameAs(CATALOGUE.typeNamed("email_hash"));
    assertThat(CATALOGUE.typeNamed("phone")).isSameAs(CATALOGUE.typeNamed("phone_number"));
    assertThat(CATALOGUE.typeNamed("email").form()).isEqualTo(IdentifierForm.EMAIL_HASH);
    assertThat(CATALOGUE.typeNamed("phone").form()).isEqualTo(IdentifierForm.PHONE);
    assertThat(CATALOGUE.inputNames()).hasSize(23).contains("email", "phone", "ip_address");
    assertThat(CATALOGUE.typeNamed("twitter_handle")).isNull();
    assertThat(CATALOGUE.identifierTypes())
        .filteredOn(type -> type.form() == IdentifierForm.PLAIN)
        .hasSize(19);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "undefined",
        "none",
        "n/a",
        "na",
        "unknown",
        "anonymous",
        "guest",
        "test",
        "test@test.com",
        "noreply@example.com",
        "0",
        "-1"
      })
  void placeholdersAreListed(String value) {
    assertThat(CATALOGUE.isPlaceholder(value)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "site_visit, 2.0, 15, 30, 60",
    "product_view, 2.0, 15, 30, 60",
    "cart_add, 2.0, 15, 30, 60",
    "search_performed, 2.0, 15, 30, 60",
    "app_opened, 2.0, 15, 30, 60",
    "sms_click, 2.0, 15, 30, 60",
    "cart_abandonment, 2.0, 15, 30, 60",
    "sms_clicked, 2.0, 15, 30, 15",
    "payment_succeeded, 2.0, 15, 30, 30",
    "browse_surge, 3.0, 15, 30, 60",
    "ticket_closed_satisfied, 2.0, 30, 120, 120"
  })
  void hotPathsBoost(String type, double amplitude, int tau, int fresh, int effect) {
    assertThat(CATALOGUE.hotPath(type))
        .isEqualTo(new HotPath(type, amplitude, minutes(tau), minutes(fresh), minutes(effect)));
    assertThat(CATALOGUE.isKnown(type)).isTrue();
  }

  /** {@code permanent} names the channel of the permanent part, or {@code *} for every channel. */
  @ParameterizedTest
  @CsvSource({
    "support_ticket, 48, '', ticket_closed_satisfied",
    "ticket_created, 48, '', ticket_closed_satisfied",
    "zendesk_ticket_created, 48, '', ticket_closed_satisfied",
    "complaint, 48, '', ''",
    "survey_negative, 48, '', ''",
    "payment_failed, 24, '', payment_succeeded",
    "unsubscribe_request, 168, '', resubscribed",
    "unsubscribed, 168, email, resubscribed",
    "sms_unsubscribed, 168, sms, resubscribed",
    "ticket_closed_unsatisfied, 168, '', ''",
    "repeated_bounces, 168, '', ''",
    "fatigue, 24, '', ''",
    "spam_report, 0, *, ''",
    "marked_spam, 0, *, ''"
  })
  void circuitBreakersSuppress(String type, int hours, String permanent, String ending) {
    CircuitBreaker breaker = CATALOGUE.circuitBreaker(type);

    for (String channel : List.of("email", "sms", "push", "")) {
      boolean forGood = permanent.equals("*") || (permanent.equals(channel) && !channel.isEmpty());
      assertThat(breaker.endFor(START, channel))
          .as("end for channel \"%s\"", channel)
          .isEqualTo(
              forGood ? CircuitBreaker.PERMANENT : START + Duration.ofHours(hours).toMillis());
    }
    assertThat(breaker.endedBy()).isEqualTo(ending.isEmpty() ? List.of() : List.of(ending));
    assertThat(breaker.longestMillis())
        .isEqualTo(
            permanent.isEmpty() ? Duration.ofHours(hours).toMillis() : CircuitBreaker.PERMANENT);
    assertThat(CATALOGUE.isKnown(type)).isTrue();
  }

  @Test
  void nothingElseBoostsOrSuppresses() {
    for (String type :
        List.of(
            "sent",
            "delivered",
            "opened",
            "bounced",
            "order_placed",
            "clicked",
            "email_subscribed")) {
      assertThat(CATALOGUE.isKnown(type)).as(type).isTrue();
      assertThat(CATALOGUE.hotPath(type)).as(type).isNull();
      assertThat(CATALOGUE.circuitBreaker(type)).as(type).isNull();
      assertThat(CATALOGUE.isEnding(type)).as(type).isFalse();
    }
    assertThat(CATALOGUE.isKnown("astral_projection")).isFalse();
    assertThat(CATALOGUE.isEnding("astral_projection")).isFalse();
    assertThat(CATALOGUE.endingReachMillis("astral_projection")).isZero();
  }

  @Test
  void onlyClicksTeachTheBaseCurve() {
    assertThat(List.of("clicked", "sms_clicked", "sms_click")).allMatch(CATALOGUE::isClick);
    assertThat(List.of("opened", "delivered", "sent", "product_view", "site_visit"))
        .noneMatch(CATALOGUE::isClick);
  }

  @Test
  void anEndingReachesAsFarAsTheLongestSuppressionItEnds() {
    assertThat(CATALOGUE.endingReachMillis("ticket_closed_satisfied"))
        .isEqualTo(Duration.ofHours(48).toMillis());
    assertThat(CATALOGUE.endingReachMillis("payment_succeeded"))
        .isEqualTo(Duration.ofHours(24).toMillis());
    assertThat(CATALOGUE.endingReachMillis("resubscribed")).isEqualTo(CircuitBreaker.PERMANENT);
  }

  @Test
  void aHotPathIsLiveFromItsSignalUntilItIsNoLongerFresh() {
    HotPath view = CATALOGUE.hotPath("product_view");

    assertThat(view.isLive(START, START - 1)).isFalse();
    assertThat(view.isLive(START, START)).isTrue();
    assertThat(view.isLive(START, START + minutes(30) - 1)).isTrue();
    assertThat(view.isLive(START, START + minutes(30))).isFalse();
  }

  @Test
  void aBoostDecaysFromTheSignalAndReachesItsEffectBeyondTheDecision() {
    HotPath view = CATALOGUE.hotPath("product_view");
    long now = START + minutes(5);

    assertThat(view.boost(START, now, now - 1)).isZero();
    assertThat(view.boost(START, now, now)).isCloseTo(2 * Math.exp(-5 / 15.0), within(1e-12));
    assertThat(view.boost(START, now, now + minutes(20)))
        .isCloseTo(2 * Math.exp(-25 / 15.0), within(1e-12));
    assertThat(view.boost(START, now, now + minutes(60) - 1)).isPositive();
    assertThat(view.boost(START, now, now + minutes(60))).isZero();
  }

  private static long minutes(int minutes) {
    return Duration.ofMinutes(minutes).toMillis();
  }
}
