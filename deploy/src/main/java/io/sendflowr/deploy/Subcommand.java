package io.sendflowr.deploy;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every subcommand has and understands. */
abstract class Subcommand implements Callable<Integer> {
  /** The option that asks for more than one line of a failure. */
  static final String VERBOSE = "--verbose";

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  @SuppressWarnings("unused") // Asks picocli for the text, which looks at the annotation alone.
  private boolean help;

  @Option(names = VERBOSE, description = "When something fails, show where in the code.")
  @SuppressWarnings("unused") // Read by name, from what was parsed.
  private boolean verbose;

  /** How it was called, and where its output goes. */
  final CommandSpec spec() {
    return spec;
  }

  /**
   * Checks what was given for an option.
   *
   * @throws ParameterException with the message, if it is not so
   */
  final void check(boolean so, String message) {
    if (!so) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }
}
