package io.sendflowr.gateway.http;

import java.util.concurrent.atomic.AtomicLong;

/** So much of something, and no more, at a time. */
public final class Budget {
  private final long most;
  private final AtomicLong taken = new AtomicLong();

  /**
   * All of it is there.
   *
   * @param most how much there is
   */
  public Budget(long most) {
    this.most = most;
  }

  /** Takes some; false, and nothing is taken, if there is not so much. */
  boolean take(long amount) {
    if (taken.addAndGet(amount) <= most) {
      return true;
    }
    taken.addAndGet(-amount);
    return false;
  }

  /** Gives back what was taken. */
  void give(long amount) {
    taken.addAndGet(-amount);
  }

  /** How much is taken. */
  public long taken() {
    return taken.get();
  }
}
