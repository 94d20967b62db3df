package io.sendflowr.deploy.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.RpcOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The profiles in flink-conf say what Flink understands, and what the job means. */
class ProfilesTest {
  private static final Path PROFILES = Path.of("../flink-conf");
  private static final String REPORTER = "metrics.reporter.prom.";

  /** What the reporter takes, and no class of options lists. */
  private static final List<String> OF_THE_REPORTER =
      List.of(
          REPORTER + "factory.class", REPORTER + "port", REPORTER + "filterLabelValueCharacters");

  private static final List<Class<?>> OPTIONS =
      List.of(
          CheckpointingOptions.class,
          CoreOptions.class,
          DeploymentOptions.class,
          HeartbeatManagerOptions.class,
          HighAvailabilityOptions.class,
          JobManagerOptions.class,
          MetricOptions.class,
          PipelineOptions.class,
          RestOptions.class,
          RestartStrategyOptions.class,
          RocksDBConfigurableOptions.class,
          RpcOptions.class,
          StateBackendOptions.class,
          StateRecoveryOptions.class,
          TaskManagerOptions.class);

  /** Default of --transaction-timeout. */
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(14);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"local", "standalone", "kubernetes"})
  void eachSettingIsOneOfFlinksAndHasAReason(String profile) throws IOException {
    Set<String> known = new TreeSet<>();
    for (Class<?> options : OPTIONS) {
      for (Field field : options.getFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getType() == ConfigOption.class) {
          known.add(key(field));
        }
      }
    }
    known.addAll(OF_THE_REPORTER);
    assertThat(known).containsAll(read(profile).toMap().keySet()).containsAll(OF_THE_REPORTER);

    List<String> lines = Files.readAllLines(PROFILES.resolve(profile + ".yaml"));
    for (int i = 0; i < lines.size(); i++) {
      boolean isSetting = !lines.get(i).isBlank() && !lines.get(i).startsWith("#");
      if (isSetting) {
        assertThat(lines.get(i - 1)).as("what stands above " + lines.get(i)).isNotBlank();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"local", "standalone", "kubernetes"})
  void keepsWhatTheJobPromises(String profile) throws IOException {
    Configuration said = read(profile);
    assertThat(said.get(StateBackendOptions.STATE_BACKEND)).isEqualTo("rocksdb");
    assertThat(said.get(CheckpointingOptions.INCREMENTAL_CHECKPOINTS)).isTrue();
    assertThat(said.get(PipelineOptions.GENERIC_TYPES)).isFalse();
    assertThat(said.get(PipelineOptions.AUTO_GENERATE_UIDS)).isFalse();
    assertThat(said.get(CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION))
        .isEqualTo(ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    assertThat(said.get(RestartStrategyOptions.RESTART_STRATEGY)).isEqualTo("exponential-delay");
    Duration longest =
        said.get(CheckpointingOptions.CHECKPOINTING_TIMEOUT)
            .multipliedBy(1L + said.get(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER));
    assertThat(longest).as("how long a transaction may stay open").isLessThan(TRANSACTION_TIMEOUT);
    assertThat(said.toMap())
        .containsEntry(
            REPORTER + "factory.class",
            "org.apache.flink.metrics.prometheus.PrometheusReporterFactory")
        .containsEntry(REPORTER + "filterLabelValueCharacters", "false");
  }

  /** Flink's start scripts would refuse sizes that do not fit. */
  @ParameterizedTest
  @ValueSource(strings = {"local", "standalone"})
  void itsMemoryAddsUp(String profile) throws IOException {
    Configuration said = read(profile);
    assertThat(
            TaskExecutorProcessUtils.processSpecFromConfig(said)
                .getTotalProcessMemorySize()
                .getMebiBytes())
        .isPositive();
    assertThat(
            JobManagerProcessUtils.processSpecFromConfig(said)
                .getTotalProcessMemorySize()
                .getMebiBytes())
        .isPositive();
  }

  private Configuration read(String profile) throws IOException {
    Files.copy(PROFILES.resolve(profile + ".yaml"), folder.resolve("config.yaml"));
    return GlobalConfiguration.loadConfiguration(folder.toString());
  }

  private static String key(Field option) {
    try {
      return ((ConfigOption<?>) option.get(null)).key();
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
