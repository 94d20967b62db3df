package io.sendflowr.benchmarks.micro;

import java.time.Duration;

/**
 * Who does something when: each person has two sessions a day, of five events about two minutes
 * apart, and those of many persons overlap. Times ascend.
 */
final class Sessions {
  /** How many sessions a person has in a week. */
  static final int A_WEEK = 14;

  private static final int EVENTS = 5;
  private static final long GAP = Duration.ofMinutes(2).toMillis();
  private static final long EVERY = Duration.ofHours(12).toMillis();

  private final int persons;

  /** From the beginning of one session to that of the next one, whoever's, in ms. */
  private final long step;

  /** How many sessions begin between two events of one. */
  private final long lag;

  private long begun;
  private int place = -1;

  Sessions(int persons) {
    this.persons = persons;
    this.step = EVERY / persons;
    this.lag = GAP / step;
  }

  /** Goes on to the next event. */
  void advance() {
    do {
      place++;
      if (place == EVENTS) {
        place = 0;
        begun++;
      }
    } while (session() < 0);
  }

  private long session() {
    return begun - place * lag;
  }

  /** Whose event it is. */
  int person() {
    return (int) (session() % persons);
  }

  /** When it happens, epoch ms. */
  long time() {
    return Inputs.NOW + begun * step + (lag == 0 ? place * GAP : place);
  }

  /** Whether it is the first of its session. */
  boolean begins() {
    return place == 0;
  }

  /** How many sessions the person had before this one. */
  long sessionsBefore() {
    return session() / persons;
  }
}
