package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.TreeSet;

/**
 * What must hold at one place for a rule to apply.
 *
 * @param at where
 * @param test what is asked
 * @param values for {@link Test#ONE_OF}: the values of which it must be one
 */
record Condition(JsonPointer at, Test test, Set<String> values) {

  /** What a condition asks. A JSON null counts as absent everywhere. */
  enum Test {
    PRESENT,
    ABSENT,
    NON_EMPTY,
    ONE_OF
  }

  boolean holds(JsonNode root) {
    JsonNode node = root.at(at);
    return switch (test) {
      case PRESENT -> present(node);
      case ABSENT -> !present(node);
      case NON_EMPTY -> node.isContainerNode() ? !node.isEmpty() : Scalars.holds(node);
      case ONE_OF -> Scalars.word(node).filter(values::contains).isPresent();
    };
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
              values.size() == 1
                  ? " is " + values.iterator().next()
                  : " is one of " + String.join(", ", new TreeSet<>(values));
        };
  }
}
