package io.sendflowr.job;

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
   * @throws Exception if the options are wrong or the job cannot be submitted
   */
  public static void main(String[] args) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    KafkaJob.attach(env, parse(args));
    env.execute("sendflowr");
  }

  static KafkaOptions parse(String... args) {
    KafkaOptions options = new KafkaOptions();
    CommandLine command = new CommandLine(options);
    try {
      command.parseArgs(args);
      options.check();
    } catch (ParameterException | IllegalArgumentException e) {
      // Flink's client shows its message, and no stack trace.
      throw new ProgramParametrizationException(e.getMessage() + "\n" + command.getUsageMessage());
    }
    return options;
  }
}
