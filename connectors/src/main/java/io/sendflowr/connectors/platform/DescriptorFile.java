package io.sendflowr.connectors.platform;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The text of one platform's descriptor. Operators carry these to where they run and make their
 * {@link PlatformMapper} there.
 *
 * @param name name of the file, for messages
 * @param yaml its text
 */
public record DescriptorFile(String name, String yaml) implements Serializable {
  private static final String FOLDER = "/platforms/";

  // Resources cannot be listed once they are packed into a jar.
  private static final String INDEX = "index.txt";

  /** The descriptors that ship with SendFlowr, in the order of their index. */
  public static List<DescriptorFile> builtIn() {
    return resource(INDEX)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .map(name -> new DescriptorFile(name, resource(name)))
        .toList();
  }

  private static String resource(String name) {
    try (InputStream in = DescriptorFile.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new DescriptorException(
            FOLDER + INDEX + ": names " + name + ", which does not lie beside it");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
