package io.sendflowr.benchmarks.wholejob;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.benchmarks.wholejob.Probes.Person;
import io.sendflowr.benchmarks.wholejob.Probes.Seen;
import io.sendflowr.benchmarks.wholejob.Probes.Sent;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class ProbesTest {
  private static final Person ANN = new Person(7, 1);
  private static final Person BEN = new Person(8, 0);

  private final Probes probes = new Probes();

  @Test
  void timesCountFromTheInstantAtWhichARequestWasDue() {
    probes.asked("r-1", ANN, at(1000));
    probes.asked("r-2", ANN, at(1100));
    probes.seen(scheduled("r-1", 0, 1000, 60_000), nanos(1300));
    assertThat(probes.unanswered()).isEqualTo(1);
    probes.seen(scheduled("r-2", 0, 1100, 60_000), nanos(1350));

    assertThat(probes.answers().requests().getTotalCount()).isEqualTo(2);
    assertThat(probes.answers().requests().getMinValue()).isCloseTo(250_000, within(500));
    assertThat(probes.answers().requests().getMaxValue()).isCloseTo(300_000, within(500));
    assertThat(probes.unanswered()).isZero();
  }

  @Test
  void anAnswerThatComesAgainCountsOnce() {
    probes.asked("r-1", ANN, at(1000));
    probes.seen(scheduled("r-1", 0, 1000, 60_000), nanos(1300));
    probes.seen(scheduled("r-1", 0, 1000, 60_000), nanos(9000));

    assertThat(probes.answers().requests().getTotalCount()).isEqualTo(1);
  }

  @Test
  void whatWasSentInTheWarmUpDoesNotCount() {
    probes.asked("r-1", ANN, new Sent(1000, nanos(1000), false));
    assertThat(probes.unanswered()).isZero();
    probes.seen(scheduled("r-1", 0, 1000, 60_000), nanos(1300));

    assertThat(probes.answers().requests().getTotalCount()).isZero();
  }

  @Test
  void everySecondRequestIsFollowedByAnUnsubscription() {
    askTwo();

    assertThat(probes.breaker(at(1000 + Probes.BREAKER_AFTER_MILLIS - 1))).isEmpty();
    assertThat(probes.breaker(at(1000 + Probes.BREAKER_AFTER_MILLIS))).contains(BEN);
    assertThat(probes.breaker(at(1000 + Probes.BREAKER_AFTER_MILLIS))).isEmpty();
  }

  @Test
  void anUnsubscriptionIsAnsweredByTheRevisionOfItsInstant() {
    askTwo();
    probes.breaker(at(7000));
    probes.seen(scheduled("r-2", 1, 6900, 60_000), nanos(7100));
    assertThat(probes.answers().breakers().getTotalCount()).isZero();
    assertThat(probes.unanswered()).isEqualTo(1);
    probes.seen(new Seen("r-2", 2, "suppressed", 7000, 0), nanos(7400));

    assertThat(probes.answers().breakers().getTotalCount()).isEqualTo(1);
    assertThat(probes.answers().breakers().getMaxValue()).isCloseTo(400_000, within(500));
    assertThat(probes.unanswered()).isZero();
  }

  @Test
  void whoseTriggerIsNearIsNotUnsubscribed() {
    probes.asked("r-1", ANN, at(1000));
    probes.asked("r-2", BEN, at(1000));
    probes.seen(scheduled("r-2", 0, 1000, 8000), nanos(1300));

    assertThat(probes.breaker(at(7000))).isEmpty();
  }

  @Test
  void anUnsubscriptionThatChangesNothingIsNotMissed() {
    askTwo();
    probes.breaker(at(7000));
    probes.seen(new Seen("r-2", 1, "suppressed", 6999, 0), nanos(7300));

    assertThat(probes.unanswered()).isZero();
    assertThat(probes.answers().breakers().getTotalCount()).isZero();
  }

  private void askTwo() {
    probes.asked("r-1", ANN, at(1000));
    probes.asked("r-2", BEN, at(1000));
    probes.seen(scheduled("r-1", 0, 1000, 60_000), nanos(1300));
    probes.seen(scheduled("r-2", 0, 1000, 60_000), nanos(1300));
  }

  private static Seen scheduled(String id, int revision, long created, long trigger) {
    return new Seen(id, revision, "scheduled", created, trigger);
  }

  private static Sent at(long millis) {
    return new Sent(millis, nanos(millis), true);
  }

  private static long nanos(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static Offset<Long> within(long micros) {
    return Offset.offset(micros);
  }
}
