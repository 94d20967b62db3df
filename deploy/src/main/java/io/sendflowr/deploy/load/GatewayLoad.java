package io.sendflowr.deploy.load;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One client that sends signed webhooks at an even rate, and each again until it is accepted, as
 * platforms do.
 */
public final class GatewayLoad {
  private static final int AT_A_TIME = 512;
  private static final int OK = 200;
  private static final Duration RETRY = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String FILLER = "x".repeat(700);

  private final Target target;
  private final Pattern number;
  private final String name;
  private final int count;
  private final double rate;
  private final Semaphore room = new Semaphore(AT_A_TIME);
  private final AtomicIntegerArray accepted;
  private final AtomicLongArray nanos;
  private final AtomicLong repeated = new AtomicLong();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /**
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
    this.accepted = new AtomicIntegerArray(count);
    this.nanos = new AtomicLongArray(count);
  }

  /**
   * What came of it.
   *
   * @param count webhooks that were sent until they were accepted
   * @param perSecond of them
   * @param repeated how many had to be sent again
   * @param lost how many were accepted and are not in Kafka
   * @param twice how many are in Kafka more than once
   * @param millis median, 99th of a hundred, and longest time until an answer
   */
  public record Result(
      int count, double perSecond, long repeated, long lost, long twice, Millis millis) {}

  /** Times in milliseconds. */
  public record Millis(double median, double p99, double longest) {}

  /**
   * Sends all of them, and looks for them in Kafka.
   *
   * @param half done when half of them have been sent, meanwhile the others are
   * @throws InterruptedException if interrupted meanwhile
   */
  public Result run(Runnable half) throws InterruptedException {
    long start = System.nanoTime();
    CompletableFuture<Void> other = new CompletableFuture<>();
    for (int i = 0; i < count; i++) {
      long due = start + (long) (i / rate * TimeUnit.SECONDS.toNanos(1));
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      if (i == count / 2) {
        other = CompletableFuture.runAsync(half);
      }
      acquire(1);
      send(i);
    }
    acquire(AT_A_TIME);
    double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
    other.join();
    return result(seconds);
  }

  private void acquire(int permits) throws InterruptedException {
    if (!room.tryAcquire(permits, PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "Webhooks were not accepted within " + PATIENCE.toSeconds() + " s, however often sent");
    }
  }

  private void send(int number) {
    String body =
        "{\""
            + name
            + "\":"
            + number
            + ",\"email\":\"p"
            + number
            + "@load.example\",\"note\":\""
            + FILLER
            + "\"}";
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(target.url() + "/webhooks/shopify"))
            .timeout(TIMEOUT)
            .header("X-Shopify-Topic", "customers/update")
            .header("X-Shopify-Hmac-Sha256", Target.signature(body))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    attempt(number, request);
  }

  private void attempt(int number, HttpRequest request) {
    long begin = System.nanoTime();
    var unused =
        client
            .sendAsync(request, HttpResponse.BodyHandlers.discarding())
            .whenComplete(
                (response, failure) -> {
                  if (failure == null && response.statusCode() == OK) {
                    nanos.set(number, System.nanoTime() - begin);
                    accepted.set(number, 1);
                    room.release();
                  } else {
                    repeated.incrementAndGet();
                    CompletableFuture.delayedExecutor(RETRY.toMillis(), TimeUnit.MILLISECONDS)
                        .execute(() -> attempt(number, request));
                  }
                });
  }

  private Result result(double seconds) {
    Map<Integer, Integer> found = new HashMap<>();
    for (String record : target.written("webhooks")) {
      Matcher matcher = this.number.matcher(record);
      if (matcher.find()) {
        found.merge(Integer.parseInt(matcher.group(1)), 1, Integer::sum);
      }
    }
    long lost = 0;
    long[] times = new long[count];
    for (int i = 0; i < count; i++) {
      lost += accepted.get(i) == 1 && !found.containsKey(i) ? 1 : 0;
      times[i] = nanos.get(i);
    }
    Arrays.sort(times);
    return new Result(
        count,
        count / seconds,
        repeated.get(),
        lost,
        found.values().stream().filter(copies -> copies > 1).count(),
        new Millis(
            millis(times[count / 2]), millis(times[count * 99 / 100]), millis(times[count - 1])));
  }

  private static double millis(long time) {
    return time / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }
}
