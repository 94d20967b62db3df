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
 * @param stateBytes size of the last checkpoint; 0 if there is none
 * @param checkpointMillis median duration of checkpoints; 0 if there is none
 * @param restoreMillis from submitting the job with its last checkpoint to running; 0 if not asked
 * @param written records written to the topic for results
 */
public record Result(
    long records,
    double seconds,
    double cpuSeconds,
    long peakRssBytes,
    long stateBytes,
    long checkpointMillis,
    long restoreMillis,
    long written) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String MARK = "RESULT ";

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
    return new Result(
        records,
        seconds,
        cpuSeconds,
        peakRssBytes,
        stateBytes,
        checkpointMillis,
        restoreMillis,
        count);
  }
}
