package io.sendflowr.gateway.signature;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What is shared with each platform. A secret is a line of a file that is called like the platform,
 * or of an environment variable; there may be several, all of which count, so that one can be
 * changed without a gap.
 */
public final class Secrets {
  /** What the environment variables begin with; the platform follows in upper case. */
  public static final String VARIABLE_PREFIX = "SENDFLOWR_SECRET_";

  private final Map<String, List<String>> byPlatform;

  private Secrets(Map<String, List<String>> byPlatform) {
    this.byPlatform = byPlatform;
  }

  /** No secrets at all. */
  public static Secrets none() {
    return new Secrets(Map.of());
  }

  /**
   * Reads them.
   *
   * @param platforms the platforms that there are
   * @param folder with a file for each platform that has secrets; empty if there is none
   * @param environment the environment variables
   * @throws IllegalArgumentException if a file or variable is of no platform, or has no secret: it
   *     was meant to have one, and its platform would be off; the message names it
   * @throws IOException if a file cannot be read
   */
  public static Secrets read(
      Set<String> platforms, Optional<Path> folder, Map<String, String> environment)
      throws IOException {
    Map<String, List<String>> secrets = new HashMap<>();
    if (folder.isPresent()) {
      try (Stream<Path> files = Files.list(folder.get())) {
        for (Path file : files.sorted().toList()) {
          String name = file.getFileName().toString();
          // Where files are mounted, their old versions stand beside them under such names.
          if (!name.startsWith(".")) {
            add(name, file.toString(), Files.readString(file), platforms, secrets);
          }
        }
      }
    }
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      if (variable.getKey().startsWith(VARIABLE_PREFIX)) {
        add(
            variable.getKey().substring(VARIABLE_PREFIX.length()).toLowerCase(Locale.ROOT),
            variable.getKey(),
            variable.getValue(),
            platforms,
            secrets);
      }
    }
    return new Secrets(secrets);
  }

  /** The secrets shared with a platform; none if it is not configured. */
  public List<String> of(String platform) {
    return byPlatform.getOrDefault(platform, List.of());
  }

  /** The lines of a text that hold something, without blanks around. */
  public static List<String> lines(String text) {
    return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }

  private static void add(
      String platform,
      String where,
      String text,
      Set<String> platforms,
      Map<String, List<String>> secrets) {
    if (!platforms.contains(platform)) {
      throw new IllegalArgumentException(
          where
              + " is for the platform "
              + platform
              + ", which there is not; there are "
              + String.join(", ", platforms));
    }
    List<String> lines = lines(text);
    if (lines.isEmpty()) {
      throw new IllegalArgumentException(where + " holds no secret");
    }
    secrets.computeIfAbsent(platform, any -> new ArrayList<>()).addAll(lines);
  }
}
