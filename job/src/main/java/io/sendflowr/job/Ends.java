package io.sendflowr.job;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.json.JsonOutput;
import io.sendflowr.flow.Inbound;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;

/**
 * Where the topology reads from and writes to: the only difference between a replay and the live
 * job.
 */
public interface Ends {

  /** Reads a topic. */
  Source<Inbound, ?, ?> source(InputTopic topic);

  /**
   * How many readers a topic may have. A reader that has nothing to read must not exist where event
   * time goes by what each of them read: it would stand still there.
   */
  int sourceParallelism(InputTopic topic, int jobParallelism);

  /** How far event time has come by what a source reads. */
  WatermarkStrategy<Inbound> eventTime();

  /** Writes a topic. */
  <T> Sink<T> sink(OutputTopic topic, JsonOutput<T> json);

  /** How many writers a topic may have: 1 for a file, the job's parallelism for Kafka. */
  int sinkParallelism(int jobParallelism);
}
