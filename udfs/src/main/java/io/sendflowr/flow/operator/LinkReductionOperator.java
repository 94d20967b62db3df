package io.sendflowr.flow.operator;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flink.Metrics;
import io.sendflowr.flink.States;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.GraphChange.Erased;
import io.sendflowr.identity.GraphChange.Linked;
import io.sendflowr.identity.LinkReducer;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Lets pass what every subtask of the identity operator must know, before it is broadcast to all of
 * them: new facts, not page views (see {@link LinkReducer}).
 *
 * <p>Changes come partitioned by {@link PairPartitioner}, erasures broadcast: every subtask must
 * hear of them, and the first one tells of them.
 *
 * <p>What is withheld is passed on before each checkpoint, so that of all that is remembered a
 * single number must be kept.
 */
public final class LinkReductionOperator extends AbstractStreamOperator<GraphChange>
    implements OneInputStreamOperator<GraphChange, GraphChange> {
  private static final long serialVersionUID = 1L;

  private final Catalogue catalogue;
  private final int capacity;

  private transient LinkReducer reducer;
  private transient ListState<Long> latestRemoval;
  private transient boolean tellsOfErasures;
  private transient Counter passedOn;
  private transient Counter withheld;

  /**
   * @param catalogue identifier types
   * @param capacity how many pairs at least a subtask remembers as passed on, in [1, 2^28]; each
   *     costs 72 to 144 bytes
   */
  public LinkReductionOperator(Catalogue catalogue, int capacity) {
    this.catalogue = catalogue;
    this.capacity = capacity;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    latestRemoval = context.getOperatorStateStore().getUnionListState(States.latestRemoval());
    // Pairs may have moved between subtasks, so the removals of all of them are one's own.
    long latest = Long.MIN_VALUE;
    for (long one : latestRemoval.get()) {
      latest = Math.max(latest, one);
    }
    reducer = new LinkReducer(catalogue, capacity, latest);
  }

  @Override
  public void open() throws Exception {
    super.open();
    tellsOfErasures = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0;
    MetricGroup metrics = Metrics.of(getMetricGroup());
    passedOn = metrics.counter("linksPassedOn");
    withheld = metrics.counter("linksWithheld");
  }

  @Override
  public void processElement(StreamRecord<GraphChange> element) {
    reducer.add(element.getValue(), this::passOn);
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    withheld.inc(reducer.advance(mark.getTimestamp()));
    super.processWatermark(mark);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    reducer.flush(this::passOn);
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    latestRemoval.update(List.of(reducer.latestRemoval()));
  }

  private void passOn(GraphChange change) {
    if (change instanceof Erased && !tellsOfErasures) {
      return;
    }
    if (change instanceof Linked linked && !linked.change().unlink()) {
      passedOn.inc();
    }
    output.collect(new StreamRecord<>(change));
  }
}
