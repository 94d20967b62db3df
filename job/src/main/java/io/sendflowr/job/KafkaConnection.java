package io.sendflowr.job;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import picocli.CommandLine.Option;

/** How the brokers are reached; for every command line that talks to them. */
public final class KafkaConnection {
  private static final String PROPERTY = "--kafka-property";

  @Option(
      names = "--bootstrap-servers",
      required = true,
      paramLabel = "HOST:PORT[,...]",
      description = "Kafka brokers to connect to.")
  private String bootstrapServers;

  @Option(
      names = "--kafka-config",
      paramLabel = "FILE",
      description =
          "Java properties file with further Kafka client properties, on the machine where this is"
              + " called. Secrets are not written there but referred to, as for "
              + PROPERTY
              + ".")
  private Path file;

  @Option(
      names = PROPERTY,
      paramLabel = "KEY=VALUE",
      description =
          "Further Kafka client property, such as security.protocol=SSL; wins over --kafka-config."
              + " A secret is written as $${env:VARIABLE}, $${file:PATH:KEY} or $${dir:FOLDER:FILE},"
              + " which the Kafka clients look up where they run; see docs/kafka.md. Repeatable.")
  private Map<String, String> properties = new LinkedHashMap<>();

  /** For the command line, which fills in the rest. */
  public KafkaConnection() {}

  /**
   * A connection without further properties.
   *
   * @param bootstrapServers Kafka brokers to connect to, {@code host:port[,...]}
   */
  public KafkaConnection(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
  }

  /** Sets the file with further client properties. */
  public KafkaConnection withConfig(Path value) {
    file = value;
    return this;
  }

  /** Adds a further client property. */
  public KafkaConnection withProperty(String key, String value) {
    properties.put(key, value);
    return this;
  }

  /** Kafka brokers to connect to, {@code host:port[,...]}. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /**
   * What every Kafka client is given: the brokers, the further properties, and the providers that
   * look up the secrets. References to secrets are in it, and no secret. The file is read now.
   *
   * @throws KafkaSetupException if a property is not known, is the job's own, or holds a secret
   */
  public Properties properties() {
    Map<String, String> given = new TreeMap<>();
    if (file != null) {
      Map<String, String> read = read(file);
      ClientProperties.check(file.toString() + ":", read);
      given.putAll(read);
    }
    ClientProperties.check(PROPERTY, properties);
    given.putAll(properties);
    return ClientProperties.complete(bootstrapServers, given);
  }

  private static Map<String, String> read(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (NoSuchFileException e) {
      throw new KafkaSetupException(file + ": there is no such file", e);
    } catch (IOException | IllegalArgumentException e) {
      throw new KafkaSetupException(file + ": is no properties file that can be read", e);
    }
    Map<String, String> read = new TreeMap<>();
    properties.stringPropertyNames().forEach(key -> read.put(key, properties.getProperty(key)));
    return read;
  }
}
