package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One thing that a platform tells us: a delivery, or one item of the batch in it.
 *
 * @param platform whose it is
 * @param name the platform's name of the event; empty for platforms that name none
 * @param item number of the item from 0, or {@link #WHOLE}
 * @param root what JSON Pointers start from
 */
record Occurrence(String platform, String name, int item, JsonNode root) {
  /** The delivery is no batch. */
  static final int WHOLE = -1;

  Occurrence named(String newName) {
    return new Occurrence(platform, newName, item, root);
  }

  /**
   * @param problem rest of a sentence that says what is wrong and what to do
   */
  UnmappedException unmapped(String code, String problem) {
    StringBuilder detail = new StringBuilder(platform);
    if (!name.isEmpty()) {
      detail.append(' ').append(Scalars.show(name));
    }
    if (item != WHOLE) {
      detail.append(", item ").append(item);
    }
    return new UnmappedException(code, detail.append(": ").append(problem).append('.').toString());
  }
}
