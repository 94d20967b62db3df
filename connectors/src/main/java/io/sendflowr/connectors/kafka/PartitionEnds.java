package io.sendflowr.connectors.kafka;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up, several times a second, where partitions end, on a thread of its own.
 *
 * <p>The end that counts is that of all records, those of transactions included that are not
 * settled: an unsubscription that waits behind one has been received, and must not be overtaken.
 * Between the last record that a reader is given and that end there may be marks of transactions
 * and records of aborted ones, which it is never given; it cannot tell them from records on their
 * way. So where a reader stands still before an end, its partition is read from there by a consumer
 * of our own, and found to hold records or none.
 *
 * <p>All readers of a process share a look: each of its own would ask the brokers as often again,
 * and event time, which is that of the reader that is least far, would go on in as many steps.
 */
final class PartitionEnds {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionEnds.class);

  /**
   * How long a reader stands still before an end until that is looked into. One that is busy with
   * what it has read stands for a moment, too, and reading once more what it will read costs.
   */
  private static final Duration DOUBT = Duration.ofMillis(200);

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

  /** How long a stretch is read until it is left to the next look. */
  private static final Duration PROBE = Duration.ofMillis(500);

  /** Whether there is a record is all that a probe asks, and the first batch tells. */
  private static final String PROBE_BYTES = "16384";

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

  /** Those that look, by what for; guarded by itself. */
  private static final Map<Purpose, PartitionEnds> LOOKING = new HashMap<>();

  private final Purpose purpose;
  private final List<Watch> watches = new CopyOnWriteArrayList<>();
  private final Map<PartitionProgress, Stand> stands = new HashMap<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  private Consumer<byte[], byte[]> prober;
  private boolean answered = true;
  private volatile LiveReader.Sight latest = LiveReader.Sight.NONE;
  private volatile Exception failure;

  private PartitionEnds(Purpose purpose) {
    this.purpose = purpose;
    this.thread = new Thread(this::run, "partition-ends");
    thread.setDaemon(true);
  }

  /**
   * What readers have to have in common to share a look.
   *
   * @param client connection properties and {@code group.id}
   * @param clock the wall clock
   * @param period between two looks
   */
  private record Purpose(Properties client, Clock clock, Duration period) {}

  /**
   * Begins to look.
   *
   * @param client connection properties and {@code group.id}
   * @param clock the wall clock
   * @param period between two looks
   * @param wake called after each look, on another thread
   */
  static LiveReader.Ends watch(Properties client, Clock clock, Duration period, Runnable wake) {
    Properties own = new Properties();
    own.putAll(client);
    own.setProperty(
        CommonClientConfigs.CLIENT_ID_CONFIG,
        client.getProperty(CommonClientConfigs.GROUP_ID_CONFIG) + "-ends");
    Purpose purpose = new Purpose(own, clock, period);
    synchronized (LOOKING) {
      PartitionEnds ends = LOOKING.get(purpose);
      boolean begins = ends == null || ends.failure != null;
      if (begins) {
        ends = new PartitionEnds(purpose);
        LOOKING.put(purpose, ends);
      }
      Watch watch = ends.new Watch(wake);
      ends.watches.add(watch);
      if (begins) {
        ends.thread.start();
      }
      return watch;
    }
  }

  /** What one reader watches. */
  private final class Watch implements LiveReader.Ends {
    private final Runnable wake;
    private final List<PartitionProgress> partitions = new CopyOnWriteArrayList<>();

    Watch(Runnable wake) {
      this.wake = wake;
    }

    @Override
    public void add(PartitionProgress progress) {
      partitions.add(progress);
    }

    @Override
    public LiveReader.Sight latest() throws IOException {
      Exception failed = failure;
      if (failed != null) {
        throw new IOException(
            "Cannot look up where partitions end: " + failed.getMessage(), failed);
      }
      return latest;
    }

    @Override
    public void close() throws InterruptedException {
      synchronized (LOOKING) {
        watches.remove(this);
        if (!watches.isEmpty()) {
          return;
        }
        LOOKING.remove(purpose, PartitionEnds.this);
      }
      closing.countDown();
      // Whatever Kafka's clients wait for, they stop when interrupted.
      thread.interrupt();
      thread.join(CLOSE_TIMEOUT.toMillis());
    }
  }

  /**
   * Where a reader was found.
   *
   * @param next {@link PartitionProgress#next()}
   * @param since when it was found there first, epoch ms
   */
  private record Stand(long next, long since) {}

  private void run() {
    Admin admin = null;
    try {
      admin = Admin.create(purpose.client());
      do {
        List<PartitionProgress> partitions =
            watches.stream().flatMap(watch -> watch.partitions.stream()).toList();
        if (!partitions.isEmpty()) {
          look(admin, partitions);
          watches.forEach(watch -> watch.wake.run());
        }
      } while (!closing.await(purpose.period().toMillis(), TimeUnit.MILLISECONDS));
    } catch (Exception e) {
      if (!isClosed()) {
        failure = e;
        watches.forEach(watch -> watch.wake.run());
      }
    } finally {
      if (admin != null) {
        admin.close(Duration.ZERO);
      }
      if (prober != null) {
        prober.close(CloseOptions.timeout(Duration.ZERO));
      }
    }
  }

  private void look(Admin admin, List<PartitionProgress> looked) throws Exception {
    try {
      lookOnce(admin, looked);
      if (!answered) {
        answered = true;
        LOG.info("Kafka answers again: event time goes on.");
      }
    } catch (RetriableException e) {
      if (answered) {
        answered = false;
        LOG.warn(
            "Cannot look up where partitions end, so event time waits; trying again: {}",
            e.getMessage());
      }
    }
  }

  private void lookOnce(Admin admin, List<PartitionProgress> looked) throws Exception {
    long at = purpose.clock().millis();
    Map<TopicPartition, Long> ends = ends(admin, looked);
    stands.keySet().retainAll(new HashSet<>(looked));
    List<PartitionProgress> doubtful = new ArrayList<>();
    for (PartitionProgress progress : looked) {
      long next = progress.next();
      Stand stand =
          stands.compute(
              progress,
              (one, before) ->
                  before != null && before.next() == next ? before : new Stand(next, at));
      if (at - stand.since() >= DOUBT.toMillis()
          && !progress.isAt(ends.get(progress.partition()))) {
        doubtful.add(progress);
      }
    }
    if (!doubtful.isEmpty()) {
      probe(doubtful, ends);
    }
    latest = new LiveReader.Sight(at, ends);
  }

  private static Map<TopicPartition, Long> ends(Admin admin, List<PartitionProgress> looked)
      throws Exception {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    looked.forEach(progress -> wanted.put(progress.partition(), OffsetSpec.latest()));
    try {
      Map<TopicPartition, Long> ends = new HashMap<>();
      admin
          .listOffsets(
              wanted,
              new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED)
                  .timeoutMs((int) REQUEST_TIMEOUT.toMillis()))
          .all()
          .get()
          .forEach((partition, end) -> ends.put(partition, end.offset()));
      return ends;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** Reads on from where readers stand, until there is a record or no more to read. */
  private void probe(List<PartitionProgress> doubtful, Map<TopicPartition, Long> ends) {
    Consumer<byte[], byte[]> consumer = prober();
    Map<TopicPartition, PartitionProgress> open = new HashMap<>();
    Map<TopicPartition, Long> from = new HashMap<>();
    for (PartitionProgress progress : doubtful) {
      open.put(progress.partition(), progress);
      from.put(progress.partition(), progress.next());
    }
    consumer.assign(open.keySet());
    // It may have been paused when it was probed before.
    consumer.resume(open.keySet());
    from.forEach(
        (partition, next) -> consumer.seek(partition, next < 0 ? start(partition, next) : next));
    long giveUp = System.nanoTime() + PROBE.toNanos();
    while (!open.isEmpty() && System.nanoTime() - giveUp < 0 && !isClosed()) {
      Set<TopicPartition> found = consumer.poll(PROBE.dividedBy(5)).partitions();
      consumer.pause(found);
      open.keySet().removeAll(found);
      for (PartitionProgress progress : List.copyOf(open.values())) {
        TopicPartition partition = progress.partition();
        progress.isEmpty(from.get(partition), consumer.position(partition, REQUEST_TIMEOUT));
        if (progress.isAt(ends.get(partition))) {
          consumer.pause(Set.of(partition));
          open.remove(partition);
        }
      }
    }
  }

  /** Where a reader that has read nothing yet reads first; if the log begins later, there. */
  private long start(TopicPartition partition, long marker) {
    if (marker != KafkaPartitionSplit.COMMITTED_OFFSET) {
      return 0;
    }
    OffsetAndMetadata committed =
        prober().committed(Set.of(partition), REQUEST_TIMEOUT).get(partition);
    return committed == null ? 0 : committed.offset();
  }

  private Consumer<byte[], byte[]> prober() {
    if (prober == null) {
      Properties properties = new Properties();
      properties.putAll(purpose.client());
      properties.setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
      properties.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
      properties.setProperty(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
      properties.setProperty(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
      properties.setProperty(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, PROBE_BYTES);
      prober =
          new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
    return prober;
  }

  private boolean isClosed() {
    return closing.getCount() == 0;
  }
}
