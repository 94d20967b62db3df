package io.sendflowr.flink;

import io.sendflowr.signal.Turns;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;

/** Makes of an operator's timers what a savepoint of the first version holds ({@link Turns}). */
public final class FirstVersionTimers {
  private FirstVersionTimers() {}

  /**
   * Moves a timer of a key.
   *
   * @param name of the operator's timers
   * @param from where it is, epoch ms
   * @param to where the first version set it, epoch ms
   */
  public static <T extends AbstractStreamOperator<?> & Triggerable<Long, VoidNamespace>> void move(
      T operator, String name, long key, long from, long to) {
    InternalTimerService<VoidNamespace> timers =
        operator.getInternalTimerService(name, VoidNamespaceSerializer.INSTANCE, operator);
    operator.setCurrentKey(key);
    timers.deleteEventTimeTimer(VoidNamespace.INSTANCE, from);
    timers.registerEventTimeTimer(VoidNamespace.INSTANCE, to);
  }
}
