package io.sendflowr.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sendflowr savepoint}. */
@Command(
    name = "savepoint",
    description = "Take a savepoint of the job, which goes on, and print where it is.")
final class SavepointCommand extends Subcommand {
  @Mixin private ClusterFolder folder;

  @Override
  public Integer call() throws Exception {
    spec().commandLine().getOut().println(folder.open().savepoint());
    return 0;
  }
}
