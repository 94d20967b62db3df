package io.sendflowr.flink;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.InstantiationUtil;

/**
 * Serializer of an immutable type whose form may change from one released version to the next: it
 * writes its present version and reads every earlier one. State written by a newer version is
 * refused.
 *
 * <p>Subclasses have a public constructor without arguments, no state, and give each released form
 * a number.
 *
 * @param <T> an immutable type
 */
public abstract class VersionedSerializer<T> extends TypeSerializer<T> {
  private static final long serialVersionUID = 1L;

  private final int version;
  private int readVersion;

  /**
   * @param version number of the present form, from 1
   */
  protected VersionedSerializer(int version) {
    this.version = version;
    this.readVersion = version;
  }

  /** Writes a value in the present form. */
  protected abstract void write(T value, DataOutputView out) throws IOException;

  /** Reads a value that was written in the form of {@code version}. */
  protected abstract T read(DataInputView in, int version) throws IOException;

  @Override
  public final void serialize(T value, DataOutputView out) throws IOException {
    write(value, out);
  }

  @Override
  public final T deserialize(DataInputView in) throws IOException {
    return read(in, readVersion);
  }

  @Override
  public final T deserialize(T reuse, DataInputView in) throws IOException {
    return read(in, readVersion);
  }

  @Override
  public final boolean isImmutableType() {
    return true;
  }

  @Override
  public final TypeSerializer<T> duplicate() {
    return this;
  }

  @Override
  public final T createInstance() {
    return null;
  }

  @Override
  public final T copy(T from) {
    return from;
  }

  @Override
  public final T copy(T from, T reuse) {
    return from;
  }

  @Override
  public final void copy(DataInputView in, DataOutputView out) throws IOException {
    write(read(in, readVersion), out);
  }

  @Override
  public final int getLength() {
    return -1;
  }

  @Override
  @SuppressWarnings("EqualsGetClass") // two subclasses are two forms, whatever they inherit
  public final boolean equals(Object other) {
    return other != null
        && other.getClass() == getClass()
        && ((VersionedSerializer<?>) other).readVersion == readVersion;
  }

  @Override
  public final int hashCode() {
    return getClass().hashCode() + readVersion;
  }

  @Override
  public final TypeSerializerSnapshot<T> snapshotConfiguration() {
    return new Snapshot<>(this);
  }

  /**
   * Remembers with the state which serializer wrote it, and in which version.
   *
   * @param <T> the type
   */
  public static final class Snapshot<T> implements TypeSerializerSnapshot<T> {
    private static final int OWN_VERSION = 1;

    private VersionedSerializer<T> serializer;
    private int version;

    /** For Flink, which fills it by {@link #readSnapshot}. */
    public Snapshot() {}

    private Snapshot(VersionedSerializer<T> serializer) {
      this.serializer = serializer;
      this.version = serializer.version;
    }

    @Override
    public int getCurrentVersion() {
      return OWN_VERSION;
    }

    @Override
    public void writeSnapshot(DataOutputView out) throws IOException {
      out.writeUTF(serializer.getClass().getName());
      out.writeInt(version);
    }

    @Override
    public void readSnapshot(int snapshotVersion, DataInputView in, ClassLoader classLoader)
        throws IOException {
      String name = in.readUTF();
      version = in.readInt();
      serializer = create(name, classLoader);
      serializer.requireReadable(version);
      serializer.readAs(version);
    }

    @Override
    public TypeSerializer<T> restoreSerializer() {
      return serializer;
    }

    @Override
    public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
        TypeSerializerSnapshot<T> old) {
      if (!(old instanceof Snapshot<T> before)
          || before.serializer.getClass() != serializer.getClass()
          || before.version > version) {
        return TypeSerializerSchemaCompatibility.incompatible();
      }
      return before.version == version
          ? TypeSerializerSchemaCompatibility.compatibleAsIs()
          : TypeSerializerSchemaCompatibility.compatibleAfterMigration();
    }

    @SuppressWarnings("unchecked")
    private static <T> VersionedSerializer<T> create(String name, ClassLoader classLoader)
        throws IOException {
      try {
        return InstantiationUtil.instantiate(
            (Class<VersionedSerializer<T>>) Class.forName(name, true, classLoader));
      } catch (ClassNotFoundException e) {
        throw new IOException("State was written by " + name + ", which this version lacks", e);
      }
    }
  }

  private void readAs(int earlier) {
    readVersion = earlier;
  }

  private void requireReadable(int written) throws IOException {
    if (written < 1 || written > version) {
      throw new IOException(
          "State was written by version "
              + written
              + " of "
              + getClass().getName()
              + "; this one reads up to "
              + version
              + ": start the job version that wrote it, or a later one");
    }
  }
}
