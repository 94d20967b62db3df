package io.sendflowr.job;

/**
 * Something about Kafka is not as the job needs it: a property, a topic, a broker that does not
 * answer. The message is one line for the person who has to change it, and holds no secret.
 */
public final class KafkaSetupException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what is wrong and what to do
   */
  public KafkaSetupException(String message) {
    super(message);
  }

  /**
   * @param message what is wrong and what to do
   * @param cause what Kafka says
   */
  public KafkaSetupException(String message, Throwable cause) {
    super(message, cause);
  }
}
