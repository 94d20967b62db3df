package io.sendflowr.flink;

import java.util.Map;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.OperatorMetricGroup;
import org.apache.flink.metrics.testutils.MetricListener;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.groups.InternalOperatorMetricGroup;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups.UnregisteredOperatorMetricGroup;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups.UnregisteredTaskMetricGroup;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;

/** The metrics of an operator in a test. */
public final class RecordedMetrics {
  private final MetricListener listener = new MetricListener();
  private final InternalOperatorMetricGroup group =
      new UnregisteredOperatorMetricGroup() {
        @Override
        public MetricGroup addGroup(String name) {
          return listener.getMetricGroup().addGroup(name);
        }
      };

  /** The operator of a function that reports here. */
  public <K, I, O> KeyedProcessOperator<K, I, O> operator(KeyedProcessFunction<K, I, O> function) {
    return new KeyedProcessOperator<>(function) {
      private static final long serialVersionUID = 1L;

      @Override
      public OperatorMetricGroup getMetricGroup() {
        return group;
      }
    };
  }

  /** For an environment whose only operator reports here. */
  public UnregisteredTaskMetricGroup ofTask() {
    return new UnregisteredTaskMetricGroup() {
      @Override
      public InternalOperatorMetricGroup getOrAddOperator(
          OperatorID id, String name, Map<String, String> variables) {
        return group;
      }
    };
  }

  /** A counter of ours. */
  public long count(String... path) {
    return listener.getCounter(ours(path)).orElseThrow().getCount();
  }

  /** A gauge of ours. */
  public long gauge(String... path) {
    return listener.<Number>getGauge(ours(path)).orElseThrow().getValue().longValue();
  }

  /** A histogram of ours. */
  public Histogram histogram(String... path) {
    return listener.getHistogram(ours(path)).orElseThrow();
  }

  /** Whether there is a gauge of ours. */
  public boolean hasGauge(String... path) {
    return listener.getGauge(ours(path)).isPresent();
  }

  private static String[] ours(String... path) {
    String[] whole = new String[path.length + 1];
    whole[0] = "sendflowr";
    System.arraycopy(path, 0, whole, 1, path.length);
    return whole;
  }
}
