package io.sendflowr.connectors.kafka;

import io.sendflowr.connectors.EventTime;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.Inbound;
import java.time.Clock;
import java.time.Duration;
import java.util.Properties;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Flink's Kafka source with a clock: event time goes on while a partition yields nothing, and does
 * not while there is something to read in it.
 *
 * <p>Flink's own answer to a quiet partition is to leave it out ("idle") after a while without
 * records. That is a guess twice over: a partition whose broker stalls for that long is left out
 * with all its backlog, which is then late; and when every partition is quiet, event time stands.
 * Here each reader looks up where its partitions end. What has been read up to an end that was
 * looked up at an instant has been read as of that instant, so event time is there; and while the
 * broker does not answer, it waits.
 *
 * <p>A reader without a partition would say nothing, and hold everybody back: a source must not
 * have more readers than partitions.
 */
public final class KafkaLiveSource
    implements Source<Inbound, KafkaPartitionSplit, KafkaSourceEnumState>,
        ResultTypeQueryable<Inbound> {
  private static final long serialVersionUID = 1L;

  private final KafkaSource<ConsumerRecord<byte[], byte[]>> kafka;
  private final Properties client;
  private final InputTopic topic;
  private final RecordReaderFactory records;
  private final Duration outOfOrderness;

  /**
   * @param kafka reads the topic
   * @param client properties of a consumer that looks up where partitions end
   * @param topic which of our topics it is
   * @param records how records are read
   * @param outOfOrderness how long after its time a record may arrive
   */
  KafkaLiveSource(
      KafkaSource<ConsumerRecord<byte[], byte[]>> kafka,
      Properties client,
      InputTopic topic,
      RecordReaderFactory records,
      Duration outOfOrderness) {
    this.kafka = kafka;
    this.client = client;
    this.topic = topic;
    this.records = records;
    this.outOfOrderness = outOfOrderness;
  }

  @Override
  public Boundedness getBoundedness() {
    return kafka.getBoundedness();
  }

  @Override
  public SourceReader<Inbound, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    return new LiveReader(
        kafka.createReader(context),
        new RecordIntake(topic, records.create(), Clock.systemUTC()),
        wake ->
            PartitionEnds.watch(
                client, Clock.systemUTC(), EventTime.liveStep(outOfOrderness), wake),
        outOfOrderness);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> createEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context) {
    return kafka.createEnumerator(context);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restoreEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumState state)
      throws Exception {
    return kafka.restoreEnumerator(context, state);
  }

  @Override
  public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
    return new LiveSplit.Serializer();
  }

  @Override
  public SimpleVersionedSerializer<KafkaSourceEnumState> getEnumeratorCheckpointSerializer() {
    return kafka.getEnumeratorCheckpointSerializer();
  }

  @Override
  public TypeInformation<Inbound> getProducedType() {
    return Types.INBOUND;
  }
}
