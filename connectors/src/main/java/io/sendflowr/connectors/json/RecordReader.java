package io.sendflowr.connectors.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.platform.CanonicalRecord;
import io.sendflowr.connectors.platform.MappedDelivery;
import io.sendflowr.connectors.platform.MessageIds;
import io.sendflowr.connectors.platform.PlatformMapper;
import io.sendflowr.connectors.platform.Rejection;
import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.IdentifierNormaliser;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.latency.DeliveryMetadata;
import io.sendflowr.latency.DeliveryReport;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Reads the records of the input topics: checks them, normalises their identifiers, and makes a
 * dead letter of what cannot be used (SPEC sections 2 to 6 and 8). No input makes it throw. One
 * instance belongs to one thread.
 */
public final class RecordReader {
  /** Larger records are not read, in bytes. */
  public static final int MAX_BYTES = 1 << 20;

  private static final long FUTURE_TOLERANCE = Duration.ofMinutes(5).toMillis();
  private static final long DEFAULT_WINDOW = Duration.ofDays(7).toMillis();
  private static final long LONGEST_WINDOW = Duration.ofDays(28).toMillis();
  private static final double DEFAULT_LATENCY_SECONDS = 300;
  private static final double MAX_LATENCY_SECONDS = 3600;
  private static final int MAX_IDENTIFIERS = 50;
  private static final String BYTE_ORDER_MARK = "\ufeff";
  private static final String IDENTIFIERS = "identifiers";
  private static final Pattern PARSED_FROM = Pattern.compile(" \\(start marker at \\[[^]]*]\\)");

  private final Catalogue catalogue;
  private final IdentifierNormaliser normaliser;
  private final PlatformMapper platforms;
  private final ObjectReader json =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build().reader();

  /**
   * @param catalogue identifier types
   * @param phoneRegion country of phone numbers without a country code
   * @param platforms what webhooks mean
   */
  public RecordReader(Catalogue catalogue, String phoneRegion, PlatformMapper platforms) {
    this.catalogue = catalogue;
    this.normaliser = new IdentifierNormaliser(catalogue, phoneRegion);
    this.platforms = platforms;
  }

  /**
   * Reads one record.
   *
   * @param topic where it was read
   * @param origin the record; {@link Origin#UNKNOWN_TIME} as time of receipt means the record's own
   *     {@code received_at}
   * @param sink takes what it means: nothing is lost, so at least one
   */
  public void read(InputTopic topic, Origin origin, Consumer<Inbound> sink) {
    Origin known = origin;
    try {
      if (origin.value().length > MAX_BYTES) {
        throw new RejectedException(
            DeadLetterReason.TOO_LARGE,
            "The record has "
                + origin.value().length
                + " bytes; at most "
                + MAX_BYTES
                + " are read. Send less, or split it.");
      }
      ObjectNode record = parse(origin.value());
      known = received(topic, origin, record);
      if (topic == InputTopic.WEBHOOKS) {
        unfold(record, known, sink);
      } else {
        Inbound read = canonical(topic, record, known);
        sink.accept(read);
        if (read instanceof Inbound.Request asked && asked.request().identifiers().isEmpty()) {
          linkPresentedBesides(record, asked.request().time(), asked.clock(), sink);
        } else if (read instanceof Inbound.Resolve asked
            && asked.request().identifiers().isEmpty()) {
          linkPresentedBesides(record, asked.request().time(), asked.clock(), sink);
        }
      }
    } catch (RejectedException e) {
      sink.accept(unusable(known, e.reason(), e.getMessage()));
    }
  }

  /**
   * A request by universal id is held by what that was made from; identifiers beside it are linked
   * all the same.
   */
  private void linkPresentedBesides(
      JsonNode record, long time, long clock, Consumer<Inbound> sink) {
    List<Identifier> presented = List.copyOf(presented(record));
    for (int i = 0; i < presented.size(); i++) {
      for (int j = i + 1; j < presented.size(); j++) {
        sink.accept(
            new Inbound.Link(
                new LinkChange(
                    false, presented.get(i), presented.get(j), 1.0, "send-request", time),
                clock));
      }
    }
  }

  private NavigableSet<Identifier> presented(JsonNode request) {
    TreeSet<Identifier> identifiers = new TreeSet<>();
    collect(request.path(IDENTIFIERS), identifiers);
    for (String name : catalogue.inputNames()) {
      collect(name, request.path(name), identifiers);
    }
    return identifiers;
  }

  /** Why presented values are no identifiers; never the values, which may be anything. */
  private List<String> dropped(JsonNode request) {
    List<String> dropped = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : request.path(IDENTIFIERS).properties()) {
      String type = EmailAddresses.hidden(JsonFields.excerpt(entry.getKey()));
      if (catalogue.typeNamed(entry.getKey()) == null) {
        dropped.add(type + " was dropped: the catalogue knows no such type of identifier.");
      } else {
        noteUnusable(entry.getKey(), entry.getValue(), dropped);
      }
    }
    for (String name : new TreeSet<>(catalogue.inputNames())) {
      if (request.has(name)) {
        noteUnusable(name, request.path(name), dropped);
      }
    }
    return dropped.size() <= MAX_IDENTIFIERS ? dropped : dropped.subList(0, MAX_IDENTIFIERS);
  }

  private void noteUnusable(String type, JsonNode value, List<String> dropped) {
    for (JsonNode one : value.isArray() ? value : List.of(value)) {
      TreeSet<Identifier> usable = new TreeSet<>();
      collectOne(type, one, usable);
      if (usable.isEmpty()) {
        dropped.add(
            "A value of " + type + " was dropped: it is a placeholder, or not valid for its type.");
      }
    }
  }

  private static Inbound unusable(Origin origin, DeadLetterReason reason, String detail) {
    return new Inbound.Unusable(new DeadLetter(origin, reason, detail, origin.receivedAt()));
  }

  private ObjectNode parse(byte[] value) throws RejectedException {
    try {
      // The parser by itself would guess the encoding, and let some invalid UTF-8 pass.
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
      JsonNode node = json.readTree(text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new RejectedException(
          DeadLetterReason.MALFORMED_JSON,
          "The record must be a JSON object, not " + JsonFields.kind(node) + ".");
    } catch (JsonProcessingException e) {
      throw new RejectedException(
          DeadLetterReason.MALFORMED_JSON,
          "The record is not valid JSON: " + firstLine(e.getOriginalMessage()) + place(e));
    } catch (CharacterCodingException e) {
      throw new RejectedException(
          DeadLetterReason.MALFORMED_JSON, "The record is not valid UTF-8; send it in UTF-8.");
    }
  }

  private static String place(JsonProcessingException e) {
    return e.getLocation() == null
        ? "."
        : " (line "
            + e.getLocation().getLineNr()
            + ", column "
            + e.getLocation().getColumnNr()
            + ").";
  }

  /** What the parser says, without where it has begun: it names a source that nobody knows. */
  private static String firstLine(String message) {
    return PARSED_FROM.matcher(message.lines().findFirst().orElse("")).replaceAll("");
  }

  private static Origin received(InputTopic topic, Origin origin, ObjectNode record)
      throws RejectedException {
    if (origin.receivedAt() != Origin.UNKNOWN_TIME) {
      return origin;
    }
    JsonFields fields = new JsonFields(record);
    long receivedAt =
        topic == InputTopic.WEBHOOKS
            ? fields.optionalTime("received_at", Origin.UNKNOWN_TIME)
            : Timestamps.parse(record.path("received_at").asText()).orElse(Origin.UNKNOWN_TIME);
    return new Origin(
        origin.topic(), origin.partition(), origin.offset(), origin.value(), receivedAt);
  }

  /**
   * A delivery can hold many records; one that is of no use does not take the others with it. All
   * of them were read at once: none is late because of another, so only the last moves event time.
   */
  private void unfold(ObjectNode delivery, Origin origin, Consumer<Inbound> sink) {
    MappedDelivery mapped = platforms.map(delivery);
    List<Inbound> records = new ArrayList<>(mapped.records().size());
    for (CanonicalRecord meant : mapped.records()) {
      try {
        records.add(
            canonical(
                meant.topic() == CanonicalRecord.Topic.LINKS ? InputTopic.LINKS : InputTopic.EVENTS,
                meant.value(),
                origin));
      } catch (RejectedException e) {
        records.add(unusable(origin, e.reason(), e.getMessage()));
      }
    }
    long clock = Inbound.NO_CLOCK;
    int last = 0;
    for (int i = 0; i < records.size(); i++) {
      if (records.get(i).clock() != Inbound.NO_CLOCK) {
        clock = Math.max(clock, records.get(i).clock());
        last = i;
      }
    }
    for (int i = 0; i < records.size(); i++) {
      sink.accept(records.get(i).withClock(i == last ? clock : Inbound.NO_CLOCK));
    }
    for (Rejection rejection : mapped.rejections()) {
      sink.accept(unusable(origin, DeadLetterReason.ofCode(rejection.code()), rejection.detail()));
    }
  }

  private Inbound canonical(InputTopic topic, JsonNode record, Origin origin)
      throws RejectedException {
    JsonFields fields = new JsonFields(record);
    return switch (topic) {
      case EVENTS, WEBHOOKS -> event(fields, origin);
      case LINKS -> statement(fields, origin);
      case SEND_REQUESTS -> asked(record, fields, origin);
    };
  }

  private Inbound event(JsonFields fields, Origin origin) throws RejectedException {
    String eventId = fields.requiredHidden("event_id");
    String type = fields.requiredHidden("event_type");
    long time = time(fields, origin);
    String source = fields.optionalHidden("source");
    return new Inbound.Event(
        new Observation(source, eventId, type, time, time),
        about(fields),
        DeliveryReport.Kind.of(type).isPresent() ? delivery(fields.node("metadata")) : null,
        clock(time, origin));
  }

  /** Null if it says nothing of a message. What it says that cannot be used is no error. */
  private static DeliveryMetadata delivery(JsonNode metadata) {
    String messageId = MessageIds.of(metadata.path(MessageIds.FIELD)).orElse("");
    double seconds = metadata.path("latency_seconds").doubleValue();
    boolean measured =
        metadata.path("latency_seconds").isNumber() && seconds >= 0 && Double.isFinite(seconds);
    return messageId.isEmpty() && !measured
        ? null
        : new DeliveryMetadata(
            messageId, measured ? Math.round(seconds * 1000) : DeliveryMetadata.NO_LATENCY);
  }

  /** Whom a record is about that has its identifiers in one field. */
  private List<Identifier> about(JsonFields fields) throws RejectedException {
    TreeSet<Identifier> identifiers = new TreeSet<>();
    if (!fields.node(IDENTIFIERS).isObject()) {
      throw JsonFields.missing(
          IDENTIFIERS, "It must be an object that maps identifier types to values.");
    }
    collect(fields.node(IDENTIFIERS), identifiers);
    requireSome(identifiers);
    requireNotTooMany(identifiers);
    return List.copyOf(identifiers);
  }

  private Inbound statement(JsonFields fields, Origin origin) throws RejectedException {
    String op = fields.has("op") ? fields.requiredText("op") : "link";
    return switch (op) {
      case "link" -> link(false, fields, origin);
      case "unlink" -> link(true, fields, origin);
      case "erase" -> erasure(fields, origin);
      default ->
          throw JsonFields.badValue(
              "op", "must be link, unlink or erase, not " + JsonFields.excerpt(op));
    };
  }

  private Inbound erasure(JsonFields fields, Origin origin) throws RejectedException {
    List<Identifier> identifiers = about(fields);
    long time = time(fields, origin);
    return new Inbound.Erase(new Erasure(identifiers, time, time), origin, clock(time, origin));
  }

  private Inbound link(boolean unlink, JsonFields fields, Origin origin) throws RejectedException {
    Identifier a = end(fields, "a");
    Identifier b = end(fields, "b");
    long time = time(fields, origin);
    if (a.equals(b)) {
      throw JsonFields.badValue("identifier_b", "is the same identifier as \"identifier_a\"");
    }
    double weight = fields.optionalNumber("weight", 1.0);
    if (!(weight > 0 && weight <= 1)) {
      throw JsonFields.badValue("weight", "must be above 0 and at most 1, not " + weight);
    }
    String source = fields.optionalHidden("source");
    return new Inbound.Link(
        new LinkChange(unlink, a, b, weight, source, time), clock(time, origin));
  }

  private Identifier end(JsonFields fields, String end) throws RejectedException {
    String type = fields.requiredText("type_" + end);
    String name = "identifier_" + end;
    if (!fields.has(name)) {
      throw JsonFields.missing(name, "Give it the value of an identifier.");
    }
    TreeSet<Identifier> identifiers = new TreeSet<>();
    collect(type, fields.node(name), identifiers);
    if (identifiers.size() != 1) {
      throw new RejectedException(
          DeadLetterReason.NO_IDENTIFIER,
          "\""
              + name
              + "\" with type \""
              + JsonFields.excerpt(type)
              + "\" is no usable identifier: the type must be one of the catalogue and the value"
              + " valid and no placeholder.");
    }
    return identifiers.first();
  }

  private Inbound asked(JsonNode record, JsonFields fields, Origin origin)
      throws RejectedException {
    String requestId = fields.requiredPlain("request_id");
    long time = time(fields, origin);
    String op = fields.optionalText("op");
    if (op == null) {
      return request(requestId, time, record, origin);
    }
    return switch (op) {
      case "cancel" -> new Inbound.Cancel(requestId, time, clock(time, origin));
      case "resolve" -> {
        Subject subject = subject(record);
        yield new Inbound.Resolve(
            new ResolveRequest(
                requestId, time, time, subject.identifiers(), subject.personKey(), dropped(record)),
            clock(time, origin));
      }
      default ->
          throw JsonFields.badValue(
              "op",
              "must be cancel or resolve, or left out for a request, not "
                  + JsonFields.excerpt(op));
    };
  }

  /**
   * Whom a request is about.
   *
   * @param identifiers by which it is held: ascending; none if it names a universal id
   * @param personKey key of the first of them, or of what the universal id was made from
   */
  private record Subject(List<Identifier> identifiers, long personKey) {}

  private Subject subject(JsonNode record) throws RejectedException {
    NavigableSet<Identifier> identifiers = presented(record);
    String universalId = new JsonFields(record).optionalText("universal_id");
    requireNotTooMany(identifiers);
    if (universalId != null) {
      return new Subject(List.of(), key(universalId));
    }
    requireSome(identifiers);
    return new Subject(List.copyOf(identifiers), key(identifiers.first()));
  }

  private Inbound request(String requestId, long time, JsonNode record, Origin origin)
      throws RejectedException {
    JsonFields fields = new JsonFields(record);
    Subject subject = subject(record);
    long sendAfter = fields.optionalTime("send_after", time);
    long sendBefore = fields.optionalTime("send_before", sendAfter + DEFAULT_WINDOW);
    if (sendBefore <= sendAfter || sendBefore - sendAfter > LONGEST_WINDOW) {
      throw new RejectedException(
          DeadLetterReason.BAD_WINDOW,
          "\"send_before\" ("
              + Timestamps.format(sendBefore)
              + ") must be after \"send_after\" ("
              + Timestamps.format(sendAfter)
              + "), by at most 28 days.");
    }
    double latency = fields.optionalNumber("latency_estimate_seconds", DEFAULT_LATENCY_SECONDS);
    if (!(latency >= 0 && latency <= MAX_LATENCY_SECONDS)) {
      throw JsonFields.badValue(
          "latency_estimate_seconds", "must be from 0 to 3600, not " + latency);
    }
    SendRequest request =
        new SendRequest(
            requestId,
            time,
            time,
            subject.identifiers(),
            subject.personKey(),
            sendAfter,
            sendBefore,
            Math.round(latency * 1000),
            fields.optionalPlain("channel"),
            fields.optionalPlain("provider"),
            fields.optionalPlain("campaign_type"),
            fields.optionalPlain("intent_id"),
            fields.optionalPlain("campaign_id"),
            fields.optionalPlain("template"));
    return new Inbound.Request(request, origin, clock(time, origin));
  }

  private static long time(JsonFields fields, Origin origin) throws RejectedException {
    long time = fields.requiredTime("timestamp");
    if (origin.receivedAt() != Origin.UNKNOWN_TIME
        && time - origin.receivedAt() > FUTURE_TOLERANCE) {
      throw new RejectedException(
          DeadLetterReason.FUTURE_TIMESTAMP,
          "\"timestamp\" ("
              + Timestamps.format(time)
              + ") is more than 5 minutes after the record was received ("
              + Timestamps.format(origin.receivedAt())
              + "): set the sender's clock.");
    }
    return time;
  }

  private static long clock(long time, Origin origin) {
    return origin.receivedAt() == Origin.UNKNOWN_TIME ? time : Math.min(time, origin.receivedAt());
  }

  private void collect(JsonNode identifiers, NavigableSet<Identifier> sink) {
    for (Map.Entry<String, JsonNode> entry : identifiers.properties()) {
      collect(entry.getKey(), entry.getValue(), sink);
    }
  }

  private void collect(String type, JsonNode value, NavigableSet<Identifier> sink) {
    if (value.isArray()) {
      value.forEach(one -> collectOne(type, one, sink));
    } else {
      collectOne(type, value, sink);
    }
  }

  private void collectOne(String type, JsonNode value, NavigableSet<Identifier> sink) {
    // A number with a fraction or an exponent is no id: its digits may not be the sender's any
    // more.
    if (value.isTextual() || value.isIntegralNumber()) {
      normaliser.normalise(type, value.asText()).ifPresent(sink::add);
    }
  }

  /** So that the links of one record's identifiers, which grow with their square, stay few. */
  private static void requireNotTooMany(NavigableSet<Identifier> identifiers)
      throws RejectedException {
    if (identifiers.size() > MAX_IDENTIFIERS) {
      throw JsonFields.badValue(
          IDENTIFIERS,
          "hold "
              + identifiers.size()
              + " distinct identifiers; at most "
              + MAX_IDENTIFIERS
              + " of one person can stand in a record");
    }
  }

  private static void requireSome(NavigableSet<Identifier> identifiers) throws RejectedException {
    if (identifiers.isEmpty()) {
      throw new RejectedException(
          DeadLetterReason.NO_IDENTIFIER,
          "No identifier of the record is usable: give one whose type the catalogue knows and"
              + " whose value is valid and no placeholder.");
    }
  }

  private long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(catalogue));
  }

  private static long key(String universalId) throws RejectedException {
    try {
      return UniversalId.parse(universalId);
    } catch (IllegalArgumentException e) {
      throw JsonFields.badValue(
          "universal_id", "must be sf_ and 16 hex digits, not " + JsonFields.excerpt(universalId));
    }
  }
}
