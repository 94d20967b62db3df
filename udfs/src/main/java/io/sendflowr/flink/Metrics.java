package io.sendflowr.flink;

import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * How the job's metrics are named. All of them stand in one group, so that they are told from
 * Flink's own by their name.
 *
 * <p>Labels take the few values of an enumeration, and each value is counted from 0 on: a rate of
 * something that has not happened yet is 0 and not missing.
 */
public final class Metrics {
  private static final String GROUP = "sendflowr";

  private Metrics() {}

  /** The group of our metrics inside that of an operator. */
  public static MetricGroup of(MetricGroup operator) {
    return operator.addGroup(GROUP);
  }

  /**
   * A counter for each of some values of a label.
   *
   * @param group where they stand
   * @param label name of the label
   * @param values values that are counted apart, at least one; written in lower case, as in the
   *     outputs
   * @param name name of the counters
   */
  public static <E extends Enum<E>> Map<E, Counter> counters(
      MetricGroup group, String label, Collection<E> values, String name) {
    Map<E, Counter> counters = new EnumMap<>(values.iterator().next().getDeclaringClass());
    for (E value : values) {
      counters.put(
          value, group.addGroup(label, value.name().toLowerCase(Locale.ROOT)).counter(name));
    }
    return counters;
  }
}
