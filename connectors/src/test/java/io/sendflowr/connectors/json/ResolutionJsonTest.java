package io.sendflowr.connectors.json;

import static io.sendflowr.connectors.json.Readings.EMAIL_HASH;
import static io.sendflowr.connectors.json.Readings.at;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Resolution;
import io.sendflowr.identity.ResolveRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResolutionJsonTest {
  private static final Identifier USER = new Identifier(100, EMAIL_HASH);
  private static final Identifier PROFILE = new Identifier(500, "k-1");
  private static final Identifier OTHER_PROFILE = new Identifier(500, "k-2");
  private static final long PERSON = 0x00000000acf720ccL;
  private static final long TIME = at("2026-01-10T12:00:00.250Z");

  private final ResolutionJson json = new ResolutionJson(CatalogueReader.builtIn());

  @Test
  void writesAnAnswer() {
    Resolution resolution =
        new Resolution(
            new ResolveRequest("q-1", TIME, 0, List.of(PROFILE, OTHER_PROFILE), 7),
            PERSON,
            List.of(USER, PROFILE, OTHER_PROFILE),
            List.of("klaviyo_id:k-1 was presented.", "It leads \"on\"."),
            0.9025);
    assertThat(written(resolution))
        .isEqualTo(
            """
            {"request_id":"q-1","universal_id":"sf_00000000acf720cc",\
            "input_identifiers":{"klaviyo_id":["k-1","k-2"]},\
            "resolved_identifiers":{"email_hash":["%s"],"klaviyo_id":["k-1","k-2"]},\
            "resolution_steps":["klaviyo_id:k-1 was presented.","It leads \\"on\\"."],\
            "confidence_score":0.9025,"timestamp":"2026-01-10T12:00:00.250Z"}"""
                .formatted(EMAIL_HASH));
  }

  @Test
  void hasNoInputWhereAUniversalIdWasPresented() {
    Resolution resolution =
        new Resolution(
            new ResolveRequest("q-1", TIME, TIME, List.of(), PERSON),
            PERSON,
            List.of(),
            List.of(),
            1.0);
    assertThat(written(resolution))
        .isEqualTo(
            """
            {"request_id":"q-1","universal_id":"sf_00000000acf720cc","input_identifiers":{},\
            "resolved_identifiers":{},"resolution_steps":[],"confidence_score":1.0,\
            "timestamp":"2026-01-10T12:00:00.250Z"}""");
  }

  @Test
  void isKeyedByRequest() {
    assertThat(json.key(answered("r-\u00fc\ud83d\ude00")))
        .isEqualTo("r-\u00fc\ud83d\ude00".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void isAnEventNamedByAllThatItTells() {
    Resolution answer = answered("q-1");
    assertThat(json.event(answer))
        .isEqualTo(
            new CloudEvent(
                OutputTopic.RESOLUTIONS,
                CloudEvent.idOf(OutputTopic.RESOLUTIONS, json.key(answer), json.value(answer)),
                Optional.of("2026-01-10T12:00:00.250Z"),
                Optional.of("sf_00000000acf720cc"),
                Optional.empty()));
    assertThat(json.event(answered("q-2")).id()).isNotEqualTo(json.event(answer).id());
  }

  @Test
  void hasNoLineBreaks() {
    assertThat(written(answered("r\n\r\u2028"))).doesNotContain("\n", "\r");
  }

  @Test
  void isTheSameWhereItIsShippedTo() throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(json);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(((ResolutionJson) in.readObject()).value(answered("q-1")))
          .isEqualTo(json.value(answered("q-1")));
    }
  }

  private static Resolution answered(String requestId) {
    return new Resolution(
        new ResolveRequest(requestId, TIME, TIME, List.of(PROFILE), PERSON),
        PERSON,
        List.of(PROFILE),
        List.of("So."),
        0.95);
  }

  private String written(Resolution resolution) {
    return new String(json.value(resolution), StandardCharsets.UTF_8);
  }
}
