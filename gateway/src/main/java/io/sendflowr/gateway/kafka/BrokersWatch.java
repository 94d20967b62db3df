package io.sendflowr.gateway.kafka;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Knows whether the brokers answer, by asking every two seconds. */
public final class BrokersWatch implements AutoCloseable {
  private static final int INTERVAL_SECONDS = 2;
  private static final Duration VALID = Duration.ofSeconds(6);

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "gateway-brokers");
            thread.setDaemon(true);
            return thread;
          });
  private volatile long answered = System.nanoTime();

  /**
   * Begins to ask.
   *
   * @param brokers have answered just now
   */
  public BrokersWatch(Brokers brokers) {
    var unused =
        timer.scheduleWithFixedDelay(
            () -> ask(brokers), INTERVAL_SECONDS, INTERVAL_SECONDS, TimeUnit.SECONDS);
  }

  private void ask(Brokers brokers) {
    // No answer is noticed by there being none.
    var unused =
        brokers
            .answer()
            .whenComplete(
                (id, failure) -> {
                  if (failure == null) {
                    answered = System.nanoTime();
                  }
                });
  }

  /** Whether they answered lately. */
  public boolean isUp() {
    return System.nanoTime() - answered < VALID.toNanos();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
