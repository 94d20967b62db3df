package io.sendflowr.job;

import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;

/** What the job needs of Flink wherever it runs. */
final class Flink {
  private Flink() {}

  /** Settings without which the job's promises do not hold. */
  static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    // A type without a serializer of its own would fall to Kryo, whose form no one keeps stable.
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    // An operator without a uid loses its state when the graph changes.
    configuration.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    // Messages and state are immutable.
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    return configuration;
  }
}
