package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.InputTopic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;

class TopologyTest {
  /**
   * One uid a line. A line may be added; one that is changed or taken away loses the state of a
   * running job.
   */
  private static final Path RELEASED = Path.of("src/test/resources/uids.txt");

  @Test
  void everyOperatorHasAReleasedUid() throws Exception {
    List<String> uids =
        live().getStreamGraph(false).getStreamNodes().stream()
            .map(StreamNode::getTransformationUID)
            .sorted()
            .toList();

    assertThat(uids).doesNotContainNull().isEqualTo(Files.readAllLines(RELEASED));
  }

  @Test
  void stampingIsChainedToItsSource() throws Exception {
    JobGraph graph = live().getStreamGraph(false).getJobGraph();
    List<String> tasks =
        StreamSupport.stream(graph.getVertices().spliterator(), false)
            .map(JobVertex::getName)
            .toList();

    assertThat(tasks)
        .filteredOn(name -> name.contains("source-"))
        .hasSize(4)
        .allMatch(name -> name.contains("route-"));
    assertThat(tasks).anyMatch(name -> name.startsWith(Uids.IDENTITY)).contains(Uids.DECISIONS);
  }

  @Test
  void optionsThatAreWrongAreNamed() {
    assertThatThrownBy(() -> JobMain.parse("--out-of-orderness", "soon"))
        .isInstanceOf(ProgramParametrizationException.class)
        .hasMessageContaining("--out-of-orderness")
        .hasMessageContaining("soon");
    assertThatThrownBy(JobMain::parse)
        .isInstanceOf(ProgramParametrizationException.class)
        .hasMessageContaining("--bootstrap-servers");
  }

  /** Event time would stand still at a reader without a partition. */
  @Test
  void aTopicHasNoMoreReadersThanPartitions() throws Exception {
    StreamExecutionEnvironment env = live();
    Map<String, Integer> readers =
        StreamSupport.stream(
                env.getStreamGraph(false).getJobGraph().getVertices().spliterator(), false)
            .filter(vertex -> vertex.getName().contains(Uids.SOURCE_PREFIX))
            .collect(
                Collectors.toMap(
                    vertex -> vertex.getName().replaceAll(".*Source: source-([a-z-]+).*", "$1"),
                    JobVertex::getParallelism));

    assertThat(readers)
        .isEqualTo(Map.of("webhooks", 1, "events", 3, "links", 2, "send-requests", 3));
  }

  private static StreamExecutionEnvironment live() {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(3);
    KafkaJob.attach(
        env,
        JobMain.parse("--bootstrap-servers", "127.0.0.1:9092"),
        CatalogueReader.builtIn(),
        Map.of(
            InputTopic.WEBHOOKS,
            1,
            InputTopic.EVENTS,
            8,
            InputTopic.LINKS,
            2,
            InputTopic.SEND_REQUESTS,
            3));
    return env;
  }
}
