package io.sendflowr.deploy.load;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One client that sends signed webhooks at an even rate over a number of connections, and each
 * again until it is accepted, as platforms do.
 */
public final class GatewayLoad {
  private static final int CONNECTIONS = 64;
  private static final int OK = 200;
  private static final Duration RETRY = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *(\\d+)");
  private static final String FILLER = "x".repeat(700);

  private final Target target;
  private final Pattern number;
  private final String name;
  private final int count;
  private final double rate;
  private final long[] nanos;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicLong repeated = new AtomicLong();
  private final AtomicLong clientCpu = new AtomicLong();

  /**
   * Prepares a load.
   *
   * @param target whom to send to
   * @param name to tell its webhooks from others
   * @param count how many webhooks
   * @param rate how many a second
   */
  public GatewayLoad(Target target, String name, int count, double rate) {
    this.target = target;
    this.name = name;
    this.number = Pattern.compile("\"" + name + "\":(\\d+)");
    this.count = count;
    this.rate = rate;
    this.nanos = new long[count];
  }

  /**
   * What came of it.
   *
   * @param count webhooks that were sent until they were accepted
   * @param perSecond of them
   * @param repeated how many had to be sent again
   * @param lost how many were accepted and are not in Kafka
   * @param twice how many are in Kafka more than once
   * @param millis times until an answer
   * @param cpuMicros of this process for one webhook, without those of the client
   */
  public record Result(
      int count,
      double perSecond,
      long repeated,
      long lost,
      long twice,
      Millis millis,
      double cpuMicros) {}

  /**
   * Times until an answer, in milliseconds.
   *
   * @param median half are below
   * @param p99 99 of 100 are below
   * @param longest of all
   */
  public record Millis(double median, double p99, double longest) {}

  /**
   * Sends all of them, and looks for them in Kafka.
   *
   * @param half done when half of them have been sent, while the others are
   * @throws InterruptedException if interrupted meanwhile
   * @throws IllegalStateException if one was not accepted within two minutes, however often sent
   */
  public Result run(Runnable half) throws InterruptedException {
    long cpu = processCpu();
    long start = System.nanoTime();
    CompletableFuture<Void> atHalf = new CompletableFuture<>();
    CompletableFuture<Void> other = atHalf.thenRunAsync(half);
    ExecutorService pool = Executors.newFixedThreadPool(CONNECTIONS);
    try {
      List<Future<?>> connections = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        connections.add(pool.submit(() -> sendAll(start, atHalf)));
      }
      for (Future<?> connection : connections) {
        connection.get();
      }
      double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
      double micros = (processCpu() - cpu - clientCpu.get()) / 1e3 / count;
      other.get();
      return result(seconds, micros);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private void sendAll(long start, CompletableFuture<Void> half) {
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    Connection connection = new Connection(target.port());
    for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
      long due = start + (long) (i / rate * TimeUnit.SECONDS.toNanos(1));
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      if (i == count / 2) {
        half.complete(null);
      }
      send(i, connection);
    }
    connection.close();
    clientCpu.addAndGet(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu);
  }

  private void send(int webhook, Connection connection) {
    String body =
        "{\""
            + name
            + "\":"
            + webhook
            + ",\"email\":\"p"
            + webhook
            + "@load.example\",\"note\":\""
            + FILLER
            + "\"}";
    byte[] request =
        ("POST /webhooks/shopify HTTP/1.1\r\nHost: load.example\r\nX-Shopify-Topic: customers/update\r\n"
                + "Content-Type: application/json\r\nX-Shopify-Hmac-Sha256: "
                + Target.signature(body)
                + "\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body)
            .getBytes(StandardCharsets.ISO_8859_1);
    long giveUp = System.nanoTime() + PATIENCE.toNanos();
    long begin = System.nanoTime();
    while (connection.ask(request) != OK) {
      if (System.nanoTime() > giveUp) {
        throw new IllegalStateException(
            "A webhook was not accepted within " + PATIENCE.toSeconds() + " s, however often sent");
      }
      repeated.incrementAndGet();
      LockSupport.parkNanos(RETRY.toNanos());
      begin = System.nanoTime();
    }
    nanos[webhook] = System.nanoTime() - begin;
  }

  private Result result(double seconds, double cpuMicros) {
    Map<Integer, Integer> found = new HashMap<>();
    for (String record : target.written("webhooks")) {
      Matcher matcher = number.matcher(record);
      if (matcher.find()) {
        found.merge(Integer.parseInt(matcher.group(1)), 1, Integer::sum);
      }
    }
    Arrays.sort(nanos);
    return new Result(
        count,
        count / seconds,
        repeated.get(),
        count - found.size(),
        found.values().stream().filter(copies -> copies > 1).count(),
        new Millis(
            millis(nanos[count / 2]),
            millis(nanos[(int) (count * 0.99)]),
            millis(nanos[count - 1])),
        cpuMicros);
  }

  private static double millis(long time) {
    return time / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }

  private static long processCpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  /** A connection that is made anew when it breaks. */
  private static final class Connection {
    private static final int BROKEN = -1;

    private final int port;
    private Socket socket;
    private InputStream in;

    Connection(int port) {
      this.port = port;
    }

    /** The status of the answer, or {@link #BROKEN}. */
    int ask(byte[] request) {
      try {
        if (socket == null) {
          socket = new Socket(InetAddress.getLoopbackAddress(), port);
          socket.setTcpNoDelay(true);
          socket.setSoTimeout((int) PATIENCE.toMillis());
          in = new BufferedInputStream(socket.getInputStream());
        }
        socket.getOutputStream().write(request);
        return answer();
      } catch (IOException e) {
        close();
        return BROKEN;
      }
    }

    private int answer() throws IOException {
      String line = line();
      int status = Integer.parseInt(line.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length()));
      int length = 0;
      while (!line.isEmpty()) {
        Matcher matcher = LENGTH.matcher(line);
        if (matcher.matches()) {
          length = Integer.parseInt(matcher.group(1));
        }
        line = line();
      }
      in.skipNBytes(length);
      return status;
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new IOException("The connection was closed");
        }
        if (c != '\r') {
          line.append((char) c);
        }
      }
      return line.toString();
    }

    void close() {
      try {
        if (socket != null) {
          socket.close();
        }
      } catch (IOException e) {
        throw new IllegalStateException("A socket could not be closed", e);
      } finally {
        socket = null;
      }
    }
  }
}
