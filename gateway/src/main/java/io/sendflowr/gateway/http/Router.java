package io.sendflowr.gateway.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Which part of the gateway a request is for. */
public final class Router extends Handler.Abstract {
  /** Attribute of a request: the route that it took, for logs and metrics. */
  static final String ROUTE = Router.class.getName() + ".route";

  /** Attribute of a request: the route with the name of the platform, where there is one. */
  static final String PLACE = Router.class.getName() + ".place";

  private static final String WEBHOOKS = "/webhooks/";
  private static final String READING = "GET, HEAD";

  private final WebhookEndpoint webhooks;
  private final QuestionEndpoints questions;
  private final GatewayMetrics metrics;
  private final Supplier<Boolean> reachesKafka;
  private final ConnectionWatch connections;
  private final byte[] openApi;

  /**
   * @param webhooks takes webhooks
   * @param questions answers questions
   * @param metrics shown at {@code /metrics}
   * @param reachesKafka whether the brokers answer
   * @param connections is told which of them are at work
   */
  public Router(
      WebhookEndpoint webhooks,
      QuestionEndpoints questions,
      GatewayMetrics metrics,
      Supplier<Boolean> reachesKafka,
      ConnectionWatch connections) {
    this.webhooks = webhooks;
    this.questions = questions;
    this.metrics = metrics;
    this.reachesKafka = reachesKafka;
    this.connections = connections;
    try (InputStream file =
        Router.class.getResourceAsStream("/io/sendflowr/gateway/openapi.json")) {
      this.openApi = file.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("A resource of ours cannot be read", e);
    }
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    connections.begins(request);
    Exchange exchange = new Exchange(request, response, callback);
    String path = exchange.path();
    if (path.startsWith(WEBHOOKS)) {
      webhook(exchange, path.substring(WEBHOOKS.length()));
      return true;
    }
    switch (path) {
      case "/link-identifiers" -> posted(exchange, questions::link);
      case "/resolve-identity" -> posted(exchange, questions::resolve);
      case "/timing-decision" -> posted(exchange, questions::decide);
      case "/health" -> read(exchange, this::health);
      case "/metrics" ->
          read(exchange, any -> any.answer(200, metrics.contentType(), metrics.scrape()));
      case "/openapi.json" -> read(exchange, any -> any.done(openApi));
      default -> exchange.refuse(Problem.NOT_FOUND);
    }
    return true;
  }

  private void webhook(Exchange exchange, String rest) {
    int slash = rest.indexOf('/');
    String platform = slash < 0 ? rest : rest.substring(0, slash);
    String behind = slash < 0 ? "" : rest.substring(slash + 1);
    mark(
        exchange,
        WEBHOOKS + "{platform}",
        webhooks.knows(platform) ? WEBHOOKS + platform : WEBHOOKS + "-");
    if (isReading(exchange)) {
      webhooks.look(exchange, platform);
    } else if (is(exchange, HttpMethod.POST)) {
      webhooks.take(exchange, platform, behind);
    } else {
      exchange.allow("POST, " + READING);
    }
  }

  private static void posted(Exchange exchange, Consumer<Exchange> endpoint) {
    mark(exchange, exchange.path(), exchange.path());
    if (is(exchange, HttpMethod.POST)) {
      endpoint.accept(exchange);
    } else {
      exchange.allow("POST");
    }
  }

  private static void read(Exchange exchange, Consumer<Exchange> endpoint) {
    mark(exchange, exchange.path(), exchange.path());
    if (isReading(exchange)) {
      endpoint.accept(exchange);
    } else {
      exchange.allow(READING);
    }
  }

  private void health(Exchange exchange) {
    boolean up = reachesKafka.get();
    exchange.answer(
        up ? 200 : 503,
        "application/json",
        ("{\"status\":\"" + (up ? "up" : "down") + "\",\"kafka\":\"" + (up ? "up" : "down") + "\"}")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static void mark(Exchange exchange, String route, String place) {
    exchange.request().setAttribute(ROUTE, route);
    exchange.request().setAttribute(PLACE, place);
  }

  private static boolean isReading(Exchange exchange) {
    return is(exchange, HttpMethod.GET) || is(exchange, HttpMethod.HEAD);
  }

  private static boolean is(Exchange exchange, HttpMethod method) {
    return method.is(exchange.request().getMethod());
  }
}
