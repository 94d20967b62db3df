package io.sendflowr.deploy.cluster;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process of a cluster.
 *
 * @param name {@code jobmanager} or {@code taskmanager-N}; its log is {@code log/<name>.log}
 * @param pid the operating system's number of it
 * @param startedMillis when it began, epoch ms: a number may be given again, to somebody else
 */
public record FlinkProcess(String name, long pid, long startedMillis) {
  static final String JOB_MANAGER = "jobmanager";

  static FlinkProcess of(String name, Process process) {
    return new FlinkProcess(
        name, process.pid(), process.info().startInstant().map(Instant::toEpochMilli).orElse(0L));
  }

  /** Whether it is the JobManager. */
  @JsonIgnore
  public boolean isJobManager() {
    return name.equals(JOB_MANAGER);
  }

  /** Whether it runs. */
  @JsonIgnore
  public boolean isAlive() {
    return handle().isPresent();
  }

  private Optional<ProcessHandle> handle() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(
            handle ->
                handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L)
                    == startedMillis);
  }

  /** Ends it as {@code kill -9} does. */
  public void kill() {
    handle()
        .ifPresent(
            handle -> {
              handle.destroyForcibly();
              handle.onExit().join();
            });
  }

  /** Asks it to end, and ends it if it has not after a while. */
  void stop(long patienceSeconds) throws InterruptedException {
    Optional<ProcessHandle> handle = handle();
    if (handle.isPresent()) {
      handle.get().destroy();
      try {
        handle.get().onExit().get(patienceSeconds, TimeUnit.SECONDS);
      } catch (TimeoutException | ExecutionException e) {
        kill();
      }
    }
  }
}
