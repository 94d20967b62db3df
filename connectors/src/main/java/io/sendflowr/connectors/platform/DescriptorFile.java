package io.sendflowr.connectors.platform;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
  private static final String FOLDER = "platforms";
  private static final String SUFFIX = ".yaml";

  /** The descriptors that ship with SendFlowr, in the order of their names. */
  public static List<DescriptorFile> builtIn() {
    try {
      return shippedIn(
          Path.of(
              DescriptorFile.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The descriptors that lie beside classes.
   *
   * @param code a folder of classes or a jar. Class loaders cannot list what is in either, and a
   *     list to keep by hand would be one more place to add a platform to.
   */
  static List<DescriptorFile> shippedIn(Path code) throws IOException {
    if (Files.isDirectory(code)) {
      return in(code.resolve(FOLDER));
    }
    try (FileSystem jar = FileSystems.newFileSystem(code)) {
      return in(jar.getPath(FOLDER));
    }
  }

  private static List<DescriptorFile> in(Path folder) throws IOException {
    List<DescriptorFile> descriptors = new ArrayList<>();
    for (Path file : filesOf(folder)) {
      descriptors.add(new DescriptorFile(file.getFileName().toString(), Files.readString(file)));
    }
    return List.copyOf(descriptors);
  }

  private static List<Path> filesOf(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    }
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
    try {
      List<Path> own = filesOf(folder);
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
}
