package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.deploy.Folders;
import io.sendflowr.deploy.Topics;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs a subject in a process of its own, over what a broker holds. */
final class SubjectRun {
  private final String bootstrapServers;
  private final Backlog backlog;
  private final int parallelism;
  private String heap = "2g";
  private Duration checkpointInterval = Duration.ofSeconds(5);
  private boolean restore;
  private Path recording;

  /**
   * @param bootstrapServers where the broker answers
   * @param backlog what its topics hold
   * @param parallelism of what is run
   */
  SubjectRun(String bootstrapServers, Backlog backlog, int parallelism) {
    this.bootstrapServers = bootstrapServers;
    this.backlog = backlog;
    this.parallelism = parallelism;
  }

  /** Sets how large the heap may become, as Java's -Xmx takes it. */
  SubjectRun withHeap(String size) {
    heap = size;
    return this;
  }

  /** Sets how long it is from one checkpoint of Flink to the next. */
  SubjectRun withCheckpointInterval(Duration interval) {
    checkpointInterval = interval;
    return this;
  }

  /** Measures also how long the job takes to run again from its last checkpoint. */
  SubjectRun withRestore(boolean measured) {
    restore = measured;
    return this;
  }

  /** Sets where a recording of the job by Java Flight Recorder goes; null for none. */
  SubjectRun withRecording(Path file) {
    recording = file;
    return this;
  }

  /**
   * Runs a subject to its end.
   *
   * @param name that no other run over the same topics has
   * @param folder for its files; deleted afterwards
   */
  Result run(Subject subject, String name, Path folder) throws Exception {
    Files.createDirectories(folder);
    List<String> jvm = new ArrayList<>(List.of("-Xmx" + heap));
    if (recording != null && subject == Subject.JOB) {
      jvm.add("-XX:StartFlightRecording=settings=profile,filename=" + recording);
    }
    long before = Preload.end(bootstrapServers, Topics.SEND_SCHEDULES);
    Result result;
    try (JavaProcess process =
            JavaProcess.start(
                program(subject),
                jvm,
                foreignRocksDb(subject),
                arguments(subject, name, folder),
                folder.resolve("log"));
        BufferedReader lines = process.output()) {
      result =
          lines
              .lines()
              .filter(Result::isIn)
              .map(Result::of)
              .findFirst()
              .orElseThrow(process::failure);
    }
    Folders.delete(folder);
    return result.withWritten(Preload.end(bootstrapServers, Topics.SEND_SCHEDULES) - before);
  }

  private List<String> arguments(Subject subject, String name, Path folder) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--bootstrap-servers",
                bootstrapServers,
                "--records",
                Long.toString(backlog.size()),
                "--untimed",
                Long.toString(backlog.untimed())));
    if (subject != Subject.KERNEL) {
      arguments.addAll(List.of("--name", name));
      arguments.addAll(List.of("--parallelism", Integer.toString(parallelism)));
      arguments.addAll(List.of("--folder", folder.toString()));
    }
    if (program(subject) == FlinkSubject.class) {
      arguments.addAll(List.of("--subject", subject.name()));
      arguments.addAll(List.of("--checkpoint-interval", checkpointInterval.toString()));
    }
    if (restore && subject == Subject.JOB) {
      arguments.add("--restore");
    }
    return arguments;
  }

  private static Class<?> program(Subject subject) {
    return switch (subject) {
      case PASS_THROUGH, KEYED, JOB -> FlinkSubject.class;
      case KAFKA_STREAMS -> StreamsPeer.class;
      case KERNEL -> Kernel.class;
    };
  }

  /** Flink and Kafka Streams each bring a RocksDB of their own, of the same names. */
  private static String foreignRocksDb(Subject subject) {
    return subject == Subject.KAFKA_STREAMS ? "frocksdbjni" : JavaProcess.ROCKSDB_OF_KAFKA;
  }
}
