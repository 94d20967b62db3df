package io.sendflowr.gateway;

import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.gateway.http.AccessLog;
import io.sendflowr.gateway.kafka.KafkaSettings;
import io.sendflowr.gateway.signature.Certificates;
import io.sendflowr.gateway.signature.Secrets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a gateway goes by.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 for any that is free
 * @param insecure whether platforms without a secret, and anybody without a token, are let in; on
 *     loopback only
 * @param publicUrl what stands before the path in the URLs that platforms call, such as {@code
 *     https://hooks.example.com}; empty to go by what requests say
 * @param secrets shared with the platforms
 * @param apiTokens of those who may ask, of which one has to come
 * @param replayWindow how far a signed time may be from now, where the platform does not say
 * @param replayWindows the same for single platforms, by name
 * @param readers catalogue and platforms
 * @param kafka where records go
 * @param limits what is taken at most
 * @param certificates where those come from that platforms sign with
 * @param accessLog is told of every request
 * @param clock of now
 * @param ids makes request ids where the asker gives none, no two alike
 */
public record GatewaySettings(
    String host,
    int port,
    boolean insecure,
    Optional<String> publicUrl,
    Secrets secrets,
    List<String> apiTokens,
    Duration replayWindow,
    Map<String, Duration> replayWindows,
    RecordReaderFactory readers,
    KafkaSettings kafka,
    Limits limits,
    Certificates certificates,
    AccessLog accessLog,
    InstantSource clock,
    Supplier<String> ids) {

  /** How far a signed time may be from now, unless configured otherwise. */
  public static final Duration DEFAULT_REPLAY_WINDOW = Duration.ofMinutes(5);

  /** Shorter tokens of our own could be guessed, in characters. */
  public static final int SHORTEST_TOKEN = 16;

  /** Takes copies. */
  public GatewaySettings {
    apiTokens = List.copyOf(apiTokens);
    replayWindows = Map.copyOf(replayWindows);
  }

  Duration replayWindow(String platform) {
    return replayWindows.getOrDefault(platform, replayWindow);
  }
}
