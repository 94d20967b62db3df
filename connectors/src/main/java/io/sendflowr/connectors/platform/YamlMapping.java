package io.sendflowr.connectors.platform;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * The named values of one YAML mapping. Scalars are read as they are written: {@code no} is a word
 * and {@code 007} keeps its zeros. Every error names file, line and field.
 */
final class YamlMapping {
  private final String file;
  private final Node node;
  private final Map<String, Node> values = new LinkedHashMap<>();

  private YamlMapping(String file, Node node, String what) {
    this.file = file;
    this.node = node;
    if (!(node instanceof MappingNode mapping)) {
      throw error(node, what, "must have named fields");
    }
    for (NodeTuple tuple : mapping.getValue()) {
      String name = text(tuple.getKeyNode(), what);
      if (values.put(name, tuple.getValueNode()) != null) {
        throw error(tuple.getKeyNode(), name, "stands twice");
      }
    }
  }

  /**
   * The mapping that a file is.
   *
   * @param fields the fields that it may have
   */
  static YamlMapping of(DescriptorFile file, List<String> fields) {
    Optional<Node> root;
    try {
      root =
          new Compose(LoadSettings.builder().setLabel(file.name()).build())
              .composeReader(new StringReader(file.yaml()));
    } catch (YamlEngineException e) {
      throw new DescriptorException(file.name() + ": not valid YAML: " + e.getMessage());
    }
    Node node =
        root.orElseThrow(
            () -> new DescriptorException(file.name() + ":1: platform: the file is empty"));
    return new YamlMapping(file.name(), node, "the descriptor").only(fields, "a descriptor");
  }

  /**
   * The mapping that a value is.
   *
   * @param what what it is, for messages
   * @param fields the fields that it may have
   */
  YamlMapping mapping(Node value, String what, List<String> fields) {
    return new YamlMapping(file, value, what).only(fields, what);
  }

  /** The mapping that a value is, whatever its fields. */
  YamlMapping mapping(Node value, String what) {
    return new YamlMapping(file, value, what);
  }

  /** The mapping that a field is, whatever its names; without any if the field is left out. */
  Map<String, Node> named(String field) {
    return has(field) ? new YamlMapping(file, values.get(field), field).values : Map.of();
  }

  boolean has(String field) {
    return values.containsKey(field);
  }

  Node value(String field) {
    Node value = values.get(field);
    if (value == null) {
      throw error(node, field, "is missing");
    }
    return value;
  }

  String text(String field) {
    return text(value(field), field);
  }

  /** The text of a value that stands under {@code field}; it is not blank. */
  String text(Node value, String field) {
    if (!(value instanceof ScalarNode scalar)) {
      throw error(value, field, "must be a single value");
    }
    if (scalar.getValue().isBlank()) {
      throw error(value, field, "must not be blank");
    }
    return scalar.getValue();
  }

  /** The items of a list; it is not empty. */
  List<Node> list(String field) {
    return list(value(field), field);
  }

  List<Node> list(Node value, String field) {
    if (!(value instanceof SequenceNode sequence)) {
      throw error(value, field, "must be a list");
    }
    if (sequence.getValue().isEmpty()) {
      throw error(value, field, "must not be empty");
    }
    return sequence.getValue();
  }

  List<String> texts(String field) {
    List<String> texts = new ArrayList<>();
    for (Node item : list(field)) {
      texts.add(text(item, field));
    }
    return texts;
  }

  /** The field is wrong; for one that is missing the line is that of its mapping. */
  DescriptorException error(String field, String problem) {
    return error(values.getOrDefault(field, node), field, problem);
  }

  DescriptorException error(Node place, String field, String problem) {
    int line = place.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    return new DescriptorException(file + ":" + line + ": " + field + ": " + problem);
  }

  private YamlMapping only(List<String> fields, String what) {
    for (Map.Entry<String, Node> entry : values.entrySet()) {
      if (!fields.contains(entry.getKey())) {
        throw error(
            entry.getValue(),
            entry.getKey(),
            "is not a field of " + what + ", which has " + String.join(", ", fields));
      }
    }
    return this;
  }
}
