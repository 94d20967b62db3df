package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.catalogue.IdentifierForm;
import java.util.Locale;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.web.api.Web;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentifierNormaliserTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final IdentifierNormaliser NORMALISER = new IdentifierNormaliser(CATALOGUE, "US");
  private static final String TEST_EXAMPLE_COM =
      "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "test@example.com",
        "  TEST@Example.COM\t",
        "Test@example.com\n",
        "\u00a0test@example.com\u202f",
        TEST_EXAMPLE_COM
      })
  void anAddressAndItsHashAreOne(String raw) {
    assertThat(NORMALISER.normalise("email_hash", raw))
        .contains(new Identifier(100, TEST_EXAMPLE_COM));
  }

  @Test
  void aHashIsReadInAnyCase() {
    assertThat(NORMALISER.normalise("email_hash", TEST_EXAMPLE_COM.toUpperCase(Locale.ROOT)))
        .contains(new Identifier(100, TEST_EXAMPLE_COM));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"plain", "@", "@example.com", "user@", "a@b@c", "user@@example.com", "a b"})
  void anAddressHasOneAtBetweenTwoParts(String raw) {
    assertThat(NORMALISER.normalise("email", raw)).isEmpty();
    assertThat(NORMALISER.normalise("email_hash", raw)).isEmpty();
  }

  @Test
  void aHashIsNoAddress() {
    assertThat(NORMALISER.normalise("email", TEST_EXAMPLE_COM)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "US, +14155552671, +14155552671",
    "US, (415) 555-2671, +14155552671",
    "US, 4155552671, +14155552671",
    "US, 1-415-555-2671, +14155552671",
    "US, ' +44 20 7946 0958 ', +442079460958",
    "GB, 020 7946 0958, +442079460958",
    "DE, 030 901820, +4930901820",
    "DE, +1 415 555 2671, +14155552671"
  })
  void phonesAreBroughtIntoE164(String region, String raw, String expected) {
    IdentifierNormaliser normaliser = new IdentifierNormaliser(CATALOGUE, region);

    assertThat(normaliser.normalise("phone", raw)).contains(new Identifier(200, expected));
    assertThat(normaliser.normalise("phone_number", raw)).contains(new Identifier(200, expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"12", "call me", "+1", "555-2671", "+999 123 456 789", "000-000-0000"})
  void whatIsNoValidNumberIsDropped(String raw) {
    assertThat(NORMALISER.normalise("phone", raw)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\t\n",
        "\u2003",
        "\u00a0",
        " \u202f\u2007\u0085",
        "null\u00a0",
        "null",
        "NULL",
        " Null ",
        "undefined",
        "None",
        "n/a",
        "N/A",
        "na",
        "NA",
        "unknown",
        "Unknown",
        "ANONYMOUS",
        "guest",
        "Test",
        "test@test.com",
        "TEST@Test.com",
        "noreply@example.com",
        "NoReply@Example.com",
        "0",
        "-1",
        "00",
        "0000000000",
        "00000000-0000-0000-0000-000000000000",
        "0000-0000"
      })
  void placeholdersIdentifyNobody(String raw) {
    assertThat(CATALOGUE.inputNames())
        .allSatisfy(type -> assertThat(NORMALISER.normalise(type, raw)).as(type).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"00000000-0000-0000-0000-000000000001", "10", "-2", "nullable", "tester", "A0"})
  void whatOnlyResemblesAPlaceholderStays(String raw) {
    assertThat(NORMALISER.normalise("device_id", raw)).contains(new Identifier(1700, raw));
  }

  @Test
  void platformIdsKeepTheirCase() {
    assertThat(NORMALISER.normalise("klaviyo_id", " 01HxYz "))
        .contains(new Identifier(500, "01HxYz"));
  }

  @Test
  void idsBeyondTheExactDoublesStayExact() {
    assertThat(NORMALISER.normalise("shopify_customer_id", "9007199254740993"))
        .contains(new Identifier(900, "9007199254740993"));
    assertThat(NORMALISER.normalise("stripe_customer_id", "18446744073709551617"))
        .contains(new Identifier(1100, "18446744073709551617"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"twitter_handle", "EMAIL", "", "email "})
  void anUnknownTypeIsDropped(String type) {
    assertThat(NORMALISER.normalise(type, "user@example.com")).isEmpty();
  }

  @Test
  void whatCannotBeWrittenAsUtf8IsDropped() {
    assertThat(NORMALISER.normalise("device_id", "a\ud800b")).isEmpty();
    assertThat(NORMALISER.normalise("device_id", "a\0b")).isEmpty();
  }

  /** Platforms do use addresses as ids; the field they come in must not matter. */
  @Property(seed = "2")
  void noClearTextAddressLeaves(
      @ForAll("inputNames") String type, @ForAll("addresses") String address) {
    Optional<Identifier> identifier = NORMALISER.normalise(type, address);

    assertThat(identifier.map(i -> i.text(CATALOGUE)).orElse(""))
        .doesNotContain("@")
        .doesNotContainIgnoringCase(address.strip());
  }

  @Test
  void anIdThatIsAnAddressStillIdentifies() {
    Identifier one = NORMALISER.normalise("esp_user_id", "user@example.com").orElseThrow();

    assertThat(NORMALISER.normalise("esp_user_id", " user@example.com ")).contains(one);
    assertThat(NORMALISER.normalise("esp_user_id", "other@example.com"))
        .isPresent()
        .isNotEqualTo(Optional.of(one));
    assertThat(NORMALISER.normalise("esp_user_id", "a@x.com,b@x.com").orElseThrow().value())
        .doesNotContain("@");
  }

  @Property(seed = "3")
  void whatIsNormalStaysAsItIs(@ForAll("inputNames") String type, @ForAll("values") String value) {
    Optional<Identifier> once = NORMALISER.normalise(type, value);

    once.ifPresent(
        identifier ->
            assertThat(
                    NORMALISER.normalise(
                        CATALOGUE.typeOf(identifier.rank()).name(), identifier.value()))
                .contains(identifier));
  }

  @Property(seed = "4")
  void surroundingBlanksSayNothing(
      @ForAll("inputNames") String type, @ForAll("values") String value) {
    assertThat(NORMALISER.normalise(type, " \t" + value + "\n "))
        .isEqualTo(NORMALISER.normalise(type, value));
  }

  @Property(seed = "5")
  void caseMattersInPlatformIdsOnly(
      @ForAll("inputNames") String type, @ForAll("values") String value) {
    if (CATALOGUE.typeNamed(type).form() == IdentifierForm.EMAIL_HASH) {
      assertThat(NORMALISER.normalise(type, value.toUpperCase(Locale.ROOT)))
          .isEqualTo(NORMALISER.normalise(type, value.toLowerCase(Locale.ROOT)));
    } else if (CATALOGUE.typeNamed(type).form() == IdentifierForm.PLAIN && value.indexOf('@') < 0) {
      NORMALISER
          .normalise(type, value)
          .ifPresent(i -> assertThat(i.value()).isEqualTo(value.strip()));
    }
  }

  @Provide
  Arbitrary<String> inputNames() {
    return Arbitraries.of(CATALOGUE.inputNames().stream().sorted().toList());
  }

  @Provide
  Arbitrary<String> addresses() {
    Arbitrary<String> simple =
        Combinators.combine(
                Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(20),
                Arbitraries.strings().alpha().numeric().ofMinLength(1).ofMaxLength(20),
                Arbitraries.of("", " ", "\t"))
            .as((local, host, blank) -> blank + local + "@" + host + ".com" + blank);
    return Arbitraries.oneOf(simple, Web.emails());
  }

  @Provide
  Arbitrary<String> values() {
    return Arbitraries.oneOf(
        addresses(),
        Arbitraries.strings().ascii().ofMaxLength(12),
        Arbitraries.strings().numeric().ofMaxLength(12),
        Arbitraries.longs().map(Object::toString),
        Arbitraries.integers()
            .between(0, 9999)
            .map(n -> String.format(Locale.ROOT, "+1 415 555 %04d", n)));
  }
}
