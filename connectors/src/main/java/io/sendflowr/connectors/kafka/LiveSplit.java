package io.sendflowr.connectors.kafka;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A partition and how far it has been read, in offsets and in event time. A reader that is restored
 * begins event time where it was: else a late record would be taken for timely, and change a past
 * that is already decided.
 *
 * <p>The instant is kept with the partition, and not by the operator that judges what is late,
 * because partitions move between subtasks when a job is rescaled. (Flink has a kind of operator
 * state that all subtasks see; but a savepoint of a stopping job fails where a source's chain has
 * it and one subtask stops a moment before another.)
 */
final class LiveSplit extends KafkaPartitionSplit {
  private final long reached;

  /**
   * @param split the partition and its offsets
   * @param reached the watermark that was reached, epoch ms; {@link Long#MIN_VALUE} if none was
   */
  LiveSplit(KafkaPartitionSplit split, long reached) {
    super(
        split.getTopicPartition(),
        split.getStartingOffset(),
        split.getStoppingOffset().orElse(NO_STOPPING_OFFSET));
    this.reached = reached;
  }

  /** The watermark that was reached in a partition, epoch ms; the least if it has none. */
  static long reached(KafkaPartitionSplit split) {
    return split instanceof LiveSplit live ? live.reached : Long.MIN_VALUE;
  }

  /** Writes Kafka's part as Flink's connector does, and the watermark before it. */
  static final class Serializer implements SimpleVersionedSerializer<KafkaPartitionSplit> {
    private static final int VERSION = 1;

    private final KafkaPartitionSplitSerializer kafka = new KafkaPartitionSplitSerializer();

    @Override
    public int getVersion() {
      return VERSION;
    }

    @Override
    public byte[] serialize(KafkaPartitionSplit split) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (DataOutputStream out = new DataOutputStream(bytes)) {
        out.writeLong(reached(split));
        out.writeInt(kafka.getVersion());
        out.write(kafka.serialize(split));
      }
      return bytes.toByteArray();
    }

    @Override
    public KafkaPartitionSplit deserialize(int version, byte[] serialized) throws IOException {
      if (version != VERSION) {
        throw new IOException(
            "A partition was written in form %d, and this version reads form %d"
                .formatted(version, VERSION));
      }
      try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized))) {
        long reached = in.readLong();
        int kafkaVersion = in.readInt();
        return new LiveSplit(kafka.deserialize(kafkaVersion, in.readAllBytes()), reached);
      }
    }
  }
}
