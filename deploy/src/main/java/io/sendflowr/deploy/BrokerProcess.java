package io.sendflowr.deploy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/**
 * The process of a {@link LocalBroker}: formats the storage if it is new, runs the broker, says
 * {@value #READY} on its standard output, and lives as long as its standard input stays open. So it
 * ends with its parent, however that ends, and takes its folder with it.
 */
final class BrokerProcess {
  /** What it says when the broker answers. */
  static final String READY = "ready";

  /** What formatting leaves in the folder of the data. */
  private static final String META = "meta.properties";

  private BrokerProcess() {}

  /**
   * Runs the broker.
   *
   * @param args the folder, which holds {@value LocalBroker#PROPERTIES}
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    PrintStream parent = System.out;
    // What Kafka prints is no part of what we tell the parent.
    System.setOut(System.err);
    // Ctrl-C in a terminal reaches this process too, while the parent still needs it to stop in
    // good order.
    Signals.handle("INT", () -> {});

    Path properties = folder.resolve(LocalBroker.PROPERTIES);
    if (!Files.exists(folder.resolve(LocalBroker.DATA).resolve(META))) {
      format(properties);
    }
    KafkaRaftServer server =
        new KafkaRaftServer(KafkaConfig.fromProps(load(properties)), Time.SYSTEM);
    server.startup();
    parent.println(READY);
    parent.flush();

    System.in.transferTo(PrintStream.nullOutputStream());
    server.shutdown();
    Folders.delete(folder);
    System.exit(0);
  }

  private static void format(Path properties) {
    String[] format = {
      "format",
      "--standalone",
      "--cluster-id",
      Uuid.randomUuid().toString(),
      "--config",
      properties.toString()
    };
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    if (StorageTool.execute(format, new PrintStream(said, true, StandardCharsets.UTF_8)) != 0) {
      System.err.println(said.toString(StandardCharsets.UTF_8));
      System.exit(1);
    }
  }

  private static Properties load(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return properties;
  }
}
