package io.sendflowr.flow.operator;

import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.GraphChange.Consented;
import io.sendflowr.identity.GraphChange.Linked;
import io.sendflowr.identity.Identifier;
import org.apache.flink.api.common.functions.Partitioner;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.util.MathUtils;

/**
 * Brings all links and unlinks of a pair to one subtask: {@code changes.partitionCustom(p, p)}. Not
 * a {@code keyBy}, because the operator behind has no keyed state and a pair that shares its key
 * with another does no harm here.
 */
public final class PairPartitioner
    implements KeySelector<GraphChange, Integer>, Partitioner<Integer> {
  private static final long serialVersionUID = 1L;

  /**
   * The same for all changes of a pair, whichever end is named first.
   *
   * @throws IllegalArgumentException if it is an erasure: that one goes to every subtask
   */
  @Override
  public Integer getKey(GraphChange change) {
    if (change instanceof Linked linked) {
      return hash(linked.change().a()) + hash(linked.change().b());
    }
    if (change instanceof Consented consented) {
      return Long.hashCode(consented.holder());
    }
    throw new IllegalArgumentException("An erasure is to be broadcast, not partitioned");
  }

  @Override
  public int partition(Integer key, int partitions) {
    return MathUtils.murmurHash(key) % partitions;
  }

  /** Not {@link Identifier#hashCode}, which may differ between Java machines. */
  private static int hash(Identifier identifier) {
    return 31 * identifier.value().hashCode() + identifier.rank();
  }
}
