package io.sendflowr.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs a replay in a test's folder, holds what it wrote to the schemas, and reads it. */
final class Replays {
  static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration OUT_OF_ORDERNESS = Duration.ofSeconds(5);

  private final Path in;
  private final Path out;

  Replays(Path folder) throws IOException {
    in = Files.createDirectories(folder.resolve("in"));
    out = folder.resolve("out");
  }

  /** Sets the lines of an input topic. */
  Replays given(String topic, List<String> lines) throws IOException {
    Files.write(in.resolve(topic + ".jsonl"), lines);
    return this;
  }

  Replays run(int parallelism) throws Exception {
    return run(parallelism, CatalogueReader.builtIn());
  }

  Replays run(int parallelism, Catalogue catalogue) throws Exception {
    ReplayJob.run(in, out, parallelism, OUT_OF_ORDERNESS, catalogue);
    Schemas.assertDescribed(out);
    return this;
  }

  List<JsonNode> written(String topic) throws IOException {
    return read(out.resolve(topic + ".jsonl"));
  }

  static List<JsonNode> read(Path file) throws IOException {
    List<JsonNode> records = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      records.add(JSON.readTree(line));
    }
    return records;
  }
}
