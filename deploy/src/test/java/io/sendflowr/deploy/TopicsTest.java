package io.sendflowr.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TopicsTest {
  @Test
  void everyTopicOfTheJobIsThere() {
    assertThat(Arrays.stream(InputTopic.values()).map(InputTopic::defaultName))
        .containsExactlyInAnyOrderElementsOf(Topics.INPUTS);
    assertThat(Arrays.stream(OutputTopic.values()).map(OutputTopic::defaultName))
        .isSubsetOf(Topics.OUTPUTS);
  }
}
