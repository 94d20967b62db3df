package io.sendflowr.identity;

import io.sendflowr.catalogue.IdentifierType;
import io.sendflowr.identity.Attributes.Attribute;
import io.sendflowr.identity.store.Chunk;
import io.sendflowr.identity.store.LongTable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** How what the link graph keeps beside its links is written: the first released form. */
final class GraphState {
  private static final int HEAD = 64;
  private static final int TABLE = 65;
  private static final int CONSENTS = 0;
  private static final int MARKS = 1;
  private static final int CARRIED = 2;
  private static final int ENTRIES = 1 << 13;

  private GraphState() {}

  static void write(
      byte version,
      List<IdentifierType> types,
      Attributes attributes,
      LongTable consents,
      ErasureMarks marks,
      Consumer<Chunk> sink) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(version);
      out.writeInt(types.size());
      for (IdentifierType type : types) {
        out.writeShort(type.rank());
      }
      out.writeInt(attributes.numbered().size());
      for (Attribute attribute : attributes.numbered()) {
        write(attribute, out);
      }
      out.writeInt(attributes.own().size());
      for (Map.Entry<Integer, Attribute> entry : attributes.own().entrySet()) {
        out.writeInt(entry.getKey());
        write(entry.getValue(), out);
      }
      out.writeInt(attributes.raised().size());
      for (Map.Entry<Integer, Long> entry : attributes.raised().entrySet()) {
        out.writeInt(entry.getKey());
        out.writeLong(entry.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to memory", e);
    }
    sink.accept(Chunk.of(HEAD, bytes.toByteArray()));
    write(CONSENTS, consents, sink);
    write(MARKS, marks.untilTable(), sink);
    write(CARRIED, marks.carriedTable(), sink);
  }

  private static void write(Attribute attribute, DataOutputStream out) throws IOException {
    out.writeDouble(attribute.weight());
    byte[] source = attribute.source().getBytes(StandardCharsets.UTF_8);
    out.writeInt(source.length);
    out.write(source);
  }

  private static Attribute readAttribute(DataInputStream in) throws IOException {
    double weight = in.readDouble();
    return new Attribute(weight, new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8));
  }

  private static void write(int which, LongTable table, Consumer<Chunk> sink) {
    long[] entries = new long[2 * ENTRIES];
    int[] used = {0};
    table.forEach(
        (key, value) -> {
          entries[used[0]++] = key;
          entries[used[0]++] = value;
          if (used[0] == entries.length) {
            sink.accept(tableChunk(which, entries, used[0]));
            used[0] = 0;
          }
        });
    if (used[0] > 0) {
      sink.accept(tableChunk(which, entries, used[0]));
    }
  }

  private static Chunk tableChunk(int which, long[] entries, int used) {
    ByteBuffer bytes = ByteBuffer.allocate(used * Long.BYTES);
    bytes.asLongBuffer().put(entries, 0, used);
    return Chunk.of(TABLE + which, bytes.array());
  }

  static void read(
      byte version,
      Chunk chunk,
      List<Integer> ranks,
      Attributes attributes,
      LongTable consents,
      ErasureMarks marks) {
    byte[] bytes = chunk.slices().get(0).bytes();
    if (chunk.kind() >= TABLE) {
      LongTable table =
          switch (chunk.kind() - TABLE) {
            case CONSENTS -> consents;
            case MARKS -> marks.untilTable();
            case CARRIED -> marks.carriedTable();
            default ->
                throw new IllegalStateException("There is no kind " + chunk.kind() + " of chunk");
          };
      ByteBuffer entries = ByteBuffer.wrap(bytes);
      while (entries.hasRemaining()) {
        table.raise(entries.getLong(), entries.getLong());
      }
      return;
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      byte written = in.readByte();
      if (written != version) {
        throw new IllegalStateException(
            "The link graph was written in form "
                + written
                + "; this version reads up to "
                + version
                + ": start the job version that wrote it, or a later one");
      }
      for (int i = in.readInt(); i > 0; i--) {
        ranks.add((int) in.readShort());
      }
      List<Attribute> numbered = new ArrayList<>();
      for (int i = in.readInt(); i > 0; i--) {
        numbered.add(readAttribute(in));
      }
      attributes.restore(numbered);
      for (int i = in.readInt(); i > 0; i--) {
        int edge = in.readInt();
        Attribute attribute = readAttribute(in);
        attributes.setOwn(edge, attribute.weight(), attribute.source());
      }
      for (int i = in.readInt(); i > 0; i--) {
        attributes.setBridgesSince(in.readInt(), in.readLong());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read from memory", e);
    }
  }
}
