package io.sendflowr.connectors.platform;

import com.fasterxml.jackson.core.JsonPointer;
import io.sendflowr.connectors.platform.SignatureScheme.Encoding;
import io.sendflowr.connectors.platform.SignatureScheme.Hash;
import io.sendflowr.connectors.platform.SignatureScheme.Header;
import io.sendflowr.connectors.platform.SignatureScheme.PublicKeyAlgorithm;
import io.sendflowr.connectors.platform.SignatureScheme.TokenPlace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads and checks the {@code signature} of a descriptor. */
final class SignatureReader {
  private static final List<String> FIELDS =
      List.of(
          "scheme",
          "hash",
          "algorithm",
          "encoding",
          "header",
          "query",
          "prefix",
          "signed",
          "timestamp",
          "body_hash_query",
          "repeats",
          "certificate_header",
          "certificate_hosts");
  private static final String SCHEMES = "hmac, public_key, certificate, token, basic or none";

  private final YamlMapping yaml;

  private SignatureReader(YamlMapping yaml) {
    this.yaml = yaml;
  }

  /**
   * @param top the descriptor
   * @throws DescriptorException if its signature is not usable
   */
  static SignatureScheme read(YamlMapping top) {
    if (!top.has("signature")) {
      return new SignatureScheme.None();
    }
    return new SignatureReader(top.mapping(top.value("signature"), "a signature", FIELDS)).scheme();
  }

  private SignatureScheme scheme() {
    String scheme = yaml.text("scheme");
    return switch (scheme) {
      case "hmac" -> hmac();
      case "public_key" -> {
        only(scheme, "algorithm", "encoding", "header", "signed", "timestamp");
        yield publicKey(oneOf("algorithm", PublicKeyAlgorithm.values()));
      }
      case "certificate" -> {
        only(
            scheme,
            "encoding",
            "header",
            "signed",
            "timestamp",
            "certificate_header",
            "certificate_hosts");
        yield new SignatureScheme.Certificate(
            publicKey(PublicKeyAlgorithm.RSA_SHA256),
            headerName(yaml, "certificate_header"),
            yaml.texts("certificate_hosts"));
      }
      case "token" -> token();
      case "basic" -> {
        only(scheme);
        yield new SignatureScheme.Basic();
      }
      case "none" -> {
        only(scheme);
        yield new SignatureScheme.None();
      }
      default -> throw yaml.error("scheme", "must be " + SCHEMES);
    };
  }

  private SignatureScheme hmac() {
    only("hmac", "hash", "encoding", "header", "signed", "timestamp", "body_hash_query", "repeats");
    List<SignedPart> signed = signed();
    if (yaml.has("body_hash_query") && !signed.contains(new SignedPart.Url())) {
      throw yaml.error("body_hash_query", "proves nothing where the url is not signed");
    }
    return new SignatureScheme.Hmac(
        oneOf("hash", Hash.values()),
        oneOf("encoding", Encoding.values()),
        header(yaml),
        signed,
        time(signed),
        yaml.has("body_hash_query") ? Optional.of(yaml.text("body_hash_query")) : Optional.empty(),
        yaml.has("repeats") ? Optional.of(repeated()) : Optional.empty());
  }

  private SignatureScheme.PublicKey publicKey(PublicKeyAlgorithm algorithm) {
    List<SignedPart> signed = signed();
    return new SignatureScheme.PublicKey(
        algorithm, oneOf("encoding", Encoding.values()), header(yaml), signed, time(signed));
  }

  private SignatureScheme token() {
    only("token", "header", "query", "prefix");
    if (yaml.has("header") == yaml.has("query")) {
      throw yaml.error("header", "a token stands in a header or in the query: give one of them");
    }
    if (yaml.has("query")) {
      if (yaml.has("prefix")) {
        throw yaml.error("prefix", "has no meaning in a query");
      }
      return new SignatureScheme.Token(TokenPlace.QUERY, yaml.text("query"), "");
    }
    return new SignatureScheme.Token(
        TokenPlace.HEADER,
        headerName(yaml, "header"),
        yaml.has("prefix") ? yaml.text("prefix") : "");
  }

  /** The fields that have no meaning for a scheme are errors: somebody relies on them. */
  private void only(String scheme, String... fields) {
    List<String> allowed = Arrays.asList(fields);
    for (String field : FIELDS) {
      if (!field.equals("scheme") && yaml.has(field) && !allowed.contains(field)) {
        throw yaml.error(field, "has no meaning for the scheme " + scheme);
      }
    }
  }

  private List<SignedPart> signed() {
    List<SignedPart> parts = new ArrayList<>();
    for (Node node : yaml.list("signed")) {
      parts.add(node instanceof MappingNode ? textOrHeader(node) : part(node));
    }
    if (parts.stream().noneMatch(SignatureReader::isOfBody)) {
      throw yaml.error("signed", "holds nothing of the body, so anybody can change it");
    }
    return List.copyOf(parts);
  }

  private static boolean isOfBody(SignedPart part) {
    return part instanceof SignedPart.Body
        || part instanceof SignedPart.BodyCrc32
        || part instanceof SignedPart.SortedForm;
  }

  private SignedPart part(Node node) {
    return switch (yaml.text(node, "signed")) {
      case "body" -> new SignedPart.Body();
      case "body_crc32" -> new SignedPart.BodyCrc32();
      case "timestamp" -> new SignedPart.Timestamp();
      case "url" -> new SignedPart.Url();
      case "sorted_form" -> new SignedPart.SortedForm();
      case "webhook_id" -> new SignedPart.WebhookId();
      default ->
          throw yaml.error(
              node,
              "signed",
              "must be body, body_crc32, timestamp, url, sorted_form, webhook_id, {text: ...} or"
                  + " {header: ...}");
    };
  }

  private SignedPart textOrHeader(Node node) {
    YamlMapping part = yaml.mapping(node, "a signed part", List.of("text", "header"));
    if (part.has("text") == part.has("header")) {
      throw part.error(node, "signed", "a part has a text or a header");
    }
    return part.has("text")
        ? new SignedPart.Text(part.text("text"))
        : new SignedPart.HeaderValue(headerName(part, "header"));
  }

  private Optional<SignedTime> time(List<SignedPart> signed) {
    boolean isSigned = signed.contains(new SignedPart.Timestamp());
    if (isSigned != yaml.has("timestamp")) {
      throw yaml.error(
          "timestamp",
          isSigned
              ? "is missing, and it is signed; say where it stands"
              : "is not signed, so it proves nothing");
    }
    if (!isSigned) {
      return Optional.empty();
    }
    YamlMapping time =
        yaml.mapping(
            yaml.value("timestamp"),
            "a timestamp",
            List.of("header", "format", "tolerance_seconds"));
    return Optional.of(
        new SignedTime(
            header(time),
            timeFormat(time),
            time.has("tolerance_seconds") ? Optional.of(tolerance(time)) : Optional.empty()));
  }

  private static SignedTime.Format timeFormat(YamlMapping time) {
    for (SignedTime.Format format : SignedTime.Format.values()) {
      if (format.fieldValue().equals(time.text("format"))) {
        return format;
      }
    }
    throw time.error("format", "must be iso, epoch_seconds, epoch_millis or http_date");
  }

  private static Duration tolerance(YamlMapping time) {
    try {
      int seconds = Integer.parseInt(time.text("tolerance_seconds"));
      if (seconds > 0) {
        return Duration.ofSeconds(seconds);
      }
    } catch (NumberFormatException e) {
      throw time.error("tolerance_seconds", "must be a whole number of seconds");
    }
    throw time.error("tolerance_seconds", "must be above 0");
  }

  private Repeated repeated() {
    YamlMapping repeated = yaml.mapping(yaml.value("repeats"), "repeats", List.of("header", "at"));
    JsonPointer at = new PlaceReader(false).pointer(repeated, repeated.value("at"), "at");
    if (!PlaceReader.startsIn(at, "body")) {
      throw repeated.error("at", "must be where the body says it, as in /body/id");
    }
    return new Repeated(headerName(repeated, "header"), at.tail());
  }

  /** A header by its name alone, or with what to do with its value. */
  private static Header header(YamlMapping yaml) {
    Node node = yaml.value("header");
    if (!(node instanceof MappingNode)) {
      return new Header(headerName(yaml, "header"), "", Optional.empty());
    }
    YamlMapping header = yaml.mapping(node, "a header", List.of("name", "prefix", "key"));
    return new Header(
        headerName(header, "name"),
        header.has("prefix") ? header.text("prefix") : "",
        header.has("key") ? Optional.of(header.text("key")) : Optional.empty());
  }

  private static String headerName(YamlMapping yaml, String field) {
    String name = yaml.text(field);
    if (!name.equals(name.toLowerCase(Locale.ROOT))) {
      throw yaml.error(field, name + " never fits: header names come in lower case");
    }
    return name;
  }

  private <E extends Enum<E>> E oneOf(String field, E[] values) {
    String text = yaml.text(field);
    for (E value : values) {
      if (value.name().toLowerCase(Locale.ROOT).equals(text)) {
        return value;
      }
    }
    throw yaml.error(
        field,
        "must be one of "
            + Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", ")));
  }
}
