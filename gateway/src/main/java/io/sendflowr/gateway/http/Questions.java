package io.sendflowr.gateway.http;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.gateway.Limits;
import io.sendflowr.gateway.kafka.AnswerKey;
import io.sendflowr.gateway.kafka.PendingAnswers;
import io.sendflowr.gateway.kafka.PendingAnswers.Question;
import io.sendflowr.gateway.kafka.RecordProducer;
import io.sendflowr.gateway.kafka.Sent;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks the job over Kafka. What goes wrong is a {@link ProblemException}. */
public final class Questions {
  private static final Problem DUPLICATE =
      new Problem(
          409, "duplicate_request", "This request_id stands for another request; choose another.");

  private final RecordProducer producer;
  private final PendingAnswers pending;
  private final Budget waiting;
  private final Limits limits;
  private final GatewayMetrics metrics;

  /**
   * @param producer writes to Kafka
   * @param pending is told of the answers
   * @param waiting room for questions
   * @param limits how long to wait
   * @param metrics counts
   */
  public Questions(
      RecordProducer producer,
      PendingAnswers pending,
      Budget waiting,
      Limits limits,
      GatewayMetrics metrics) {
    this.producer = producer;
    this.pending = pending;
    this.waiting = waiting;
    this.limits = limits;
    this.metrics = metrics;
  }

  /**
   * Writes a record.
   *
   * @param key null if it may go to any partition
   * @return completes when the brokers have it
   */
  CompletableFuture<Void> send(InputTopic topic, String key, long time, byte[] record) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    producer.send(
        topic,
        key == null ? null : key.getBytes(StandardCharsets.UTF_8),
        time,
        record,
        sent -> {
          metrics.sent(topic.defaultName(), sent.name().toLowerCase(Locale.ROOT));
          if (sent == Sent.WRITTEN) {
            done.complete(null);
          } else {
            done.completeExceptionally(
                new ProblemException(
                    sent == Sent.TOO_LARGE ? Problem.TOO_LARGE : Problem.UNAVAILABLE));
          }
        });
    return done;
  }

  /**
   * Asks, and waits for the answer. Who asks again with the same request id gets the answer to what
   * was asked first, if it is the same that is asked.
   *
   * @param topic where the answer will be
   * @param requestId of the question
   * @param fingerprint of the question, equal for those that ask the same
   * @param time of the question, epoch ms
   * @param record the question, as it goes to {@code send-requests}
   * @return the record that answers it
   */
  CompletableFuture<byte[]> ask(
      OutputTopic topic, String requestId, String fingerprint, long time, byte[] record) {
    AnswerKey key = new AnswerKey(topic, requestId);
    Question question = Question.of(fingerprint);
    if (!waiting.take(1)) {
      return CompletableFuture.failedFuture(new ProblemException(Problem.BUSY));
    }
    Question first = pending.ask(key, question).orElse(question);
    if (!first.fingerprint().equals(fingerprint)) {
      waiting.give(1);
      return CompletableFuture.failedFuture(new ProblemException(DUPLICATE));
    }
    if (first.equals(question)) {
      write(key, question, time, record);
    }
    return first
        .answer()
        .copy()
        .orTimeout(limits.answerTime().toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (value, failure) -> {
              waiting.give(1);
              if (failure == null) {
                return value;
              }
              throw failure instanceof TimeoutException
                  ? new ProblemException(
                      first.written().isDone() ? noAnswer(topic, requestId) : Problem.UNAVAILABLE)
                  : ProblemExceptions.of(failure);
            });
  }

  private void write(AnswerKey key, Question question, long time, byte[] record) {
    // What fails is told to whoever waits for the answer.
    var unused =
        send(InputTopic.SEND_REQUESTS, key.requestId(), time, record)
            .whenComplete(
                (sent, failure) -> {
                  if (failure == null) {
                    question.written().complete(null);
                  } else {
                    pending.forget(key, question);
                    question.answer().completeExceptionally(failure);
                  }
                });
  }

  private Problem noAnswer(OutputTopic topic, String requestId) {
    return new Problem(
        504,
        "no_answer",
        "The job did not answer request_id "
            + requestId
            + " within "
            + limits.answerTime().toMillis() / 1000.0
            + " s. Kafka has the question, and the answer will be on the topic "
            + topic.defaultName()
            + ". Is the job running, and is the timestamp not ahead of it?");
  }
}
