package io.sendflowr.deploy;

import io.sendflowr.deploy.cluster.ClusterException;
import io.sendflowr.deploy.cluster.Installation;
import io.sendflowr.deploy.cluster.StandaloneCluster;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which cluster a command is about. */
final class ClusterFolder {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description =
          "Folder that the cluster is kept in: configuration, logs, checkpoints, savepoints. Default:"
              + " .sendflowr/cluster in the project.")
  private Path folder;

  private final Installation installation = Installation.find();

  Installation installation() {
    return installation;
  }

  Path path() {
    return (folder == null ? installation.defaultCluster() : folder).toAbsolutePath().normalize();
  }

  /**
   * The cluster that is kept there.
   *
   * @throws ClusterException if there is none
   */
  StandaloneCluster open() throws IOException, ClusterException {
    return StandaloneCluster.open(installation, path());
  }
}
