package io.sendflowr.connectors.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.sendflowr.connectors.platform.SignatureScheme.Encoding;
import io.sendflowr.connectors.platform.SignatureScheme.Hash;
import io.sendflowr.connectors.platform.SignatureScheme.Header;
import io.sendflowr.connectors.platform.SignatureScheme.PublicKeyAlgorithm;
import io.sendflowr.connectors.platform.SignatureScheme.TokenPlace;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignatureReaderTest {
  private static final String HMAC =
      """
      signature:
        scheme: hmac
        hash: sha256
        encoding: hex
        header: {name: acme-signature, key: v1}
        signed: [{text: "v0:"}, timestamp, {text: ":"}, body]
        timestamp: {header: {name: acme-signature, key: t}, format: epoch_seconds, tolerance_seconds: 300}
        repeats: {header: acme-id, at: /body/meta/id}
      """;

  @Test
  void aMacSaysWhatItIsMadeOf() {
    assertThat(scheme(HMAC))
        .isEqualTo(
            new SignatureScheme.Hmac(
                Hash.SHA256,
                Encoding.HEX,
                new Header("acme-signature", "", Optional.of("v1")),
                List.of(
                    new SignedPart.Text("v0:"),
                    new SignedPart.Timestamp(),
                    new SignedPart.Text(":"),
                    new SignedPart.Body()),
                Optional.of(
                    new SignedTime(
                        new Header("acme-signature", "", Optional.of("t")),
                        SignedTime.Format.EPOCH_SECONDS,
                        Optional.of(Duration.ofMinutes(5)))),
                Optional.empty(),
                Optional.of(new Repeated("acme-id", JsonPointer.compile("/meta/id")))));
  }

  @Test
  void aMacMayBeOfTheUrlAndTheFieldsOfAForm() {
    assertThat(
            scheme(
                """
                signature:
                  scheme: hmac
                  hash: sha1
                  encoding: base64
                  header: {name: x-acme, prefix: sha1=}
                  signed: [url, sorted_form]
                  body_hash_query: bodyHash
                """))
        .isEqualTo(
            new SignatureScheme.Hmac(
                Hash.SHA1,
                Encoding.BASE64,
                new Header("x-acme", "sha1=", Optional.empty()),
                List.of(new SignedPart.Url(), new SignedPart.SortedForm()),
                Optional.empty(),
                Optional.of("bodyHash"),
                Optional.empty()));
  }

  @Test
  void aSignatureMayNeedAPublicKeyOrACertificate() {
    assertThat(
            scheme(
                """
                signature:
                  scheme: public_key
                  algorithm: ecdsa_sha256
                  encoding: base64
                  header: acme-signature
                  signed: [timestamp, body]
                  timestamp: {header: acme-time, format: epoch_seconds}
                """))
        .isEqualTo(
            new SignatureScheme.PublicKey(
                PublicKeyAlgorithm.ECDSA_SHA256,
                Encoding.BASE64,
                new Header("acme-signature", "", Optional.empty()),
                List.of(new SignedPart.Timestamp(), new SignedPart.Body()),
                Optional.of(
                    new SignedTime(
                        new Header("acme-time", "", Optional.empty()),
                        SignedTime.Format.EPOCH_SECONDS,
                        Optional.empty()))));
    assertThat(
            scheme(
                """
                signature:
                  scheme: certificate
                  encoding: base64
                  header: acme-signature
                  certificate_header: acme-certificate
                  certificate_hosts: [api.acme.example]
                  signed: [{header: acme-id}, webhook_id, body_crc32]
                """))
        .isEqualTo(
            new SignatureScheme.Certificate(
                new SignatureScheme.PublicKey(
                    PublicKeyAlgorithm.RSA_SHA256,
                    Encoding.BASE64,
                    new Header("acme-signature", "", Optional.empty()),
                    List.of(
                        new SignedPart.HeaderValue("acme-id"),
                        new SignedPart.WebhookId(),
                        new SignedPart.BodyCrc32()),
                    Optional.empty()),
                "acme-certificate",
                List.of("api.acme.example")));
  }

  @Test
  void aSecretMayComeAlongAsItIs() {
    assertThat(scheme("signature: {scheme: token, header: authorization, prefix: 'Bearer '}\n"))
        .isEqualTo(new SignatureScheme.Token(TokenPlace.HEADER, "authorization", "Bearer "));
    assertThat(scheme("signature: {scheme: token, query: secret}\n"))
        .isEqualTo(new SignatureScheme.Token(TokenPlace.QUERY, "secret", ""));
    assertThat(scheme("signature: {scheme: basic}\n")).isEqualTo(new SignatureScheme.Basic());
    assertThat(scheme("signature: {scheme: none}\n")).isEqualTo(new SignatureScheme.None());
    assertThat(scheme("")).isEqualTo(new SignatureScheme.None());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "scheme: hmac | scheme: mac | :3: scheme: must be hmac, public_key, certificate, token",
        "hash: sha256 | hash: md5 | :4: hash: must be one of sha1, sha256",
        "hash: sha256 | hsh: sha256 | :4: hsh: is not a field of a signature",
        "hash: sha256 | algorithm: ed25519 | :4: algorithm: has no meaning for the scheme hmac",
        "encoding: hex | encoding: base32 | :5: encoding: must be one of hex, base64",
        "name: acme-signature | name: Acme-Signature | :6: name: Acme-Signature never fits",
        "{name: acme-signature, key: v1} | [a] | :6: header: must be a single value",
        ", body] | ] | :7: signed: holds nothing of the body",
        ", body] | , bdy] | :7: signed: must be body, body_crc32",
        "{text: \":\"} | {text: a, header: b} | :7: signed: a part has a text or a header",
        "timestamp, | | :8: timestamp: is not signed, so it proves nothing",
        "format: epoch_seconds | format: utc | :8: format: must be iso, epoch_seconds",
        "tolerance_seconds: 300 | tolerance_seconds: 0 | :8: tolerance_seconds: must be above 0",
        "tolerance_seconds: 300 | tolerance_seconds: 5m | :8: tolerance_seconds: must be a whole",
        "at: /body/meta/id | at: meta | :9: at: meta is no JSON Pointer",
        "at: /body/meta/id | at: /headers/id | :9: at: must be where the body says it",
        "repeats: {header: acme-id, at: /body/meta/id} | body_hash_query: a | :9: body_hash_query: proves"
      })
  void aMistakeIsNamedByFileLineAndField(String what, String instead, String error) {
    assertThat(HMAC).contains(what);
    String yaml = HMAC.replaceFirst(Pattern.quote(what), instead == null ? "" : instead);
    assertThatThrownBy(() -> scheme(yaml))
        .isInstanceOf(DescriptorException.class)
        .hasMessageStartingWith("acme.yaml")
        .hasMessageContaining(error);
  }

  @Test
  void aTimestampThatIsSignedHasToBeFound() {
    String yaml = HMAC.replaceFirst("  timestamp: .*\n", "");
    assertThatThrownBy(() -> scheme(yaml))
        .hasMessageContaining("timestamp: is missing, and it is signed");
  }

  @Test
  void aTokenStandsInOnePlace() {
    assertThatThrownBy(() -> scheme("signature: {scheme: token}\n"))
        .hasMessageContaining("acme.yaml:2: header: a token stands in a header or in the query");
    assertThatThrownBy(() -> scheme("signature: {scheme: token, query: a, prefix: b}\n"))
        .hasMessageContaining("acme.yaml:2: prefix: has no meaning in a query");
  }

  @Test
  void timesAreReadAsTheyAreWritten() {
    assertThat(SignedTime.Format.HTTP_DATE.read("Thu, 04 Jan 2024 18:05:25 GMT"))
        .contains(Instant.parse("2024-01-04T18:05:25Z"));
    assertThat(SignedTime.Format.EPOCH_SECONDS.read(" 1600112502 "))
        .contains(Instant.parse("2020-09-14T19:41:42Z"));
    assertThat(SignedTime.Format.EPOCH_SECONDS.read("now")).isEmpty();
  }

  @Test
  void whatAHeaderRepeatsIsComparedWithTheBody() throws JsonProcessingException {
    Repeated repeated = new Repeated("acme-id", JsonPointer.compile("/meta/id"));
    assertThat(repeated.holds("a1", Samples.JSON.readTree("{\"meta\":{\"id\":\"a1\"}}"))).isTrue();
    assertThat(repeated.holds("a2", Samples.JSON.readTree("{\"meta\":{\"id\":\"a1\"}}"))).isFalse();
    assertThat(repeated.holds("", Samples.JSON.readTree("{}"))).isFalse();
  }

  @Test
  void everyPlatformThatShipsSaysHowItProvesWhereDeliveriesComeFrom() {
    for (DescriptorFile file : DescriptorFile.builtIn()) {
      assertThat(file.yaml()).as(file.name()).containsPattern("(?m)^signature:");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "attentive, Hmac",
    "bigcommerce, Token",
    "braze, Token",
    "gorgias, Token",
    "intercom, Hmac",
    "iterable, Token",
    "klaviyo, Hmac",
    "mailchimp, Token",
    "paypal, Certificate",
    "postscript, Token",
    "sendgrid, PublicKey",
    "shopify, Hmac",
    "shopify_web_pixel, None",
    "stripe, Hmac",
    "twilio, Hmac",
    "zendesk, Hmac"
  })
  void aPlatformThatShipsSignsInItsWay(String platform, String scheme) {
    assertThat(Samples.builtIn().signature(platform).orElseThrow().getClass().getSimpleName())
        .isEqualTo(scheme);
  }

  private static SignatureScheme scheme(String signature) {
    String yaml =
        "platform: acme\n"
            + signature
            + """
            rules:
              - event_type: clicked
                identifiers: {email: /body/email}
            """;
    return PlatformMapper.of(List.of(new DescriptorFile("acme.yaml", yaml)), Samples.VOCABULARY)
        .signature("acme")
        .orElseThrow();
  }
}
