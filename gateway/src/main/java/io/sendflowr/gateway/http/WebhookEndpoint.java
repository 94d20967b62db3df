package io.sendflowr.gateway.http;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.connectors.platform.SignatureScheme;
import io.sendflowr.gateway.Limits;
import io.sendflowr.gateway.kafka.RecordProducer;
import io.sendflowr.gateway.signature.SignatureVerifier;
import io.sendflowr.gateway.signature.SignedRequest;
import io.sendflowr.gateway.signature.Verdict;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Takes webhooks: checks where they come from, and says that all is well when the brokers have
 * them. Nothing is parsed before the check, and nothing that fails it reaches Kafka.
 */
public final class WebhookEndpoint {
  private static final byte[] NO_BODY = {};
  private static final int LONGEST_PATH = 256;

  private final Map<String, Platform> platforms;
  private final Optional<String> publicUrl;
  private final Limits limits;
  private final Budget requests;
  private final Budget bytes;
  private final RecordProducer producer;
  private final GatewayMetrics metrics;
  private final InstantSource clock;

  /**
   * A platform.
   *
   * @param scheme how it proves itself
   * @param verifier checks that; empty if nothing is configured to check it with
   * @param open whether it is accepted unchecked then
   */
  public record Platform(
      SignatureScheme scheme, Optional<SignatureVerifier> verifier, boolean open) {
    boolean isOn() {
      return verifier.isPresent() || open;
    }

    /** The header that it proves itself with. */
    Optional<String> proofHeader() {
      if (scheme instanceof SignatureScheme.Hmac hmac) {
        return Optional.of(hmac.header().name());
      }
      if (scheme instanceof SignatureScheme.PublicKey key) {
        return Optional.of(key.header().name());
      }
      if (scheme instanceof SignatureScheme.Certificate certificate) {
        return Optional.of(certificate.signature().header().name());
      }
      return scheme instanceof SignatureScheme.Token token
          ? Optional.of(token.name())
          : Optional.empty();
    }
  }

  /**
   * @param platforms by their names
   * @param publicUrl what stands before the path where platforms call; empty to go by the request
   * @param limits what is taken at most
   * @param requests room for requests that wait for the brokers
   * @param bytes room for bodies
   * @param producer writes to Kafka
   * @param metrics counts
   * @param clock of now
   */
  public WebhookEndpoint(
      Map<String, Platform> platforms,
      Optional<String> publicUrl,
      Limits limits,
      Budget requests,
      Budget bytes,
      RecordProducer producer,
      GatewayMetrics metrics,
      InstantSource clock) {
    this.platforms = Map.copyOf(platforms);
    this.publicUrl = publicUrl;
    this.limits = limits;
    this.requests = requests;
    this.bytes = bytes;
    this.producer = producer;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Whether there is a platform of this name. */
  boolean knows(String platform) {
    return platforms.containsKey(platform);
  }

  /** Some platforms look whether there is somebody before they send anything. */
  void look(Exchange exchange, String name) {
    Platform platform = platforms.get(name);
    if (platform == null) {
      exchange.refuse(Problem.UNKNOWN_PLATFORM);
    } else if (!platform.isOn()) {
      exchange.refuse(Problem.OFF);
    } else {
      exchange.done();
    }
  }

  /**
   * Takes a webhook.
   *
   * @param name of the platform
   * @param path what stood behind it in the URL
   */
  void take(Exchange exchange, String name, String path) {
    Platform platform = platforms.get(name);
    if (platform == null) {
      exchange.refuse(Problem.UNKNOWN_PLATFORM);
      return;
    }
    if (!platform.isOn()) {
      refuse(exchange, name, Problem.OFF);
      return;
    }
    if (path.length() > LONGEST_PATH) {
      refuse(exchange, name, Problem.NOT_FOUND);
      return;
    }
    boolean isWorthReading =
        platform.verifier().isEmpty()
            || platform.verifier().get().isCarriedBy(exchange.signed(publicUrl, NO_BODY));
    if (!isWorthReading) {
      refuse(exchange, name, Problem.BAD_SIGNATURE);
      return;
    }
    BodyReader.read(
        exchange,
        bytes,
        limits.bodyBytes(),
        limits.bodyTime(),
        body -> check(exchange, name, platform, path, body));
  }

  private void check(Exchange exchange, String name, Platform platform, String path, byte[] body) {
    SignedRequest request = exchange.signed(publicUrl, body);
    if (platform.verifier().isEmpty()) {
      pass(exchange, name, platform, path, request);
      return;
    }
    platform
        .verifier()
        .get()
        .verify(request)
        .whenComplete(
            (verdict, failure) -> {
              if (failure != null) {
                exchange.fail(failure);
              } else if (verdict == Verdict.VALID) {
                pass(exchange, name, platform, path, request);
              } else {
                refuse(exchange, name, problem(verdict));
              }
            });
  }

  private static Problem problem(Verdict verdict) {
    return switch (verdict) {
      case VALID -> throw new IllegalStateException("What is valid is no problem");
      case INVALID -> Problem.BAD_SIGNATURE;
      case STALE -> Problem.STALE;
      case UNKNOWN -> Problem.UNCHECKED;
    };
  }

  private void pass(
      Exchange exchange, String name, Platform platform, String path, SignedRequest request) {
    if (request.body().length == 0) {
      refuse(exchange, name, Problem.badRequest("empty_body", "The webhook has no body."));
      return;
    }
    if (!exchange.take(requests, 1)) {
      refuse(exchange, name, Problem.BUSY);
      return;
    }
    long now = clock.millis();
    byte[] record =
        WebhookRecord.of(
            name, now, request.headers(), platform.proofHeader(), path, request.body());
    if (record.length > RecordReader.MAX_BYTES) {
      refuse(exchange, name, Problem.TOO_LARGE);
      return;
    }
    producer.send(
        InputTopic.WEBHOOKS,
        null,
        now,
        record,
        sent -> {
          metrics.sent(InputTopic.WEBHOOKS.defaultName(), sent.name().toLowerCase(Locale.ROOT));
          exchange
              .executor()
              .execute(
                  () -> {
                    switch (sent) {
                      case WRITTEN -> {
                        metrics.webhook(name, "accepted");
                        exchange.done();
                      }
                      case TOO_LARGE -> refuse(exchange, name, Problem.TOO_LARGE);
                      case UNCERTAIN -> refuse(exchange, name, Problem.UNAVAILABLE);
                    }
                  });
        });
  }

  private void refuse(Exchange exchange, String platform, Problem problem) {
    metrics.webhook(platform, problem.code());
    exchange.refuse(problem);
  }
}
