package io.sendflowr.gateway;

import io.sendflowr.connectors.platform.PlatformMapper;
import io.sendflowr.connectors.platform.SignatureScheme;
import io.sendflowr.gateway.http.Answered;
import io.sendflowr.gateway.http.Budget;
import io.sendflowr.gateway.http.ConnectionWatch;
import io.sendflowr.gateway.http.GatewayMetrics;
import io.sendflowr.gateway.http.JsonErrors;
import io.sendflowr.gateway.http.QuestionEndpoints;
import io.sendflowr.gateway.http.Questions;
import io.sendflowr.gateway.http.Router;
import io.sendflowr.gateway.http.WebhookEndpoint;
import io.sendflowr.gateway.kafka.AnswerReader;
import io.sendflowr.gateway.kafka.Brokers;
import io.sendflowr.gateway.kafka.BrokersWatch;
import io.sendflowr.gateway.kafka.PendingAnswers;
import io.sendflowr.gateway.kafka.RecordProducer;
import io.sendflowr.gateway.signature.SignatureVerifier;
import io.sendflowr.gateway.signature.TokenProof;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The HTTP service before Kafka. Platforms post webhooks to it, which it checks and writes to the
 * job's input; whoever wants to know something asks it, and it asks the job.
 *
 * <pre>
 * POST /webhooks/{platform} ──> signature ──> webhooks ─────────┐
 * POST /link-identifiers ─────> token ──────> links ────────────┼──> the job
 * POST /resolve-identity ─────> token ──────> send-requests ────┤      │
 * POST /timing-decision ──────> token ──────> send-requests ────┘      │
 *        answer <──────────────── resolutions, send-schedules <────────┘
 * </pre>
 */
public final class Gateway implements AutoCloseable {
  private static final Duration STOP = Duration.ofSeconds(12);
  private static final Duration WARM_UP = Duration.ofSeconds(30);
  private static final int MAX_THREADS = 32;
  private static final int MIN_THREADS = 4;
  private static final int KEPT_QUESTIONS = 10_000;

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final GatewaySettings settings;
  private final TreeSet<String> on = new TreeSet<>();
  private ServerConnector connector;

  private Gateway(GatewaySettings settings) {
    this.settings = settings;
  }

  /**
   * Starts a gateway; when this returns it answers.
   *
   * @throws BindException if the port is taken
   * @throws IllegalArgumentException if the settings are not usable
   * @throws IllegalStateException if Kafka is not there, or lacks a topic
   * @throws Exception if something else fails; nothing is left running
   */
  public static Gateway start(GatewaySettings settings) throws Exception {
    Gateway gateway = new Gateway(settings);
    try {
      gateway.open();
      return gateway;
    } catch (Exception e) {
      gateway.close();
      throw e;
    }
  }

  /** The port it listens on. */
  public int port() {
    return connector.getLocalPort();
  }

  /** The platforms whose webhooks it takes, by name. */
  public List<String> platforms() {
    return List.copyOf(on);
  }

  /** Takes nothing new, finishes what is under way, and stops. */
  @Override
  public void close() throws Exception {
    Exception failure = null;
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        if (failure != null) {
          e.addSuppressed(failure);
        }
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void open() throws Exception {
    if (settings.insecure() && !InetAddress.getByName(settings.host()).isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "--insecure lets everybody in, so it is for loopback only, and "
              + settings.host()
              + " is not");
    }
    Map<String, WebhookEndpoint.Platform> platforms = platformsAndSecrets();
    Optional<TokenProof> tokens = tokens();
    Limits limits = settings.limits();
    Brokers brokers = opened(new Brokers(settings.kafka()));
    brokers.awaitTopics();
    // Twice the bodies: a record is larger than its body, and the brokers may be behind.
    RecordProducer producer =
        opened(new RecordProducer(settings.kafka(), 2 * limits.requestBytes()));
    producer.warmUp(WARM_UP);
    PendingAnswers pending = new PendingAnswers(KEPT_QUESTIONS);
    AnswerReader answers = opened(new AnswerReader(settings.kafka(), pending));
    answers.start();
    BrokersWatch watch = opened(new BrokersWatch(brokers));

    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
    threads.setName("gateway");
    Server server = new Server(threads);
    ConnectionWatch connections = new ConnectionWatch(server.getScheduler(), limits.idleTime());
    GatewayMetrics metrics = new GatewayMetrics();
    Budget requests = new Budget(limits.requests());
    Budget bytes = new Budget(limits.requestBytes());
    Budget waiting = new Budget(limits.questions());
    metrics.gauge("connections", "Connections that are open.", connections::open);
    metrics.gauge("waiting_webhooks", "Webhooks that wait for Kafka.", requests::taken);
    metrics.gauge("waiting_bytes", "Bytes of bodies not yet answered.", bytes::taken);
    metrics.gauge(
        "waiting_questions", "Questions that wait for an answer of the job.", waiting::taken);
    metrics.gauge("kafka_up", "1 if the brokers answer.", () -> watch.isUp() ? 1 : 0);

    connector = connector(server, limits);
    connector.addBean(connections);
    connector.addBean(new NetworkConnectionLimit(limits.connections(), connector));
    server.addConnector(connector);
    server.setErrorHandler(new JsonErrors());
    server.setRequestLog(new Answered(metrics, settings.accessLog(), settings.clock()));
    server.setStopTimeout(STOP.toMillis());
    server.setHandler(
        new GracefulHandler(
            new Router(
                new WebhookEndpoint(
                    platforms,
                    settings.publicUrl(),
                    limits,
                    requests,
                    bytes,
                    producer,
                    metrics,
                    settings.clock()),
                new QuestionEndpoints(
                    settings.readers(),
                    tokens,
                    settings.insecure(),
                    new Questions(producer, pending, waiting, limits, metrics),
                    bytes,
                    limits,
                    settings.clock(),
                    settings.ids()),
                metrics,
                watch::isUp,
                connections)));
    opened.push(server::stop);
    start(server);
  }

  private Map<String, WebhookEndpoint.Platform> platformsAndSecrets() {
    PlatformMapper mapper = settings.readers().platformMapper();
    Map<String, WebhookEndpoint.Platform> platforms = new HashMap<>();
    for (String name : mapper.platforms()) {
      SignatureScheme scheme = mapper.signature(name).orElseThrow();
      List<String> secrets = settings.secrets().of(name);
      if (scheme instanceof SignatureScheme.None) {
        checkLengths("the token for " + name, secrets);
      }
      Optional<SignatureVerifier> verifier =
          secrets.isEmpty() ? Optional.empty() : Optional.of(verifier(name, scheme, secrets));
      WebhookEndpoint.Platform platform =
          new WebhookEndpoint.Platform(scheme, verifier, settings.insecure());
      platforms.put(name, platform);
      if (verifier.isPresent() || settings.insecure()) {
        on.add(name);
      }
    }
    return platforms;
  }

  private SignatureVerifier verifier(String name, SignatureScheme scheme, List<String> secrets) {
    try {
      return SignatureVerifier.of(
          scheme, secrets, settings.replayWindow(name), settings.certificates(), settings.clock());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the secret for the platform " + name + " " + e.getMessage(), e);
    }
  }

  private Optional<TokenProof> tokens() {
    checkLengths("the API token", settings.apiTokens());
    return settings.apiTokens().isEmpty()
        ? Optional.empty()
        : Optional.of(
            TokenProof.header(
                SignatureVerifier.AUTHORIZATION, SignatureVerifier.BEARER, settings.apiTokens()));
  }

  private static void checkLengths(String what, List<String> tokens) {
    if (tokens.stream().anyMatch(token -> token.length() < GatewaySettings.SHORTEST_TOKEN)) {
      throw new IllegalArgumentException(
          what
              + " must have at least "
              + GatewaySettings.SHORTEST_TOKEN
              + " characters; make one with: openssl rand -hex 32");
    }
  }

  private ServerConnector connector(Server server, Limits limits) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendDateHeader(false);
    http.setRequestHeaderSize(limits.headerBytes());
    ServerConnector made = new ServerConnector(server, new HttpConnectionFactory(http));
    made.setHost(settings.host());
    made.setPort(settings.port());
    // Whoever waits for an answer of the job is not idle.
    Duration idle = limits.idleTime();
    Duration asking = limits.answerTime().plus(limits.bodyTime());
    made.setIdleTimeout((idle.compareTo(asking) > 0 ? idle : asking).toMillis());
    return made;
  }

  private void start(Server server) throws Exception {
    try {
      server.start();
    } catch (IOException e) {
      if (e.getCause() instanceof BindException) {
        BindException taken =
            new BindException(
                "the port " + settings.port() + " of " + settings.host() + " is taken");
        taken.initCause(e);
        throw taken;
      }
      throw e;
    }
  }

  private <T extends AutoCloseable> T opened(T resource) {
    opened.push(resource);
    return resource;
  }
}
