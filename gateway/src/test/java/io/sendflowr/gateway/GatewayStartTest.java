package io.sendflowr.gateway;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sendflowr.gateway.http.AccessLog;
import io.sendflowr.gateway.kafka.KafkaSettings;
import io.sendflowr.gateway.signature.Secrets;
import io.sendflowr.gateway.signature.Signing;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings that a gateway does not start with; it says so before it looks for Kafka. */
class GatewayStartTest {
  private static final String LOOPBACK = "127.0.0.1";

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.7", "2001:db8::7"})
  void insecureIsForLoopbackOnly(String host) {
    assertThatThrownBy(() -> start(host, true, Map.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "--insecure lets everybody in, so it is for loopback only, and " + host + " is not");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "::1"})
  void onLoopbackItGoesOnToLookForKafka(String host) {
    assertThatThrownBy(() -> start(host, true, Map.of(), List.of()))
        .isInstanceOf(KafkaException.class)
        .hasMessageNotContaining("--insecure");
  }

  @ParameterizedTest
  @CsvSource({
    "SHOPIFY_WEB_PIXEL, tooshort, the token for shopify_web_pixel must have at least 16 characters",
    "SENDGRID, c2VjcmV0, the secret for the platform sendgrid is no EC public key"
  })
  void aSecretThatIsOfNoUseIsNamedAndNotShown(String platform, String secret, String named) {
    assertThatThrownBy(
            () ->
                start(
                    LOOPBACK, false, Map.of(Secrets.VARIABLE_PREFIX + platform, secret), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(named)
        .hasMessageNotContaining(secret);
  }

  @Test
  void anApiTokenThatCouldBeGuessedIsNotTaken() {
    assertThatThrownBy(() -> start(LOOPBACK, false, Map.of(), List.of("0123456789abcde")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the API token must have at least 16 characters")
        .hasMessageNotContaining("0123456789abcde");
  }

  private static void start(
      String host, boolean insecure, Map<String, String> environment, List<String> apiTokens)
      throws Exception {
    Gateway.start(settings(host, insecure, environment, apiTokens)).close();
  }

  private static GatewaySettings settings(
      String host, boolean insecure, Map<String, String> environment, List<String> apiTokens)
      throws IOException {
    return new GatewaySettings(
        host,
        0,
        insecure,
        Optional.empty(),
        Secrets.read(Signing.platforms().platforms(), Optional.empty(), environment),
        apiTokens,
        GatewaySettings.DEFAULT_REPLAY_WINDOW,
        Map.of(),
        Signing.readers(),
        // A property that no client takes: what comes to look for Kafka ends there, and at once.
        new KafkaSettings("127.0.0.1:1", "", Map.of("security.protocol", "none of these"), true),
        Limits.DEFAULT,
        place -> CompletableFuture.failedFuture(new IllegalStateException("no network")),
        AccessLog.NONE,
        Clock.systemUTC(),
        () -> UUID.randomUUID().toString());
  }
}
