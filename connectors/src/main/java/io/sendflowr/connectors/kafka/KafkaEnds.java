package io.sendflowr.connectors.kafka;

import io.sendflowr.connectors.EventTime;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.json.CloudEvent;
import io.sendflowr.connectors.json.JsonOutput;
import io.sendflowr.connectors.json.RecordReaderFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** The live ends: Kafka topics. */
public final class KafkaEnds {
  /**
   * Largest record that is written, in bytes. A dead letter holds its record whole, and JSON may
   * write a byte as six.
   */
  public static final int MAX_OUTPUT_BYTES = 16 << 20;

  /**
   * Largest record that an input topic should take, in bytes: one that is used, with its key and
   * headers. The dead letter of any that is not larger fits {@link #MAX_OUTPUT_BYTES}.
   */
  public static final int MAX_INPUT_BYTES = 2 << 20;

  /** Largest schedule, by far: a dozen texts of a request, of 1,024 characters each. */
  private static final int MAX_SCHEDULE_BYTES = 1 << 20;

  /** How long a record waits for others that are written with it, ms. */
  private static final String LINGER_IN_TRANSACTION = "100";

  /** What a reader of much waits for before it is answered: some fifty records. */
  private static final String FETCH_BYTES = "16384";

  /** Of the step in which event time goes on, how much a reader waits for more: a quarter. */
  private static final int FETCHES_A_STEP = 4;

  private KafkaEnds() {}

  /**
   * Largest record that may be written to a topic, in bytes. A topic whose {@code
   * max.message.bytes} is less would stop the job with one that is larger.
   */
  public static int maxRecordBytes(OutputTopic topic) {
    return topic == OutputTopic.SEND_SCHEDULES ? MAX_SCHEDULE_BYTES : MAX_OUTPUT_BYTES;
  }

  /**
   * Reads a topic from the committed offsets of the group, from the start where there are none.
   * Offsets are committed with checkpoints.
   *
   * @param client connection properties, {@code bootstrap.servers} among them
   * @param groupId consumer group
   * @param topic which of our topics it is
   * @param name its name in Kafka
   * @param partitionDiscovery time between looks for new partitions
   * @param readers how records are read
   * @param outOfOrderness how long after its time a record may arrive
   */
  @SuppressWarnings("deprecation") // the connector takes no other type for it
  public static KafkaLiveSource source(
      Properties client,
      String groupId,
      InputTopic topic,
      String name,
      Duration partitionDiscovery,
      RecordReaderFactory readers,
      Duration outOfOrderness) {
    Properties grouped = new Properties();
    grouped.putAll(client);
    grouped.setProperty(ConsumerConfig.GROUP_ID_CONFIG, groupId);
    return new KafkaLiveSource(
        KafkaSource.<ConsumerRecord<byte[], byte[]>>builder()
            .setProperties(consumer(grouped, topic, outOfOrderness))
            .setTopics(name)
            .setStartingOffsets(OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST))
            .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
            .setProperty(
                KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key(),
                Long.toString(partitionDiscovery.toMillis()))
            .setClientIdPrefix(groupId + "-" + topic.defaultName())
            .setDeserializer(new Unread())
            .build(),
        grouped,
        topic,
        readers,
        outOfOrderness);
  }

  /**
   * How a topic is read. Where much is to be expected, brokers let a reader wait for a few records
   * more: else they answer a thousand times a second with one or two, and to ask was a seventh of
   * the job's processor time at 4,600 records/s.
   */
  static Properties consumer(Properties client, InputTopic topic, Duration outOfOrderness) {
    Properties consumer = new Properties();
    if (topic == InputTopic.EVENTS || topic == InputTopic.WEBHOOKS) {
      consumer.setProperty(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, FETCH_BYTES);
      consumer.setProperty(
          ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
          Long.toString(EventTime.liveStep(outOfOrderness).toMillis() / FETCHES_A_STEP));
    }
    consumer.putAll(client);
    return consumer;
  }

  /**
   * Writes to a topic: JSON, as CloudEvents in the binary mode of their Kafka protocol binding, so
   * that the value is the record alone.
   *
   * @param client connection properties, {@code bootstrap.servers} among them
   * @param name topic name in Kafka
   * @param json how records are written
   * @param eventSource what the records' CloudEvents name as their source
   * @param guarantee exactly once: in transactions, visible to consumers that read committed
   *     records when a checkpoint completes
   * @param transactionalIdPrefix unique to this sink among all jobs on the cluster, and the same
   *     after a restart
   * @param transactionTimeout longer than a checkpoint and a restart may take together, and within
   *     the broker's limit
   * @param <T> what is written
   */
  public static <T> KafkaSink<T> sink(
      Properties client,
      String name,
      JsonOutput<T> json,
      URI eventSource,
      DeliveryGuarantee guarantee,
      String transactionalIdPrefix,
      Duration transactionTimeout) {
    return KafkaSink.<T>builder()
        .setKafkaProducerConfig(producer(client, guarantee, transactionTimeout))
        .setDeliveryGuarantee(guarantee)
        .setTransactionalIdPrefix(transactionalIdPrefix)
        .setTransactionNamingStrategy(TransactionNamingStrategy.INCREMENTING)
        .setRecordSerializer(new Serializer<>(name, json, eventSource))
        .build();
  }

  static Properties producer(
      Properties client, DeliveryGuarantee guarantee, Duration transactionTimeout) {
    Properties producer = new Properties();
    if (guarantee == DeliveryGuarantee.EXACTLY_ONCE) {
      // Nobody sees a record before its checkpoint, and that sends what lingers: requests of a few
      // records each would only cost the brokers and the job their time.
      producer.setProperty(ProducerConfig.LINGER_MS_CONFIG, LINGER_IN_TRANSACTION);
    }
    producer.putAll(client);
    producer.setProperty(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(MAX_OUTPUT_BYTES));
    producer.setProperty(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(transactionTimeout.toMillis()));
    return producer;
  }

  /** Hands Kafka's records on as they are, because their offsets matter ({@link LiveReader}). */
  private static final class Unread
      implements KafkaRecordDeserializationSchema<ConsumerRecord<byte[], byte[]>> {
    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(
        ConsumerRecord<byte[], byte[]> record, Collector<ConsumerRecord<byte[], byte[]>> out) {
      out.collect(record);
    }

    @Override
    public TypeInformation<ConsumerRecord<byte[], byte[]>> getProducedType() {
      throw new UnsupportedOperationException("Only what is read of them leaves the source");
    }
  }

  /** Makes Kafka's records of ours. */
  static final class Serializer<T> implements KafkaRecordSerializationSchema<T> {
    private static final long serialVersionUID = 1L;

    private final String topic;
    private final JsonOutput<T> json;
    private final URI eventSource;

    Serializer(String topic, JsonOutput<T> json, URI eventSource) {
      this.topic = topic;
      this.json = json;
      this.eventSource = eventSource;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        T value, KafkaSinkContext context, Long timestamp) {
      // Kafka's timestamp is when it was written; the event time is inside.
      return new ProducerRecord<>(
          topic, null, null, json.key(value), json.value(value), headers(json.event(value)));
    }

    private Headers headers(CloudEvent event) {
      Headers headers = new RecordHeaders();
      add(headers, "ce_specversion", "1.0");
      add(headers, "ce_id", event.id());
      add(headers, "ce_type", event.topic().eventType());
      add(headers, "ce_source", eventSource.toASCIIString());
      event.time().ifPresent(time -> add(headers, "ce_time", time));
      event.subject().ifPresent(subject -> add(headers, "ce_subject", subject));
      event.sequence().ifPresent(sequence -> add(headers, "ce_sequence", sequence));
      add(headers, "content-type", "application/json");
      return headers;
    }

    private static void add(Headers headers, String name, String value) {
      headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
  }
}
