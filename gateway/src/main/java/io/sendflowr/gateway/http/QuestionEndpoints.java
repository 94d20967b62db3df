package io.sendflowr.gateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.IdentifierForm;
import io.sendflowr.catalogue.IdentifierType;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.connectors.json.Timestamps;
import io.sendflowr.flow.Inbound;
import io.sendflowr.gateway.Limits;
import io.sendflowr.gateway.signature.SignedRequest;
import io.sendflowr.gateway.signature.TokenProof;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;

/**
 * What can be asked: to link two identifiers, who somebody is, and when to send. Each question is
 * read as the job will read it, so that what the job would put aside is refused with its reason.
 */
public final class QuestionEndpoints {
  private static final Set<String> LINK_PARAMETERS =
      Set.of("identifier_a", "type_a", "identifier_b", "type_b", "weight", "source");
  private static final List<String> ENDS = List.of("a", "b");

  /** Of links of which the asker does not say where they are known from. */
  private static final String SOURCE = "api";

  private static final String UNIVERSAL_ID = "universal_id";
  private static final String REQUEST_ID = "request_id";
  private static final String TIMESTAMP = "timestamp";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Catalogue catalogue;
  private final ThreadLocal<RecordReader> readers;
  private final Optional<TokenProof> tokens;
  private final boolean open;
  private final Questions questions;
  private final Budget bytes;
  private final Limits limits;
  private final InstantSource clock;
  private final Supplier<String> ids;

  /**
   * @param readers read records as the job does
   * @param tokens of those who may ask; empty if there are none
   * @param open whether anybody may ask if there are none
   * @param questions asks the job
   * @param bytes room for bodies
   * @param limits what is taken at most
   * @param clock of now
   * @param ids makes request ids, no two alike
   */
  public QuestionEndpoints(
      RecordReaderFactory readers,
      Optional<TokenProof> tokens,
      boolean open,
      Questions questions,
      Budget bytes,
      Limits limits,
      InstantSource clock,
      Supplier<String> ids) {
    this.catalogue = readers.catalogue();
    this.readers = ThreadLocal.withInitial(readers::create);
    this.tokens = tokens;
    this.open = open;
    this.questions = questions;
    this.bytes = bytes;
    this.limits = limits;
    this.clock = clock;
    this.ids = ids;
  }

  /** {@code POST /link-identifiers}. */
  void link(Exchange exchange) {
    parameters(exchange, LINK_PARAMETERS, given -> link(exchange, given));
  }

  /** {@code POST /resolve-identity}. */
  void resolve(Exchange exchange) {
    Set<String> names = new TreeSet<>(catalogue.inputNames());
    names.add(UNIVERSAL_ID);
    parameters(exchange, names, given -> resolve(exchange, given));
  }

  /** {@code POST /timing-decision}. */
  void decide(Exchange exchange) {
    whoMayAsk(
        exchange,
        () ->
            body(
                exchange,
                text -> {
                  ObjectNode asked = object(text);
                  answer(exchange, decide(asked, fingerprint(text)));
                }));
  }

  private CompletableFuture<byte[]> decide(ObjectNode asked, String fingerprint) {
    long now = clock.millis();
    if (asked.hasNonNull("op")) {
      throw new ProblemException(
          Problem.badRequest("bad_value", "\"op\" has no meaning here; leave it out."));
    }
    if (!asked.hasNonNull(REQUEST_ID)) {
      asked.put(REQUEST_ID, ids.get());
    }
    if (!asked.hasNonNull(TIMESTAMP)) {
      asked.put(TIMESTAMP, Timestamps.format(now));
    }
    byte[] record = bytes(asked);
    Inbound read = read(InputTopic.SEND_REQUESTS, record, now);
    if (!(read instanceof Inbound.Request request)) {
      throw new IllegalStateException("A record without op was read as something else");
    }
    return questions.ask(
        OutputTopic.SEND_SCHEDULES, request.request().requestId(), fingerprint, now, record);
  }

  private void resolve(Exchange exchange, ObjectNode given) {
    answer(exchange, whoIs(given, clock.millis()));
  }

  private CompletableFuture<byte[]> whoIs(ObjectNode presented, long time) {
    String requestId = ids.get();
    ObjectNode asked = presented.deepCopy();
    asked.put("op", "resolve").put(REQUEST_ID, requestId).put(TIMESTAMP, Timestamps.format(time));
    byte[] record = bytes(asked);
    read(InputTopic.SEND_REQUESTS, record, time);
    return questions.ask(OutputTopic.RESOLUTIONS, requestId, requestId, time, record);
  }

  private void link(Exchange exchange, ObjectNode given) {
    long now = clock.millis();
    ObjectNode record = given.deepCopy();
    if (record.path("weight").isTextual()) {
      record.set("weight", number(record.path("weight").textValue()));
    }
    if (!record.hasNonNull("source")) {
      record.put("source", SOURCE);
    }
    record.put("op", "link").put(TIMESTAMP, Timestamps.format(now));
    byte[] value = bytes(record);
    if (!(read(InputTopic.LINKS, value, now) instanceof Inbound.Link read)) {
      throw new IllegalStateException("A link was read as something else");
    }
    LinkChange link = read.change();
    // One by one: what is presented together would be linked by that, with full weight.
    answer(
        exchange,
        questions
            .send(InputTopic.LINKS, null, now, value)
            .thenCompose(
                sent ->
                    whoIs(presented(link.a()), now + 1)
                        .thenCombine(
                            whoIs(presented(link.b()), now + 1),
                            (a, b) -> linked(link, json(a), json(b)))));
  }

  private ObjectNode presented(Identifier identifier) {
    ObjectNode presented = JSON.createObjectNode();
    presented
        .putObject("identifiers")
        .put(catalogue.typeOf(identifier.rank()).name(), identifier.value());
    return presented;
  }

  private byte[] linked(LinkChange link, JsonNode personOfA, JsonNode personOfB) {
    ObjectNode answer = JSON.createObjectNode();
    answer.put("status", "linked");
    answer.put("identifier_a", link.a().value());
    answer.put("type_a", catalogue.typeOf(link.a().rank()).name());
    answer.put("identifier_b", link.b().value());
    answer.put("type_b", catalogue.typeOf(link.b().rank()).name());
    answer.put("weight", link.weight());
    answer.put("source", link.source());
    answer.put(TIMESTAMP, Timestamps.format(link.time()));
    answer.set(UNIVERSAL_ID, personOfA.path(UNIVERSAL_ID));
    answer.put("same_person", personOfA.path(UNIVERSAL_ID).equals(personOfB.path(UNIVERSAL_ID)));
    answer.set("resolved_identifiers", personOfA.path("resolved_identifiers"));
    return bytes(answer);
  }

  /** Parameters stand in the query, or in the body as JSON, where no log of a proxy sees them. */
  private void parameters(Exchange exchange, Set<String> names, Consumer<ObjectNode> then) {
    whoMayAsk(
        exchange,
        () ->
            body(
                exchange,
                text -> {
                  ObjectNode query = query(exchange.request(), names);
                  if (text.length == 0) {
                    restorePlus(query);
                    then.accept(query);
                  } else if (query.isEmpty()) {
                    then.accept(object(text));
                  } else {
                    throw new ProblemException(
                        Problem.badRequest(
                            "bad_value", "Give parameters in the query or in the body, not both."));
                  }
                }));
  }

  private void whoMayAsk(Exchange exchange, Runnable then) {
    SignedRequest head = exchange.signed(Optional.empty(), new byte[0]);
    boolean may = tokens.map(proof -> proof.isValid(head)).orElse(open);
    if (may) {
      then.run();
    } else {
      exchange.refuse(Problem.UNAUTHORIZED);
    }
  }

  private void body(Exchange exchange, Consumer<byte[]> then) {
    BodyReader.read(
        exchange,
        bytes,
        limits.bodyBytes(),
        limits.bodyTime(),
        text -> {
          try {
            then.accept(text);
          } catch (ProblemException e) {
            exchange.refuse(e.problem());
          }
        });
  }

  private static void answer(Exchange exchange, CompletableFuture<byte[]> answer) {
    // What fails is told to whoever asked.
    var unused =
        answer.whenCompleteAsync(
            (value, failure) -> {
              if (failure == null) {
                exchange.done(value);
                return;
              }
              RuntimeException cause = ProblemExceptions.of(failure);
              if (cause instanceof ProblemException known) {
                exchange.refuse(known.problem());
              } else {
                exchange.fail(cause);
              }
            },
            exchange.executor());
  }

  /**
   * What the job will read.
   *
   * @throws ProblemException if it would put it aside
   */
  private Inbound read(InputTopic topic, byte[] record, long now) {
    List<Inbound> all = new ArrayList<>();
    readers.get().read(topic, new Origin(topic.defaultName(), 0, 0, record, now), all::add);
    for (Inbound one : all) {
      if (one instanceof Inbound.Unusable unusable) {
        DeadLetter letter = unusable.deadLetter();
        throw new ProblemException(
            new Problem(
                letter.reason() == DeadLetterReason.TOO_LARGE ? 413 : 400,
                letter.reason().code(),
                letter.detail()));
      }
    }
    return all.get(0);
  }

  private static ObjectNode query(Request request, Set<String> names) {
    ObjectNode query = JSON.createObjectNode();
    Fields fields;
    try {
      fields = Request.extractQueryParameters(request, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ProblemException(
          Problem.badRequest("bad_value", "The query is not URL-encoded UTF-8."));
    }
    for (Fields.Field field : fields) {
      if (!names.contains(field.getName())) {
        throw new ProblemException(
            Problem.badRequest(
                "bad_value",
                "There is a parameter that means nothing here; there are "
                    + String.join(", ", new TreeSet<>(names))
                    + "."));
      }
      if (field.hasMultipleValues()) {
        field.getValues().forEach(query.putArray(field.getName())::add);
      } else {
        query.put(field.getName(), field.getValue());
      }
    }
    return query;
  }

  /**
   * A plus that stands in a query as it is means a blank, and phone numbers begin with one. It is
   * put back, so that +44... is not taken for a number of our own country.
   */
  private void restorePlus(ObjectNode query) {
    for (String name : catalogue.inputNames()) {
      restorePlus(query, name, name);
    }
    for (String end : ENDS) {
      restorePlus(query, "identifier_" + end, query.path("type_" + end).asText());
    }
  }

  private void restorePlus(ObjectNode query, String name, String type) {
    IdentifierType known = catalogue.typeNamed(type);
    if (known == null || known.form() != IdentifierForm.PHONE) {
      return;
    }
    JsonNode given = query.path(name);
    if (given.isTextual()) {
      query.put(name, withPlus(given.textValue()));
    } else if (given.isArray()) {
      ArrayNode values = JSON.createArrayNode();
      given.forEach(one -> values.add(withPlus(one.textValue())));
      query.set(name, values);
    }
  }

  private static String withPlus(String phone) {
    return phone.startsWith(" ") ? "+" + phone.substring(1) : phone;
  }

  private static ObjectNode object(byte[] text) {
    try {
      if (JSON.readTree(text) instanceof ObjectNode object) {
        return object;
      }
      throw malformed();
    } catch (JsonProcessingException e) {
      throw malformed();
    } catch (IOException e) {
      throw new UncheckedIOException("Bytes in memory cannot fail", e);
    }
  }

  private static ProblemException malformed() {
    return new ProblemException(
        Problem.badRequest("malformed_json", "The body must be a JSON object."));
  }

  private static DecimalNode number(String text) {
    try {
      return DecimalNode.valueOf(new BigDecimal(text.strip()));
    } catch (NumberFormatException e) {
      throw new ProblemException(
          Problem.badRequest("bad_value", "\"weight\" must be a number above 0 and at most 1."));
    }
  }

  private static JsonNode json(byte[] answer) {
    try {
      return JSON.readTree(answer);
    } catch (IOException e) {
      throw new UncheckedIOException("The job wrote no JSON", e);
    }
  }

  private static byte[] bytes(ObjectNode object) {
    try {
      return JSON.writeValueAsBytes(object);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("What was read as JSON can be written", e);
    }
  }

  private static String fingerprint(byte[] text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
