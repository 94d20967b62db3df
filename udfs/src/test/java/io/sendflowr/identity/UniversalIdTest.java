package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UniversalIdTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();

  @Test
  void isMadeFromTypeAndNormalisedValue() {
    Identifier email =
        new IdentifierNormaliser(CATALOGUE, "US").normalise("email", " Test@Example.com").get();

    assertThat(email.text(CATALOGUE))
        .isEqualTo("email_hash:973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b");
    assertThat(UniversalId.format(UniversalId.keyOf(email.text(CATALOGUE))))
        .isEqualTo("sf_9094c12ab68e7593");
  }

  /** Computed with sha256sum: the ids are a promise to whoever stores them. */
  @Test
  void knownValues() {
    assertThat(UniversalId.format(UniversalId.keyOf("klaviyo_id:KL1")))
        .isEqualTo("sf_ce67ccc09d99a282");
    assertThat(UniversalId.format(UniversalId.keyOf("device_id:ä")))
        .isEqualTo("sf_8068e68a70b3b6fa");
  }

  @Property(seed = "1")
  void formatAndParseAreInverse(@ForAll long key) {
    String id = UniversalId.format(key);

    assertThat(id).matches("sf_[0-9a-f]{16}");
    assertThat(UniversalId.parse(id)).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sf_",
        "9094c12ab68e7593",
        "sf_9094c12ab68e759",
        "sf_9094c12ab68e75933",
        "sf-9094c12ab68e7593",
        "SF_9094c12ab68e7593",
        "sf_9094c12ab68e759g",
        "sf_+094c12ab68e7593",
        "sf_９094c12ab68e7593",
        " sf_9094c12ab68e7593"
      })
  void whatIsNoUniversalIdIsRefused(String text) {
    assertThatThrownBy(() -> UniversalId.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
