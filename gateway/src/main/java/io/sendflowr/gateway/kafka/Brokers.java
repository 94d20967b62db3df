package io.sendflowr.gateway.kafka;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Whether the brokers are there, and what we need of them. */
public final class Brokers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private final KafkaSettings settings;
  private final Admin admin;

  /**
   * Connects.
   *
   * @param settings how to reach Kafka
   */
  public Brokers(KafkaSettings settings) {
    this.settings = settings;
    Map<String, Object> properties = settings.client();
    properties.put(AdminClientConfig.CLIENT_ID_CONFIG, "sendflowr-gateway-health");
    properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) ANSWER.toMillis());
    this.admin = Admin.create(properties);
  }

  /**
   * Waits until every partition of every topic that the gateway writes or reads answers. A broker
   * tells of a new partition before it leads it, and the first records of an idempotent producer
   * that fall into that moment are lost to it.
   *
   * @throws IllegalStateException if they do not within half a minute, or a topic is missing
   * @throws InterruptedException if interrupted meanwhile
   */
  public void awaitTopics() throws InterruptedException {
    List<String> topics = new ArrayList<>();
    for (InputTopic topic : InputTopic.values()) {
      topics.add(settings.topic(topic.defaultName()));
    }
    topics.add(settings.topic(OutputTopic.RESOLUTIONS.defaultName()));
    topics.add(settings.topic(OutputTopic.SEND_SCHEDULES.defaultName()));
    try {
      Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
      for (TopicDescription topic :
          admin.describeTopics(topics).allTopicNames().get(seconds(), TimeUnit.SECONDS).values()) {
        for (TopicPartitionInfo partition : topic.partitions()) {
          ends.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest());
        }
      }
      admin.listOffsets(ends).all().get(seconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw unreachable(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw new IllegalStateException(
            "A topic is missing in Kafka at "
                + settings.bootstrapServers()
                + "; create all of these first: "
                + String.join(", ", topics),
            e);
      }
      throw unreachable(e);
    }
  }

  /** Asks whether they answer; completes within about two seconds, with a failure if not. */
  public KafkaFuture<?> answer() {
    return admin
        .describeCluster(new DescribeClusterOptions().timeoutMs((int) ANSWER.toMillis()))
        .clusterId();
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }

  private IllegalStateException unreachable(Exception cause) {
    return new IllegalStateException(
        "Kafka at "
            + settings.bootstrapServers()
            + " did not answer within "
            + PATIENCE.toSeconds()
            + " s",
        cause);
  }

  private static long seconds() {
    return PATIENCE.toSeconds();
  }
}
