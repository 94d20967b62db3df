package io.sendflowr.deploy.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * People who mean no good: forged, replayed and broken requests, slow ones, huge ones, and ones
 * that are not even HTTP. Only those that {@link Kind#BROKEN_JSON} sends are the platform's.
 */
public final class Hostile {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int OK = 200;
  private static final int MEBIBYTE = 1 << 20;

  private final Target target;
  private final Clock clock;
  private final Map<String, LongAdder> outcomes = new ConcurrentHashMap<>();

  /**
   * @param target whom they are after
   * @param clock of now
   */
  public Hostile(Target target, Clock clock) {
    this.target = target;
    this.clock = clock;
  }

  /** What they do. */
  public enum Kind {
    /** A signature that is none. */
    FORGED,
    /** No signature at all. */
    UNSIGNED,
    /** The signature of another body. */
    TAMPERED,
    /** A valid signature of long ago. */
    REPLAYED,
    /** More headers than are read. */
    HUGE_HEADERS,
    /** A path longer than is read. */
    LONG_PATH,
    /** A body larger than is read. */
    HUGE_BODY,
    /** A body larger than is read that does not say so. */
    ENDLESS_BODY,
    /** A body that stops in the middle. */
    SLOW_BODY,
    /** A connection that ends in the middle of a body. */
    GONE,
    /** Something else than HTTP. */
    GARBAGE,
    /** Two lengths, of which proxies may believe another than we. */
    TWO_LENGTHS,
    /** A platform that there is not, or that is off. */
    OFF,
    /** A way around the check. */
    AROUND,
    /** A question without token. */
    NO_TOKEN,
    /** A question that is no JSON. */
    BROKEN_QUESTION,
    /** A webhook that is no JSON, with a valid signature. */
    BROKEN_JSON;

    boolean isThePlatforms() {
      return this == BROKEN_JSON;
    }
  }

  /** What one of them was answered; empty if the connection was just closed. */
  private record Reply(Optional<Integer> status) {
    String text() {
      return status.map(String::valueOf).orElse("closed");
    }
  }

  /**
   * Sends requests of every kind in turn.
   *
   * @param count how many
   * @param atATime how many at a time
   * @return how many were the platform's and were accepted: only these may be in Kafka
   * @throws IllegalStateException if one was accepted that is nobody's, or one was not answered
   * @throws InterruptedException if interrupted meanwhile
   */
  public long attack(int count, int atATime) throws InterruptedException {
    ExecutorService pool = Executors.newFixedThreadPool(atATime);
    try {
      long accepted = 0;
      for (Future<Boolean> one :
          IntStream.range(0, count).mapToObj(i -> pool.submit(() -> one(i))).toList()) {
        accepted += one.get() ? 1 : 0;
      }
      return accepted;
    } catch (ExecutionException e) {
      throw new IllegalStateException("The gateway did not stand it", e);
    } finally {
      pool.shutdownNow();
    }
  }

  /** How many of each kind were answered how. */
  public Map<String, Long> outcomes() {
    Map<String, Long> sorted = new TreeMap<>();
    outcomes.forEach((outcome, count) -> sorted.put(outcome, count.sum()));
    return sorted;
  }

  private boolean one(int number) throws IOException {
    Kind kind = Kind.values()[number % Kind.values().length];
    Reply reply = send(kind, number);
    outcomes.computeIfAbsent(kind + " " + reply.text(), any -> new LongAdder()).increment();
    boolean accepted = reply.status().filter(status -> status == OK).isPresent();
    if (accepted && !kind.isThePlatforms()) {
      throw new IllegalStateException(kind + " was accepted");
    }
    return accepted;
  }

  private Reply send(Kind kind, int number) throws IOException {
    String body = "{\"id\":\"hostile-" + number + "\",\"email\":\"eve@evil.example\"}";
    return switch (kind) {
      case FORGED -> talk(shopify("/webhooks/shopify", "AAAA" + number, body));
      case UNSIGNED -> talk(head("/webhooks/shopify", "", body.length()) + body);
      case TAMPERED ->
          talk(shopify("/webhooks/shopify", Target.signature(body), body.replace("eve", "bob")));
      case REPLAYED -> talk(replayed(body));
      case HUGE_HEADERS ->
          talk(head("/webhooks/shopify", "x-a: " + "a".repeat(60_000) + "\r\n", 0));
      case LONG_PATH -> talk(head("/webhooks/shopify/" + "a".repeat(20_000), "", 0));
      case HUGE_BODY -> talk(head("/webhooks/shopify", signed("AAAA"), 2 * MEBIBYTE));
      case ENDLESS_BODY -> talk(endless());
      case SLOW_BODY -> talk(head("/webhooks/shopify", signed("AAAA"), 100) + "{\"id\":");
      case GONE -> gone(head("/webhooks/shopify", signed("AAAA"), 100) + "{\"id\":");
      case GARBAGE -> talk("\u0016\u0003\u0001" + number + "\u0000\r\n\r\n");
      case TWO_LENGTHS ->
          talk(
              head("/webhooks/shopify", "Transfer-Encoding: chunked\r\n", body.length())
                  + "0\r\n\r\n"
                  + body);
      case OFF -> talk(head("/webhooks/" + (number % 2 == 0 ? "acme" : "stripe"), "", 0));
      case AROUND -> talk(head("/webhooks/%2e%2e/shopify;x=/..//", "", body.length()) + body);
      case NO_TOKEN -> talk(head("/timing-decision", "", body.length()) + body);
      case BROKEN_QUESTION ->
          talk(
              head("/timing-decision", "Authorization: Bearer " + Target.TOKEN + "\r\n", 6)
                  + "{\"id\":");
      case BROKEN_JSON -> {
        String broken = "{\"id\":\"broken-" + number;
        yield talk(shopify("/webhooks/shopify", Target.signature(broken), broken));
      }
    };
  }

  private static String signed(String signature) {
    return "X-Shopify-Hmac-Sha256: " + signature + "\r\n";
  }

  private static String shopify(String path, String signature, String body) {
    return head(path, signed(signature), body.length()) + body;
  }

  private String replayed(String body) {
    String time = clock.instant().minus(Duration.ofHours(1)).toString();
    return head(
            "/webhooks/zendesk",
            "X-Zendesk-Webhook-Signature: "
                + Target.signature(time + body)
                + "\r\nX-Zendesk-Webhook-Signature-Timestamp: "
                + time
                + "\r\n",
            body.length())
        + body;
  }

  private static String endless() {
    String chunk = "10000\r\n" + "a".repeat(0x10000) + "\r\n";
    return "POST /webhooks/shopify HTTP/1.1\r\nHost: x\r\n"
        + signed("AAAA")
        + "Transfer-Encoding: chunked\r\n\r\n"
        + chunk.repeat(20);
  }

  private static String head(String path, String headers, int length) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        + headers
        + "Content-Length: "
        + length
        + "\r\n\r\n";
  }

  private Reply gone(String request) throws IOException {
    try (Socket socket = connect()) {
      write(socket, request);
    }
    return new Reply(Optional.empty());
  }

  private Reply talk(String request) throws IOException {
    try (Socket socket = connect()) {
      write(socket, request);
      return status(socket.getInputStream());
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), target.port());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  private static void write(Socket socket, String request) {
    try {
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    } catch (IOException e) {
      // Refused before all of it was sent: what was answered counts.
      return;
    }
  }

  private static Reply status(InputStream in) throws IOException {
    try {
      String line = new String(in.readNBytes("HTTP/1.1 200".length()), StandardCharsets.UTF_8);
      return new Reply(
          line.startsWith("HTTP/1.1 ")
              ? Optional.of(Integer.parseInt(line.substring("HTTP/1.1 ".length())))
              : Optional.empty());
    } catch (SocketTimeoutException e) {
      throw new IllegalStateException("Not answered within " + PATIENCE.toSeconds() + " s", e);
    } catch (IOException e) {
      // Closed in our face.
      return new Reply(Optional.empty());
    }
  }
}
