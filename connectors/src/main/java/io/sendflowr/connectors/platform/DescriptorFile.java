package io.sendflowr.connectors.platform;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The text of one platform's descriptor. Operators carry these to where they run and make their
 * {@link PlatformMapper} there.
 *
 * @param name name of the file, for messages
 * @param yaml its text
 */
public record DescriptorFile(String name, String yaml) implements Serializable {
  private static final String FOLDER = "/platforms/";

  private static final String SUFFIX = ".yaml";

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

  /**
   * The descriptors that ship, and those of a folder. One of the folder takes the place of one that
   * ships under the same name of file.
   *
   * @param folder its files that end with {@code .yaml} are read
   * @throws DescriptorException if the folder cannot be read or has none
   */
  public static List<DescriptorFile> withThoseOf(Path folder) {
    Map<String, DescriptorFile> byName = new LinkedHashMap<>();
    builtIn().forEach(file -> byName.put(file.name(), file));
    if (!Files.isDirectory(folder)) {
      throw new DescriptorException(
          folder + ": " + (Files.exists(folder) ? "is no folder" : "there is no such folder"));
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> own = files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
      if (own.isEmpty()) {
        throw new DescriptorException(folder + ": has no file that ends with " + SUFFIX);
      }
      own.forEach(file -> byName.put(file.getFileName().toString(), of(file)));
    } catch (IOException e) {
      throw new DescriptorException(folder + ": cannot be read: " + e.getMessage());
    }
    return List.copyOf(byName.values());
  }

  /**
   * A descriptor of one's own.
   *
   * @throws DescriptorException if the file cannot be read
   */
  public static DescriptorFile of(Path file) {
    try {
      return new DescriptorFile(file.toString(), Files.readString(file));
    } catch (CharacterCodingException e) {
      throw new DescriptorException(file + ": is not UTF-8");
    } catch (IOException e) {
      throw new DescriptorException(
          file + ": " + (Files.exists(file) ? "cannot be read" : "there is no such file"));
    }
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
