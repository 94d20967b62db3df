package io.sendflowr.benchmarks.wholejob;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What is measured. */
enum Subject {
  PASS_THROUGH("a", "pass-through: source, JSON in, JSON out, exactly-once sink"),
  KEYED("b", "pass-through and one keyed read-modify-write on RocksDB"),
  JOB("c", "the job"),
  KAFKA_STREAMS("d", "Kafka Streams: the same rules; no patterns, no movement on merge"),
  KERNEL("e", "the rules in a loop, one thread, state in hash maps");

  private final String letter;
  private final String description;

  Subject(String letter, String description) {
    this.letter = letter;
    this.description = description;
  }

  String description() {
    return description;
  }

  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The subjects of such letters.
   *
   * @throws IllegalArgumentException if a letter means none
   */
  static List<Subject> of(String letters) {
    return Stream.of(letters.split("[, ]*", -1))
        .filter(one -> !one.isEmpty())
        .map(Subject::ofLetter)
        .toList();
  }

  private static Subject ofLetter(String letter) {
    return Stream.of(values())
        .filter(subject -> subject.letter.equals(letter))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--subjects takes letters from a to e, not " + letter));
  }
}
