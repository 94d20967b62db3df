package io.sendflowr.flink;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.signal.Horizon;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.Turns;
import io.sendflowr.signal.cep.DerivedPatterns;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;

/** Makes of an operator's timers what a savepoint of the first version holds ({@link Turns}). */
public final class FirstVersionTimers {
  private FirstVersionTimers() {}

  /**
   * Moves the timer at which it is looked whether an event of a key is over.
   *
   * @param name of the operator's timers
   * @return where the first version set it, epoch ms
   */
  public static <T extends AbstractStreamOperator<?> & Triggerable<Long, VoidNamespace>>
      long moveCheck(T operator, String name, long key, Observation event) {
    Horizon horizon = new Horizon(CatalogueReader.builtIn(), DerivedPatterns.derivations());
    long check = horizon.firstVersionNextCheck(event);
    InternalTimerService<VoidNamespace> timers =
        operator.getInternalTimerService(name, VoidNamespaceSerializer.INSTANCE, operator);
    operator.setCurrentKey(key);
    timers.deleteEventTimeTimer(VoidNamespace.INSTANCE, horizon.nextCheck(key, event));
    timers.registerEventTimeTimer(VoidNamespace.INSTANCE, check);
    return check;
  }
}
