package io.sendflowr.connectors.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.json.DeadLetterJson;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.flow.Inbound;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.StreamFormat;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FileEndsTest {
  private static final RecordReaderFactory READERS =
      new RecordReaderFactory(CatalogueReader.builtIn(), "US", List.of());
  private static final String CANCEL =
      "{\"op\":\"cancel\",\"request_id\":\"%s\",\"timestamp\":\"2026-01-10T12:00:00Z\"}";

  @TempDir private Path folder;

  @Test
  void readsOneRecordALine() throws Exception {
    assertThat(read(cancel("a") + "\n" + cancel("b") + "\n"))
        .extracting(FileEndsTest::requestId)
        .containsExactly("a", "b");
  }

  @Test
  void readsTheLastLineWithoutItsEnd() throws Exception {
    assertThat(read(cancel("a") + "\n" + cancel("b")))
        .extracting(FileEndsTest::requestId)
        .containsExactly("a", "b");
  }

  @Test
  void readsLineEndsOfWindows() throws Exception {
    assertThat(read(cancel("a") + "\r\n\r\n" + cancel("b") + "\r\nno JSON\r"))
        .satisfiesExactly(
            one -> assertThat(requestId(one)).isEqualTo("a"),
            one -> assertThat(requestId(one)).isEqualTo("b"),
            one -> {
              assertThat(letter(one).origin().value()).isEqualTo(utf8("no JSON"));
              assertThat(letter(one).origin().offset()).isEqualTo(3);
            });
  }

  @Test
  void passesOverEmptyLinesButCountsThem() throws Exception {
    assertThat(read("\n\n" + cancel("a") + "\n\nno JSON\n\n\n"))
        .satisfiesExactly(
            one -> assertThat(requestId(one)).isEqualTo("a"),
            one -> {
              assertThat(letter(one).reason()).isEqualTo(DeadLetterReason.MALFORMED_JSON);
              Origin origin = letter(one).origin();
              assertThat(origin.offset()).isEqualTo(4);
              assertThat(origin.partition()).isZero();
              assertThat(origin.topic()).isEqualTo("send-requests");
              assertThat(origin.receivedAt()).isEqualTo(Origin.UNKNOWN_TIME);
            });
  }

  @Test
  void readsNothingFromEmptyFiles() throws Exception {
    assertThat(read("")).isEmpty();
    assertThat(read("\n")).isEmpty();
    assertThat(read("\r\n\n")).isEmpty();
  }

  @Test
  void keepsTheBytesOfALineThatIsNoUtf8() throws Exception {
    byte[] bad = {'{', (byte) 0xff, 0, (byte) 0xc3, '\r', '}'};
    byte[] file = new byte[bad.length + 1];
    System.arraycopy(bad, 0, file, 0, bad.length);
    file[bad.length] = '\n';
    List<Inbound> all = read(file, InputTopic.SEND_REQUESTS, READERS);
    assertThat(all).hasSize(1);
    assertThat(letter(all.get(0)).reason()).isEqualTo(DeadLetterReason.MALFORMED_JSON);
    assertThat(letter(all.get(0)).origin().value()).isEqualTo(bad);
  }

  @Test
  void readsAllThatOneLineMeans() throws Exception {
    String descriptor =
        """
        platform: acme
        each: /body
        event_id: /item/id
        identifiers: {klaviyo_id: /item/who}
        rules:
          - event_type: clicked
        """;
    String delivery =
        """
        {"platform":"acme","received_at":"2026-01-10T12:00:00Z",\
        "body":[{"id":1,"who":"a"},{"id":2},{"id":3,"who":"b"}]}
        """;
    List<Inbound> all =
        read(
            utf8(delivery + delivery),
            InputTopic.WEBHOOKS,
            new RecordReaderFactory(
                CatalogueReader.builtIn(),
                "US",
                List.of(new DescriptorFile("acme.yaml", descriptor))));
    assertThat(all)
        .extracting(one -> one.getClass().getSimpleName())
        .containsExactly("Event", "Event", "Unusable", "Event", "Event", "Unusable");
    assertThat(letter(all.get(5)).origin().offset()).isEqualTo(1);
  }

  @Test
  void readsAFileOfManyLines() throws Exception {
    StringBuilder file = new StringBuilder();
    for (int i = 0; i < 5_000; i++) {
      file.append(cancel("r-" + i)).append('\n');
    }
    List<Inbound> all = read(file.toString());
    assertThat(all).hasSize(5_000);
    assertThat(requestId(all.get(4_999))).isEqualTo("r-4999");
  }

  @Test
  void aLineIsTooLargeByItself() throws Exception {
    List<Inbound> all = read("x".repeat((1 << 20) + 1) + "\n" + cancel("a") + "\n");
    assertThat(all).hasSize(2);
    assertThat(letter(all.get(0)).reason()).isEqualTo(DeadLetterReason.TOO_LARGE);
    assertThat(letter(all.get(0)).origin().value()).hasSize((1 << 20) + 1);
    assertThat(requestId(all.get(1))).isEqualTo("a");
  }

  @ParameterizedTest
  @EnumSource(InputTopic.class)
  void aTopicIsOneWholeFile(InputTopic topic) throws Exception {
    for (InputTopic one : InputTopic.values()) {
      Files.writeString(FileEnds.file(folder, one.defaultName()), cancel("a") + "\n");
    }
    Files.writeString(folder.resolve("events.jsonl.bak"), "x");
    Collection<FileSourceSplit> splits = splits(topic);
    assertThat(splits).hasSize(1);
    FileSourceSplit split = splits.iterator().next();
    assertThat(split.path().getName()).isEqualTo(topic.defaultName() + ".jsonl");
    assertThat(split.offset()).isZero();
    assertThat(split.length()).isEqualTo(utf8(cancel("a") + "\n").length);
  }

  @ParameterizedTest
  @EnumSource(InputTopic.class)
  void aTopicWithoutFileIsNothing(InputTopic topic) throws Exception {
    Files.writeString(folder.resolve("other.jsonl"), "x");
    assertThat(splits(topic)).isEmpty();
  }

  @Test
  void aSourceEndsAndTravels() throws Exception {
    FileSource<Inbound> source = FileEnds.source(folder, InputTopic.EVENTS, READERS);
    assertThat(source.getBoundedness()).isEqualTo(Boundedness.BOUNDED);
    assertThat(InstantiationUtil.clone(source).getProducedType())
        .isEqualTo(source.getProducedType());
  }

  @Test
  void writesOneValueALineInPlaceOfWhatWasThere() throws Exception {
    Path file = FileEnds.file(folder, "dead-letters");
    assertThat(file).isEqualTo(folder.resolve("dead-letters.jsonl"));
    Files.writeString(file, "what an earlier run wrote, much longer than it will be\n".repeat(99));
    DeadLetter first = deadLetter("a\nb", 0);
    DeadLetter second = deadLetter("\u00e9", 1);
    Sink<DeadLetter> sink =
        InstantiationUtil.clone(
            FileEnds.sink(folder, OutputTopic.DEAD_LETTERS, new DeadLetterJson()));
    try (SinkWriter<DeadLetter> writer = sink.createWriter(null)) {
      writer.write(first, null);
      writer.write(second, null);
      writer.flush(false);
      assertThat(Files.readAllLines(file)).hasSize(2);
      writer.write(first, null);
      writer.flush(true);
    }
    DeadLetterJson json = new DeadLetterJson();
    String one = new String(json.value(first), StandardCharsets.UTF_8);
    String other = new String(json.value(second), StandardCharsets.UTF_8);
    assertThat(Files.readString(file)).isEqualTo(one + "\n" + other + "\n" + one + "\n");
  }

  @Test
  void aSinkThatWritesNothingLeavesAnEmptyFile() throws Exception {
    Path file = FileEnds.file(folder, "send-schedules");
    Sink<DeadLetter> sink = FileEnds.sink(folder, OutputTopic.SEND_SCHEDULES, new DeadLetterJson());
    sink.createWriter(null).close();
    assertThat(file).isEmptyFile();
  }

  private Collection<FileSourceSplit> splits(InputTopic topic) throws Exception {
    try (var enumerator =
        FileEnds.source(folder, topic, READERS).createEnumerator(enumeratorContext())) {
      return enumerator.snapshotState(1).getSplits();
    }
  }

  @SuppressWarnings("unchecked") // a proxy has no type arguments
  private static SplitEnumeratorContext<FileSourceSplit> enumeratorContext() {
    return (SplitEnumeratorContext<FileSourceSplit>)
        Proxy.newProxyInstance(
            FileEndsTest.class.getClassLoader(),
            new Class<?>[] {SplitEnumeratorContext.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("currentParallelism")) {
                return 4;
              }
              throw new UnsupportedOperationException(method.getName());
            });
  }

  private List<Inbound> read(String file) throws IOException {
    return read(utf8(file), InputTopic.SEND_REQUESTS, READERS);
  }

  private List<Inbound> read(byte[] bytes, InputTopic topic, RecordReaderFactory readers)
      throws IOException {
    Path file = folder.resolve("lines");
    Files.write(file, bytes);
    List<Inbound> all = new ArrayList<>();
    LineFormat format = new LineFormat(topic, readers);
    try (FSDataInputStream stream =
            LocalFileSystem.getSharedInstance()
                .open(new org.apache.flink.core.fs.Path(file.toUri()));
        StreamFormat.Reader<Inbound> reader = format.createReader(new Configuration(), stream)) {
      for (Inbound one = reader.read(); one != null; one = reader.read()) {
        all.add(one);
      }
      assertThat(reader.read()).isNull();
    }
    return all;
  }

  private static String cancel(String requestId) {
    return CANCEL.formatted(requestId);
  }

  private static String requestId(Inbound inbound) {
    assertThat(inbound).isInstanceOf(Inbound.Cancel.class);
    return ((Inbound.Cancel) inbound).requestId();
  }

  private static DeadLetter letter(Inbound inbound) {
    assertThat(inbound).isInstanceOf(Inbound.Unusable.class);
    return ((Inbound.Unusable) inbound).deadLetter();
  }

  private static DeadLetter deadLetter(String record, long offset) {
    return new DeadLetter(
        new Origin("events", 0, offset, utf8(record), 0),
        DeadLetterReason.MALFORMED_JSON,
        "It is broken.",
        0);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
