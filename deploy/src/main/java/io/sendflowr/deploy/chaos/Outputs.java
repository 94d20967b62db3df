package io.sendflowr.deploy.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.deploy.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a job wrote, by topic, as often as it wrote it. */
final class Outputs {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SHOWN = 3;
  private static final int SHOWN_CHARACTERS = 400;

  /**
   * What says where and when a record that cannot be used was read: a partition and its offset are
   * not those of a line in a file, and a file has no time of receipt, which the detail may name.
   */
  private static final List<String> OF_THE_READING =
      List.of("partition", "offset", "timestamp", "detail");

  private final Map<String, Map<String, Integer>> counts = new TreeMap<>();
  private final Map<String, Integer> sizes = new TreeMap<>();

  Outputs() {
    Topics.OUTPUTS.forEach(
        topic -> {
          counts.put(topic, new TreeMap<>());
          sizes.put(topic, 0);
        });
  }

  /** What a replay wrote to a folder. */
  static Outputs ofReplay(Path folder) throws IOException {
    Outputs outputs = new Outputs();
    for (String topic : Topics.OUTPUTS) {
      for (String line : Files.readAllLines(folder.resolve(topic + ".jsonl"))) {
        outputs.add(topic, line.getBytes(StandardCharsets.UTF_8));
      }
    }
    return outputs;
  }

  /** Adds a record. */
  void add(String topic, byte[] value) throws IOException {
    String text = new String(value, StandardCharsets.UTF_8);
    if (topic.equals(Topics.DEAD_LETTERS)) {
      JsonNode letter = JSON.readTree(value);
      ((ObjectNode) letter).remove(OF_THE_READING);
      text = letter.toString();
    }
    counts.get(topic).merge(text, 1, Integer::sum);
    sizes.merge(topic, 1, Integer::sum);
  }

  /** Adds another's records. */
  void addAll(Outputs others) {
    others.counts.forEach(
        (topic, records) ->
            records.forEach(
                (record, count) -> {
                  counts.get(topic).merge(record, count, Integer::sum);
                  sizes.merge(topic, count, Integer::sum);
                }));
  }

  /** The records of a topic, one a line, in ascending order. */
  String lines(String topic) {
    StringBuilder lines = new StringBuilder();
    counts.get(topic).forEach((record, count) -> lines.append((record + "\n").repeat(count)));
    return lines.toString();
  }

  /** How many records of each topic, repeats counted. */
  Map<String, Integer> sizes() {
    return sizes;
  }

  /**
   * The records that dead letters hold, by the topic that they were read from ({@link #letter}),
   * and how many letters each has.
   */
  Map<String, Integer> deadLetters() throws IOException {
    Map<String, Integer> letters = new TreeMap<>();
    for (Map.Entry<String, Integer> one : counts.get(Topics.DEAD_LETTERS).entrySet()) {
      JsonNode letter = JSON.readTree(one.getKey());
      byte[] record =
          letter.has("record")
              ? letter.path("record").asText().getBytes(StandardCharsets.UTF_8)
              : letter.path("record_base64").binaryValue();
      letters.merge(letter(letter.path("topic").asText(), record), one.getValue(), Integer::sum);
    }
    return letters;
  }

  /** Names a record, whole, and the topic that it was read from. */
  static String letter(String topic, byte[] record) {
    // Every byte as a character of its own.
    return topic + ": " + new String(record, StandardCharsets.ISO_8859_1);
  }

  /** Whether it has each record of another's at least as often. */
  boolean hasAllOf(Outputs other) {
    return counts.keySet().stream()
        .allMatch(topic -> surplus(other.counts.get(topic), counts.get(topic)).isEmpty());
  }

  /** How many records of all topics, repeats counted. */
  int size() {
    return sizes.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Whether each topic has as many records as another's, or more. */
  boolean hasAsManyAs(Outputs other) {
    return other.sizes.entrySet().stream()
        .allMatch(size -> sizes.get(size.getKey()) >= size.getValue());
  }

  /**
   * Where it differs from what it should be.
   *
   * @return a sentence for each topic that differs, with the first few records; empty if none does
   */
  List<String> differencesFrom(Outputs expected) {
    return counts.keySet().stream()
        .flatMap(topic -> difference(topic, expected, false).stream())
        .toList();
  }

  /** The same for somebody who drops repeats: what has to be there may be there more often. */
  List<String> differencesButRepeatsFrom(Outputs expected) {
    return counts.keySet().stream()
        .flatMap(topic -> difference(topic, expected, true).stream())
        .toList();
  }

  /** Where a topic differs from what it should be, if it does. */
  Optional<String> difference(String topic, Outputs expected) {
    return difference(topic, expected, false);
  }

  private Optional<String> difference(String topic, Outputs expected, boolean mayRepeat) {
    return difference(topic, counts.get(topic), expected.counts.get(topic), mayRepeat);
  }

  /**
   * Where records differ from what they should be.
   *
   * @param what they are, the first word of the sentence
   * @param is each record, and how often it is there
   * @param should each record, and how often it should be there
   * @param mayRepeat whether it may be there more often
   */
  static Optional<String> difference(
      String what, Map<String, Integer> is, Map<String, Integer> should, boolean mayRepeat) {
    List<String> missing = surplus(should, is);
    List<String> tooMany = surplus(is, should);
    if (mayRepeat) {
      tooMany.removeIf(should::containsKey);
    }
    return missing.isEmpty() && tooMany.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s: %d records missing, %d that should not be there%s%s"
                .formatted(
                    what,
                    missing.size(),
                    tooMany.size(),
                    shown("missing", missing),
                    shown("should not be there", tooMany)));
  }

  private static List<String> surplus(Map<String, Integer> of, Map<String, Integer> over) {
    List<String> surplus = new ArrayList<>();
    of.forEach(
        (record, count) -> {
          for (int i = over.getOrDefault(record, 0); i < count; i++) {
            surplus.add(record);
          }
        });
    return surplus;
  }

  private static String shown(String what, List<String> records) {
    StringBuilder text = new StringBuilder();
    for (String record : records.subList(0, Math.min(SHOWN, records.size()))) {
      text.append(System.lineSeparator())
          .append("    ")
          .append(what)
          .append(": ")
          .append(record, 0, Math.min(SHOWN_CHARACTERS, record.length()));
    }
    return text.toString();
  }
}
