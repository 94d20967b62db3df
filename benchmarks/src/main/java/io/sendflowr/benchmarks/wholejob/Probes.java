package io.sendflowr.benchmarks.wholejob;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Knows which schedule answers what was sent, and how long that took from the instant for which the
 * sending was scheduled.
 *
 * <p>Two things are answered: each send request, by its revision 0; and an unsubscription of the
 * person of a pending request, by the revision that suppresses it. For every second request such an
 * unsubscription is due some seconds after it, by the identifier that the request names.
 * Thread-safe.
 */
final class Probes {
  /** After a request; by then its schedule is read also where it waits for a checkpoint. */
  static final long BREAKER_AFTER_MILLIS = 5_000;

  /** A trigger that is nearer may pass before the unsubscription is decided. */
  private static final long TRIGGER_AHEAD_MILLIS = 2_000;

  private static final String SCHEDULED = "scheduled";
  private static final String SUPPRESSED = "suppressed";
  private static final int DIGITS = 3;

  private final Map<String, Probe> probes = new HashMap<>();
  private final Queue<Probe> breakable = new ArrayDeque<>();
  private final Histogram requests = new Histogram(DIGITS);
  private final Histogram breakers = new Histogram(DIGITS);

  /** A sent request, and the unsubscription that follows it. */
  private static final class Probe {
    final Person person;
    final Sent request;
    Sent breaker;
    boolean answered;
    boolean suppressed;
    Seen seen;

    Probe(Person person, Sent request) {
      this.person = person;
      this.request = request;
    }
  }

  /**
   * Who is meant.
   *
   * @param number of the person
   * @param identifier that is named
   */
  record Person(int number, int identifier) {}

  /**
   * When something was to be sent.
   *
   * @param millis wall clock, epoch ms
   * @param nanos of {@link System#nanoTime}
   * @param counted whether the warm-up was over
   */
  record Sent(long millis, long nanos, boolean counted) {}

  /**
   * A schedule.
   *
   * @param requestId whose
   * @param revision from 0
   * @param status as it is written
   * @param created event time of the decision, epoch ms
   * @param trigger epoch ms; 0 if there is none
   */
  record Seen(String requestId, int revision, String status, long created, long trigger) {
    /** Whether something that comes then still finds the request pending. */
    private boolean isPendingAt(long millis) {
      return status.equals(SCHEDULED) && trigger > millis;
    }
  }

  /**
   * What came of all.
   *
   * @param requests microseconds from request to schedule
   * @param breakers microseconds from unsubscription to revised schedule
   * @param unanswered requests and unsubscriptions that have had no answer; an unsubscription by a
   *     device or cookie that came to be seen with another person after the request never has one,
   *     for it counts for that person (SPEC section 4, rule 3)
   */
  record Answers(Histogram requests, Histogram breakers, int unanswered) {}

  /** A request is about to be sent. */
  synchronized void asked(String requestId, Person person, Sent sent) {
    Probe probe = new Probe(person, sent);
    probes.put(requestId, probe);
    if (probes.size() % 2 == 0) {
      breakable.add(probe);
    }
  }

  /**
   * Whose unsubscription is due, if anybody's is whose request is pending as far as is known.
   *
   * @param sent when it is to be sent
   */
  synchronized Optional<Person> breaker(Sent sent) {
    Probe next = breakable.peek();
    while (next != null && sent.millis() >= next.request.millis() + BREAKER_AFTER_MILLIS) {
      breakable.remove();
      if (next.seen != null && next.seen.isPendingAt(sent.millis() + TRIGGER_AHEAD_MILLIS)) {
        next.breaker = sent;
        return Optional.of(next.person);
      }
      next = breakable.peek();
    }
    return Optional.empty();
  }

  /**
   * A schedule has been read.
   *
   * @param nanos when, of {@link System#nanoTime}
   */
  synchronized void seen(Seen schedule, long nanos) {
    Probe probe = probes.get(schedule.requestId());
    if (probe == null) {
      return;
    }
    if (schedule.revision() == 0 && !probe.answered) {
      probe.answered = true;
      record(requests, probe.request, nanos);
    }
    Sent breaker = probe.breaker;
    boolean ofBreaker = breaker != null && schedule.created() >= breaker.millis();
    if (!ofBreaker) {
      probe.seen = schedule;
    } else if (!probe.suppressed && schedule.status().equals(SUPPRESSED)) {
      probe.suppressed = true;
      record(breakers, breaker, nanos);
    }
  }

  private static void record(Histogram histogram, Sent sent, long nanos) {
    if (sent.counted()) {
      histogram.recordValue(TimeUnit.NANOSECONDS.toMicros(nanos - sent.nanos()));
    }
  }

  /** How many of those that count have no answer. */
  synchronized int unanswered() {
    int count = 0;
    for (Probe probe : probes.values()) {
      if (probe.request.counted() && !probe.answered) {
        count++;
      }
      if (awaitsSuppression(probe)) {
        count++;
      }
    }
    return count;
  }

  /** What was decided before its time can have left the unsubscription nothing to change. */
  private static boolean awaitsSuppression(Probe probe) {
    return probe.breaker != null
        && probe.breaker.counted()
        && !probe.suppressed
        && probe.seen.isPendingAt(probe.breaker.millis());
  }

  synchronized Answers answers() {
    return new Answers(requests.copy(), breakers.copy(), unanswered());
  }
}
