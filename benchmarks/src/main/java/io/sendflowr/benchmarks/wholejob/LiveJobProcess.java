package io.sendflowr.benchmarks.wholejob;

import io.sendflowr.benchmarks.wholejob.LiveJob.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The {@link LiveJob}, seen from the benchmark. */
final class LiveJobProcess implements AutoCloseable {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long PATIENCE_SECONDS = 120;

  private final JavaProcess process;
  private final List<Long> checkpointMillis = new ArrayList<>();

  /** What it said last; null until it runs. */
  private volatile Progress progress;

  private volatile boolean ended;

  private LiveJobProcess(JavaProcess process) {
    this.process = process;
  }

  /** Starts the job and waits until all of it runs. */
  static LiveJobProcess start(List<String> arguments, Path folder) throws IOException {
    LiveJobProcess started =
        new LiveJobProcess(
            JavaProcess.start(
                LiveJob.class,
                List.of("-Xmx2g"),
                JavaProcess.ROCKSDB_OF_KAFKA,
                arguments,
                folder.resolve("log")));
    Thread listener = new Thread(started::listen, "job-progress");
    listener.setDaemon(true);
    listener.start();
    started.await(() -> started.progress != null);
    return started;
  }

  private void listen() {
    try (BufferedReader lines = process.output()) {
      String line = lines.readLine();
      while (line != null) {
        Progress.of(line).ifPresent(this::hear);
        line = lines.readLine();
      }
    } catch (IOException e) {
      // It was ended while something was read.
    } finally {
      ended = true;
    }
  }

  private synchronized void hear(Progress said) {
    if (progress != null && said.checkpoints() > progress.checkpoints()) {
      checkpointMillis.add(said.checkpointMillis());
    }
    progress = said;
  }

  /** How far the job was a moment ago. */
  Progress progress() {
    if (ended) {
      throw process.failure();
    }
    return progress;
  }

  /** How long each checkpoint took since this was asked last, in ms. */
  synchronized List<Long> takeCheckpointMillis() {
    List<Long> taken = List.copyOf(checkpointMillis);
    checkpointMillis.clear();
    return taken;
  }

  /** Waits until the job has read so many records. */
  void awaitRead(long count) {
    await(() -> progress().read() >= count);
  }

  private void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (ended || System.nanoTime() > end) {
        throw process.failure();
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
