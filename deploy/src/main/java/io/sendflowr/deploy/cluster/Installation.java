package io.sendflowr.deploy.cluster;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the build of this project left that a cluster needs: Flink's artifacts, the job, and
 * configuration.
 *
 * @param root folder of the project
 */
public record Installation(Path root) {
  private static final String CLASSPATH = "deploy/target/flink-classpath";
  private static final String JOBS = "job/target";
  private static final String JOB_SUFFIX = "-all.jar";

  /**
   * The project that this class was built in.
   *
   * @throws IllegalStateException if it runs from somewhere else
   */
  public static Installation find() {
    try {
      Path code =
          Path.of(Installation.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      for (Path folder = code; folder != null; folder = folder.getParent()) {
        if (Files.isDirectory(folder.resolve("flink-conf"))) {
          return new Installation(folder);
        }
      }
      throw new IllegalStateException("There is no folder flink-conf above " + code);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where a cluster is kept unless somebody says otherwise. */
  public Path defaultCluster() {
    return root.resolve(".sendflowr/cluster");
  }

  /** The profile of a cluster on this machine. */
  public Path localProfile() {
    return root.resolve("flink-conf/local.yaml");
  }

  Path logConfiguration() {
    return root.resolve("flink-conf/cluster/log4j2.properties");
  }

  /**
   * Flink's artifacts, as a class path.
   *
   * @throws IOException if they were not built
   */
  String flinkClasspath() throws IOException {
    return Files.readString(built(root.resolve(CLASSPATH))).strip();
  }

  /**
   * The job, with all that a Flink distribution does not have.
   *
   * @throws IOException if it was not built
   */
  public Path jobJar() throws IOException {
    Path folder = root.resolve(JOBS);
    if (!Files.isDirectory(folder)) {
      return built(folder.resolve("sendflowr-job" + JOB_SUFFIX));
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> jars =
          files.filter(file -> file.getFileName().toString().endsWith(JOB_SUFFIX)).toList();
      if (jars.size() > 1) {
        throw new IOException(
            folder + " has several " + JOB_SUFFIX + " files: delete all but the one to be run");
      }
      return jars.isEmpty() ? built(folder.resolve("sendflowr-job" + JOB_SUFFIX)) : jars.get(0);
    }
  }

  private static Path built(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException(
          "there is no " + file + ": build it with ./mvnw package -Dmaven.test.skip");
    }
    return file;
  }
}
