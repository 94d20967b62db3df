package io.sendflowr.deploy.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sendflowr.deploy.Folders;
import io.sendflowr.deploy.LocalBroker;
import io.sendflowr.deploy.Topics;
import io.sendflowr.deploy.cluster.ClusterException;
import io.sendflowr.deploy.cluster.FlinkProcess;
import io.sendflowr.deploy.cluster.Installation;
import io.sendflowr.deploy.cluster.StandaloneCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A broker, a cluster with the job on it, and hands to break them: all that one scenario needs. */
final class Ground implements AutoCloseable {
  /** As many as the largest parallelism has readers. */
  static final int PARTITIONS = 4;

  private static final String GROUP = "sendflowr";
  private static final String READER = "chaos-reader";
  private static final double UNLIMITED = 1e12;
  private static final int SLOTS = 4;
  private static final String CLUSTER = "cluster";
  private static final int FETCH_BYTES = 16 << 10;
  private static final long POLL_MILLIS = 200;
  private static final byte[] ERASURE_KEY =
      "a key of a chaos run".getBytes(StandardCharsets.US_ASCII);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Installation installation = Installation.find();
  private final Path folder;
  private final LocalBroker broker;
  private final Duration patience;
  private final StandaloneCluster cluster;
  private final KafkaConsumer<byte[], byte[]> reader;
  private final Outputs written = new Outputs();
  private long produced;

  private Ground(Path folder, LocalBroker broker, StandaloneCluster cluster, Duration patience) {
    this.folder = folder;
    this.broker = broker;
    this.cluster = cluster;
    this.patience = patience;
    this.reader =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ConsumerConfig.CLIENT_ID_CONFIG,
                READER,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
  }

  /**
   * Starts broker and cluster; the job is not there yet.
   *
   * @param taskManagers how many, with slots for the largest parallelism each
   * @param patience after which a wait is given up
   */
  static Ground start(int taskManagers, Duration patience) throws Exception {
    return start(taskManagers, SLOTS, patience);
  }

  /**
   * The same, with another number of slots.
   *
   * @param slots of each task manager
   */
  static Ground start(int taskManagers, int slots, Duration patience) throws Exception {
    Path folder = Files.createTempDirectory("sendflowr-chaos-");
    // The cluster would outlive whoever is interrupted.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> abandon(folder), "stop-cluster"));
    LocalBroker broker = null;
    StandaloneCluster cluster = null;
    try {
      broker = LocalBroker.start();
      Topics.create(broker.bootstrapServers(), PARTITIONS);
      Installation installation = Installation.find();
      cluster =
          StandaloneCluster.start(
              installation,
              folder.resolve(CLUSTER),
              installation.localProfile(),
              taskManagers,
              slots);
      Files.write(folder.resolve("erasure-key"), ERASURE_KEY);
      Ground ground = new Ground(folder, broker, cluster, patience);
      ground.seekToStart();
      return ground;
    } catch (Exception e) {
      if (cluster != null) {
        cluster.stop();
      }
      if (broker != null) {
        broker.close();
      }
      Folders.delete(folder);
      throw e;
    }
  }

  private void seekToStart() {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : Topics.OUTPUTS) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        partitions.add(new TopicPartition(topic, partition));
      }
    }
    reader.assign(partitions);
    reader.seekToBeginning(partitions);
  }

  StandaloneCluster cluster() {
    return cluster;
  }

  LocalBroker broker() {
    return broker;
  }

  /** Writes records, in their order, and returns when the broker has them all. */
  void produce(List<ChaosStream.Entry> entries) throws InterruptedException, ExecutionException {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                4 << 20),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (ChaosStream.Entry entry : entries) {
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    entry.topic(), entry.partition(PARTITIONS), null, entry.value())));
      }
      for (Future<RecordMetadata> one : sent) {
        one.get();
      }
    }
    produced += entries.size();
  }

  /** Waits until every task manager that runs has joined. */
  void awaitTaskManagers() throws InterruptedException, ClusterException {
    cluster.awaitTaskManagers();
  }

  /** Submits the job, with further options. */
  void submit(int parallelism, String... options)
      throws IOException, InterruptedException, ClusterException {
    submit(parallelism, Optional.empty(), options);
  }

  /**
   * The same, from a savepoint.
   *
   * @param from where it is; empty to start from nothing
   */
  void submit(int parallelism, Optional<String> from, String... options)
      throws IOException, InterruptedException, ClusterException {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--bootstrap-servers", broker.bootstrapServers()));
    arguments.addAll(List.of("--group-id", GROUP));
    arguments.addAll(List.of("--checkpoint-interval", "PT1S"));
    // Else a short stream is read at one go, whatever the limit.
    arguments.addAll(List.of("--kafka-property", "max.partition.fetch.bytes=" + FETCH_BYTES));
    arguments.addAll(List.of("--erasure-key-file", folder.resolve("erasure-key").toString()));
    arguments.addAll(List.of(options));
    cluster.submit(installation.jobJar(), parallelism, arguments, from);
  }

  /**
   * Sets how fast each of the job's consumers may read: what is broken on its way must have a way.
   *
   * @param bytesPerSecond of one consumer
   */
  void limitReading(double bytesPerSecond) throws InterruptedException, ExecutionException {
    try (Admin admin = admin()) {
      admin
          .alterClientQuotas(List.of(quota(null, bytesPerSecond), quota(READER, UNLIMITED)))
          .all()
          .get();
    }
  }

  private static ClientQuotaAlteration quota(String client, double bytesPerSecond) {
    return new ClientQuotaAlteration(
        new ClientQuotaEntity(Collections.singletonMap(ClientQuotaEntity.CLIENT_ID, client)),
        List.of(new ClientQuotaAlteration.Op("consumer_byte_rate", Math.rint(bytesPerSecond))));
  }

  /** The share of what was produced that the job has read for good, from 0 to 1. */
  double progress() throws InterruptedException {
    try (Admin admin = admin()) {
      long committed =
          admin
              .listConsumerGroupOffsets(GROUP)
              .partitionsToOffsetAndMetadata()
              .get()
              .values()
              .stream()
              .mapToLong(OffsetAndMetadata::offset)
              .sum();
      return (double) committed / produced;
    } catch (ExecutionException e) {
      // No answer while the broker restarts: nothing more is known than before.
      return 0;
    }
  }

  /** Waits until the job has read so much. */
  void awaitProgress(double share) throws InterruptedException, TimeoutException, IOException {
    await(
        "the job has not read " + Math.round(share * 100) + " % of the stream",
        () -> progress() >= share);
  }

  /**
   * Reads what the job commits until it is as much as expected, and until the job has read
   * everything.
   *
   * @throws TimeoutException if it does not; the message tells what is missing
   */
  Outputs awaitOutputs(Outputs expected)
      throws InterruptedException, TimeoutException, IOException {
    return awaitOutputs(expected, () -> true);
  }

  /** The same for a job that may write a record more than once. */
  Outputs awaitOutputsAndRepeats(Outputs expected)
      throws InterruptedException, TimeoutException, IOException {
    return awaitOutputs(expected, () -> written.hasAllOf(expected));
  }

  private Outputs awaitOutputs(Outputs expected, Condition enough)
      throws InterruptedException, TimeoutException, IOException {
    try {
      await(
          "the job has not written as much as expected",
          () -> {
            read();
            return written.hasAsManyAs(expected) && progress() >= 1 && enough.holds();
          });
      return written;
    } catch (TimeoutException e) {
      throw new TimeoutException(
          e.getMessage()
              + "; it has read "
              + Math.round(progress() * 100)
              + " % of the stream. "
              + String.join(System.lineSeparator(), written.differencesFrom(expected)));
    }
  }

  /** Takes what an earlier job had written as read. */
  void written(Outputs before) {
    written.addAll(before);
  }

  /**
   * Reads until there is a schedule of a kind, and returns as soon as it was read.
   *
   * @throws TimeoutException if there is none
   */
  JsonNode awaitSchedule(Predicate<JsonNode> wanted, Duration atMost)
      throws IOException, TimeoutException {
    long giveUp = System.nanoTime() + atMost.toNanos();
    while (System.nanoTime() - giveUp < 0) {
      for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(POLL_MILLIS))) {
        if (record.topic().equals(Topics.SEND_SCHEDULES)) {
          JsonNode schedule = JSON.readTree(record.value());
          if (wanted.test(schedule)) {
            return schedule;
          }
        }
      }
    }
    throw new TimeoutException("no schedule came in " + atMost.toSeconds() + " s");
  }

  /** Reads what is there, until nothing comes for a while. */
  Outputs read() throws IOException {
    boolean more = true;
    while (more) {
      more = false;
      for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(POLL_MILLIS))) {
        written.add(record.topic(), record.value());
        more = true;
      }
    }
    return written;
  }

  /**
   * How many bytes of a process' heap are in use after everything that can be was collected.
   *
   * @throws IOException if the JDK's {@code jcmd} does not do as it is told
   */
  static long usedHeap(FlinkProcess process) throws IOException, InterruptedException {
    jcmd(process, "GC.run");
    // "garbage-first heap   total 409600K, used 81920K [...": of each space with one.
    return jcmd(process, "GC.heap_info")
        .lines()
        .filter(line -> line.contains("total") && line.contains("used"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("(?s).*used (\\d+)K.*", "$1")) * 1024)
        .sum();
  }

  private static String jcmd(FlinkProcess process, String command)
      throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(process.pid()),
                command)
            .redirectErrorStream(true)
            .start();
    String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!jcmd.waitFor(30, TimeUnit.SECONDS) || jcmd.exitValue() != 0) {
      throw new IOException("jcmd " + command + " failed: " + said);
    }
    return said;
  }

  /** Something that becomes true. */
  interface Condition {
    boolean holds() throws InterruptedException, IOException;
  }

  void await(String failure, Condition condition)
      throws InterruptedException, TimeoutException, IOException {
    long giveUp = System.nanoTime() + patience.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() - giveUp > 0) {
        throw new TimeoutException(failure + " in " + patience.toSeconds() + " s");
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private Admin admin() {
    return Admin.create(
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.bootstrapServers(),
            AdminClientConfig.CLIENT_ID_CONFIG,
            READER,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            15_000,
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
            15_000));
  }

  private static void abandon(Path folder) {
    try {
      StandaloneCluster.open(Installation.find(), folder.resolve(CLUSTER))
          .processes()
          .forEach(FlinkProcess::kill);
      Folders.delete(folder);
    } catch (IOException | ClusterException e) {
      // It was never started, or has been closed: nothing is left to be ended.
    }
  }

  /** Ends all of it, whatever of it cannot be ended as it should be. */
  @Override
  public void close() throws Exception {
    try {
      reader.close();
    } finally {
      try {
        cluster.stop();
      } finally {
        try {
          broker.close();
        } finally {
          Folders.delete(folder);
        }
      }
    }
  }
}
