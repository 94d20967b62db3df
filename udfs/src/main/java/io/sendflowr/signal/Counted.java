package io.sendflowr.signal;

/** An event and the time during which it counts for a person. */
public interface Counted {
  /** The event. */
  PersonEvent event();

  /** From when on it counts, epoch ms, not before the event's own time. */
  long from();

  /**
   * Until when it counts, epoch ms, exclusive; {@link Long#MAX_VALUE} while nobody took it back.
   */
  long until();

  /** When it happened, epoch ms. */
  default long time() {
    return event().observation().time();
  }

  /** Whether it counts at an instant (epoch ms). */
  default boolean countsAt(long instant) {
    return from() <= instant && instant < until();
  }

  /** Whether it happened up to an instant (epoch ms) and counts then. */
  default boolean isStampedAndCountsAt(long instant) {
    return time() <= instant && countsAt(instant);
  }

  /** An event that counts from its own time on, for good. */
  static Counted always(PersonEvent event) {
    return new Always(event);
  }

  /** What {@link #always} makes. */
  record Always(PersonEvent event) implements Counted {
    @Override
    public long from() {
      return time();
    }

    @Override
    public long until() {
      return Long.MAX_VALUE;
    }
  }
}
