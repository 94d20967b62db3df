package io.sendflowr.gateway.kafka;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The questions that were asked of the job, and its answers. Those of the latest questions are
 * kept, for whoever asks again with the same request id because no answer came in time.
 */
public final class PendingAnswers {
  private final int mostKept;
  private final Map<AnswerKey, Question> questions;

  /**
   * Starts with none.
   *
   * @param mostKept how many questions are known at a time
   */
  public PendingAnswers(int mostKept) {
    this.mostKept = mostKept;
    this.questions =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<AnswerKey, Question> eldest) {
            return size() > PendingAnswers.this.mostKept;
          }
        };
  }

  /**
   * A question.
   *
   * @param fingerprint of what was asked, to tell it from another with the same id
   * @param written done when the brokers have it
   * @param answer the record that answers it
   */
  public record Question(
      String fingerprint, CompletableFuture<Void> written, CompletableFuture<byte[]> answer) {

    /** One that nobody has asked yet. */
    public static Question of(String fingerprint) {
      return new Question(fingerprint, new CompletableFuture<>(), new CompletableFuture<>());
    }
  }

  /**
   * Remembers a question, unless there is one already.
   *
   * @return the one that was asked before; empty if this is the first
   */
  public synchronized Optional<Question> ask(AnswerKey key, Question question) {
    return Optional.ofNullable(questions.putIfAbsent(key, question));
  }

  /** Forgets a question that did not come to be asked. */
  public synchronized void forget(AnswerKey key, Question question) {
    questions.remove(key, question);
  }

  /** Whether somebody asked for this. */
  synchronized boolean isAsked(AnswerKey key) {
    return questions.containsKey(key);
  }

  /** Gives an answer to whoever asked for it. */
  void answer(AnswerKey key, byte[] value) {
    Question question;
    synchronized (this) {
      question = questions.get(key);
    }
    if (question != null) {
      question.answer().complete(value);
    }
  }
}
