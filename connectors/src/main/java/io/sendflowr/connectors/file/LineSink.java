package io.sendflowr.connectors.file;

import io.sendflowr.connectors.json.JsonOutput;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * Writes values to one file, one a line. For bounded runs with one writer that are run again from
 * the start when they fail: it has no transactions.
 *
 * @param <T> what is written
 */
final class LineSink<T> implements Sink<T> {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final JsonOutput<T> json;

  LineSink(String file, JsonOutput<T> json) {
    this.file = file;
    this.json = json;
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) throws IOException {
    return new Writer<>(new BufferedOutputStream(Files.newOutputStream(Path.of(file))), json);
  }

  private static final class Writer<T> implements SinkWriter<T> {
    private final OutputStream out;
    private final JsonOutput<T> json;

    Writer(OutputStream out, JsonOutput<T> json) {
      this.out = out;
      this.json = json;
    }

    @Override
    public void write(T value, Context context) throws IOException {
      out.write(json.value(value));
      out.write('\n');
    }

    @Override
    public void flush(boolean endOfInput) throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
