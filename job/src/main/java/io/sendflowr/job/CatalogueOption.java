package io.sendflowr.job;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueException;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.platform.DescriptorException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which catalogue the job goes by; for every command line that starts it. */
public final class CatalogueOption {
  @Option(
      names = "--catalogue",
      paramLabel = "FILE",
      description =
          "Catalogue of identifier types and of what event types do, read once, before anything is"
              + " started. Default: the one that ships; see docs/catalogue.md.")
  private Path file;

  /**
   * Reads the catalogue.
   *
   * @throws CatalogueException if it is not usable; the message is one line that names the file
   */
  public Catalogue read() {
    if (file == null) {
      return CatalogueReader.builtIn();
    }
    Catalogue catalogue = CatalogueReader.read(file);
    try {
      // What a platform's webhooks become has to mean something in it.
      Defaults.readers(catalogue).create();
    } catch (DescriptorException e) {
      throw new CatalogueException(
          file + ": does not go with the descriptor of a platform, " + e.getMessage());
    }
    return catalogue;
  }
}
