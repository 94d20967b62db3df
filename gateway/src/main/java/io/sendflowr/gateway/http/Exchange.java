package io.sendflowr.gateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sendflowr.gateway.signature.SignedRequest;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * A request and its answer, which is given once; whatever else happens to it afterwards is of no
 * effect. What was taken for it is given back when it is over, however it ends.
 */
final class Exchange {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String RETRY_AFTER_SECONDS = "2";
  private static final byte[] NOTHING = {};

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final AtomicBoolean answered = new AtomicBoolean();
  private final Map<Budget, Long> taken = new HashMap<>();
  private boolean over;

  Exchange(Request request, Response response, Callback callback) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    Request.addCompletionListener(request, failure -> end());
  }

  Request request() {
    return request;
  }

  /** Runs what must not be run by whoever brings it about. */
  Executor executor() {
    return request.getComponents().getExecutor();
  }

  /** Where the request went to, without query. */
  String path() {
    return Request.getPathInContext(request);
  }

  boolean isAnswered() {
    return answered.get();
  }

  /** Takes something until this is over; false if there is not enough. */
  synchronized boolean take(Budget budget, long amount) {
    if (!over && !budget.take(amount)) {
      return false;
    }
    if (!over) {
      taken.merge(budget, amount, Long::sum);
    }
    return true;
  }

  private synchronized void end() {
    over = true;
    taken.forEach(Budget::give);
    taken.clear();
  }

  /**
   * The request as a signature sees it.
   *
   * @param publicUrl what stands before the path where the platform calls; empty to go by the
   *     request
   * @param body its bytes, or none yet
   */
  SignedRequest signed(Optional<String> publicUrl, byte[] body) {
    Map<String, String> headers = new HashMap<>();
    for (HttpField field : request.getHeaders()) {
      String value = field.getValue() == null ? "" : field.getValue();
      headers.merge(field.getLowerCaseName(), value, (first, next) -> first + ", " + next);
    }
    String base =
        publicUrl.orElseGet(
            () ->
                request.getHttpURI().getScheme()
                    + "://"
                    + headers.getOrDefault("host", request.getHttpURI().getAuthority()));
    String query = request.getHttpURI().getQuery();
    return new SignedRequest(
        base + request.getHttpURI().getPathQuery(), query == null ? "" : query, headers, body);
  }

  /** All is well, and there is nothing to say. */
  void done() {
    answer(200, null, NOTHING);
  }

  /** All is well. */
  void done(byte[] json) {
    answer(200, "application/json", json);
  }

  /** It was not done. */
  void refuse(Problem problem) {
    if (answered.get()) {
      return;
    }
    if (problem.status() == 401) {
      response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
    }
    if (problem.passes()) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    if (problem.status() == 408) {
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
    }
    answer(problem.status(), "application/json", json(problem));
  }

  /** Says what can be done where this cannot. */
  void allow(String methods) {
    response.getHeaders().put(HttpHeader.ALLOW, methods);
    refuse(Problem.METHOD);
  }

  void answer(int status, String contentType, byte[] content) {
    if (!answered.compareAndSet(false, true)) {
      return;
    }
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, content.length);
    if (contentType != null) {
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    }
    response.write(true, ByteBuffer.wrap(content), callback);
  }

  /** Nobody is there any more to be answered. */
  void fail(Throwable failure) {
    if (answered.compareAndSet(false, true)) {
      callback.failed(failure);
    }
  }

  static byte[] json(Problem problem) {
    try {
      return JSON.writeValueAsBytes(
          JSON.createObjectNode().put("error", problem.code()).put("detail", problem.detail()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Texts can be written as JSON", e);
    }
  }
}
