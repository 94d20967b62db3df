package io.sendflowr.benchmarks.micro;

import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;

/**
 * One operator alone, its state in RocksDB: what it takes is not read from the network, and what it
 * sends goes nowhere.
 *
 * @param <I> what it is keyed by
 * @param <B> what is broadcast to it
 */
final class Subtask<I, B> implements AutoCloseable {
  private static final int MAX_PARALLELISM = 128;
  private static final String MEMORY = "256mb";

  private final KeyedTwoInputStreamOperatorTestHarness<Long, I, B, ?> harness;

  <O> Subtask(
      TwoInputStreamOperator<I, B, O> operator, KeySelector<I, Long> key, TypeSerializer<O> out)
      throws Exception {
    harness = harness(operator, key, out);
  }

  private static <I, B, O> KeyedTwoInputStreamOperatorTestHarness<Long, I, B, O> harness(
      TwoInputStreamOperator<I, B, O> operator, KeySelector<I, Long> key, TypeSerializer<O> out)
      throws Exception {
    KeyedTwoInputStreamOperatorTestHarness<Long, I, B, O> harness =
        new KeyedTwoInputStreamOperatorTestHarness<>(
            operator, key, null, BasicTypeInfo.LONG_TYPE_INFO, MAX_PARALLELISM, 1, 0);
    EmbeddedRocksDBStateBackend backend = new EmbeddedRocksDBStateBackend(true);
    backend.getMemoryConfiguration().setFixedMemoryPerSlot(MEMORY);
    harness.setStateBackend(backend);
    harness.getExecutionConfig().enableObjectReuse();
    harness.setup(out);
    harness.open();
    return harness;
  }

  void take(I input) throws Exception {
    harness.processElement1(new StreamRecord<>(input));
  }

  void takeBroadcast(B input) throws Exception {
    harness.processElement2(new StreamRecord<>(input));
  }

  /** Lets all timers up to an instant (epoch ms) fire, and forgets what was sent. */
  void advance(long time) throws Exception {
    harness.processWatermark1(new Watermark(time));
    harness.processWatermark2(new Watermark(time));
    harness.getOutput().clear();
  }

  @Override
  public void close() throws Exception {
    harness.close();
  }
}
