package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.benchmarks.wholejob.LiveJob.Progress;
import io.sendflowr.benchmarks.wholejob.Probes.Person;
import io.sendflowr.benchmarks.wholejob.Probes.Sent;
import io.sendflowr.benchmarks.wholejob.Workload.Entry;
import io.sendflowr.deploy.Topics;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends what people do, as it happens: as fast as the job reads it, or at a rate, whatever becomes
 * of it. Not thread-safe.
 */
final class LoadGenerator implements AutoCloseable {
  /** That the job may be behind when it is to be as fast as it can: about a second's. */
  private static final long MOST_UNREAD = 20_000;

  /** Sent between two looks at how far the job is. */
  private static final int BATCH = 200;

  /** Each record would be a request to the broker otherwise, and the client would be the limit. */
  private static final int LINGER_MILLIS = 1;

  /** Between two looks at the clock when nothing is due: to be woken costs, too. */
  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Workload workload;
  private final LiveJobProcess job;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private long sent;

  /**
   * @param bootstrapServers where the broker answers
   * @param workload what is sent
   * @param job that reads it, and nothing else
   */
  LoadGenerator(String bootstrapServers, Workload workload, LiveJobProcess job) {
    this.workload = workload;
    this.job = job;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.LINGER_MS_CONFIG,
                LINGER_MILLIS),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /**
   * What a stretch of sending came to.
   *
   * @param perSecond records sent, or read by the job where it sets the pace
   * @param cpuMicros processor time of the job for one of them
   * @param lateShare share of the records that were sent more than 10 ms after their time
   */
  record Pace(double perSecond, double cpuMicros, double lateShare) {}

  /** Keeps the job busy for some time: there is always something to read, but never much. */
  Pace saturate(Duration length) {
    Progress before = job.progress();
    long begin = System.nanoTime();
    long end = begin + length.toNanos();
    while (System.nanoTime() < end) {
      if (sent - job.progress().read() > MOST_UNREAD) {
        LockSupport.parkNanos(PAUSE_NANOS);
      } else {
        long now = System.currentTimeMillis();
        for (int i = 0; i < BATCH; i++) {
          send(workload.next(now), now);
        }
      }
    }
    return pace(before, job.progress(), System.nanoTime() - begin, 0);
  }

  /**
   * Sends at a rate, each record at its own instant, whatever became of those before.
   *
   * @param perSecond the rate
   * @param settle how long nothing is counted
   * @param length how long then
   * @param probes told of what is sent
   */
  Pace send(double perSecond, Duration settle, Duration length, Probes probes) {
    double nanosEach = TimeUnit.SECONDS.toNanos(1) / perSecond;
    long begin = System.nanoTime();
    long beginMillis = System.currentTimeMillis();
    long counted = begin + settle.toNanos();
    long end = counted + length.toNanos();
    long count = 0;
    long late = 0;
    Progress before = null;
    long due = begin;
    for (long i = 0; due < end; i++) {
      awaitInstant(due);
      boolean counts = due >= counted;
      if (counts) {
        before = before == null ? job.progress() : before;
        count++;
        late += System.nanoTime() - due > LATE_NANOS ? 1 : 0;
      }
      send(new Sent(beginMillis + TimeUnit.NANOSECONDS.toMillis(due - begin), due, counts), probes);
      due = begin + (long) ((i + 1) * nanosEach);
    }
    return pace(before, job.progress(), end - counted, late / (double) count);
  }

  private void send(Sent sent, Probes probes) {
    Entry entry =
        probes
            .breaker(sent)
            .map(
                person ->
                    workload.event(
                        person.number(), person.identifier(), "unsubscribed", sent.millis()))
            .orElseGet(() -> workload.next(sent.millis()));
    if (entry.topic().equals(Topics.SEND_REQUESTS)) {
      probes.asked(entry.id(), new Person(entry.person(), entry.identifier()), sent);
    }
    send(entry, sent.millis());
  }

  private void send(Entry entry, long time) {
    sent++;
    var unused =
        producer.send(
            Preload.record(entry, time),
            (metadata, exception) -> {
              if (exception != null) {
                failure.set(exception);
              }
            });
  }

  private static void awaitInstant(long due) {
    long ahead = due - System.nanoTime();
    while (ahead > 0) {
      LockSupport.parkNanos(Math.min(ahead, PAUSE_NANOS));
      ahead = due - System.nanoTime();
    }
  }

  private static Pace pace(Progress before, Progress after, long nanos, double lateShare) {
    long read = after.read() - before.read();
    return new Pace(
        read / (nanos / 1e9), (after.cpuSeconds() - before.cpuSeconds()) * 1e6 / read, lateShare);
  }

  /** Waits until the job has read all that was sent. */
  void awaitRead() {
    producer.flush();
    if (failure.get() != null) {
      throw new IllegalStateException("The broker does not take the records", failure.get());
    }
    job.awaitRead(sent);
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
  }
}
