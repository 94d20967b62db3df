package io.sendflowr.job;

import io.sendflowr.catalogue.CatalogueException;
import io.sendflowr.connectors.platform.DescriptorException;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Entry point of the live job on a Flink cluster. */
public final class JobMain {
  private JobMain() {}

  /**
   * Starts the job.
   *
   * @param args see {@link KafkaOptions}
   * @throws ProgramParametrizationException if the options, the catalogue or the brokers are not as
   *     the job needs them; {@code flink run} prints the message, and no stack trace
   * @throws Exception if the job cannot be submitted
   */
  public static void main(String[] args) throws Exception {
    KafkaOptions options = new KafkaOptions();
    CommandLine command = new CommandLine(options).setCommandName("sendflowr job");
    if (parse(command, options, args)) {
      StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
      attach(env, options);
      env.execute("sendflowr");
    } else {
      command.usage(System.out);
    }
  }

  /** The options of a command line. */
  static KafkaOptions parse(String... args) {
    KafkaOptions options = new KafkaOptions();
    parse(new CommandLine(options), options, args);
    return options;
  }

  /** Fills in the options; whether the job is to be started, and not just described. */
  private static boolean parse(CommandLine command, KafkaOptions options, String... args) {
    try {
      if (command.parseArgs(args).isUsageHelpRequested()) {
        return false;
      }
      options.check();
      return true;
    } catch (ParameterException | IllegalArgumentException e) {
      throw wrong(e.getMessage() + "; --help shows all options", e);
    } catch (KafkaSetupException e) {
      throw wrong(e.getMessage(), e);
    }
  }

  private static void attach(StreamExecutionEnvironment env, KafkaOptions options) {
    try {
      // Read once, and before anybody is asked.
      options.withCatalogue(options.catalogue());
      options.withPlatforms(options.platforms(options.catalogue()));
      for (String warning : KafkaChecks.run(options)) {
        // For whoever calls flink run, whose log goes to a file.
        System.err.println("sendflowr: " + warning);
      }
      KafkaJob.attach(env, options);
    } catch (CatalogueException | DescriptorException | KafkaSetupException e) {
      throw wrong(e.getMessage(), e);
    }
  }

  private static ProgramParametrizationException wrong(String message, RuntimeException cause) {
    ProgramParametrizationException wrong =
        new ProgramParametrizationException("sendflowr: " + message);
    wrong.initCause(cause);
    return wrong;
  }
}
