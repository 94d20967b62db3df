package io.sendflowr.deploy;

import io.sendflowr.catalogue.CatalogueException;
import io.sendflowr.connectors.platform.DescriptorException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a person runs: the command {@code sendflowr} and its subcommands. */
@Command(
    name = "sendflowr",
    description = "Decides when a message shall reach a person, and whether at all.",
    subcommands = {
      DemoCommand.class,
      ReplayCommand.class,
      GatewayCommand.class,
      GatewayLoadCommand.class,
      ConnectorCommand.class,
      TopicsCommand.class,
      ClusterCommand.class,
      SubmitCommand.class,
      SavepointCommand.class,
      RescaleCommand.class,
      RestoreCommand.class,
      ChaosCommand.class,
      HelpCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = {"", "sendflowr help COMMAND tells more about one."})
public final class Sendflowr implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  @SuppressWarnings("unused") // Asks picocli for the text, which looks at the annotation alone.
  private boolean help;

  private Sendflowr() {}

  /**
   * Runs a command and ends the process with its status: 0 if it did what it was asked, 1 if it
   * failed, 2 if it was not understood.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, args));
  }

  /**
   * Runs a command.
   *
   * @param out for what was asked for
   * @param err for what went wrong
   * @param args the command line
   * @return the exit status
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new Sendflowr())
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler(Sendflowr::notUnderstood)
        .setExecutionExceptionHandler(Sendflowr::failed)
        .execute(args);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  private static int notUnderstood(ParameterException failure, String[] args) {
    CommandLine line = failure.getCommandLine();
    String what =
        failure instanceof UnmatchedArgumentException unmatched
            ? "not understood: '" + String.join("' '", unmatched.getUnmatched()) + "'"
            : failure.getMessage();
    String name = line.getCommandSpec().qualifiedName();
    CommandLine root = line;
    while (root.getParent() != null) {
      root = root.getParent();
    }
    line.getErr().println(name + ": " + what);
    boolean isInner = line != root && line.getParent() != root;
    line.getErr()
        .println(
            "Commands: "
                + commands(root)
                + ". See: "
                + (isInner
                    ? name + " --help"
                    : "sendflowr help" + (line == root ? "" : " " + line.getCommandName())));
    return CommandLine.ExitCode.USAGE;
  }

  private static String commands(CommandLine root) {
    return root.getSubcommands().entrySet().stream()
        .filter(command -> !command.getValue().getCommandSpec().usageMessage().hidden())
        .map(Map.Entry::getKey)
        .collect(Collectors.joining(", "));
  }

  private static int failed(Exception failure, CommandLine line, ParseResult parsed) {
    line.getErr().println(line.getCommandSpec().qualifiedName() + ": " + describe(failure));
    ParseResult innermost = parsed;
    while (innermost.hasSubcommand()) {
      innermost = innermost.subcommand();
    }
    if (innermost.matchedOptionValue(Subcommand.VERBOSE, false)) {
      failure.printStackTrace(line.getErr());
    }
    return failure instanceof CatalogueException || failure instanceof DescriptorException
        ? CommandLine.ExitCode.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }

  /** What failed and, if that is something else, what caused it in the first place. */
  private static String describe(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = message(failure);
    String cause = message(root);
    return message.contains(cause) ? message : message + ": " + cause;
  }

  private static String message(Throwable failure) {
    String message = failure.getMessage();
    if (message == null) {
      return failure.getClass().getSimpleName();
    }
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }
}
