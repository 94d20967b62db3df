package io.sendflowr.oracle;

import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.timing.SendRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that has to be written of a set of records, and who is who at the end.
 *
 * @param schedules of each request id the schedules in the order in which they are written;
 *     revisions start at 0 again where the id stands for another request later
 * @param rejected requests whose id stood for another one
 * @param answers what resolve requests are answered
 * @param identityChanges the audit trail; {@code cause} is null
 * @param persons key of the universal id of each identifier that any record names, after the last
 *     record
 */
public record Outcome(
    Map<String, List<Line>> schedules,
    Set<SendRequest> rejected,
    Set<Answer> answers,
    Set<IdentityChange> identityChanges,
    Map<Identifier, Long> persons) {

  /** Reason of a cancellation that was asked for. */
  public static final String REQUESTED = "requested";

  /** Reason of a cancellation because the person is forgotten. */
  public static final String ERASED = "erased";

  /**
   * A schedule.
   *
   * @param schedule all but the reason of a cancellation
   * @param cancelReason {@link #REQUESTED} or {@link #ERASED}; null unless cancelled
   */
  public record Line(Schedule schedule, String cancelReason) {}

  /**
   * The answer to a resolve request.
   *
   * @param requestId the asker's id
   * @param time effective time of the question, epoch ms
   * @param person key of the universal id
   * @param members all identifiers of the person, ascending; empty where a universal id was asked
   *     for that nothing is known of
   * @param confidence 0 to 1
   */
  public record Answer(
      String requestId, long time, long person, List<Identifier> members, double confidence) {}
}
