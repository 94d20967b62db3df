package io.sendflowr.benchmarks.wholejob;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sendflowr.job.KafkaJob;
import io.sendflowr.job.KafkaOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * Runs the job until its standard input ends, and tells many times a second how far it is. It
 * begins to tell when all of it runs.
 */
public final class LiveJob implements Callable<Integer> {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long TELL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  @Option(names = "--bootstrap-servers", required = true)
  private String bootstrapServers;

  @Option(names = "--delivery", required = true)
  private DeliveryGuarantee delivery;

  @Option(names = "--out-of-orderness", required = true)
  private Duration outOfOrderness;

  @Option(names = "--checkpoint-interval")
  private Duration checkpointInterval;

  @Option(names = "--parallelism", required = true)
  private int parallelism;

  @Option(names = "--folder", required = true)
  private Path folder;

  @Option(names = "--flink")
  private Map<String, String> settings = Map.of();

  private LiveJob() {}

  /**
   * How far it is.
   *
   * @param read records read by now
   * @param cpuSeconds processor time of the process
   * @param checkpoints that are complete
   * @param checkpointMillis how long the latest of them took
   */
  public record Progress(long read, double cpuSeconds, long checkpoints, long checkpointMillis) {
    private String line() {
      try {
        return JSON.writeValueAsString(this);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("A record of numbers can be written", e);
      }
    }

    /** Reads what the process said; empty if it is something else. */
    static Optional<Progress> of(String line) {
      try {
        return line.startsWith("{")
            ? Optional.of(JSON.readValue(line, Progress.class))
            : Optional.empty();
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("The job did not say how far it is: " + line, e);
      }
    }
  }

  /** Runs it. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new LiveJob()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    CompletableFuture<Void> end = CompletableFuture.runAsync(LiveJob::readToEnd);
    try (EmbeddedFlink flink = EmbeddedFlink.start(folder, parallelism, settings)) {
      StreamExecutionEnvironment env = flink.environment();
      KafkaJob.attach(
          env,
          new KafkaOptions(bootstrapServers)
              .withDelivery(delivery)
              .withOutOfOrderness(outOfOrderness)
              .withCheckpointInterval(checkpointInterval)
              .withCheckpointDirectory(folder.resolve("checkpoints")));
      JobID id = flink.submit(env.getStreamGraph().getJobGraph());
      flink.awaitRunning(id);
      PrintStream out = System.out;
      while (!end.isDone()) {
        flink.check(id);
        out.println(
            new Progress(
                    JobMetrics.read(),
                    ProcessCost.cpuSeconds(),
                    JobMetrics.checkpoints(),
                    JobMetrics.checkpointMillis())
                .line());
        out.flush();
        LockSupport.parkNanos(TELL_NANOS);
      }
      return 0;
    }
  }

  private static void readToEnd() {
    try {
      System.in.transferTo(PrintStream.nullOutputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
