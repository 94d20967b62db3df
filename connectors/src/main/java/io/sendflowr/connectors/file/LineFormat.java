package io.sendflowr.connectors.file;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.Inbound;
import io.sendflowr.record.Origin;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.reader.SimpleStreamFormat;
import org.apache.flink.connector.file.src.reader.StreamFormat;
import org.apache.flink.core.fs.FSDataInputStream;

/**
 * Reads the records of a topic from a file, one a line. Lines are split as bytes, so that a line
 * that is not UTF-8 reaches the dead letters as it was; empty lines are no records. A file is read
 * by one reader from its start, so the number of a line can stand for its offset.
 */
final class LineFormat extends SimpleStreamFormat<Inbound> {
  private static final long serialVersionUID = 1L;

  private final InputTopic topic;
  private final RecordReaderFactory readers;

  LineFormat(InputTopic topic, RecordReaderFactory readers) {
    this.topic = topic;
    this.readers = readers;
  }

  @Override
  public TypeInformation<Inbound> getProducedType() {
    return Types.INBOUND;
  }

  @Override
  public Reader<Inbound> createReader(Configuration config, FSDataInputStream stream) {
    return new LineReader(topic, readers.create(), new BufferedInputStream(stream));
  }

  private static final class LineReader implements StreamFormat.Reader<Inbound> {
    private final InputTopic topic;
    private final RecordReader records;
    private final InputStream stream;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Queue<Inbound> ready = new ArrayDeque<>();
    private long lineNumber;

    LineReader(InputTopic topic, RecordReader records, InputStream stream) {
      this.topic = topic;
      this.records = records;
      this.stream = stream;
    }

    @Override
    public Inbound read() throws IOException {
      while (ready.isEmpty()) {
        byte[] value = nextLine();
        if (value == null) {
          return null;
        }
        if (value.length > 0) {
          Origin origin =
              new Origin(topic.defaultName(), 0, lineNumber, value, Origin.UNKNOWN_TIME);
          records.read(topic, origin, ready::add);
        }
        lineNumber++;
      }
      return ready.poll();
    }

    /** The next line without its end; null after the last. */
    private byte[] nextLine() throws IOException {
      line.reset();
      int read = stream.read();
      if (read < 0) {
        return null;
      }
      while (read >= 0 && read != '\n') {
        line.write(read);
        read = stream.read();
      }
      byte[] bytes = line.toByteArray();
      boolean windowsEnd = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
      return windowsEnd ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }
}
