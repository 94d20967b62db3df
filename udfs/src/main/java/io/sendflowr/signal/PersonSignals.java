package io.sendflowr.signal;

import io.sendflowr.catalogue.CircuitBreaker;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What of a person's events counts at an instant, for requests of all channels: what is read once
 * for all of a person's requests. Not thread-safe.
 */
public final class PersonSignals {
  private final long now;
  private final List<Signal> hotPaths;
  private final List<Guard> guards;
  private final Map<String, List<Long>> endings;
  private final List<Observation> clicks;
  private final Map<String, EffectiveSignals> byChannel = new HashMap<>();

  /**
   * Something that asks not to message.
   *
   * @param breaker for how long
   * @param reason event type or derived signal
   * @param time when it happened, epoch ms
   * @param lastingOnly whether only what it suppresses for good counts
   */
  record Guard(CircuitBreaker breaker, String reason, long time, boolean lastingOnly) {}

  /**
   * @param now the instant, epoch ms
   * @param hotPaths latest live signal of each hot path, by name
   * @param guards whatever breaks a circuit
   * @param endings by event type, when what ends suppressions happened
   * @param clicks the newest clicks that count, in {@link Observation#ORDER}
   */
  PersonSignals(
      long now,
      List<Signal> hotPaths,
      List<Guard> guards,
      Map<String, List<Long>> endings,
      List<Observation> clicks) {
    this.now = now;
    this.hotPaths = List.copyOf(hotPaths);
    this.guards = guards;
    this.endings = endings;
    this.clicks = List.copyOf(clicks);
  }

  /** What is effective for requests of a channel. */
  public EffectiveSignals of(String channel) {
    return byChannel.computeIfAbsent(
        channel, asked -> new EffectiveSignals(hotPaths, List.copyOf(suppressions(asked)), clicks));
  }

  private Collection<Suppression> suppressions(String channel) {
    Collection<Suppression> suppressions = new TreeSet<>(Suppression.BY_END);
    for (Guard guard : guards) {
      long end = guard.breaker().endFor(guard.time(), channel);
      if (guard.lastingOnly() && end != CircuitBreaker.PERMANENT) {
        continue;
      }
      Suppression suppression =
          new Suppression(guard.reason(), guard.time(), Math.min(end, ended(guard)));
      if (suppression.covers(now)) {
        suppressions.add(suppression);
      }
    }
    return suppressions;
  }

  /** When it is ended early; later than anything if it is not. */
  private long ended(Guard guard) {
    long end = Long.MAX_VALUE;
    for (String type : guard.breaker().endedBy()) {
      for (long ending : endings.getOrDefault(type, List.of())) {
        if (ending >= guard.time()) {
          end = Math.min(end, ending);
        }
      }
    }
    return end;
  }
}
