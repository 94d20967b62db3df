package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.benchmarks.wholejob.PersonRules.Pending;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.connectors.json.ScheduleJson;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.deploy.Topics;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.ErasureMarks;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.LinkGraph;
import io.sendflowr.job.Defaults;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Grounds;
import io.sendflowr.timing.Ranking;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * The peer: the same rules in Kafka Streams, exactly once, as one would write it there. Records are
 * read, brought to their person, and what is known of the person is in stores on RocksDB; links are
 * read by every instance from a topic of their own into one graph.
 *
 * <p>It does less than the job: it has no event time (what comes is decided at once, in the order
 * in which it comes), nothing moves when persons merge, no pattern that is due by time alone is
 * seen, nothing expires from its stores, and what no second record repeats is not told apart.
 */
public final class StreamsPeer implements Callable<Integer> {
  private static final String ALL_LINKS = "streams-links-";
  private static final String EVENTS = "events";
  private static final String REQUESTS = "requests";
  private static final Grounds NO_GROUNDS =
      new Grounds(
          List.of(), List.of(), List.of(), List.of(), List.of(), new Ranking(0, 0, List.of()));
  private static final int MAX_PERSON_SIZE = 500;
  private static final int KEY_BYTES = 24;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long PATIENCE_SECONDS = 900;

  @Option(names = "--bootstrap-servers", required = true)
  private String bootstrapServers;

  @Option(names = "--name", required = true)
  private String name;

  @Option(names = "--records", required = true)
  private long records;

  @Option(names = "--untimed", required = true)
  private long untimed;

  @Option(names = "--parallelism", required = true)
  private int parallelism;

  @Option(names = "--folder", required = true)
  private Path folder;

  private final Catalogue catalogue = CatalogueReader.builtIn();
  private final LinkGraph graph = new LinkGraph(catalogue, MAX_PERSON_SIZE, new ErasureMarks(null));
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  private StreamsPeer() {}

  /** Runs it. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new StreamsPeer()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      admin
          .createTopics(List.of(new NewTopic(ALL_LINKS + name, Preload.PARTITIONS, (short) 1)))
          .all()
          .get();
      try (KafkaStreams streams = new KafkaStreams(topology().build(), properties())) {
        streams.start();
        awaitCommitted(admin, untimed);
        long before = committed(admin);
        double cpuBefore = ProcessCost.cpuSeconds();
        long begin = System.nanoTime();
        awaitCommitted(admin, records);
        double seconds = (System.nanoTime() - begin) / 1e9;
        System.out.println(
            new Result(
                    records - before,
                    seconds,
                    ProcessCost.cpuSeconds() - cpuBefore,
                    ProcessCost.peakRssBytes(),
                    Result.State.NONE)
                .line());
        System.out.flush();
        streams.close(Duration.ofSeconds(5));
      }
    }
    return 0;
  }

  /** How many records of the input topics are worked off, by the offsets that are committed. */
  private long committed(Admin admin) throws InterruptedException, ExecutionException {
    long sum = 0;
    Map<TopicPartition, OffsetAndMetadata> offsets =
        admin.listConsumerGroupOffsets(name).partitionsToOffsetAndMetadata().get();
    for (Map.Entry<TopicPartition, OffsetAndMetadata> one : offsets.entrySet()) {
      if (Topics.INPUTS.contains(one.getKey().topic())) {
        sum += one.getValue().offset();
      }
    }
    // What was handed on to persons counts when it is decided.
    return sum - behind(admin, offsets);
  }

  private static long behind(Admin admin, Map<TopicPartition, OffsetAndMetadata> offsets)
      throws InterruptedException, ExecutionException {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    offsets
        .keySet()
        .forEach(
            partition -> {
              if (partition.topic().endsWith("-repartition")) {
                asked.put(partition, OffsetSpec.latest());
              }
            });
    long behind = 0;
    for (var end : admin.listOffsets(asked).all().get().entrySet()) {
      // The last of a transaction is its mark.
      behind += Math.max(0, end.getValue().offset() - offsets.get(end.getKey()).offset() - 1);
    }
    return behind;
  }

  private void awaitCommitted(Admin admin, long count) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (committed(admin) < count) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            committed(admin) + " of " + count + " were worked off in " + PATIENCE_SECONDS + " s");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private Properties properties() {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, parallelism);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("streams").toString());
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 5_000);
    properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    properties.put(
        StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    properties.put(
        StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class.getName());
    properties.put(
        StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class.getName());
    return properties;
  }

  private StreamsBuilder topology() {
    StreamsBuilder builder = new StreamsBuilder();
    builder.addGlobalStore(
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore("links"), Serdes.ByteArray(), Serdes.ByteArray())
            .withLoggingDisabled(),
        ALL_LINKS + name,
        Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()),
        Linking::new);
    builder.addStateStore(
        Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(EVENTS), Serdes.ByteArray(), Serdes.ByteArray()));
    builder.addStateStore(
        Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(REQUESTS), Serdes.Long(), Serdes.ByteArray()));
    KStream<byte[], byte[]> read =
        builder.<byte[], byte[]>stream(Topics.EVENTS)
            .process(() -> new Routing(InputTopic.EVENTS))
            .merge(
                builder.<byte[], byte[]>stream(Topics.SEND_REQUESTS)
                    .process(() -> new Routing(InputTopic.SEND_REQUESTS)))
            .merge(
                builder.<byte[], byte[]>stream(Topics.LINKS)
                    .process(() -> new Routing(InputTopic.LINKS)));
    read.filter((key, value) -> key == null).to(ALL_LINKS + name);
    read.filter((key, value) -> key != null)
        .map((key, value) -> KeyValue.pair(ByteBuffer.wrap(key).getLong(), value))
        .repartition(
            Repartitioned.with(Serdes.Long(), Serdes.ByteArray())
                .withName("persons")
                .withNumberOfPartitions(Preload.PARTITIONS))
        .process(Deciding::new, EVENTS, REQUESTS)
        .to(Topics.SEND_SCHEDULES, Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
    return builder;
  }

  private static <T> byte[] bytes(T value, TypeSerializer<T> serializer) {
    try {
      DataOutputSerializer out = new DataOutputSerializer(256);
      serializer.serialize(value, out);
      return out.getCopyOfBuffer();
    } catch (IOException e) {
      throw new UncheckedIOException("Bytes in memory cannot fail", e);
    }
  }

  private static <T> T value(byte[] bytes, TypeSerializer<T> serializer) {
    try {
      return serializer.deserialize(new DataInputDeserializer(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException("Bytes in memory cannot fail", e);
    }
  }

  /** Reads JSON, and brings each record to its person; without a key come links. */
  private final class Routing implements Processor<byte[], byte[], byte[], byte[]> {
    private final InputTopic topic;
    private final RecordReader reader =
        Defaults.readers(catalogue, DescriptorFile.builtIn()).create();
    private final TypeSerializer<Inbound> records = Types.INBOUND.createSerializer(null);
    private final TypeSerializer<GraphChange> links = Types.GRAPH_CHANGE.createSerializer(null);
    private ProcessorContext<byte[], byte[]> context;

    Routing(InputTopic topic) {
      this.topic = topic;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
      context = given;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      Origin origin = new Origin(topic.defaultName(), 0, 0, record.value(), record.timestamp());
      reader.read(topic, origin, read -> route(read, record));
    }

    private void route(Inbound read, Record<byte[], byte[]> record) {
      List<Identifier> identifiers = List.of();
      if (read instanceof Inbound.Link link) {
        tell(link.change(), record);
      } else if (read instanceof Inbound.Event event) {
        identifiers = event.identifiers();
      } else if (read instanceof Inbound.Request request) {
        identifiers = request.request().identifiers();
      }
      for (int i = 0; i < identifiers.size(); i++) {
        for (int j = i + 1; j < identifiers.size(); j++) {
          tell(
              new LinkChange(
                  false,
                  identifiers.get(i),
                  identifiers.get(j),
                  1.0,
                  topic.defaultName(),
                  record.timestamp()),
              record);
        }
      }
      if (!identifiers.isEmpty()) {
        context.forward(
            record
                .withKey(ByteBuffer.allocate(Long.BYTES).putLong(person(identifiers)).array())
                .withValue(bytes(read, records)));
      }
    }

    private long person(List<Identifier> identifiers) {
      long key = graph.key(identifiers.get(0));
      lock.readLock().lock();
      try {
        return graph.personOf(key);
      } finally {
        lock.readLock().unlock();
      }
    }

    private void tell(LinkChange link, Record<byte[], byte[]> record) {
      context.forward(
          record
              .withKey((byte[]) null)
              .withValue(bytes(new GraphChange.Linked(link, link.time()), links)));
    }
  }

  /** Applies links. */
  private final class Linking implements Processor<byte[], byte[], Void, Void> {
    private final TypeSerializer<GraphChange> links = Types.GRAPH_CHANGE.createSerializer(null);

    @Override
    public void process(Record<byte[], byte[]> record) {
      GraphChange change = value(record.value(), links);
      lock.writeLock().lock();
      try {
        graph.apply(List.of(change));
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  /** Keeps what is known of a person, and decides. */
  private final class Deciding implements Processor<Long, byte[], byte[], byte[]> {
    private final TypeSerializer<Inbound> records = Types.INBOUND.createSerializer(null);
    private final TypeSerializer<RevisionInput> decided =
        Types.REVISION_INPUT.createSerializer(null);
    private final PersonRules rules = new PersonRules(catalogue);
    private final ScheduleJson json = new ScheduleJson();
    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<byte[], byte[]> events;
    private KeyValueStore<Long, byte[]> requests;

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
      context = given;
      events = given.getStateStore(EVENTS);
      requests = given.getStateStore(REQUESTS);
    }

    @Override
    public void process(Record<Long, byte[]> record) {
      long person = record.key();
      Inbound read = value(record.value(), records);
      byte[] held = requests.get(person);
      if (read instanceof Inbound.Event event) {
        events.put(
            key(person, event.observation().time(), event.observation().hashCode()),
            record.value());
        if (held != null) {
          decide(person, pending(held), event.observation().time(), record);
        }
      } else if (read instanceof Inbound.Request asked) {
        List<Pending> pending = held == null ? new ArrayList<>() : pending(held);
        pending.add(new Pending(asked.request(), 0, null));
        decide(person, pending, asked.request().time(), record);
      }
    }

    private void decide(long person, List<Pending> pending, long now, Record<Long, byte[]> record) {
      List<PersonEvent> known = new ArrayList<>();
      try (KeyValueIterator<byte[], byte[]> all =
          events.range(key(person, 0, 0), key(person, Long.MAX_VALUE, -1))) {
        while (all.hasNext()) {
          Inbound.Event event = (Inbound.Event) value(all.next().value, records);
          known.add(new PersonEvent(event.observation(), false));
        }
      }
      List<Pending> rest =
          rules.decide(person, known, pending, now, schedule -> write(schedule, record));
      requests.put(person, rest.isEmpty() ? null : bytes(rest));
    }

    private void write(Schedule schedule, Record<Long, byte[]> record) {
      context.forward(record.withKey(json.key(schedule)).withValue(json.value(schedule)));
    }

    private byte[] bytes(List<Pending> pending) {
      try {
        DataOutputSerializer out = new DataOutputSerializer(512);
        out.writeInt(pending.size());
        for (Pending one : pending) {
          out.writeInt(one.revision());
          decided.serialize(new RevisionInput.Decided(one.request(), one.last(), NO_GROUNDS), out);
        }
        return out.getCopyOfBuffer();
      } catch (IOException e) {
        throw new UncheckedIOException("Bytes in memory cannot fail", e);
      }
    }

    private List<Pending> pending(byte[] bytes) {
      try {
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        int count = in.readInt();
        List<Pending> pending = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          int revision = in.readInt();
          RevisionInput.Decided one = (RevisionInput.Decided) decided.deserialize(in);
          Decision last = one.decision();
          pending.add(new Pending(one.request(), revision, last));
        }
        return pending;
      } catch (IOException e) {
        throw new UncheckedIOException("Bytes in memory cannot fail", e);
      }
    }

    private static byte[] key(long person, long time, long event) {
      return ByteBuffer.allocate(KEY_BYTES).putLong(person).putLong(time).putLong(event).array();
    }
  }
}
