package io.sendflowr.timing;

import io.sendflowr.latency.Latency;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * What a request is answered at an instant (SPEC section 6).
 *
 * @param status what is to happen
 * @param person key of the universal id
 * @param target minute to aim at, epoch ms; meaningful only if scheduled
 * @param latency from trigger to arrival, as it was known when this was decided
 * @param confidence 0 to 1, six decimals
 * @param identityConfidence 0 to 1
 * @param decidedAt event time of the decision, epoch ms
 * @param baseCurvePeak slot, 0 to 10,079
 * @param appliedWeights live hot paths with their ω now, four decimals, by name; before them an
 *     active suppression as −1
 * @param suppressionReason reason of the active suppression that ends last, or null
 * @param suppressedUntil when it ends, epoch ms, {@link Long#MAX_VALUE} if never; meaningful only
 *     with a reason
 * @param cancelReason why the request was closed, null unless it was cancelled
 */
public record Decision(
    Status status,
    long person,
    long target,
    Latency latency,
    double confidence,
    double identityConfidence,
    long decidedAt,
    int baseCurvePeak,
    List<AppliedWeight> appliedWeights,
    String suppressionReason,
    long suppressedUntil,
    String cancelReason)
    implements Serializable {

  /** Reason of a request that its asker took back. */
  public static final String REQUESTED = "requested";

  /** Reason of a request whose person was erased. */
  public static final String ERASED = "erased";

  /** A decision that does not cancel. */
  public Decision(
      Status status,
      long person,
      long target,
      Latency latency,
      double confidence,
      double identityConfidence,
      long decidedAt,
      int baseCurvePeak,
      List<AppliedWeight> appliedWeights,
      String suppressionReason,
      long suppressedUntil) {
    this(
        status,
        person,
        target,
        latency,
        confidence,
        identityConfidence,
        decidedAt,
        baseCurvePeak,
        appliedWeights,
        suppressionReason,
        suppressedUntil,
        null);
  }

  /** Status of a schedule. */
  public enum Status {
    /** There is a target. */
    SCHEDULED,
    /** There are candidate minutes, all inside a suppression. */
    SUPPRESSED,
    /** No minute is left that could be reached. */
    UNREACHABLE,
    /** The request was withdrawn. */
    CANCELLED
  }

  /**
   * What moved a decision.
   *
   * @param signal hot path, or reason of the suppression
   * @param weight ω, or −1
   */
  public record AppliedWeight(String signal, double weight) implements Serializable {}

  public Decision {
    appliedWeights = List.copyOf(appliedWeights);
  }

  /** From trigger to arrival, in ms. */
  public long latencyMillis() {
    return latency.millis();
  }

  /**
   * When to trigger so that the message lands on the target, epoch ms; meaningful only if
   * scheduled.
   */
  public long trigger() {
    return target - latencyMillis();
  }

  /** Whether a suppression is active. */
  public boolean isSuppressionActive() {
    return suppressionReason != null;
  }

  /** Whether it differs so that a new revision has to be written (SPEC section 6). */
  public boolean differsFrom(Decision other) {
    return !says(
        other.status, other.target, other.person, other.suppressionReason, other.suppressedUntil);
  }

  /** Whether that is what it says. */
  boolean says(Status status, long target, long person, String reason, long until) {
    return this.status == status
        && this.target == target
        && this.person == person
        && Objects.equals(suppressionReason, reason)
        && suppressedUntil == until;
  }

  /**
   * The last instant (epoch ms) at which a change still revises this decision of {@code request};
   * {@link Long#MIN_VALUE} if it is final.
   */
  public long pendingUntil(SendRequest request) {
    return switch (status) {
      case SCHEDULED -> trigger();
      case SUPPRESSED -> request.sendBefore() - latencyMillis();
      case UNREACHABLE, CANCELLED -> Long.MIN_VALUE;
    };
  }

  /**
   * The decision by which a cancelled request is closed: like this one, without target and
   * confidence.
   *
   * @param reason {@link #REQUESTED} or {@link #ERASED}
   * @param at epoch ms
   */
  public Decision cancelled(String reason, long at) {
    return new Decision(
        Status.CANCELLED,
        person,
        0,
        latency,
        0,
        identityConfidence,
        at,
        baseCurvePeak,
        appliedWeights,
        suppressionReason,
        suppressedUntil,
        reason);
  }
}
