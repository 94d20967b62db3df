package io.sendflowr.deploy.demo;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.deploy.LocalBroker;
import io.sendflowr.deploy.Topics;
import io.sendflowr.job.Defaults;
import io.sendflowr.job.KafkaJob;
import io.sendflowr.job.KafkaOptions;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The whole of SendFlowr on one machine, at work: a broker, the job, people who do something all
 * the time, and what the job decides about them, as it decides it.
 */
public final class Demo {
  /**
   * So short, and nothing in transactions, that whoever asks the gateway has an answer in about a
   * second.
   */
  private static final Duration OUT_OF_ORDERNESS = Duration.ofMillis(500);

  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);
  private static final Duration ROUND = Duration.ofMillis(100);
  private static final String REASON = "reason";

  private final Settings settings;
  private final Clock clock;
  private final PrintWriter out;
  private final Decisions decisions;
  private final Map<String, Long> deadLetters = new TreeMap<>();
  private volatile boolean stopped;

  /**
   * Prepares a demo.
   *
   * @param settings what the user chose
   * @param clock of the stream, which has to be the broker's
   * @param out for people to read
   */
  public Demo(Settings settings, Clock clock, PrintWriter out) {
    this.settings = settings;
    this.clock = clock;
    this.out = out;
    this.decisions = new Decisions(settings.coloured());
  }

  /**
   * What the user of a demo chooses.
   *
   * @param length how long it runs; empty until it is stopped
   * @param recordsPerSecond how many records go in, on average
   * @param seed of the people's doings
   * @param gatewayPort of the gateway; 0 for any that is free
   * @param catalogue by which the job goes
   * @param platforms whose webhooks the job understands
   * @param coloured whether the output is for a terminal
   */
  public record Settings(
      Optional<Duration> length,
      double recordsPerSecond,
      long seed,
      int gatewayPort,
      Catalogue catalogue,
      List<DescriptorFile> platforms,
      boolean coloured) {}

  /** Asks the demo to end, from another thread. */
  public void stop() {
    stopped = true;
  }

  /**
   * Runs to the end. What was started has been stopped when this returns or throws.
   *
   * @throws DemoException if something failed, or nothing was decided in all the time
   * @throws Exception if something could not be started or stopped
   */
  public void run() throws Exception {
    DemoGateway.checkPort(settings.gatewayPort());
    say("SendFlowr demo: a Kafka broker, the job on Flink in this process, and made-up people.");
    say("All of it is on 127.0.0.1, and gone when it ends. To stop it press Ctrl-C.");
    say("");
    try (LocalBroker broker = LocalBroker.start()) {
      say("  broker   " + broker.bootstrapServers());
      if (!stopped) {
        watchOver(broker);
      }
    }
  }

  private void watchOver(LocalBroker broker) throws Exception {
    try {
      runOn(broker);
    } catch (Exception e) {
      if (!broker.onExit().isDone()) {
        throw e;
      }
      // Whatever failed did so for want of the broker.
      String tail = broker.logTail();
      DemoException failure =
          new DemoException(
              "the Kafka broker ended" + (tail.isEmpty() ? "" : "; its log ends with:\n" + tail));
      failure.addSuppressed(e);
      throw failure;
    }
  }

  private void runOn(LocalBroker broker) throws Exception {
    // In the broker's folder, because that is deleted even if this process is killed.
    Path folder = Files.createDirectory(broker.folder().resolve("flink"));
    try (DemoCluster cluster = DemoCluster.start(folder)) {
      say("  web UI   " + cluster.webUi());
      Topics.create(broker.bootstrapServers());
      try (Kafka kafka = new Kafka(broker.bootstrapServers())) {
        DemoStream stream =
            new DemoStream(settings.seed(), clock.instant(), settings.recordsPerSecond());
        stream.history().forEach(kafka::send);
        kafka.flush();
        int history = stream.history().size();
        say("  people   " + DemoStream.CUSTOMERS + ", with a past of " + history + " records");

        Optional<Instant> end = settings.length().map(clock.instant()::plus);
        CompletableFuture<JobResult> job = submit(cluster, broker, folder);
        try (DemoGateway gateway =
            DemoGateway.start(
                broker.bootstrapServers(),
                settings.gatewayPort(),
                Defaults.readers(settings.catalogue(), settings.platforms()),
                clock)) {
          say("  gateway  " + gateway.url() + ", for webhooks and questions, open to this machine");
          say("  stream   " + describeStream());
          say("");
          say(DecisionLine.header());
          watch(stream, kafka, broker, job, end);
          summarise(kafka, history);
        }
      }
    }
    if (!stopped && decisions.count() == 0) {
      throw new DemoException("nothing was decided in " + describeLength());
    }
  }

  private CompletableFuture<JobResult> submit(DemoCluster cluster, LocalBroker broker, Path folder)
      throws Exception {
    StreamExecutionEnvironment environment = cluster.environment();
    // Marks of erased people mean nothing once the demo is gone, so any key is good.
    Path erasureKey = folder.resolve("erasure-key");
    Files.writeString(erasureKey, UUID.randomUUID().toString());
    KafkaJob.attach(
        environment,
        new KafkaOptions(broker.bootstrapServers())
            .withOutOfOrderness(OUT_OF_ORDERNESS)
            .withCheckpointInterval(CHECKPOINT_INTERVAL)
            .withCheckpointDirectory(folder.resolve("checkpoints"))
            .withDelivery(DeliveryGuarantee.AT_LEAST_ONCE)
            .withErasureKeyFile(erasureKey)
            .withCatalogue(settings.catalogue())
            .withPlatforms(settings.platforms()));
    return cluster.submit(environment, "sendflowr");
  }

  private void watch(
      DemoStream stream,
      Kafka kafka,
      LocalBroker broker,
      CompletableFuture<JobResult> job,
      Optional<Instant> end) {
    while (!stopped && end.filter(clock.instant()::isAfter).isEmpty()) {
      if (broker.onExit().isDone()) {
        throw new DemoException("there is no broker any more");
      }
      if (job.isDone()) {
        throw failure(job.join());
      }
      feed(kafka, stream.until(clock.instant()));
      kafka.read(ROUND).forEach(this::read);
      decisions.nextRound().forEach(this::say);
    }
    decisions.nextRound().forEach(this::say);
  }

  private void feed(Kafka kafka, List<DemoRecord> records) {
    for (DemoRecord record : records) {
      if (record.topic().equals(Topics.SEND_REQUESTS)) {
        decisions.asked(record.key(), record.who());
      } else if (record.topic().equals(Topics.LINKS)) {
        decisions.linked(record.who(), record.key(), record.at());
      }
      kafka.send(record);
    }
  }

  private void read(Kafka.Output output) {
    String topic = output.topic();
    if (topic.equals(Topics.SEND_SCHEDULES)) {
      decisions.read(ScheduleRecord.read(output.value()));
    } else if (topic.equals(Topics.IDENTITY_CHANGES)) {
      decisions.read(IdentityChange.read(output.value()));
    } else if (topic.equals(Topics.DEAD_LETTERS)) {
      deadLetters.merge(output.value().path(REASON).asText(), 1L, Long::sum);
    } else {
      throw new IllegalStateException("Nobody reads " + topic);
    }
  }

  private static DemoException failure(JobResult result) {
    return result
        .getSerializedThrowable()
        .map(
            failure ->
                new DemoException(
                    "the job failed", failure.deserializeError(Demo.class.getClassLoader())))
        .orElseGet(() -> new DemoException("the job was ended by somebody else"));
  }

  private void summarise(Kafka kafka, int history) {
    long sent = kafka.sent().values().stream().mapToLong(Long::longValue).sum();
    long dead = deadLetters.values().stream().mapToLong(Long::longValue).sum();
    say("");
    say("  decisions    " + decisions.summary());
    say("  records in   " + (sent - history) + ", and " + history + " before the start");
    say("  dead letters " + dead + (dead == 0 ? "" : " " + deadLetters));
  }

  private String describeStream() {
    return String.format(
        Locale.ROOT,
        "about %.0f records/s, seed %d, %s",
        settings.recordsPerSecond(),
        settings.seed(),
        describeLength());
  }

  private String describeLength() {
    return settings.length().map(length -> length.toSeconds() + " s").orElse("until Ctrl-C");
  }

  private void say(String line) {
    out.println(line);
    if (out.checkError()) {
      // Nobody reads it any more, as behind a pipe into head.
      stop();
    }
  }
}
