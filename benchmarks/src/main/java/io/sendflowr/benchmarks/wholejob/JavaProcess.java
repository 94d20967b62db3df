package io.sendflowr.benchmarks.wholejob;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A program of ours in a process of its own, which ends with this one at the latest. */
final class JavaProcess implements AutoCloseable {
  /** Part of the name of Kafka Streams' RocksDB, which Flink must not find. */
  static final String ROCKSDB_OF_KAFKA = "/rocksdbjni";

  private static final long PATIENCE_SECONDS = 30;

  /** With one thread of the compiler on two busy processors nothing is compiled in time. */
  private static final List<String> ALWAYS = List.of("-XX:+UseG1GC", "-XX:CICompilerCount=4");

  private final Process process;
  private final Path log;
  private final Thread stop;

  private JavaProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.stop = new Thread(process::destroyForcibly, "stop-program");
  }

  /**
   * Starts a program.
   *
   * @param program its main class
   * @param jvm options of Java
   * @param without part of the names of files on the classpath that it must not have
   * @param arguments of the program
   * @param log where its standard error goes
   */
  static JavaProcess start(
      Class<?> program, List<String> jvm, String without, List<String> arguments, Path log)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(ALWAYS);
    command.addAll(jvm);
    Stream.of(System.getProperty("sendflowr.opens", "").split(" "))
        .filter(open -> !open.isEmpty())
        .forEach(command::add);
    command.add("-cp");
    command.add(
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.contains(without))
            .collect(Collectors.joining(File.pathSeparator)));
    command.add(program.getName());
    command.addAll(arguments);
    JavaProcess started =
        new JavaProcess(new ProcessBuilder(command).redirectError(log.toFile()).start(), log);
    Runtime.getRuntime().addShutdownHook(started.stop);
    return started;
  }

  /** What it writes to its standard output. */
  BufferedReader output() {
    return process.inputReader(StandardCharsets.UTF_8);
  }

  /** That it ended, or said something else than was expected, with all that it logged. */
  IllegalStateException failure() {
    try {
      return new IllegalStateException(
          "A program of the benchmark failed; it said:\n"
              + Files.readString(log, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return new IllegalStateException("A program of the benchmark failed without a word", e);
    }
  }

  @Override
  public void close() {
    // It may be writing a recording still.
    process.destroy();
    process.onExit().completeOnTimeout(process, PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    process.destroyForcibly();
    process.onExit().join();
    Runtime.getRuntime().removeShutdownHook(stop);
  }
}
