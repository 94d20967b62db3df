package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.benchmarks.wholejob.PersonRules.Pending;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.connectors.json.ScheduleJson;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.ErasureMarks;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.LinkGraph;
import io.sendflowr.job.Defaults;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * The roofline: the rules in a loop of one thread, from JSON to JSON, with all state in hash maps.
 * Records are in memory before anything is timed, in the order of their times; what is written is
 * counted and thrown away.
 */
public final class Kernel implements Callable<Integer> {
  private static final int MAX_PERSON_SIZE = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Option(names = "--bootstrap-servers", required = true)
  private String bootstrapServers;

  @Option(names = "--records", required = true)
  private long records;

  @Option(names = "--untimed", required = true)
  private long untimed;

  private final Catalogue catalogue = CatalogueReader.builtIn();
  private final RecordReader reader =
      Defaults.readers(catalogue, DescriptorFile.builtIn()).create();
  private final LinkGraph graph = new LinkGraph(catalogue, MAX_PERSON_SIZE, new ErasureMarks(null));
  private final PersonRules rules = new PersonRules(catalogue);
  private final ScheduleJson json = new ScheduleJson();
  private final Map<Long, List<PersonEvent>> events = new HashMap<>();
  private final Map<Long, List<Pending>> requests = new HashMap<>();
  private long writtenBytes;

  private Kernel() {}

  /** Runs it. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Kernel()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    List<ConsumerRecord<byte[], byte[]>> all = read();
    // Stable, and by time: as event time has it.
    all.sort((a, b) -> Long.compare(a.timestamp(), b.timestamp()));
    long begin = System.nanoTime();
    double cpu = ProcessCost.cpuSeconds();
    long timed = 0;
    for (int i = 0; i < all.size(); i++) {
      if (i == untimed) {
        begin = System.nanoTime();
        cpu = ProcessCost.cpuSeconds();
      }
      handle(all.get(i));
      timed = i - untimed + 1;
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.err.println(writtenBytes + " bytes of schedules");
    System.out.println(
        new Result(
                timed,
                seconds,
                ProcessCost.cpuSeconds() - cpu,
                ProcessCost.peakRssBytes(),
                Result.State.NONE)
            .line());
    return 0;
  }

  private void handle(ConsumerRecord<byte[], byte[]> record) {
    Origin origin =
        new Origin(
            record.topic(),
            record.partition(),
            record.offset(),
            record.value(),
            record.timestamp());
    for (InputTopic topic : InputTopic.values()) {
      if (topic.defaultName().equals(record.topic())) {
        reader.read(topic, origin, this::handle);
      }
    }
  }

  private void handle(Inbound record) {
    if (record instanceof Inbound.Event event) {
      Observation observation = event.observation();
      link(event.identifiers(), observation.source(), observation.time());
      long person = graph.personOf(graph.key(event.identifiers().get(0)));
      events
          .computeIfAbsent(person, p -> new ArrayList<>())
          .add(new PersonEvent(observation, false));
      if (requests.containsKey(person)) {
        decide(person, observation.time());
      }
    } else if (record instanceof Inbound.Request asked) {
      List<Identifier> identifiers = asked.request().identifiers();
      link(identifiers, "send-request", asked.request().time());
      long person = graph.personOf(graph.key(identifiers.get(0)));
      requests
          .computeIfAbsent(person, p -> new ArrayList<>())
          .add(new Pending(asked.request(), 0, null));
      decide(person, asked.request().time());
    } else if (record instanceof Inbound.Link link) {
      graph.apply(List.of(new GraphChange.Linked(link.change(), link.change().time())));
    }
  }

  private void decide(long person, long now) {
    List<Pending> rest =
        rules.decide(
            person,
            events.getOrDefault(person, List.of()),
            requests.get(person),
            now,
            schedule -> writtenBytes += json.value(schedule).length);
    if (rest.isEmpty()) {
      requests.remove(person);
    } else {
      requests.put(person, rest);
    }
  }

  private void link(List<Identifier> identifiers, String source, long time) {
    for (int i = 0; i < identifiers.size(); i++) {
      for (int j = i + 1; j < identifiers.size(); j++) {
        graph.apply(
            List.of(
                new GraphChange.Linked(
                    new LinkChange(
                        false, identifiers.get(i), identifiers.get(j), 1.0, source, time),
                    time)));
      }
    }
  }

  private List<ConsumerRecord<byte[], byte[]>> read() {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (InputTopic topic : InputTopic.values()) {
        for (int i = 0; i < Preload.PARTITIONS; i++) {
          partitions.add(new TopicPartition(topic.defaultName(), i));
        }
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (all.size() < records) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException(all.size() + " of " + records + " records could be read");
        }
        consumer.poll(Duration.ofMillis(100)).forEach(all::add);
      }
    }
    return all;
  }
}
