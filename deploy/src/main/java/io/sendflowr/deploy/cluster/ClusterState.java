package io.sendflowr.deploy.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a cluster between two commands; the file {@value #FILE} in its folder.
 *
 * @param processes those that were started and not stopped, in the order of their start
 * @param jobs what was submitted, the latest last: a job that is restored is another one to Flink
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ClusterState(List<FlinkProcess> processes, List<Submission> jobs) {
  private static final String FILE = "cluster.json";
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  ClusterState {
    processes = List.copyOf(processes);
    jobs = List.copyOf(jobs);
  }

  /**
   * A job as it was submitted.
   *
   * @param id Flink's id of it, 32 hex digits
   * @param jar what was run
   * @param arguments the job's options
   * @param parallelism of its operators
   */
  record Submission(String id, String jar, List<String> arguments, int parallelism) {
    Submission {
      arguments = List.copyOf(arguments);
    }
  }

  /** Reads what the folder holds; empty if there is no cluster. */
  static Optional<ClusterState> read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    return Files.exists(file)
        ? Optional.of(JSON.readValue(file.toFile(), ClusterState.class))
        : Optional.empty();
  }

  void write(Path folder) throws IOException {
    Path next = folder.resolve(FILE + ".next");
    JSON.writeValue(next.toFile(), this);
    Files.move(
        next,
        folder.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  ClusterState with(FlinkProcess started) {
    List<FlinkProcess> all = new ArrayList<>(processes);
    all.add(started);
    return new ClusterState(all, jobs);
  }

  ClusterState without(FlinkProcess stopped) {
    return new ClusterState(
        processes.stream().filter(process -> !process.equals(stopped)).toList(), jobs);
  }

  ClusterState with(Submission submitted) {
    List<Submission> all = new ArrayList<>(jobs);
    all.add(submitted);
    return new ClusterState(processes, all);
  }
}
