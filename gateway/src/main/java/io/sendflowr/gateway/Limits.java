package io.sendflowr.gateway;

import java.time.Duration;

/**
 * What the gateway takes at most, so that nobody can use up what it has.
 *
 * @param headerBytes of a request's line and headers together; 431 or 414 beyond
 * @param bodyBytes of a body, and of the record made of it; 413 beyond
 * @param bodyTime until a body has to be there; 408 beyond
 * @param idleTime until a connection that asks nothing is closed, also in the midst of headers
 * @param connections open at a time; more wait to be accepted
 * @param requests read and not yet answered, at a time; 429 beyond
 * @param requestBytes of bodies not yet answered, at a time; 429 beyond
 * @param questions waiting for an answer of the job, at a time; 429 beyond
 * @param answerTime until the job has to have answered; 504 beyond
 */
public record Limits(
    int headerBytes,
    int bodyBytes,
    Duration bodyTime,
    Duration idleTime,
    int connections,
    int requests,
    long requestBytes,
    int questions,
    Duration answerTime) {

  private static final int MEBIBYTE = 1 << 20;

  /** What holds unless configured otherwise. */
  public static final Limits DEFAULT =
      new Limits(
          16 << 10,
          MEBIBYTE,
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          4_096,
          4_096,
          32L * MEBIBYTE,
          1_024,
          Duration.ofSeconds(15));

  /** The same, with another time for answers. */
  public Limits withAnswerTime(Duration value) {
    return new Limits(
        headerBytes,
        bodyBytes,
        bodyTime,
        idleTime,
        connections,
        requests,
        requestBytes,
        questions,
        value);
  }
}
