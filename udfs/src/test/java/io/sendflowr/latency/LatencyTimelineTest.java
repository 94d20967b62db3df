package io.sendflowr.latency;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatencyTimelineTest {
  private static final Latency SLOW = new Latency(600_000, 20);
  private static final Latency FAST = new Latency(1_000, 25);
  private static final LatencyTimeline TIMELINE =
      LatencyTimeline.EMPTY
          .with(new LatencyEstimate("esp", 100, SLOW))
          .with(new LatencyEstimate("esp", 200, null))
          .with(new LatencyEstimate("esp", 300, FAST));

  @Test
  void anEstimateHoldsUntilTheNext() {
    assertThat(TIMELINE.at(99)).isNull();
    assertThat(TIMELINE.at(100)).isEqualTo(SLOW);
    assertThat(TIMELINE.at(199)).isEqualTo(SLOW);
    assertThat(TIMELINE.at(200)).isNull();
    assertThat(TIMELINE.at(300)).isEqualTo(FAST);
    assertThat(TIMELINE.at(Long.MAX_VALUE)).isEqualTo(FAST);
  }

  @Test
  void onlyWhatHoldsLaterIsKept() {
    for (long since : new long[] {99, 100, 150, 200, 250, 300, 1000}) {
      LatencyTimeline kept = TIMELINE.since(since);
      for (long at : new long[] {99, 100, 150, 200, 250, 300, 1000}) {
        if (at >= since) {
          assertThat(kept.at(at)).as("%d of since %d", at, since).isEqualTo(TIMELINE.at(at));
        }
      }
    }
    assertThat(TIMELINE.since(150).estimates()).hasSize(3);
    assertThat(TIMELINE.since(200).estimates()).hasSize(1);
    LatencyTimeline over = TIMELINE.with(new LatencyEstimate("esp", 400, null));
    assertThat(over.since(399).estimates()).hasSize(2);
    assertThat(over.since(400).estimates()).isEmpty();
  }
}
