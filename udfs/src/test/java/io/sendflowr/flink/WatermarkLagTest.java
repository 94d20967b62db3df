package io.sendflowr.flink;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.streaming.runtime.tasks.TestProcessingTimeService;
import org.junit.jupiter.api.Test;

class WatermarkLagTest {
  private static final long NOW = 1_770_000_000_000L;

  private final TestProcessingTimeService clock = new TestProcessingTimeService();

  @Test
  void isTheTimeSinceTheWatermarkOrSinceOneIsWaitedFor() throws Exception {
    clock.setCurrentTime(NOW);
    WatermarkLag lag = new WatermarkLag(clock);
    assertThat(lag.getValue()).isZero();
    clock.setCurrentTime(NOW + 700);
    assertThat(lag.getValue()).isEqualTo(700);

    lag.advance(NOW + 200);
    assertThat(lag.getValue()).isEqualTo(500);
    clock.setCurrentTime(NOW + 900);
    assertThat(lag.getValue()).isEqualTo(700);
  }

  @Test
  void whatIsIdleDoesNotLag() throws Exception {
    clock.setCurrentTime(NOW);
    WatermarkLag lag = new WatermarkLag(clock);
    clock.setCurrentTime(NOW + 700);
    lag.rest(true);
    assertThat(lag.getValue()).isZero();

    lag.rest(false);

    assertThat(lag.getValue()).isEqualTo(700);
  }

  @Test
  void isNothingAtTheEndOfTheInput() throws Exception {
    clock.setCurrentTime(NOW);
    WatermarkLag lag = new WatermarkLag(clock);

    lag.advance(Long.MAX_VALUE);

    assertThat(lag.getValue()).isZero();
  }
}
