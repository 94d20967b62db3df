package io.sendflowr.identity;

import java.io.Serializable;

/** What every subtask must know of identities: broadcast, and applied in event time. */
public sealed interface GraphChange extends Serializable {

  /** Effective event time, epoch ms. */
  long time();

  /**
   * A link or unlink.
   *
   * @param change what was said
   * @param reportedTime its own timestamp, epoch ms
   */
  record Linked(LinkChange change, long reportedTime) implements GraphChange {
    @Override
    public long time() {
      return change.time();
    }
  }

  /**
   * Consent was withdrawn for good, or given back: an event that starts or ends a suppression which
   * no time ends. Everybody knows it so that it outlives the erasure of the person.
   *
   * @param holder key of the identifier that holds the event
   * @param type event type
   * @param time effective event time, epoch ms
   * @param reportedTime its own timestamp, epoch ms
   */
  record Consented(long holder, String type, long time, long reportedTime) implements GraphChange {}

  /**
   * A person is to be forgotten.
   *
   * @param erasure who, and as of when
   */
  record Erased(Erasure erasure) implements GraphChange {
    @Override
    public long time() {
      return erasure.time();
    }
  }
}
