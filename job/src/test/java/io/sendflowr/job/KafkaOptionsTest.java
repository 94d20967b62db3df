package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaOptionsTest {
  private static final Map<String, String> SET =
      Map.of("SENDFLOWR_ERASURE_KEY", "0123456789abcdef", "OTHER", "x");

  @Test
  void theErasureKeyIsInTheFileThatIsNamed() {
    assertThat(parse("--erasure-key-file", "/run/secrets/erasure").erasureKey(SET))
        .hasValueSatisfying(key -> assertThat(key).hasToString("the file /run/secrets/erasure"));
  }

  @Test
  void theErasureKeyIsInTheEnvironmentUnlessAFileIsNamed() {
    assertThat(parse().erasureKey(SET))
        .hasValueSatisfying(
            key -> assertThat(key).hasToString("the environment variable SENDFLOWR_ERASURE_KEY"));
    assertThat(parse().erasureKey(Map.of("SENDFLOWR_ERASURE_KEY", ""))).isPresent();
  }

  @Test
  void thereNeedBeNoErasureKey() {
    assertThat(parse().erasureKey(Map.of("OTHER", "x"))).isEmpty();
  }

  private static KafkaOptions parse(String... more) {
    String[] args = new String[more.length + 2];
    args[0] = "--bootstrap-servers";
    args[1] = "localhost:9092";
    System.arraycopy(more, 0, args, 2, more.length);
    return JobMain.parse(args);
  }
}
