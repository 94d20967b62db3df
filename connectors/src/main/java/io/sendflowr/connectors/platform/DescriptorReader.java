package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads and checks a descriptor (YAML); docs/connectors.md explains its fields. */
final class DescriptorReader {
  private static final List<String> FIELDS =
      List.of(
          "platform",
          "source",
          "body_format",
          "each",
          "event_name",
          "event_id",
          "event_time",
          "identifiers",
          "metadata",
          "signature",
          "rules");
  private static final List<String> RULE_FIELDS =
      List.of(
          "events",
          "when",
          "reject",
          "erase",
          "event_type",
          "event_id",
          "event_time",
          "identifiers",
          "metadata",
          "links");

  private static final List<String> CONDITION_FIELDS =
      List.of("at", "is", "equals", "one_of", "says", "first_word");

  private final Vocabulary vocabulary;
  private final YamlMapping top;
  private final PlaceReader read;

  private DescriptorReader(DescriptorFile file, Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.top = YamlMapping.of(file, FIELDS);
    this.read = new PlaceReader(top.has("each"));
  }

  /**
   * @throws DescriptorException if the file is no usable descriptor
   */
  static Descriptor read(DescriptorFile file, Vocabulary vocabulary) {
    return new DescriptorReader(file, vocabulary).descriptor();
  }

  private Descriptor descriptor() {
    String platform = top.text("platform");
    Map<String, List<Rule>> rules = new LinkedHashMap<>();
    for (Node node : top.list("rules")) {
      addRule(top.mapping(node, "a rule", RULE_FIELDS), rules);
    }
    rules.replaceAll((name, inOrder) -> List.copyOf(inOrder));
    return new Descriptor(
        platform,
        top.has("source") ? top.text("source") : platform,
        top.has("body_format") ? bodyFormat() : BodyFormat.JSON,
        top.has("each") ? each() : List.of(),
        top.has("event_name")
            ? Optional.of(
                read.places(top, top.value("event_name"), "event_name", PlaceReader.Use.VALUE))
            : Optional.empty(),
        SignatureReader.read(top),
        rules);
  }

  private List<JsonPointer> each() {
    List<JsonPointer> inOrder = new ArrayList<>();
    for (Node node : PlaceReader.alternatives(top, top.value("each"), "each")) {
      JsonPointer each = read.pointer(top, node, "each");
      if (PlaceReader.startsIn(each, "item")) {
        throw top.error(
            node, "each", "must be where the array stands in the delivery, as in /body/data");
      }
      inOrder.add(each);
    }
    return List.copyOf(inOrder);
  }

  private void addRule(YamlMapping yaml, Map<String, List<Rule>> rules) {
    if (top.has("event_name") != yaml.has("events")) {
      throw yaml.error(
          "events",
          "a rule names its events exactly when the descriptor says where their names stand"
              + " (event_name)");
    }
    Rule rule = rule(yaml);
    List<String> names = yaml.has("events") ? yaml.texts("events") : List.of(Descriptor.NO_NAME);
    for (String name : names) {
      List<Rule> inOrder = rules.computeIfAbsent(name, n -> new ArrayList<>());
      if (!inOrder.isEmpty() && inOrder.get(inOrder.size() - 1).when().isEmpty()) {
        throw yaml.error(
            "events",
            "this rule is never reached: an earlier one without conditions takes all there is"
                + (name.isEmpty() ? "" : " of " + name));
      }
      inOrder.add(rule);
    }
  }

  private Rule rule(YamlMapping yaml) {
    if (yaml.has("reject")) {
      for (String field :
          RULE_FIELDS.subList(RULE_FIELDS.indexOf("reject") + 1, RULE_FIELDS.size())) {
        if (yaml.has(field)) {
          throw yaml.error(field, "has no meaning in a rule that rejects");
        }
      }
    } else if (yaml.has("erase")) {
      for (String field : List.of("event_type", "event_id", "identifiers", "metadata", "links")) {
        if (yaml.has(field)) {
          throw yaml.error(field, "has no meaning in a rule that erases");
        }
      }
    } else if (!yaml.has("event_type")) {
      if (!yaml.has("links")) {
        throw yaml.error("event_type", "is missing; a rule has event_type, links, erase or reject");
      }
      for (String field : List.of("event_id", "identifiers", "metadata")) {
        if (yaml.has(field)) {
          throw yaml.error(field, "has no meaning in a rule without event_type");
        }
      }
    }
    return new Rule(
        conditions(yaml),
        yaml.has("reject") ? Optional.of(sentence(yaml)) : Optional.empty(),
        yaml.has("erase") ? erased(yaml) : Map.of(),
        yaml.has("event_type") ? Optional.of(eventType(yaml)) : Optional.empty(),
        eventIds(yaml.has("event_id") ? yaml : top),
        eventTimes(yaml.has("event_time") ? yaml : top),
        yaml.has("event_type") ? identifiers(yaml) : Map.of(),
        yaml.has("event_type") ? messageId(yaml) : Optional.empty(),
        yaml.has("event_type") ? metadata(yaml) : Map.of(),
        yaml.has("links") ? links(yaml) : List.of());
  }

  private static String sentence(YamlMapping yaml) {
    String text = yaml.text("reject").strip();
    if (text.endsWith(".")) {
      throw yaml.error("reject", "is written without the full stop, which is added");
    }
    return text;
  }

  private List<Condition> conditions(YamlMapping yaml) {
    List<Condition> conditions = new ArrayList<>();
    if (yaml.has("when")) {
      for (Node node : yaml.list("when")) {
        conditions.add(condition(yaml.mapping(node, "when", CONDITION_FIELDS)));
      }
    }
    return List.copyOf(conditions);
  }

  private Condition condition(YamlMapping yaml) {
    JsonPointer at = read.pointer(yaml, yaml.value("at"), "at");
    if (CONDITION_FIELDS.stream().filter(yaml::has).count() != 2) {
      throw yaml.error(
          "at", "a condition asks one thing of it: is, equals, one_of, says or first_word");
    }
    if (yaml.has("equals")) {
      return new Condition(at, Condition.Test.ONE_OF, Set.of(yaml.text("equals")));
    }
    if (yaml.has("one_of")) {
      return new Condition(at, Condition.Test.ONE_OF, new LinkedHashSet<>(yaml.texts("one_of")));
    }
    if (yaml.has("says")) {
      return new Condition(at, Condition.Test.SAYS, spoken(yaml, "says"));
    }
    if (yaml.has("first_word")) {
      Set<String> words = spoken(yaml, "first_word");
      if (words.stream().anyMatch(word -> word.indexOf(' ') >= 0)) {
        throw yaml.error("first_word", "never fits more than one word");
      }
      return new Condition(at, Condition.Test.FIRST_WORD, words);
    }
    Condition.Test test =
        switch (yaml.text("is")) {
          case "present" -> Condition.Test.PRESENT;
          case "absent" -> Condition.Test.ABSENT;
          case "non_empty" -> Condition.Test.NON_EMPTY;
          default -> throw yaml.error("is", "must be present, absent or non_empty");
        };
    return new Condition(at, test, Set.of());
  }

  private static Set<String> spoken(YamlMapping yaml, String field) {
    Set<String> spoken = new LinkedHashSet<>();
    for (String text : yaml.texts(field)) {
      if (!spoken.add(Condition.spoken(text)) || spoken.contains("")) {
        throw yaml.error(field, text + " has no letter or digit, or stands twice");
      }
    }
    return spoken;
  }

  private EventType eventType(YamlMapping yaml) {
    Node node = yaml.value("event_type");
    if (!(node instanceof MappingNode)) {
      return new EventType.Fixed(knownEventType(yaml, node, "event_type"));
    }
    YamlMapping choice = yaml.mapping(node, "event_type", List.of("at", "map", "absent"));
    Map<String, String> types = new LinkedHashMap<>();
    choice.value("map");
    choice
        .named("map")
        .forEach((value, type) -> types.put(value, knownEventType(choice, type, value)));
    if (types.isEmpty()) {
      throw choice.error("map", "must not be empty");
    }
    return new EventType.ByValue(
        read.places(choice, choice.value("at"), "at", PlaceReader.Use.IDENTIFIER),
        types,
        choice.has("absent")
            ? Optional.of(knownEventType(choice, choice.value("absent"), "absent"))
            : Optional.empty());
  }

  private String knownEventType(YamlMapping yaml, Node node, String field) {
    String type = yaml.text(node, field);
    if (!vocabulary.isEventType(type)) {
      throw yaml.error(
          node, field, type + " is no event type of the catalogue; correct it or add it there");
    }
    return type;
  }

  private String knownIdentifierType(YamlMapping yaml, Node node, String type) {
    if (!vocabulary.isIdentifierType(type)) {
      throw yaml.error(
          node, type, "is no identifier type of the catalogue; correct it or add it there");
    }
    return type;
  }

  private EventIds eventIds(YamlMapping yaml) {
    return new EventIds(
        yaml.has("event_id")
            ? read.joined(yaml, yaml.value("event_id"), "event_id")
            : new JoinedPlaces(List.of()));
  }

  private EventTimes eventTimes(YamlMapping yaml) {
    List<EventTimes.At> inOrder = new ArrayList<>();
    if (yaml.has("event_time")) {
      for (Node node : PlaceReader.alternatives(yaml, yaml.value("event_time"), "event_time")) {
        if (node instanceof MappingNode) {
          YamlMapping at = yaml.mapping(node, "event_time", List.of("at", "format"));
          inOrder.add(new EventTimes.At(read.pointer(at, at.value("at"), "at"), timeFormat(at)));
        } else {
          inOrder.add(new EventTimes.At(read.pointer(yaml, node, "event_time"), TimeFormat.ISO));
        }
      }
    }
    return new EventTimes(List.copyOf(inOrder));
  }

  private Map<String, Places> identifiers(YamlMapping rule) {
    Map<String, Places> identifiers = named("identifiers", top, rule);
    if (identifiers.isEmpty()) {
      throw rule.error("identifiers", "is missing; an event says whom it is about");
    }
    requireKnownIdentifierTypes("identifiers", top, rule);
    return identifiers;
  }

  /**
   * Those of the whole descriptor do not count here: what is erased by mistake does not come back.
   */
  private Map<String, Places> erased(YamlMapping rule) {
    Map<String, Places> erased = named("erase", rule);
    if (erased.isEmpty()) {
      throw rule.error("erase", "must not be empty; it says by what identifiers whom to erase");
    }
    requireKnownIdentifierTypes("erase", rule);
    return erased;
  }

  private void requireKnownIdentifierTypes(String field, YamlMapping... in) {
    for (YamlMapping yaml : in) {
      yaml.named(field).forEach((type, node) -> knownIdentifierType(yaml, node, type));
    }
  }

  private Optional<JoinedPlaces> messageId(YamlMapping rule) {
    Optional<JoinedPlaces> messageId = Optional.empty();
    for (YamlMapping yaml : List.of(top, rule)) {
      Node node = yaml.named("metadata").get(MessageIds.FIELD);
      if (node != null) {
        messageId = Optional.of(read.joined(yaml, node, MessageIds.FIELD));
      }
    }
    return messageId;
  }

  private Map<String, Places> metadata(YamlMapping rule) {
    Map<String, Places> metadata = new LinkedHashMap<>();
    for (YamlMapping yaml : List.of(top, rule)) {
      yaml.named("metadata")
          .forEach(
              (name, node) -> {
                if (!name.equals(MessageIds.FIELD)) {
                  metadata.put(name, read.places(yaml, node, name, PlaceReader.Use.VALUE));
                }
              });
    }
    return metadata;
  }

  /** The identifiers of each of these, later ones over earlier ones of the same type. */
  private Map<String, Places> named(String field, YamlMapping... in) {
    Map<String, Places> named = new LinkedHashMap<>();
    for (YamlMapping yaml : in) {
      yaml.named(field)
          .forEach(
              (name, node) ->
                  named.put(name, read.places(yaml, node, name, PlaceReader.Use.IDENTIFIERS)));
    }
    return named;
  }

  private List<LinkTemplate> links(YamlMapping rule) {
    List<LinkTemplate> links = new ArrayList<>();
    for (Node node : rule.list("links")) {
      YamlMapping yaml =
          rule.mapping(
              node,
              "a link",
              List.of("type_a", "identifier_a", "type_b", "identifier_b", "weight", "op"));
      links.add(
          new LinkTemplate(
              knownIdentifierType(yaml, yaml.value("type_a"), yaml.text("type_a")),
              end(yaml, "identifier_a"),
              knownIdentifierType(yaml, yaml.value("type_b"), yaml.text("type_b")),
              end(yaml, "identifier_b"),
              yaml.has("weight") ? weight(yaml) : 1.0,
              yaml.has("op") ? op(yaml) : "link"));
    }
    return List.copyOf(links);
  }

  private Places end(YamlMapping yaml, String field) {
    return read.places(yaml, yaml.value(field), field, PlaceReader.Use.IDENTIFIER);
  }

  private static double weight(YamlMapping yaml) {
    double weight;
    try {
      weight = Double.parseDouble(yaml.text("weight"));
    } catch (NumberFormatException e) {
      throw yaml.error("weight", "must be a number");
    }
    if (!(weight > 0 && weight <= 1)) {
      throw yaml.error("weight", "must be above 0 and at most 1");
    }
    return weight;
  }

  private static String op(YamlMapping yaml) {
    String op = yaml.text("op");
    if (!op.equals("link") && !op.equals("unlink")) {
      throw yaml.error("op", "must be link or unlink");
    }
    return op;
  }

  private BodyFormat bodyFormat() {
    for (BodyFormat format : BodyFormat.values()) {
      if (format.fieldValue().equals(top.text("body_format"))) {
        return format;
      }
    }
    throw top.error("body_format", "must be json or form");
  }

  private static TimeFormat timeFormat(YamlMapping yaml) {
    for (TimeFormat format : TimeFormat.values()) {
      if (format.fieldValue().equals(yaml.text("format"))) {
        return format;
      }
    }
    throw yaml.error("format", "must be iso, utc, epoch_seconds or epoch_millis");
  }
}
