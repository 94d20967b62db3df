package io.sendflowr.deploy;

import io.sendflowr.job.KafkaAdmin;
import io.sendflowr.job.KafkaConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.TopicConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sendflowr topics}. */
@Command(
    name = "topics",
    description =
        "Create the topics of the live job that are missing, and tell how those that exist differ from what is planned;"
            + " they are left as they are. See docs/kafka.md. Exit status 1 if one is set up so that the job could not"
            + " keep a promise.")
final class TopicsCommand extends Subcommand {
  private static final int DEFAULT_MAX_REPLICATION = 3;

  @Mixin private KafkaConnection connection;

  @Option(
      names = "--topic-prefix",
      defaultValue = "",
      description = "Put before the name of every topic, as for the job. Default: none.")
  private String prefix;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "4",
      description =
          "Partitions of each topic: the most subtasks that can read it. Default: ${DEFAULT-VALUE}.")
  private int partitions;

  @Option(
      names = "--replication",
      paramLabel = "N",
      description = "Brokers that hold each partition. Default: 3, or as many as there are.")
  private Short replication;

  @Option(names = "--dry-run", description = "Only tell what would be done.")
  private boolean dryRun;

  /** What became of a topic. */
  private enum State {
    TO_BE_CREATED("to be created"),
    CREATED("created"),
    AS_PLANNED("as planned"),
    DIFFERS("differs"),
    BREAKS("breaks a promise");

    private final String words;

    State(String words) {
      this.words = words;
    }
  }

  @Override
  public Integer call() {
    check(partitions > 0, "--partitions must be at least 1");
    check(replication == null || replication > 0, "--replication must be at least 1");
    try (KafkaAdmin admin = KafkaAdmin.connect(connection)) {
      List<TopicPlan> plans = TopicPlan.all(prefix, partitions, replication(admin));
      List<String> names = plans.stream().map(TopicPlan::name).toList();
      Map<String, TopicDescription> existing = admin.existing(names);
      Map<String, Config> configs = admin.topicConfigs(existing.keySet());
      if (!dryRun) {
        Topics.create(admin, plans.stream().map(TopicPlan::newTopic).toList(), existing);
      }
      return report(plans, existing, configs);
    }
  }

  private short replication(KafkaAdmin admin) {
    if (replication != null) {
      return replication;
    }
    int brokers = admin.ask(asked -> asked.describeCluster().nodes()).size();
    return (short) Math.min(DEFAULT_MAX_REPLICATION, brokers);
  }

  private int report(
      List<TopicPlan> plans, Map<String, TopicDescription> existing, Map<String, Config> configs) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "topic", "state", "partitions", "replication", "cleanup", "retention", "max bytes"));
    List<String> notes = new ArrayList<>();
    boolean broken = false;
    for (TopicPlan plan : plans) {
      TopicDescription topic = existing.get(plan.name());
      if (topic == null) {
        rows.add(
            row(
                plan.name(),
                dryRun ? State.TO_BE_CREATED : State.CREATED,
                plan.partitions(),
                plan.replication(),
                key -> plan.configs().get(key)));
        continue;
      }
      Config config = configs.get(plan.name());
      List<TopicPlan.Difference> differences = plan.differences(topic, config);
      boolean breaks = differences.stream().anyMatch(TopicPlan.Difference::breaks);
      broken |= breaks;
      differences.forEach(difference -> notes.add(plan.name() + ": " + difference.what()));
      rows.add(
          row(
              plan.name(),
              breaks ? State.BREAKS : differences.isEmpty() ? State.AS_PLANNED : State.DIFFERS,
              topic.partitions().size(),
              TopicPlan.replication(topic),
              key -> config.get(key).value()));
    }
    print(rows);
    notes.forEach(spec().commandLine().getOut()::println);
    return broken ? 1 : 0;
  }

  private static List<String> row(
      String name,
      State state,
      int partitions,
      int replication,
      Function<String, String> settings) {
    String cleanup = settings.apply(TopicConfig.CLEANUP_POLICY_CONFIG);
    return List.of(
        name,
        state.words,
        Integer.toString(partitions),
        Integer.toString(replication),
        cleanup,
        cleanup.contains(TopicConfig.CLEANUP_POLICY_DELETE)
            ? days(Long.parseLong(settings.apply(TopicConfig.RETENTION_MS_CONFIG)))
            : "for good",
        settings.apply(TopicConfig.MAX_MESSAGE_BYTES_CONFIG));
  }

  private static String days(long millis) {
    return millis < 0
        ? "for good"
        : String.format(Locale.ROOT, "%.3g d", millis / (double) Duration.ofDays(1).toMillis());
  }

  private void print(List<List<String>> rows) {
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(one -> one.get(at).length()).max().orElse(0);
        line.append(row.get(column)).append(" ".repeat(width - row.get(column).length() + 2));
      }
      spec().commandLine().getOut().println(line.toString().stripTrailing());
    }
  }
}
