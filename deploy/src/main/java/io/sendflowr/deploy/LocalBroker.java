package io.sendflowr.deploy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/**
 * A Kafka broker of one node, in a process of its own, for as long as somebody here needs it.
 *
 * <p>It runs the Kafka that is on the classpath of this JVM, listens on 127.0.0.1 only, keeps its
 * data in a temporary folder, and is gone with it when closed, when this JVM ends, and shortly
 * after this JVM is killed.
 */
public final class LocalBroker implements AutoCloseable {
  static final String PROPERTIES = "server.properties";
  static final String DATA = "data";

  private static final String HOST = "127.0.0.1";
  private static final String LOG = "broker.log";
  private static final String LOG_CONFIGURATION = "log4j2.properties";
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final int TAIL_LINES = 20;

  private final Path folder;
  private final String java;
  private final String bootstrapServers;
  private volatile Process process;

  private LocalBroker(Path folder, String java, Process process, String bootstrapServers) {
    this.folder = folder;
    this.java = java;
    this.process = process;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Starts a broker and waits until it answers, at most a minute.
   *
   * @throws IOException if it does not start; the message ends with what its log says last
   * @throws InterruptedException if interrupted meanwhile; nothing is left behind
   */
  public static LocalBroker start() throws IOException, InterruptedException {
    return start(ProcessHandle.current().info().command().orElse("java"));
  }

  /**
   * Starts a broker with a Java of one's choice.
   *
   * @param java the command
   */
  static LocalBroker start(String java) throws IOException, InterruptedException {
    return start(java, properties -> {});
  }

  /**
   * Starts a broker that is set up otherwise.
   *
   * @param java the command
   * @param adapt changes the broker's properties; its plaintext listener has to stay
   */
  static LocalBroker start(String java, Consumer<Map<String, String>> adapt)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("sendflowr-broker-");
    int port;
    int controllerPort;
    // Both are held at once so that they differ.
    try (ServerSocket first = freePort();
        ServerSocket second = freePort()) {
      port = first.getLocalPort();
      controllerPort = second.getLocalPort();
    }
    Process process;
    try {
      Map<String, String> properties = serverProperties(folder, port, controllerPort);
      adapt.accept(properties);
      Files.write(
          folder.resolve(PROPERTIES),
          properties.entrySet().stream().map(one -> one.getKey() + "=" + one.getValue()).toList());
      Files.write(folder.resolve(LOG_CONFIGURATION), logConfiguration());
      process = launch(folder, java);
    } catch (IOException e) {
      Folders.delete(folder);
      throw e;
    }
    LocalBroker broker = new LocalBroker(folder, java, process, HOST + ":" + port);
    // Never taken back: closing twice is harmless, and closing while the JVM ends could not take it
    // back.
    Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "stop-broker"));
    try {
      broker.awaitAnswer();
      return broker;
    } catch (IOException | InterruptedException | RuntimeException e) {
      broker.close();
      throw e;
    }
  }

  private static Process launch(Path folder, String java) throws IOException {
    return new ProcessBuilder(
            java,
            "-Xmx384m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-Dlog4j2.configurationFile=" + folder.resolve(LOG_CONFIGURATION).toUri(),
            "-cp",
            System.getProperty("java.class.path"),
            BrokerProcess.class.getName(),
            folder.toString())
        .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve(LOG).toFile()))
        .start();
  }

  /** Kills the process, as {@code kill -9} does. What it stored stays. */
  public void kill() {
    process.destroyForcibly();
    process.toHandle().onExit().join();
  }

  /**
   * Starts a killed broker again: the same address, and what it stored. It takes some ten seconds,
   * because Kafka lets nobody take the place of a broker before that has been silent for nine.
   *
   * @throws IOException if it does not answer within a minute
   * @throws InterruptedException if interrupted meanwhile
   */
  public void restart() throws IOException, InterruptedException {
    process = launch(folder, java);
    awaitAnswer();
  }

  /** Where it answers: {@code host:port}. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Completes when the process that runs now ends, whatever the reason. */
  public CompletableFuture<ProcessHandle> onExit() {
    return process.toHandle().onExit();
  }

  /** What its log says last; empty once it is closed. */
  public String logTail() {
    Path log = folder.resolve(LOG);
    if (!Files.exists(log)) {
      return "";
    }
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the process and deletes its folder. What it stored is lost. */
  @Override
  public void close() {
    // Its data goes with it, so an orderly shutdown would only take time.
    kill();
    try {
      Folders.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot delete the folder of the Kafka broker", e);
    }
  }

  /** Its folder, for what shall be deleted with it. */
  public Path folder() {
    return folder;
  }

  /** The process that runs now. */
  public ProcessHandle process() {
    return process.toHandle();
  }

  private void awaitAnswer() throws IOException, InterruptedException {
    // The read ends with the process at the latest, and so does its thread.
    CompletableFuture<String> firstLine =
        CompletableFuture.supplyAsync(
            this::readLine, command -> new Thread(command, "await-broker").start());
    try {
      String line = firstLine.get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      if (!BrokerProcess.READY.equals(line)) {
        throw failure("ended with status " + process.waitFor(), null);
      }
      try (Admin admin =
          Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
        admin.describeCluster().nodes().get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (TimeoutException e) {
      throw failure("did not answer within " + START_TIMEOUT.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw failure("did not answer: " + e.getCause().getMessage(), e);
    }
  }

  private String readLine() {
    try {
      return new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
          .readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private IOException failure(String what, Throwable cause) {
    String tail = logTail();
    String log = tail.isEmpty() ? "" : "; its log ends with:\n" + tail;
    return new IOException("The Kafka broker " + what + log, cause);
  }

  private static ServerSocket freePort() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  private static Map<String, String> serverProperties(Path folder, int port, int controllerPort) {
    String broker = "PLAINTEXT://" + HOST + ":" + port;
    String controller = HOST + ":" + controllerPort;
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("process.roles", "broker,controller");
    properties.put("node.id", "1");
    properties.put("listeners", broker + ",CONTROLLER://" + controller);
    properties.put("advertised.listeners", broker);
    properties.put("controller.listener.names", "CONTROLLER");
    properties.put("controller.quorum.bootstrap.servers", controller);
    properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    properties.put("inter.broker.listener.name", "PLAINTEXT");
    properties.put("log.dirs", folder.resolve(DATA).toString());
    properties.put("auto.create.topics.enable", "false");
    properties.put("group.initial.rebalance.delay.ms", "0");
    properties.put("offsets.topic.replication.factor", "1");
    properties.put("offsets.topic.num.partitions", "2");
    properties.put("transaction.state.log.replication.factor", "1");
    properties.put("transaction.state.log.min.isr", "1");
    properties.put("transaction.state.log.num.partitions", "2");
    properties.put("share.coordinator.state.topic.replication.factor", "1");
    properties.put("share.coordinator.state.topic.min.isr", "1");
    properties.put("num.network.threads", "2");
    properties.put("num.io.threads", "2");
    properties.put("log.index.size.max.bytes", "1048576");
    // Of the default's 128 MiB, taken from the heap at start, one compacted topic of a demo
    // needs nothing.
    properties.put("log.cleaner.dedupe.buffer.size", "8388608");
    return properties;
  }

  private static List<String> logConfiguration() {
    return List.of(
        "rootLogger.level = warn",
        "rootLogger.appenderRef.log.ref = log",
        "appender.log.type = Console",
        "appender.log.name = log",
        "appender.log.target = SYSTEM_ERR",
        "appender.log.layout.type = PatternLayout",
        "appender.log.layout.pattern = %d{HH:mm:ss} %p %c{1} %m%n");
  }
}
