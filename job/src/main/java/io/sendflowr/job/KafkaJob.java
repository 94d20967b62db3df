package io.sendflowr.job;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueException;
import io.sendflowr.connectors.EventTime;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.json.JsonOutput;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.connectors.kafka.KafkaEnds;
import io.sendflowr.connectors.platform.DescriptorException;
import io.sendflowr.flow.Inbound;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.TopicDescription;

/** Attaches the topology to Kafka. */
public final class KafkaJob {
  /** From the source to a schedule, by way of the links. */
  private static final int SHUFFLES = 4;

  private KafkaJob() {}

  /**
   * Attaches the whole job to an environment, with the settings that its promises need.
   *
   * @param env where the job is to run
   * @param options topics, guarantees, times, the catalogue and the platforms
   * @throws CatalogueException if the catalogue is not usable; nothing is attached then
   * @throws DescriptorException if a descriptor is not usable; likewise
   * @throws KafkaSetupException if the brokers do not answer, or an input topic is missing; nothing
   *     is attached then
   */
  public static void attach(StreamExecutionEnvironment env, KafkaOptions options) {
    Catalogue catalogue = options.catalogue();
    attach(env, options, catalogue, partitions(options));
  }

  /**
   * Attaches the job without asking the brokers.
   *
   * @param partitions of each input topic
   */
  static void attach(
      StreamExecutionEnvironment env,
      KafkaOptions options,
      Catalogue catalogue,
      Map<InputTopic, Integer> partitions) {
    RecordReaderFactory readers = Defaults.readers(catalogue, options.platforms(catalogue));
    env.configure(configuration(options));
    new Topology(
            env,
            new Topics(options, options.connection().properties(), partitions, readers),
            catalogue,
            Defaults.MAX_PERSON_SIZE,
            options.erasureKey().orElse(null))
        .attach();
  }

  /** The settings of Flink with which the job runs, wherever it does. */
  public static Configuration configuration(KafkaOptions options) {
    Configuration configuration = Flink.configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, options.checkpointInterval());
    configuration.set(
        CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    Duration step = EventTime.liveStep(options.outOfOrderness());
    configuration.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, step);
    // A watermark waits in a buffer that is not full before each shuffle, half of this on average:
    // all together a step. Some fifty threads wake up so often.
    configuration.set(ExecutionOptions.BUFFER_TIMEOUT, step.multipliedBy(2).dividedBy(SHUFFLES));
    // Every subtask must have applied the same links when a checkpoint is taken: barriers may not
    // overtake records.
    configuration.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
    if (options.checkpointDirectory() != null) {
      configuration.set(
          CheckpointingOptions.CHECKPOINTS_DIRECTORY,
          options.checkpointDirectory().toUri().toString());
    }
    return configuration;
  }

  private static Map<InputTopic, Integer> partitions(KafkaOptions options) {
    Map<InputTopic, String> names = new EnumMap<>(InputTopic.class);
    for (InputTopic topic : InputTopic.values()) {
      names.put(topic, options.topic(topic.defaultName()));
    }
    Map<InputTopic, Integer> partitions = new EnumMap<>(InputTopic.class);
    try (KafkaAdmin admin = KafkaAdmin.connect(options.connection())) {
      Map<String, TopicDescription> found = admin.topics(names.values());
      names.forEach((topic, name) -> partitions.put(topic, found.get(name).partitions().size()));
    }
    return partitions;
  }

  /** Kafka topics as ends. */
  private record Topics(
      KafkaOptions options,
      Properties client,
      Map<InputTopic, Integer> partitions,
      RecordReaderFactory readers)
      implements Ends {
    @Override
    public Source<Inbound, ?, ?> source(InputTopic topic) {
      return KafkaEnds.source(
          client,
          options.groupId(),
          topic,
          options.topic(topic.defaultName()),
          options.partitionDiscovery(),
          readers,
          options.outOfOrderness());
    }

    @Override
    public int sourceParallelism(InputTopic topic, int jobParallelism) {
      return Math.min(jobParallelism, partitions.get(topic));
    }

    @Override
    public WatermarkStrategy<Inbound> eventTime() {
      return EventTime.live(options.outOfOrderness());
    }

    @Override
    public <T> Sink<T> sink(OutputTopic topic, JsonOutput<T> json) {
      return KafkaEnds.sink(
          client,
          options.topic(topic.defaultName()),
          json,
          options.eventSource(),
          options.delivery(),
          options.transactionalIdPrefix(topic.defaultName()),
          options.transactionTimeout());
    }

    @Override
    public int sinkParallelism(int jobParallelism) {
      return jobParallelism;
    }
  }
}
