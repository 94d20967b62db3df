package io.sendflowr.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sendflowr.job.KafkaJob;
import io.sendflowr.job.KafkaOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Event time on a real broker, in one job that runs all the while. A decision that bears the time
 * of its request proves that the request was not late.
 */
class LiveEventTimeTest {
  private static final Duration OUT_OF_ORDERNESS = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static LocalBroker broker;
  private static JobClient job;
  private static KafkaProducer<String, String> producer;
  private static KafkaConsumer<String, String> consumer;
  private static final Map<String, List<JsonNode>> SCHEDULES = new HashMap<>();
  private static final List<JsonNode> DEAD_LETTERS = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    broker = LocalBroker.start();
    Topics.create(broker.bootstrapServers());
    producer = producer(Map.of());
    consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest"),
            new StringDeserializer(),
            new StringDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : List.of(Topics.SEND_SCHEDULES, Topics.DEAD_LETTERS)) {
      consumer
          .partitionsFor(topic)
          .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
    }
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);

    Configuration configuration = new Configuration();
    configuration.set(RestOptions.BIND_PORT, "0");
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    KafkaJob.attach(
        env,
        new KafkaOptions(broker.bootstrapServers())
            .withOutOfOrderness(OUT_OF_ORDERNESS)
            .withPartitionDiscovery(Duration.ofSeconds(1))
            .withDelivery(DeliveryGuarantee.AT_LEAST_ONCE));
    job = env.executeAsync("live-event-time-test");
    // From here on it has read what there was.
    ask("first", now(), "first");
    decision("first");
  }

  @AfterAll
  static void stop() throws Exception {
    if (job != null) {
      job.cancel().get();
    }
    if (consumer != null) {
      consumer.close();
    }
    if (producer != null) {
      producer.close();
    }
    broker.close();
  }

  /**
   * Nothing but this one record is in any topic, or moves. It is decided within out-of-orderness
   * and 2 s (SPEC section 2); where the machine is busy with something else, once in a while. What
   * waits for something that does not come is too late each time.
   */
  @Test
  void aRequestIsDecidedInTimeWhileEverythingElseIsSilent() {
    Duration allowed = OUT_OF_ORDERNESS.plusSeconds(2);
    AtomicInteger asked = new AtomicInteger();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              String id = "alone-" + asked.incrementAndGet();
              Instant at = now();
              ask(id, at, "alone");
              JsonNode decision = decision(id);
              Duration delay = Duration.between(at, now());
              assertThat(decision.path("status").asText()).isEqualTo("scheduled");
              assertThat(time(decision)).isEqualTo(at);
              return delay.compareTo(allowed) <= 0;
            });
  }

  /** It is read, and nobody waits for it, though readers were given their partitions before. */
  @Test
  void aPartitionThatIsAddedIsFound() throws Exception {
    int added = consumer.partitionsFor(Topics.EVENTS).size();
    try (Admin admin =
        Admin.create(
            Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()))) {
      admin
          .createPartitions(Map.of(Topics.EVENTS, NewPartitions.increaseTo(added + 1)))
          .all()
          .get();
    }
    String event = event("unsubscribed", now(), "added").value();
    producer.send(new ProducerRecord<>(Topics.EVENTS, added, null, null, event)).get();
    AtomicInteger asked = new AtomicInteger();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              String id = "added-" + asked.incrementAndGet();
              ask(id, now(), "added");
              return decision(id).path("status").asText().equals("suppressed");
            });
  }

  /**
   * What is behind an unsettled transaction has been received: a withdrawal of consent there must
   * not be overtaken. Marks of transactions, which end the partition then, are waited for by
   * nobody.
   */
  @Test
  void whatATransactionHoldsBackIsWaitedForAndItsMarkIsNot() throws Exception {
    try (KafkaProducer<String, String> transactional =
        producer(Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "upstream"))) {
      transactional.initTransactions();
      transactional.beginTransaction();
      Instant withdrawn = now();
      transactional.send(event("unsubscribed", withdrawn, "waits")).get();
      ask("waits", withdrawn.plusMillis(1), "waits");
      await()
          .during(OUT_OF_ORDERNESS.plusSeconds(3))
          .atMost(PATIENCE)
          .until(() -> !read().containsKey("waits"));
      transactional.commitTransaction();

      assertThat(decision("waits").path("status").asText()).isEqualTo("suppressed");

      transactional.beginTransaction();
      transactional.send(event("unsubscribed", now(), "aborted")).get();
      transactional.abortTransaction();
    }
    Instant asked = now();
    ask("goes-on", asked, "aborted");
    JsonNode decision = decision("goes-on");
    assertThat(time(decision)).isEqualTo(asked);
    assertThat(decision.path("status").asText()).isEqualTo("scheduled");
  }

  @Test
  void aBrokenClockMovesNobodys() throws Exception {
    Instant ahead = now().plus(Duration.ofMinutes(50));
    ProducerRecord<String, String> broken = event("product_view", ahead, "broken");
    producer
        .send(new ProducerRecord<>(broken.topic(), 0, ahead.toEpochMilli(), null, broken.value()))
        .get();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              read();
              return DEAD_LETTERS.size() == 1;
            });
    assertThat(DEAD_LETTERS.get(0).path("reason").asText()).isEqualTo("future_timestamp");
    Instant asked = now();
    ask("after-broken", asked, "broken");
    assertThat(time(decision("after-broken"))).isEqualTo(asked);
  }

  @Test
  void aLateRecordCountsFromWhenItCame() throws Exception {
    Instant now = now();
    Instant longAgo = now.minus(Duration.ofHours(3));
    ask("late", longAgo, "late");
    assertThat(time(decision("late"))).isAfter(now.minus(Duration.ofMinutes(1)));
  }

  private static KafkaProducer<String, String> producer(Map<String, Object> more) {
    Map<String, Object> properties = new HashMap<>(more);
    properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
    return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
  }

  private static ProducerRecord<String, String> event(String type, Instant time, String person) {
    return new ProducerRecord<>(
        Topics.EVENTS,
        0,
        null,
        """
        {"event_id":"%s-%s","event_type":"%s","timestamp":"%s","source":"test",\
        "identifiers":{"klaviyo_id":"%s"}}"""
            .formatted(type, person, type, time, person));
  }

  private static void ask(String requestId, Instant time, String person)
      throws InterruptedException, ExecutionException {
    String request =
        """
        {"request_id":"%s","timestamp":"%s","klaviyo_id":"%s"}"""
            .formatted(requestId, time, person);
    producer.send(new ProducerRecord<>(Topics.SEND_REQUESTS, request)).get();
  }

  /** The first decision of a request. */
  private static JsonNode decision(String requestId) {
    await().atMost(PATIENCE).until(() -> read().containsKey(requestId));
    JsonNode first = SCHEDULES.get(requestId).get(0);
    assertThat(first.path("revision").asInt()).isZero();
    return first;
  }

  /** Everything that was written so far. */
  private static Map<String, List<JsonNode>> read() throws IOException {
    for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
      JsonNode value = JSON.readTree(record.value().getBytes(StandardCharsets.UTF_8));
      if (record.topic().equals(Topics.DEAD_LETTERS)) {
        DEAD_LETTERS.add(value);
      } else {
        SCHEDULES.computeIfAbsent(record.key(), key -> new ArrayList<>()).add(value);
      }
    }
    return SCHEDULES;
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS);
  }

  private static Instant time(JsonNode decision) {
    return Instant.parse(decision.path("created_at_utc").asText());
  }
}
