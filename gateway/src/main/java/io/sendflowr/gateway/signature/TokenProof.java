package io.sendflowr.gateway.signature;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;

/** A secret that comes along as it is. */
public final class TokenProof implements Proof {
  private final Function<SignedRequest, Stream<String>> places;
  private final List<byte[]> secrets;

  private TokenProof(Function<SignedRequest, Stream<String>> places, List<String> secrets) {
    this.places = places;
    this.secrets = secrets.stream().map(secret -> secret.getBytes(StandardCharsets.UTF_8)).toList();
  }

  /**
   * A token in a header.
   *
   * @param name of the header, in lower case
   * @param prefix what the header begins with, in any case, and that is no part of the token
   * @param secrets of which one has to come
   */
  public static TokenProof header(String name, String prefix, List<String> secrets) {
    return new TokenProof(request -> inHeader(name, prefix, request), secrets);
  }

  /** A token in a parameter of the query. */
  static TokenProof query(String name, List<String> secrets) {
    return new TokenProof(request -> request.parameter(name).stream(), secrets);
  }

  /** A token in either place: not everybody can choose. */
  static TokenProof headerOrQuery(
      String header, String prefix, String parameter, List<String> secrets) {
    return new TokenProof(
        request ->
            Stream.concat(inHeader(header, prefix, request), request.parameter(parameter).stream()),
        secrets);
  }

  @Override
  public boolean isCarriedBy(SignedRequest head) {
    return isValid(head);
  }

  @Override
  public CompletionStage<Verdict> check(SignedRequest request) {
    return CompletableFuture.completedFuture(isValid(request) ? Verdict.VALID : Verdict.INVALID);
  }

  /** Whether one of the secrets comes along. All are compared, whichever it is. */
  public boolean isValid(SignedRequest request) {
    List<byte[]> claimed =
        places.apply(request).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    boolean valid = false;
    for (byte[] secret : secrets) {
      for (byte[] one : claimed) {
        valid |= MessageDigest.isEqual(one, secret);
      }
    }
    return valid;
  }

  private static Stream<String> inHeader(String name, String prefix, SignedRequest request) {
    return request.header(name).stream()
        .map(String::strip)
        .map(
            value ->
                value.regionMatches(true, 0, prefix, 0, prefix.length())
                    ? value.substring(prefix.length()).strip()
                    : null)
        .filter(Objects::nonNull);
  }
}
