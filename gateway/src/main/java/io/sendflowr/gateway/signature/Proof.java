package io.sendflowr.gateway.signature;

import io.sendflowr.connectors.platform.SignatureScheme.Encoding;
import io.sendflowr.connectors.platform.SignatureScheme.Header;
import io.sendflowr.connectors.platform.SignedPart;
import io.sendflowr.connectors.platform.SignedTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** How requests of one platform prove where they come from. */
interface Proof {
  /** Whether a request can have one at all, from its head alone. */
  boolean isCarriedBy(SignedRequest head);

  /** Checks it. */
  CompletionStage<Verdict> check(SignedRequest request);

  /** What a header says, each value without its prefix. */
  static List<String> values(Header header, SignedRequest request) {
    List<String> values = new ArrayList<>();
    String whole = request.header(header.name()).orElse("").strip();
    if (header.key().isEmpty()) {
      add(whole, header.prefix(), values);
      return values;
    }
    String key = header.key().get() + "=";
    for (String entry : whole.split(",", -1)) {
      if (entry.strip().startsWith(key)) {
        add(entry.strip().substring(key.length()), header.prefix(), values);
      }
    }
    return values;
  }

  private static void add(String value, String prefix, List<String> values) {
    if (value.startsWith(prefix) && value.length() > prefix.length()) {
      values.add(value.substring(prefix.length()));
    }
  }

  /** The signatures in a header; those that are none are left out. */
  static List<byte[]> signatures(Header header, Encoding encoding, SignedRequest request) {
    return values(header, request).stream()
        .map(encoding == Encoding.HEX ? Keys::fromHex : Keys::fromBase64)
        .flatMap(Optional::stream)
        .toList();
  }

  /**
   * What is signed, and when.
   *
   * @param parts what is signed
   * @param time where the time of signing stands, if it is signed
   * @param window how far that may be from now
   * @param clock of now
   */
  record Signed(
      List<SignedPart> parts, Optional<SignedTime> time, Duration window, InstantSource clock) {

    /** The bytes; empty if the request lacks some of it. */
    Optional<List<byte[]>> bytes(SignedRequest request, String webhookId) {
      Optional<String> timestamp = timestamp(request);
      return timestamp.isEmpty()
          ? Optional.empty()
          : SignedParts.of(parts, request, timestamp.get(), webhookId);
    }

    /** Of a request whose signature holds: whether it was made now. */
    Verdict whenMade(SignedRequest request) {
      if (time.isEmpty()) {
        return Verdict.VALID;
      }
      Optional<Instant> made = timestamp(request).flatMap(time.get().format()::read);
      if (made.isEmpty()) {
        return Verdict.INVALID;
      }
      Duration age = Duration.between(made.get(), clock.instant()).abs();
      return age.compareTo(time.get().tolerance().orElse(window)) > 0
          ? Verdict.STALE
          : Verdict.VALID;
    }

    private Optional<String> timestamp(SignedRequest request) {
      return time.isEmpty()
          ? Optional.of("")
          : values(time.get().header(), request).stream().findFirst();
    }
  }
}
