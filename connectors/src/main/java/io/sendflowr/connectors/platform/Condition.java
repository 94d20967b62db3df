package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What must hold at one place for a rule to apply.
 *
 * @param at where
 * @param test what is asked
 * @param values for {@link Test#ONE_OF}, {@link Test#SAYS} and {@link Test#FIRST_WORD}: the values
 *     of which it must be one; for the latter two in upper case
 */
record Condition(JsonPointer at, Test test, Set<String> values) {

  /** What a condition asks. A JSON null counts as absent everywhere. */
  enum Test {
    PRESENT,
    ABSENT,
    NON_EMPTY,
    ONE_OF,
    /** All that a person wrote is one of these, but for case and what is no letter or digit. */
    SAYS,
    /** What a person wrote begins with one of these words, in any case. */
    FIRST_WORD
  }

  boolean holds(JsonNode root) {
    JsonNode node = root.at(at);
    return switch (test) {
      case PRESENT -> present(node);
      case ABSENT -> !present(node);
      case NON_EMPTY -> node.isContainerNode() ? !node.isEmpty() : Scalars.holds(node);
      case ONE_OF -> Scalars.word(node).filter(values::contains).isPresent();
      case SAYS -> Scalars.id(node).map(Condition::spoken).filter(values::contains).isPresent();
      case FIRST_WORD ->
          Scalars.id(node)
              .map(text -> spoken(text).split(" ", 2)[0])
              .filter(values::contains)
              .isPresent();
    };
  }

  /** The words in upper case, with one blank between them and nothing else. */
  static String spoken(String text) {
    return text.replaceAll("[^\\p{L}\\p{N}]+", " ").strip().toUpperCase(Locale.ROOT);
  }

  private static boolean present(JsonNode node) {
    return !node.isMissingNode() && !node.isNull();
  }

  @Override
  public String toString() {
    return at
        + switch (test) {
          case PRESENT -> " is present";
          case ABSENT -> " is absent";
          case NON_EMPTY -> " is not empty";
          case ONE_OF ->
              values.size() == 1 ? " is " + values.iterator().next() : " is one of " + listed();
          case SAYS -> " says " + listed();
          case FIRST_WORD -> " begins with the word " + listed();
        };
  }

  private String listed() {
    return String.join(", ", new TreeSet<>(values));
  }
}
