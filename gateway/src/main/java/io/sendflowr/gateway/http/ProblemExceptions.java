package io.sendflowr.gateway.http;

import java.util.concurrent.CompletionException;

/** Finds the problem in what a future failed with. */
final class ProblemExceptions {
  private ProblemExceptions() {}

  static RuntimeException of(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
  }
}
