package io.sendflowr.job;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.platform.DescriptorException;
import io.sendflowr.connectors.platform.DescriptorFile;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Which platforms' webhooks the job understands; for every command line that starts it. */
public final class PlatformsOption {
  @Option(
      names = "--platforms",
      paramLabel = "DIR",
      description =
          "Folder of further platform descriptors (*.yaml), read once, before anything is started."
              + " One that is named like one that ships takes its place; see docs/connectors.md."
              + " Default: those that ship.")
  private Path folder;

  /**
   * Reads the descriptors and checks that they can be used.
   *
   * @param catalogue the identifier types and event types that they may name
   * @throws DescriptorException if one is not usable; the message is one line that names the file
   */
  public List<DescriptorFile> read(Catalogue catalogue) {
    if (folder == null) {
      return DescriptorFile.builtIn();
    }
    List<DescriptorFile> platforms = DescriptorFile.withThoseOf(folder);
    Defaults.readers(catalogue, platforms).create();
    return platforms;
  }
}
