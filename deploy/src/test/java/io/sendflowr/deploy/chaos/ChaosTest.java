package io.sendflowr.deploy.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.deploy.chaos.Chaos.Scenario;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The short form of {@code sendflowr chaos}. */
class ChaosTest {
  @Test
  void whatIsCommittedEqualsAReplayWhateverBreaks() throws Exception {
    StringWriter said = new StringWriter();
    boolean good =
        new Chaos(
                new Chaos.Settings(7, 4_000, 400, 300, 1, 15, Duration.ofMinutes(5)),
                new PrintWriter(said, true))
            .run(List.of(Scenario.BRIEF));
    assertThat(good).as(said.toString()).isTrue();
  }

  @Test
  void whatDiffersIsSaid() throws Exception {
    Outputs expected = new Outputs();
    expected.add("send-schedules", bytes("{\"a\":1}"));
    expected.add("send-schedules", bytes("{\"a\":2}"));
    expected.add(
        "dead-letters",
        bytes("{\"record\":\"x\",\"partition\":0,\"offset\":1,\"timestamp\":\"t\"}"));
    Outputs written = new Outputs();
    written.add("send-schedules", bytes("{\"a\":1}"));
    assertThat(written.hasAsManyAs(expected)).isFalse();
    written.add("send-schedules", bytes("{\"a\":1}"));
    written.add(
        "dead-letters",
        bytes("{\"record\":\"x\",\"partition\":3,\"offset\":9,\"timestamp\":\"u\"}"));

    assertThat(written.hasAsManyAs(expected)).isTrue();
    assertThat(written.differencesFrom(expected))
        .singleElement()
        .asString()
        .startsWith("send-schedules: 1 records missing, 1 that should not be there")
        .contains("missing: {\"a\":2}", "should not be there: {\"a\":1}");
    assertThat(expected.differencesFrom(expected)).isEmpty();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
