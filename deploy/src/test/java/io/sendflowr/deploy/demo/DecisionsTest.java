package io.sendflowr.deploy.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DecisionsTest {
  private static final Instant NOON = Instant.parse("2026-01-10T12:00:00Z");

  private final Decisions decisions = new Decisions(false);

  @Test
  void decisionIsShownOneRoundAfterItCameAndOnce() {
    decisions.read(schedule("r-1", 0, "scheduled", NOON));

    assertThat(decisions.nextRound()).isEmpty();
    assertThat(decisions.nextRound()).hasSize(1);
    assertThat(decisions.nextRound()).isEmpty();
  }

  @Test
  void decisionsOfARoundAreInOrderOfTheirTimes() {
    decisions.read(schedule("r-2", 0, "scheduled", NOON.plusSeconds(1)));
    decisions.read(schedule("r-1", 0, "scheduled", NOON));

    assertThat(lines()).satisfiesExactly(isAbout("r-1"), isAbout("r-2"));
  }

  @Test
  void requestIsNamedAfterThePersonOrTheUniversalId() {
    decisions.asked("r-1", "maya a");
    decisions.read(schedule("r-1", 0, "scheduled", NOON));
    decisions.read(schedule("r-2", 0, "scheduled", NOON));

    assertThat(lines()).satisfiesExactly(isAbout("maya a"), isAbout("sf_1"));
  }

  @Test
  void mergeThatComesAfterTheDecisionIsNamedAllTheSame() {
    decisions.read(schedule("r-1", 0, "scheduled", NOON));
    decisions.read(schedule("r-1", 1, "suppressed", NOON.plusSeconds(5)));
    List<String> before = decisions.nextRound();
    decisions.read(
        new IdentityChange(
            IdentityChange.MERGED, "sf_1", List.of("klaviyo_id:k_12"), NOON.plusSeconds(5)));

    assertThat(before).isEmpty();
    assertThat(decisions.nextRound())
        .satisfiesExactly(
            isAbout("(r0)"), isAbout("klaviyo_id k_12 turned out to be the same person (r1)"));
  }

  @Test
  void linkThatMergesNobodyIsNamedAllTheSame() {
    decisions.asked("r-1", "maya a");
    decisions.linked("maya a", "cookie_id:0123456789abcdef0", NOON.plusSeconds(5));
    decisions.read(schedule("r-1", 0, "scheduled", NOON));
    decisions.read(schedule("r-1", 1, "scheduled", NOON.plusSeconds(5)));

    assertThat(lines())
        .satisfiesExactly(
            isAbout("(r0)"), isAbout("cookie_id 0123456789abc... turned out to be the same"));
  }

  @Test
  void summaryCountsEachKind() {
    decisions.read(schedule("r-1", 0, "scheduled", NOON));
    decisions.read(schedule("r-2", 0, "suppressed", NOON));
    decisions.read(schedule("r-1", 1, "cancelled", NOON));
    decisions.read(schedule("r-3", 0, "unreachable", NOON));

    assertThat(decisions.count()).isEqualTo(4);
    assertThat(decisions.summary())
        .isEqualTo("scheduled 1   revised 1   suppressed 1   cancelled 1");
  }

  private List<String> lines() {
    assertThat(decisions.nextRound()).isEmpty();
    return decisions.nextRound();
  }

  private static org.assertj.core.api.ThrowingConsumer<String> isAbout(String what) {
    return line -> assertThat(line).contains(what);
  }

  private static ScheduleRecord schedule(
      String requestId, int revision, String status, Instant decidedAt) {
    Optional<Instant> target =
        status.equals("scheduled") ? Optional.of(decidedAt.plusSeconds(600)) : Optional.empty();
    return new ScheduleRecord(
        requestId,
        revision,
        status,
        Optional.empty(),
        "sf_1",
        target,
        target,
        decidedAt,
        0,
        List.of(),
        Optional.empty());
  }
}
