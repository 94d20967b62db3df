package io.sendflowr.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The samples of docs/topics.md: what is shown as written is what becomes of what is shown as read.
 */
class TopicsPageTest {
  private static final Path PAGE = Path.of("../docs/topics.md");
  private static final Pattern SECTION = Pattern.compile("(?ms)^### `(.*?)`$(.*?)(?=^##|\\z)");
  private static final Pattern SAMPLES = Pattern.compile("(?s)```json\n(.*?)```");

  @TempDir private Path folder;

  @Test
  void samplesOfOutputsAreWrittenForThoseOfInputs() throws Exception {
    Map<String, List<JsonNode>> samples = samples();
    assertThat(samples.keySet()).containsExactlyElementsOf(topics());
    assertThat(samples.values()).noneMatch(List::isEmpty);
    Map<String, List<String>> lines = new LinkedHashMap<>();
    for (InputTopic topic : InputTopic.values()) {
      List<String> given = new ArrayList<>();
      for (JsonNode record : samples.get(topic.defaultName())) {
        assertThat(Schemas.faults(topic.defaultName(), record)).as("%s", record).isEmpty();
        given.add(record.toString());
      }
      lines.put(topic.defaultName(), given);
    }
    // They come after the good ones: their offsets are those of the page.
    for (JsonNode letter : samples.get(OutputTopic.DEAD_LETTERS.defaultName())) {
      lines.get(letter.path("topic").asText()).add(letter.path("record").asText());
    }
    Replays replays = new Replays(folder);
    for (Map.Entry<String, List<String>> topic : lines.entrySet()) {
      replays.given(topic.getKey(), topic.getValue());
    }

    replays.run(2);

    for (OutputTopic topic : OutputTopic.values()) {
      assertThat(replays.written(topic.defaultName()))
          .as(topic.defaultName())
          .containsAll(samples.get(topic.defaultName()));
    }
    assertThat(replays.written(OutputTopic.DEAD_LETTERS.defaultName()))
        .as("good samples are good")
        .hasSameSizeAs(samples.get(OutputTopic.DEAD_LETTERS.defaultName()));
  }

  @Test
  void namesEverySchemaAndEveryTypeOfEvent() throws IOException {
    String page = Files.readString(PAGE);
    for (String topic : topics()) {
      Path schema = Path.of("../connectors/src/main/resources/schemas/" + topic + ".schema.json");
      assertThat(schema).exists();
      assertThat(page).contains("(" + schema + ")");
    }
    for (OutputTopic topic : OutputTopic.values()) {
      assertThat(page).contains("`" + topic.defaultName() + "` | `" + topic.eventType() + "`");
    }
  }

  private static List<String> topics() {
    return Stream.concat(
            Stream.of(InputTopic.values()).map(InputTopic::defaultName),
            Stream.of(OutputTopic.values()).map(OutputTopic::defaultName))
        .toList();
  }

  private static Map<String, List<JsonNode>> samples() throws IOException {
    Map<String, List<JsonNode>> samples = new LinkedHashMap<>();
    Matcher sections = SECTION.matcher(Files.readString(PAGE));
    while (sections.find()) {
      List<JsonNode> records = new ArrayList<>();
      Matcher blocks = SAMPLES.matcher(sections.group(2));
      while (blocks.find()) {
        Replays.JSON
            .readerFor(JsonNode.class)
            .<JsonNode>readValues(blocks.group(1))
            .forEachRemaining(records::add);
      }
      samples.put(sections.group(1), records);
    }
    return samples;
  }
}
