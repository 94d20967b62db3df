package io.sendflowr.connectors.file;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.json.JsonOutput;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.flow.Inbound;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;

/** The ends of replay: folders that hold each topic as a file {@code <topic>.jsonl}. */
public final class FileEnds {
  /** What follows the topic in the name of its file. */
  public static final String SUFFIX = ".jsonl";

  private FileEnds() {}

  /** The file of a topic in a folder. */
  public static Path file(Path folder, String topic) {
    return folder.resolve(topic + SUFFIX);
  }

  /**
   * Reads a topic to its end; nothing if the folder has no file of it.
   *
   * @param folder input folder
   * @param topic which topic
   * @param readers how records are read
   */
  public static FileSource<Inbound> source(
      Path folder, InputTopic topic, RecordReaderFactory readers) {
    String name = file(folder, topic.defaultName()).getFileName().toString();
    return FileSource.forRecordStreamFormat(
            new LineFormat(topic, readers), new org.apache.flink.core.fs.Path(folder.toUri()))
        .setFileEnumerator(() -> (paths, minSplits) -> splits(paths, name))
        .build();
  }

  /**
   * Writes a topic to its file, replacing one that is there.
   *
   * @param folder output folder, which exists
   * @param topic which topic
   * @param json how values are written
   * @param <T> what is written
   */
  public static <T> Sink<T> sink(Path folder, OutputTopic topic, JsonOutput<T> json) {
    return new LineSink<>(file(folder, topic.defaultName()).toString(), json);
  }

  private static Collection<FileSourceSplit> splits(
      org.apache.flink.core.fs.Path[] folders, String name) throws IOException {
    List<FileSourceSplit> splits = new ArrayList<>();
    for (org.apache.flink.core.fs.Path folder : folders) {
      org.apache.flink.core.fs.Path file = new org.apache.flink.core.fs.Path(folder, name);
      FileSystem files = file.getFileSystem();
      if (files.exists(file)) {
        FileStatus status = files.getFileStatus(file);
        splits.add(
            new FileSourceSplit(
                file.toString(),
                file,
                0,
                status.getLen(),
                status.getModificationTime(),
                status.getLen()));
      }
    }
    return splits;
  }
}
