package io.sendflowr.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sendflowr connector}: what helps whoever writes the descriptor of a platform. */
@Command(
    name = "connector",
    description = "Help with the descriptors of platforms; docs/connectors.md says what they are.",
    subcommands = ConnectorCheckCommand.class,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n")
final class ConnectorCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  @SuppressWarnings("unused") // Asks picocli for the text, which looks at the annotation alone.
  private boolean help;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }
}
