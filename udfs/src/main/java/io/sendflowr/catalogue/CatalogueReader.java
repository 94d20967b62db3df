package io.sendflowr.catalogue;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads and checks a catalogue file (YAML). The file that ships, {@code catalogue.yaml}, explains
 * its own fields. Every error names file, line and field.
 */
public final class CatalogueReader {
  private static final String BUILT_IN = "/catalogue.yaml";
  private static final int DEFAULT_SHARED_LIMIT = 5;
  private static final int MAX_RANK = Short.MAX_VALUE;

  /** Identifiers are written {@code name:value}. */
  private static final Pattern INPUT_NAME = Pattern.compile("[A-Za-z0-9_]+");

  /** Of what Java takes for a number, what everybody does. */
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

  private final String file;

  private CatalogueReader(String file) {
    this.file = file;
  }

  /** The catalogue that ships with SendFlowr. */
  public static Catalogue builtIn() {
    try (InputStream in = CatalogueReader.class.getResourceAsStream(BUILT_IN)) {
      return read("catalogue.yaml", new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a catalogue file.
   *
   * @throws CatalogueException if it cannot be read or is not usable
   */
  public static Catalogue read(Path file) {
    try {
      return read(file.toString(), Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new CatalogueException(file + ": there is no such file");
    } catch (CharacterCodingException e) {
      throw new CatalogueException(file + ": is not UTF-8");
    } catch (IOException e) {
      throw new CatalogueException(file + ": cannot be read: " + e.getMessage());
    }
  }

  /**
   * Reads a catalogue.
   *
   * @param file its name, for messages
   * @param yaml its text
   * @throws CatalogueException if it is not usable
   */
  public static Catalogue read(String file, String yaml) {
    return new CatalogueReader(file).parse(yaml);
  }

  private Catalogue parse(String yaml) {
    Node root;
    try {
      root =
          new Compose(LoadSettings.builder().setLabel(file).build())
              .composeReader(new StringReader(yaml))
              .orElseThrow(() -> new CatalogueException(file + ": the file is empty"));
    } catch (MarkedYamlEngineException e) {
      String line = e.getProblemMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
      throw new CatalogueException(file + line + ": not valid YAML: " + e.getProblem());
    } catch (ReaderException e) {
      throw new CatalogueException(
          file
              + ":"
              + lineOf(yaml, e.getPosition())
              + ": not valid YAML: a character that cannot be printed");
    }
    Fields top = new Fields(root, "the catalogue");
    List<IdentifierType> types = identifierTypes(top);
    Map<String, IdentifierType> byName = new HashMap<>();
    types.forEach(t -> byName.put(t.name(), t));
    Map<String, IdentifierType> aliases = new HashMap<>();
    for (Fields f : top.entries("aliases")) {
      String type = f.text("type");
      if (!byName.containsKey(type)) {
        throw f.error("type", "names no identifier type: " + type);
      }
      String name = f.inputName();
      if (byName.containsKey(name) || aliases.put(name, byName.get(type)) != null) {
        throw f.error("name", "stands twice: " + name);
      }
      f.done();
    }
    List<HotPath> hotPaths = hotPaths(top);
    List<ReadBreaker> breakers = circuitBreakers(top);
    List<String> placeholders =
        top.texts("placeholders", s -> s.trim().toLowerCase(Locale.ROOT)).keySet().stream()
            .toList();
    Set<String> clicks = top.texts("clicks").keySet();
    Map<String, Node> other = top.texts("other");
    Set<String> acting = new HashSet<>(clicks);
    hotPaths.forEach(hotPath -> acting.add(hotPath.type()));
    breakers.forEach(breaker -> acting.add(breaker.breaker().type()));
    other.forEach(
        (type, place) -> {
          if (acting.contains(type)) {
            throw top.at(place, "other", "lists what changes nothing, and " + type + " does");
          }
        });
    acting.addAll(other.keySet());
    for (ReadBreaker breaker : breakers) {
      breaker
          .endings()
          .forEach(
              (type, place) -> {
                if (!acting.contains(type)) {
                  throw top.at(place, "ended_by", "names a type that stands nowhere else: " + type);
                }
              });
    }
    top.done();
    return new Catalogue(
        types,
        aliases,
        placeholders,
        hotPaths,
        breakers.stream().map(ReadBreaker::breaker).toList(),
        clicks,
        other.keySet());
  }

  /** A circuit breaker, with the places of what ends it: that may be named further down. */
  private record ReadBreaker(CircuitBreaker breaker, Map<String, Node> endings) {}

  private static long lineOf(String yaml, int position) {
    return 1 + yaml.codePoints().limit(position).filter(c -> c == '\n').count();
  }

  private static List<IdentifierType> identifierTypes(Fields top) {
    List<IdentifierType> types = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Set<Integer> ranks = new HashSet<>();
    for (Fields f : top.entries("identifiers")) {
      int rank = f.wholeNumber("rank", 1, MAX_RANK);
      if (!ranks.add(rank)) {
        throw f.error("rank", "stands twice: " + rank);
      }
      String name = f.inputName();
      if (!names.add(name)) {
        throw f.error("name", "stands twice: " + name);
      }
      double weight = f.numberAboveZero("weight", 1);
      types.add(
          new IdentifierType(
              name,
              rank,
              weight,
              f.choice("class", IdentifierClass.class, null),
              f.choice("form", IdentifierForm.class, IdentifierForm.PLAIN),
              f.has("shared_limit")
                  ? f.wholeNumber("shared_limit", 1, 1_000_000)
                  : DEFAULT_SHARED_LIMIT));
      f.done();
    }
    types.sort(Comparator.comparingInt(IdentifierType::rank));
    return types;
  }

  private static List<HotPath> hotPaths(Fields top) {
    List<HotPath> hotPaths = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Fields f : top.entries("hot_paths")) {
      if (!names.add(f.text("type"))) {
        throw f.error("type", "stands twice: " + f.text("type"));
      }
      hotPaths.add(
          new HotPath(
              f.text("type"),
              f.numberAboveZero("amplitude", 1000),
              f.duration("tau_minutes", TimeUnit.MINUTES),
              f.duration("fresh_minutes", TimeUnit.MINUTES),
              f.duration("effect_minutes", TimeUnit.MINUTES)));
      f.done();
    }
    return hotPaths;
  }

  private static List<ReadBreaker> circuitBreakers(Fields top) {
    List<ReadBreaker> breakers = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Fields f : top.entries("circuit_breakers")) {
      if (!names.add(f.text("type"))) {
        throw f.error("type", "stands twice: " + f.text("type"));
      }
      boolean permanent = f.has("permanent");
      if (permanent && !f.text("permanent").equals("true")) {
        throw f.error("permanent", "is true, or left out");
      }
      if (permanent == f.has("window_hours")) {
        throw f.error(
            "window_hours", "a circuit breaker has either window_hours or permanent: true");
      }
      if (permanent && f.has("permanent_channel")) {
        throw f.error("permanent_channel", "says nothing beside permanent: true");
      }
      Map<String, Node> endings = f.has("ended_by") ? f.texts("ended_by") : Map.of();
      breakers.add(
          new ReadBreaker(
              new CircuitBreaker(
                  f.text("type"),
                  permanent ? CircuitBreaker.PERMANENT : f.duration("window_hours", TimeUnit.HOURS),
                  f.has("permanent_channel") ? f.text("permanent_channel") : "",
                  List.copyOf(endings.keySet())),
              endings));
      f.done();
    }
    return breakers;
  }

  /** The fields of one mapping; each must be asked for, so that a misspelt one is found. */
  private final class Fields {
    private final Node node;
    private final String what;
    private final Map<String, Node> left = new LinkedHashMap<>();
    private final Map<String, Node> all = new LinkedHashMap<>();

    Fields(Node node, String what) {
      this.node = node;
      this.what = what;
      if (!(node instanceof MappingNode mapping)) {
        throw error(what, "must have named fields");
      }
      for (NodeTuple tuple : mapping.getValue()) {
        String name = scalar(tuple.getKeyNode(), what);
        if (all.put(name, tuple.getValueNode()) != null) {
          throw at(tuple.getKeyNode(), name, "stands twice");
        }
      }
      left.putAll(all);
    }

    boolean has(String field) {
      return all.containsKey(field);
    }

    String text(String field) {
      String value = scalar(need(field), field);
      if (value.isBlank()) {
        throw error(field, "must not be blank");
      }
      return value;
    }

    /** Texts and where each stands, in their order. */
    Map<String, Node> texts(String field) {
      return texts(field, UnaryOperator.identity());
    }

    /** The same of texts that are brought into another form. */
    Map<String, Node> texts(String field, UnaryOperator<String> form) {
      Map<String, Node> texts = new LinkedHashMap<>();
      for (Node item : sequence(field)) {
        String text = form.apply(scalar(item, field));
        if (text.isBlank()) {
          throw at(item, field, "must not hold a blank");
        }
        if (texts.put(text, item) != null) {
          throw at(item, field, "holds twice: " + text);
        }
      }
      return texts;
    }

    /** A name under which records carry identifiers. */
    String inputName() {
      String name = text("name");
      if (!INPUT_NAME.matcher(name).matches()) {
        throw error("name", "must be of letters, digits and _ alone: " + name);
      }
      return name;
    }

    List<Fields> entries(String field) {
      List<Fields> entries = new ArrayList<>();
      for (Node item : sequence(field)) {
        entries.add(new Fields(item, "an entry of " + field));
      }
      return entries;
    }

    double number(String field, double min, double max) {
      String text = text(field);
      if (!NUMBER.matcher(text).matches()) {
        throw error(field, "must be a number: " + text);
      }
      double value = Double.parseDouble(text);
      if (value < min || value > max) {
        throw error(field, "must be from " + min + " to " + max + ": " + text);
      }
      return value;
    }

    double numberAboveZero(String field, double max) {
      double value = number(field, 0, max);
      if (value == 0) {
        throw error(field, "must be above 0");
      }
      return value;
    }

    int wholeNumber(String field, int min, int max) {
      double value = number(field, min, max);
      if (value != Math.rint(value)) {
        throw error(field, "must be a whole number: " + text(field));
      }
      return (int) value;
    }

    long duration(String field, TimeUnit unit) {
      long value = (long) (number(field, 0, 1_000_000) * unit.toMillis(1));
      if (value == 0) {
        throw error(field, "must be above 0");
      }
      return value;
    }

    <E extends Enum<E>> E choice(String field, Class<E> type, E byDefault) {
      if (byDefault != null && !has(field)) {
        return byDefault;
      }
      String text = text(field);
      for (E choice : type.getEnumConstants()) {
        if (choice.name().toLowerCase(Locale.ROOT).equals(text)) {
          return choice;
        }
      }
      throw error(
          field,
          "must be one of "
              + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT)
              + ": "
              + text);
    }

    void done() {
      left.forEach(
          (name, value) -> {
            throw at(value, name, "is not a field of " + what);
          });
    }

    CatalogueException error(String field, String problem) {
      return at(all.getOrDefault(field, node), field, problem);
    }

    private Node need(String field) {
      left.remove(field);
      Node value = all.get(field);
      if (value == null) {
        throw at(node, field, "is missing in " + what);
      }
      return value;
    }

    private List<Node> sequence(String field) {
      if (!(need(field) instanceof SequenceNode sequence)) {
        throw error(field, "must be a list");
      }
      return sequence.getValue();
    }

    private String scalar(Node value, String field) {
      if (!(value instanceof ScalarNode scalar)) {
        throw at(value, field, "must be a single value");
      }
      return scalar.getValue();
    }

    private CatalogueException at(Node place, String field, String problem) {
      int line = place.getStartMark().map(m -> m.getLine() + 1).orElse(0);
      return new CatalogueException(file + ":" + line + ": " + field + " " + problem);
    }
  }
}
