package io.sendflowr.deploy.cluster;

/** Something about a cluster that its operator has to know; the message is for them. */
public final class ClusterException extends Exception {
  private static final long serialVersionUID = 1L;

  ClusterException(String message) {
    super(message);
  }

  ClusterException(String message, Throwable cause) {
    super(message, cause);
  }
}
