package io.sendflowr.connectors.json;

import static io.sendflowr.connectors.json.Readings.EMAIL_HASH;
import static io.sendflowr.connectors.json.Readings.at;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.identity.IdentityChange.Kind;
import io.sendflowr.identity.LinkChange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IdentityChangeJsonTest {
  private static final Identifier USER = new Identifier(100, EMAIL_HASH);
  private static final Identifier PROFILE = new Identifier(500, "k-1\n\u00fc");
  private static final long PERSON = 0x00000000acf720ccL;
  private static final long PREVIOUS = 0xff00000000000001L;
  private static final long TIME = at("2026-01-10T12:00:00.250Z");
  private static final long SAID = at("2026-01-10T12:00:00Z");

  private final IdentityChangeJson json = new IdentityChangeJson(CatalogueReader.builtIn());

  @Test
  void writesAMerge() {
    LinkChange cause = new LinkChange(false, PROFILE, USER, 0.9, "klaviyo", SAID);
    assertThat(written(Kind.MERGED, List.of(USER, PROFILE), cause))
        .isEqualTo(
            """
            {"type":"merged","universal_id":"sf_00000000acf720cc",\
            "previous_universal_id":"sf_ff00000000000001",\
            "identifiers":["email_hash:%1$s","klaviyo_id:k-1\\n\u00fc"],\
            "cause":{"identifier_a":"k-1\\n\u00fc","type_a":"klaviyo_id","identifier_b":"%1$s",\
            "type_b":"email_hash","weight":0.9,"source":"klaviyo",\
            "timestamp":"2026-01-10T12:00:00Z","op":"link"},\
            "timestamp":"2026-01-10T12:00:00.250Z"}"""
                .formatted(EMAIL_HASH));
  }

  @Test
  void writesASplitByAnUnlinkWithoutItsWeight() {
    LinkChange cause = new LinkChange(true, USER, PROFILE, 1.0, "", SAID);
    assertThat(written(Kind.SPLIT, List.of(PROFILE), cause))
        .isEqualTo(
            """
            {"type":"split","universal_id":"sf_00000000acf720cc",\
            "previous_universal_id":"sf_ff00000000000001","identifiers":["klaviyo_id:k-1\\n\u00fc"],\
            "cause":{"identifier_a":"%s","type_a":"email_hash","identifier_b":"k-1\\n\u00fc",\
            "type_b":"klaviyo_id","source":"","timestamp":"2026-01-10T12:00:00Z","op":"unlink"},\
            "timestamp":"2026-01-10T12:00:00.250Z"}"""
                .formatted(EMAIL_HASH));
  }

  @Test
  void namesAQuarantine() {
    LinkChange cause = new LinkChange(false, USER, PROFILE, 1.0, "", SAID);
    assertThat(written(Kind.QUARANTINED, List.of(), cause))
        .startsWith("{\"type\":\"quarantined\",")
        .contains("\"identifiers\":[],");
  }

  @Test
  void isKeyedByUniversalId() {
    LinkChange cause = new LinkChange(false, USER, PROFILE, 1.0, "", SAID);
    assertThat(json.key(change(Kind.MERGED, List.of(USER), cause)))
        .isEqualTo("sf_00000000acf720cc".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void isAnEventNamedByAllThatItTells() {
    IdentityChange change = change(Kind.QUARANTINED, List.of(USER), null);
    assertThat(json.event(change))
        .isEqualTo(
            new CloudEvent(
                OutputTopic.IDENTITY_CHANGES,
                CloudEvent.idOf(OutputTopic.IDENTITY_CHANGES, json.key(change), json.value(change)),
                Optional.of("2026-01-10T12:00:00.250Z"),
                Optional.of("sf_00000000acf720cc"),
                Optional.empty()));
    assertThat(json.event(change(Kind.QUARANTINED, List.of(USER), null)).id())
        .as("on a replay")
        .isEqualTo(json.event(change).id());
    assertThat(json.event(change(Kind.QUARANTINED, List.of(PROFILE), null)).id())
        .isNotEqualTo(json.event(change).id());
  }

  private String written(Kind kind, List<Identifier> identifiers, LinkChange cause) {
    return new String(json.value(change(kind, identifiers, cause)), StandardCharsets.UTF_8);
  }

  private static IdentityChange change(Kind kind, List<Identifier> identifiers, LinkChange cause) {
    return new IdentityChange(kind, PERSON, PREVIOUS, identifiers, cause, TIME);
  }
}
