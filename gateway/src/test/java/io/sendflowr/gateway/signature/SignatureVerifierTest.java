package io.sendflowr.gateway.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.connectors.platform.SignatureScheme;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignatureVerifierTest {
  private static final String URL = "https://hooks.example.com/webhooks/x";
  private static final String BODY = "{\"id\":1,\"meta\":{\"klaviyo_webhook_id\":\"w-1\"}}";
  private static final String SECRET = "s3cret";
  private static final Duration WINDOW = Duration.ofMinutes(5);
  private static final Instant NOW = Instant.parse("2026-01-10T12:00:00Z");
  private static final String SHA256 = "HmacSHA256";

  private Instant now = NOW;

  @Test
  void shopifySignsTheBodyInBase64() {
    check(
        "shopify",
        Signing.request(URL, BODY, "x-shopify-hmac-sha256", Signing.base64(SHA256, SECRET, BODY)));
  }

  @Test
  void attentiveSignsTheBodyInHex() {
    check(
        "attentive",
        Signing.request(URL, BODY, "x-attentive-hmac-sha256", Signing.hex(SHA256, SECRET, BODY)));
  }

  @Test
  void intercomSignsTheBodyWithSha1() {
    check(
        "intercom",
        Signing.request(
            URL, BODY, "x-hub-signature", "sha1=" + Signing.hex("HmacSHA1", SECRET, BODY)));
  }

  @Test
  void zendeskSignsTimeAndBody() {
    String time = "2026-01-10T12:00:00Z";
    check(
        "zendesk",
        Signing.request(
            URL,
            BODY,
            "x-zendesk-webhook-signature",
            Signing.base64(SHA256, SECRET, time + BODY),
            "x-zendesk-webhook-signature-timestamp",
            time));
  }

  @Test
  void klaviyoSignsBodyAndTimeAndRepeatsItsWebhook() {
    String time = "Sat, 10 Jan 2026 12:00:00 GMT";
    String signature = Signing.hex(SHA256, SECRET, BODY + time);
    check(
        "klaviyo",
        Signing.request(
            URL,
            BODY,
            "klaviyo-signature",
            signature,
            "klaviyo-timestamp",
            time,
            "klaviyo-webhook-id",
            "w-1"));
    assertThat(
            verdict(
                "klaviyo",
                Signing.request(
                    URL,
                    BODY,
                    "klaviyo-signature",
                    signature,
                    "klaviyo-timestamp",
                    time,
                    "klaviyo-webhook-id",
                    "w-2")))
        .isEqualTo(Verdict.INVALID);
  }

  @Test
  void stripeSignsTimeAndBodyAndMayGiveSeveralSignatures() {
    String time = Long.toString(NOW.getEpochSecond());
    String valid = Signing.hex(SHA256, SECRET, time + "." + BODY);
    check(
        "stripe",
        Signing.request(URL, BODY, "stripe-signature", "t=" + time + ",v1=" + valid + ",v0=00"));
    check(
        "stripe",
        Signing.request(URL, BODY, "stripe-signature", "t=" + time + ", v1=00ff, v1=" + valid));
  }

  @Test
  void tokensAreCompared() {
    check("braze", Signing.request(URL, BODY, "authorization", "Bearer " + SECRET));
    check("postscript", Signing.request(URL, BODY, "postscript-signature", SECRET));
    check("bigcommerce", Signing.request(URL, BODY, "x-custom-auth", SECRET));
    check("gorgias", Signing.request(URL, BODY, "x-sendflowr-token", SECRET));
    check("iterable", Signing.request(URL, BODY, "authorization", SECRET));
    check("mailchimp", Signing.request(URL + "?a=1&secret=" + SECRET, BODY));
    check("shopify_web_pixel", Signing.request(URL, BODY, "authorization", "bearer " + SECRET));
    check("shopify_web_pixel", Signing.request(URL + "?token=" + SECRET, BODY));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "?token=", "?token=s3cre", "?token=s3cret1", "?token=%zz", "?tokens3cret"})
  void otherTokensAreNot(String query) {
    assertThat(verdict("shopify_web_pixel", Signing.request(URL + query, BODY)))
        .isEqualTo(Verdict.INVALID);
  }

  @Test
  void basicIsUserAndPassword() {
    SignatureVerifier verifier =
        SignatureVerifier.of(
            new SignatureScheme.Basic(), List.of("user:pass"), WINDOW, noCertificates(), this::now);
    assertThat(verdict(verifier, Signing.request(URL, BODY, "authorization", "Basic dXNlcjpwYXNz")))
        .isEqualTo(Verdict.VALID);
    assertThat(
            verdict(
                verifier, Signing.request(URL, BODY, "authorization", "Basic dXNlcjpwYXNzMQ==")))
        .isEqualTo(Verdict.INVALID);
  }

  /** Customer.io does not ship, and what it does can be written down all the same. */
  @Test
  void aPlatformThatDoesNotShipCanSignLikeCustomerIo() {
    SignatureVerifier verifier =
        verifierOf(
            """
            signature:
              scheme: hmac
              hash: sha256
              encoding: hex
              header: x-cio-signature
              signed: [{text: "v0:"}, timestamp, {text: ":"}, body]
              timestamp: {header: x-cio-timestamp, format: epoch_seconds}
            """,
            SECRET);
    String time = Long.toString(NOW.getEpochSecond());
    String[] headers = {
      "x-cio-signature",
      Signing.hex(SHA256, SECRET, "v0:" + time + ":" + BODY),
      "x-cio-timestamp",
      time
    };
    assertThat(verdict(verifier, Signing.request(URL, BODY, headers))).isEqualTo(Verdict.VALID);
    assertThat(verdict(verifier, Signing.request(URL, BODY + " ", headers)))
        .isEqualTo(Verdict.INVALID);
    now = NOW.plus(WINDOW).plusSeconds(1);
    assertThat(verdict(verifier, Signing.request(URL, BODY, headers))).isEqualTo(Verdict.STALE);
    headers[1] = Signing.hex(SHA256, SECRET, time + ":" + BODY);
    assertThat(verdict(verifier, Signing.request(URL, BODY, headers))).isEqualTo(Verdict.INVALID);
  }

  @ParameterizedTest
  @CsvSource({"ed25519, Ed25519, Ed25519", "rsa_sha256, RSA, SHA256withRSA"})
  void aPlatformThatDoesNotShipCanSignWithItsPrivateKey(
      String algorithm, String keys, String signing) throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance(keys).generateKeyPair();
    SignatureVerifier verifier =
        verifierOf(
            """
            signature:
              scheme: public_key
              algorithm: %s
              encoding: base64
              header: x-acme-signature
              signed: [body]
            """
                .formatted(algorithm),
            Base64.getEncoder().encodeToString(pair.getPublic().getEncoded()));
    Signature signature = Signature.getInstance(signing);
    signature.initSign(pair.getPrivate());
    signature.update(BODY.getBytes(StandardCharsets.UTF_8));
    String[] headers = {"x-acme-signature", Base64.getEncoder().encodeToString(signature.sign())};
    assertThat(verdict(verifier, Signing.request(URL, BODY, headers))).isEqualTo(Verdict.VALID);
    assertThat(verdict(verifier, Signing.request(URL, BODY + " ", headers)))
        .isEqualTo(Verdict.INVALID);
  }

  private SignatureVerifier verifierOf(String signature, String secret) {
    DescriptorFile acme =
        new DescriptorFile(
            "acme.yaml",
            """
            platform: acme
            event_name: /body/type
            rules:
              - events: [a]
                reject: nothing is made of it
            """
                + signature);
    return SignatureVerifier.of(
        new RecordReaderFactory(CatalogueReader.builtIn(), "US", List.of(acme))
            .platformMapper()
            .signature("acme")
            .orElseThrow(),
        List.of(secret),
        WINDOW,
        noCertificates(),
        this::now);
  }

  /** Published with Twilio's libraries. */
  @Test
  void twilioVector() {
    String url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    String form =
        "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309";
    String signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    String type = "application/x-www-form-urlencoded; charset=UTF-8";
    assertThat(twilio(url, form, signature, type)).isEqualTo(Verdict.VALID);
    assertThat(twilio(url, form.replace("1234&", "1235&"), signature, type))
        .isEqualTo(Verdict.INVALID);
    assertThat(twilio(url + "&x=1", form, signature, type)).isEqualTo(Verdict.INVALID);
    assertThat(twilio(url, form, signature, "application/json")).isEqualTo(Verdict.INVALID);
  }

  @Test
  void twilioBindsABodyThatIsNoFormByItsHashInTheUrl() {
    String hash = HexFormat.of().formatHex(Keys.sha256(BODY.getBytes(StandardCharsets.UTF_8)));
    String url = URL + "?bodySHA256=" + hash;
    String signature = Signing.base64("HmacSHA1", "12345", url);
    assertThat(twilio(url, BODY, signature, "application/json")).isEqualTo(Verdict.VALID);
    assertThat(twilio(url, BODY + " ", signature, "application/json")).isEqualTo(Verdict.INVALID);
    assertThat(twilio(URL, BODY, Signing.base64("HmacSHA1", "12345", URL), "application/json"))
        .as("nothing binds the body")
        .isEqualTo(Verdict.INVALID);
  }

  private Verdict twilio(String url, String body, String signature, String type) {
    return verdict(
        verifier("twilio", "12345"),
        Signing.request(url, body, "x-twilio-signature", signature, "content-type", type));
  }

  /** Published with SendGrid's libraries. */
  @Test
  void sendGridVector() {
    String key =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
    String body =
        "[{\"email\":\"hello@world.com\",\"event\":\"dropped\",\"reason\":\"Bounced Address\",\"sg_event_id\":\"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA\",\"sg_message_id\":\"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0\",\"smtp-id\":\"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>\",\"timestamp\":1600112492}]\r\n";
    String[] headers = {
      "x-twilio-email-event-webhook-signature",
      "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
      "x-twilio-email-event-webhook-timestamp",
      "1600112502"
    };
    SignatureVerifier verifier = verifier("sendgrid", key);
    assertThat(verdict(verifier, Signing.request(URL, body, headers))).isEqualTo(Verdict.STALE);
    now = Instant.ofEpochSecond(1600112502);
    assertThat(verdict(verifier, Signing.request(URL, body, headers))).isEqualTo(Verdict.VALID);
    assertThat(verdict(verifier, Signing.request(URL, body.strip(), headers)))
        .isEqualTo(Verdict.INVALID);
    headers[3] = "1600112503";
    assertThat(verdict(verifier, Signing.request(URL, body, headers))).isEqualTo(Verdict.INVALID);
    headers[1] = "no base64";
    assertThat(verdict(verifier, Signing.request(URL, body, headers))).isEqualTo(Verdict.INVALID);
    headers[1] = "AAAA";
    assertThat(verdict(verifier, Signing.request(URL, body, headers))).isEqualTo(Verdict.INVALID);
  }

  @Test
  void aKeyThatIsNoneIsNamedNotShown() {
    assertThatThrownBy(() -> verifier("sendgrid", "c2VjcmV0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no EC public key")
        .hasMessageNotContaining("c2VjcmV0");
  }

  @Test
  void payPalSignsWithACertificateFromItsOwnHosts() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();
    List<URI> asked = new ArrayList<>();
    Certificates certificates =
        place -> {
          asked.add(place);
          return CompletableFuture.completedFuture(Optional.of(pair.getPublic()));
        };
    SignatureVerifier verifier =
        SignatureVerifier.of(
            Signing.platforms().signature("paypal").orElseThrow(),
            List.of("WH-1", "WH-2"),
            WINDOW,
            certificates,
            this::now);
    String url = "https://api.paypal.com/v1/notifications/certs/CERT-1";

    assertThat(verdict(verifier, payPal(pair, BODY, "WH-2", url))).isEqualTo(Verdict.VALID);
    assertThat(asked).containsExactly(URI.create(url));
    assertThat(verdict(verifier, payPal(pair, BODY, "WH-3", url))).isEqualTo(Verdict.INVALID);
    SignedRequest other = payPal(pair, BODY + " ", "WH-2", url);
    assertThat(
            verdict(
                verifier,
                new SignedRequest(
                    other.url(), "", other.headers(), BODY.getBytes(StandardCharsets.UTF_8))))
        .isEqualTo(Verdict.INVALID);
    now = NOW.plus(WINDOW).plusSeconds(1);
    assertThat(verdict(verifier, payPal(pair, BODY, "WH-2", url))).isEqualTo(Verdict.STALE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://api.paypal.com/c",
        "https://api.paypal.com.evil.example/c",
        "https://evil.example/c",
        "https://api.paypal.com@evil.example/c",
        "https://user@api.paypal.com/c",
        "https://api.paypal.com:8443/c",
        "file:///etc/passwd",
        "https:",
        "%%",
        ""
      })
  void nobodyElsesCertificateIsFetched(String url) throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    Certificates never =
        place -> {
          throw new AssertionError("Fetched " + place);
        };
    SignatureVerifier verifier =
        SignatureVerifier.of(
            Signing.platforms().signature("paypal").orElseThrow(),
            List.of("WH-1"),
            WINDOW,
            never,
            this::now);
    SignedRequest request = payPal(pair, BODY, "WH-1", url);
    assertThat(verifier.isCarriedBy(request)).isFalse();
    assertThat(verdict(verifier, request)).isEqualTo(Verdict.INVALID);
  }

  @Test
  void aCertificateThatCannotBeHadNowLeavesItOpen() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    SignatureVerifier verifier =
        SignatureVerifier.of(
            Signing.platforms().signature("paypal").orElseThrow(),
            List.of("WH-1"),
            WINDOW,
            noCertificates(),
            this::now);
    assertThat(verdict(verifier, payPal(pair, BODY, "WH-1", "https://api.paypal.com/c")))
        .isEqualTo(Verdict.UNKNOWN);
  }

  private static SignedRequest payPal(KeyPair pair, String body, String webhookId, String url)
      throws Exception {
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(pair.getPrivate());
    signature.update(
        ("tid|2026-01-10T12:00:00Z|" + webhookId + "|" + crc.getValue())
            .getBytes(StandardCharsets.UTF_8));
    return Signing.request(
        URL,
        body,
        "paypal-transmission-id",
        "tid",
        "paypal-transmission-time",
        "2026-01-10T12:00:00Z",
        "paypal-transmission-sig",
        Base64.getEncoder().encodeToString(signature.sign()),
        "paypal-cert-url",
        url,
        "paypal-auth-algo",
        "SHA256withRSA");
  }

  @Test
  void signedTimesHaveAWindowToBothSides() {
    String time = "2026-01-10T12:00:00Z";
    SignedRequest request =
        Signing.request(
            URL,
            BODY,
            "x-zendesk-webhook-signature",
            Signing.base64(SHA256, SECRET, time + BODY),
            "x-zendesk-webhook-signature-timestamp",
            time);
    for (Duration within : List.of(WINDOW, WINDOW.negated(), Duration.ZERO)) {
      now = NOW.plus(within);
      assertThat(verdict("zendesk", request)).isEqualTo(Verdict.VALID);
    }
    for (Duration beyond : List.of(WINDOW.plusSeconds(1), WINDOW.plusSeconds(1).negated())) {
      now = NOW.plus(beyond);
      assertThat(verdict("zendesk", request)).isEqualTo(Verdict.STALE);
    }
  }

  @Test
  void aTimeThatIsNoneIsNobodys() {
    assertThat(
            verdict(
                "zendesk",
                Signing.request(
                    URL,
                    BODY,
                    "x-zendesk-webhook-signature",
                    Signing.base64(SHA256, SECRET, "soon" + BODY),
                    "x-zendesk-webhook-signature-timestamp",
                    "soon")))
        .isEqualTo(Verdict.INVALID);
  }

  @Test
  void anyOfSeveralSecretsCounts() {
    SignedRequest request =
        Signing.request(URL, BODY, "x-shopify-hmac-sha256", Signing.base64(SHA256, "new", BODY));
    assertThat(verdict(verifier("shopify", "old", "new"), request)).isEqualTo(Verdict.VALID);
    assertThat(verdict(verifier("shopify", "old"), request)).isEqualTo(Verdict.INVALID);
  }

  @Test
  void everyPlatformThatShipsCanBeVerified() {
    for (String platform : Signing.platforms().platforms()) {
      boolean needsKey =
          Signing.platforms().signature(platform).orElseThrow()
              instanceof SignatureScheme.PublicKey;
      if (!needsKey) {
        assertThat(verdict(verifier(platform, SECRET), Signing.request(URL, BODY)))
            .as(platform)
            .isEqualTo(Verdict.INVALID);
        assertThat(verifier(platform, SECRET).isCarriedBy(Signing.request(URL, "")))
            .as(platform)
            .isFalse();
      }
    }
  }

  /** Valid as it is; not with another body, or another secret, or a byte changed in a header. */
  private void check(String platform, SignedRequest request) {
    assertThat(verifier(platform, SECRET).isCarriedBy(request)).as(platform).isTrue();
    assertThat(verdict(platform, request)).as(platform).isEqualTo(Verdict.VALID);
    assertThat(verdict(verifier(platform, "an0ther"), request)).isEqualTo(Verdict.INVALID);
    boolean signsBody =
        Signing.platforms().signature(platform).orElseThrow() instanceof SignatureScheme.Hmac;
    if (signsBody) {
      byte[] body = request.body().clone();
      body[0] ^= 1;
      assertThat(
              verdict(
                  platform,
                  new SignedRequest(request.url(), request.query(), request.headers(), body)))
          .isEqualTo(Verdict.INVALID);
    }
  }

  private Verdict verdict(String platform, SignedRequest request) {
    return verdict(verifier(platform, SECRET), request);
  }

  private static Verdict verdict(SignatureVerifier verifier, SignedRequest request) {
    return verifier.verify(request).toCompletableFuture().join();
  }

  private SignatureVerifier verifier(String platform, String... secrets) {
    return SignatureVerifier.of(
        Signing.platforms().signature(platform).orElseThrow(),
        List.of(secrets),
        WINDOW,
        noCertificates(),
        this::now);
  }

  private Instant now() {
    return now;
  }

  private static Certificates noCertificates() {
    return place -> {
      CompletableFuture<Optional<PublicKey>> none = new CompletableFuture<>();
      none.completeExceptionally(new IllegalStateException("no network"));
      return none;
    };
  }
}
