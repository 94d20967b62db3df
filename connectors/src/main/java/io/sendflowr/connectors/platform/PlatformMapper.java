package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.connectors.platform.CanonicalRecord.Topic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Makes canonical events, links and erasures of platforms' webhooks, as the platforms' descriptors
 * say. A function of the delivery alone. Immutable; to ship it, ship the {@link DescriptorFile}s.
 */
public final class PlatformMapper {
  private static final String ITEM = "item";

  private final Map<String, Descriptor> descriptors;

  PlatformMapper(Map<String, Descriptor> descriptors) {
    this.descriptors = descriptors;
  }

  /**
   * Reads and checks descriptors.
   *
   * @param files one for each platform
   * @param vocabulary the identifier types and event types that descriptors may name
   * @throws DescriptorException if one is not usable, or two are for the same platform
   */
  public static PlatformMapper of(List<DescriptorFile> files, Vocabulary vocabulary) {
    Map<String, Descriptor> descriptors = new HashMap<>();
    for (DescriptorFile file : files) {
      Descriptor descriptor = DescriptorReader.read(file, vocabulary);
      if (descriptors.put(descriptor.platform(), descriptor) != null) {
        throw new DescriptorException(
            file.name()
                + ": platform: another descriptor is for "
                + descriptor.platform()
                + " too");
      }
    }
    return new PlatformMapper(descriptors);
  }

  /**
   * What becomes of one delivery of the {@code webhooks} topic. Never throws, whatever the delivery
   * holds, and leaves it as it is.
   *
   * @param delivery {@code platform}, {@code received_at}, {@code headers} (lower-case names) and
   *     {@code body} (object, array, or the text of one, or of a form); {@code path}, if it
   *     matters, is what stood behind the platform's name in the URL that was called
   */
  public MappedDelivery map(ObjectNode delivery) {
    List<CanonicalRecord> records = new ArrayList<>();
    Refusals refusals = new Refusals();
    try {
      Descriptor descriptor = descriptorOf(delivery);
      ObjectNode view = view(delivery, descriptor);
      if (!descriptor.each().isEmpty()) {
        mapBatch(descriptor, view, records, refusals);
      } else {
        Occurrence whole = new Occurrence(descriptor.platform(), "", Occurrence.WHOLE, view);
        records.addAll(mapOne(descriptor, whole, view.path("body")));
      }
    } catch (UnmappedException e) {
      refusals.add(e.rejection());
    }
    return new MappedDelivery(records, refusals.all());
  }

  /**
   * How the deliveries of a platform prove where they come from; empty if there is no descriptor
   * for it. Checking that is for whoever receives the HTTP request, before it becomes a delivery.
   */
  public Optional<SignatureScheme> signature(String platform) {
    return Optional.ofNullable(descriptors.get(platform)).map(Descriptor::signature);
  }

  /** The platforms that there are descriptors for, in the order of their names. */
  public SortedSet<String> platforms() {
    return new TreeSet<>(descriptors.keySet());
  }

  /** The descriptors, by platform. */
  Map<String, Descriptor> descriptors() {
    return descriptors;
  }

  private Descriptor descriptorOf(ObjectNode delivery) throws UnmappedException {
    Optional<String> platform = Scalars.id(delivery.path("platform"));
    if (platform.isEmpty()) {
      throw new UnmappedException(
          Rejection.MISSING_FIELD,
          "The delivery names no platform; set its field platform to the platform it comes from.");
    }
    Descriptor descriptor = descriptors.get(platform.get());
    if (descriptor == null) {
      throw new UnmappedException(
          Rejection.UNKNOWN_PLATFORM,
          "There is no descriptor for the platform "
              + Scalars.quote(platform.get())
              + "; add one, or correct the delivery's field platform.");
    }
    return descriptor;
  }

  /** The delivery as pointers see it: the body parsed, and room for an item. */
  private static ObjectNode view(ObjectNode delivery, Descriptor descriptor)
      throws UnmappedException {
    Occurrence whole = new Occurrence(descriptor.platform(), "", Occurrence.WHOLE, delivery);
    JsonNode body = delivery.path("body");
    if (body.isTextual() && !body.textValue().isBlank()) {
      body = descriptor.bodyFormat().parse(body.textValue(), whole);
    }
    if (!Scalars.holds(body)) {
      throw whole.unmapped(
          Rejection.MISSING_FIELD, "the delivery has no body; send the platform's body");
    }
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    view.set("received_at", delivery.path("received_at"));
    view.set("headers", delivery.path("headers"));
    view.set("path", delivery.path("path"));
    view.set("body", body);
    return view;
  }

  private static void mapBatch(
      Descriptor descriptor, ObjectNode view, List<CanonicalRecord> records, Refusals refusals)
      throws UnmappedException {
    Occurrence whole = new Occurrence(descriptor.platform(), "", Occurrence.WHOLE, view);
    JsonNode items = items(descriptor, whole);
    if (items.isObject()) {
      view.set(ITEM, items);
      records.addAll(mapOne(descriptor, whole, items));
      return;
    }
    for (int i = 0; i < items.size(); i++) {
      JsonNode item = items.get(i);
      view.set(ITEM, item);
      try {
        Occurrence one = new Occurrence(descriptor.platform(), "", i, view);
        records.addAll(mapOne(descriptor, one, item));
      } catch (UnmappedException e) {
        refusals.add(e.rejection());
      }
    }
  }

  /** The items of a batch, or the one object that stands in their place. */
  private static JsonNode items(Descriptor descriptor, Occurrence whole) throws UnmappedException {
    String places =
        descriptor.each().stream().map(JsonPointer::toString).collect(Collectors.joining(" or "));
    for (JsonPointer each : descriptor.each()) {
      JsonNode items = whole.root().at(each);
      if (items.isContainerNode()) {
        if (items.isArray() && items.isEmpty()) {
          throw whole.unmapped(
              Rejection.UNMAPPED_PAYLOAD,
              each
                  + " is an empty array, so the delivery tells nothing; let the platform not send"
                  + " it");
        }
        return items;
      }
    }
    throw whole.unmapped(
        Rejection.MISSING_FIELD,
        places
            + " is no array or object, so the delivery tells nothing; send the platform's body"
            + " unchanged");
  }

  private static List<CanonicalRecord> mapOne(
      Descriptor descriptor, Occurrence unnamed, JsonNode payload) throws UnmappedException {
    Occurrence occurrence = named(descriptor, unnamed);
    Rule rule = ruleFor(descriptor, occurrence);
    if (rule.reject().isPresent()) {
      throw occurrence.unmapped(Rejection.UNMAPPED_PAYLOAD, rule.reject().get());
    }
    String timestamp = rule.eventTimes().of(occurrence);
    if (!rule.erase().isEmpty()) {
      return List.of(erasure(rule, occurrence, timestamp));
    }
    List<CanonicalRecord> records = new ArrayList<>();
    if (rule.eventType().isPresent()) {
      ObjectNode event = JsonNodeFactory.instance.objectNode();
      event.put("event_id", rule.eventIds().of(occurrence, payload));
      event.put("event_type", rule.eventType().get().of(occurrence));
      event.put("timestamp", timestamp);
      event.put("source", descriptor.source());
      event.set("identifiers", identifiers(rule.identifiers(), occurrence));
      ObjectNode metadata = event.putObject("metadata");
      rule.messageId()
          .flatMap(places -> places.find(occurrence.root()))
          .ifPresent(id -> metadata.put(MessageIds.FIELD, MessageIds.plain(id.value())));
      rule.metadata()
          .forEach(
              (name, places) ->
                  places.plain(occurrence.root()).ifPresent(value -> metadata.set(name, value)));
      records.add(new CanonicalRecord(Topic.EVENTS, event));
    }
    for (LinkTemplate template : rule.links()) {
      ObjectNode link = JsonNodeFactory.instance.objectNode();
      records.add(
          new CanonicalRecord(
              Topic.LINKS, template.link(occurrence, link, descriptor.source(), timestamp)));
    }
    return records;
  }

  private static CanonicalRecord erasure(Rule rule, Occurrence occurrence, String timestamp)
      throws UnmappedException {
    ObjectNode erasure = JsonNodeFactory.instance.objectNode();
    erasure.put("op", "erase");
    erasure.set("identifiers", identifiers(rule.erase(), occurrence));
    erasure.put("timestamp", timestamp);
    return new CanonicalRecord(Topic.LINKS, erasure);
  }

  private static Occurrence named(Descriptor descriptor, Occurrence unnamed)
      throws UnmappedException {
    if (descriptor.eventName().isEmpty()) {
      return unnamed;
    }
    Places places = descriptor.eventName().get();
    return unnamed.named(
        places
            .word(unnamed.root())
            .orElseThrow(
                () ->
                    unnamed.unmapped(
                        Rejection.UNMAPPED_PAYLOAD,
                        "the event has no name at " + places + "; pass it on with the delivery")));
  }

  private static Rule ruleFor(Descriptor descriptor, Occurrence occurrence)
      throws UnmappedException {
    List<Rule> rules = descriptor.rules().get(occurrence.name());
    if (rules == null) {
      throw occurrence.unmapped(
          Rejection.UNMAPPED_PAYLOAD,
          "the descriptor has no rule for this event; add one, or let the platform not send it");
    }
    for (Rule rule : rules) {
      if (rule.applies(occurrence.root())) {
        return rule;
      }
    }
    throw occurrence.unmapped(
        Rejection.UNMAPPED_PAYLOAD,
        "no rule fits, as none of these holds: "
            + rules.stream()
                .map(
                    rule ->
                        rule.when().stream()
                            .map(Condition::toString)
                            .collect(Collectors.joining(" and ")))
                .collect(Collectors.joining("; "))
            + "; add a rule to the descriptor if it means something");
  }

  private static ObjectNode identifiers(Map<String, Places> placesByType, Occurrence occurrence)
      throws UnmappedException {
    ObjectNode identifiers = JsonNodeFactory.instance.objectNode();
    placesByType.forEach(
        (type, places) ->
            places.ids(occurrence.root()).ifPresent(value -> identifiers.set(type, value)));
    if (identifiers.isEmpty()) {
      throw occurrence.unmapped(
          Rejection.NO_IDENTIFIER,
          "it says not whom it is about, as nothing stands at "
              + placesByType.values().stream()
                  .map(Places::toString)
                  .collect(Collectors.joining(" or "))
              + "; send at least one of them");
    }
    return identifiers;
  }

  /** One rejection of each code: a batch of many bad items is not to become as many copies. */
  private static final class Refusals {
    private final Map<String, Rejection> first = new LinkedHashMap<>();
    private final Map<String, Integer> count = new HashMap<>();

    void add(Rejection rejection) {
      first.putIfAbsent(rejection.code(), rejection);
      count.merge(rejection.code(), 1, Integer::sum);
    }

    List<Rejection> all() {
      return first.values().stream().map(this::counted).toList();
    }

    private Rejection counted(Rejection rejection) {
      int more = count.get(rejection.code()) - 1;
      return more == 0
          ? rejection
          : new Rejection(
              rejection.code(),
              rejection.detail().substring(0, rejection.detail().length() - 1)
                  + " (and so it is with "
                  + more
                  + " more of its items).");
    }
  }
}
