package io.sendflowr.benchmarks.wholejob;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * What one run of a subject took.
 *
 * @param records how many records were timed
 * @param seconds how long they took
 * @param cpuSeconds processor time of the process meanwhile
 * @param peakRssBytes most memory that the process ever had
 * @param state what it keeps
 * @param written records written to the topic for results
 */
public record Result(
    long records, double seconds, double cpuSeconds, long peakRssBytes, State state, long written) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String MARK = "RESULT ";

  /**
   * What a subject keeps, and how long that takes.
   *
   * @param bytes size of the last checkpoint
   * @param checkpointMillis median duration of checkpoints
   * @param restoreMillis from submitting the job with its last checkpoint to running; 0 if not
   *     asked
   * @param linkBytes heap that links take in one subtask
   */
  public record State(long bytes, long checkpointMillis, long restoreMillis, long linkBytes) {
    /** Of a subject that has no checkpoints. */
    static final State NONE = new State(0, 0, 0, 0);
  }

  /** Of a run about whose results nothing is known yet. */
  Result(long records, double seconds, double cpuSeconds, long peakRssBytes, State state) {
    this(records, seconds, cpuSeconds, peakRssBytes, state, 0);
  }

  double perSecond() {
    return records / seconds;
  }

  double cpuSecondsPerMillion() {
    return cpuSeconds * 1_000_000 / records;
  }

  /** The line by which a process tells its result. */
  String line() {
    try {
      return MARK + JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A record of numbers can be written", e);
    }
  }

  /** Whether a line tells one. */
  static boolean isIn(String line) {
    return line.startsWith(MARK);
  }

  static Result of(String line) {
    try {
      return JSON.readValue(line.substring(MARK.length()), Result.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A process told no result: " + line, e);
    }
  }

  Result withWritten(long count) {
    return new Result(records, seconds, cpuSeconds, peakRssBytes, state, count);
  }
}
