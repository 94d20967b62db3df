package io.sendflowr.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshotSerializationUtil;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;
import org.junit.jupiter.api.Test;

class VersionedSerializerTest {
  /** A person whose second released form got an age. */
  record Person(String name, int age) {}

  /** Reads both forms. */
  public static final class PersonSerializer extends VersionedSerializer<Person> {
    private static final long serialVersionUID = 1L;

    public PersonSerializer() {
      super(2);
    }

    @Override
    protected void write(Person value, DataOutputView out) throws IOException {
      out.writeUTF(value.name());
      out.writeInt(value.age());
    }

    @Override
    protected Person read(DataInputView in, int version) throws IOException {
      return new Person(in.readUTF(), version >= 2 ? in.readInt() : -1);
    }
  }

  /** Of another class, though of the same form. */
  public static final class OtherSerializer extends VersionedSerializer<Person> {
    private static final long serialVersionUID = 1L;

    public OtherSerializer() {
      super(2);
    }

    @Override
    protected void write(Person value, DataOutputView out) throws IOException {
      new PersonSerializer().write(value, out);
    }

    @Override
    protected Person read(DataInputView in, int version) throws IOException {
      return new PersonSerializer().read(in, version);
    }
  }

  private static final Person ADA = new Person("Ada", 36);

  @Test
  void theSameVersionIsReadAsItIs() throws IOException {
    PersonSerializer now = new PersonSerializer();
    TypeSerializerSnapshot<Person> written = throughBytes(now.snapshotConfiguration());

    TypeSerializerSchemaCompatibility<Person> compatibility =
        now.snapshotConfiguration().resolveSchemaCompatibility(written);
    assertThat(compatibility.isCompatibleAsIs()).isTrue();
    assertThat(written.restoreSerializer()).isEqualTo(now);
    assertThat(written.restoreSerializer().deserialize(bytes(now, ADA))).isEqualTo(ADA);
  }

  @Test
  void anEarlierVersionIsReadAndWrittenAnew() throws IOException {
    TypeSerializerSnapshot<Person> written = snapshotOf(PersonSerializer.class, 1);
    TypeSerializer<Person> before = written.restoreSerializer();
    PersonSerializer now = new PersonSerializer();

    assertThat(
            now.snapshotConfiguration()
                .resolveSchemaCompatibility(written)
                .isCompatibleAfterMigration())
        .isTrue();
    assertThat(before).isNotEqualTo(now);
    DataOutputSerializer old = new DataOutputSerializer(16);
    old.writeUTF("Ada");
    Person read = before.deserialize(new DataInputDeserializer(old.getCopyOfBuffer()));
    assertThat(read).isEqualTo(new Person("Ada", -1));

    DataOutputSerializer copy = new DataOutputSerializer(16);
    before.copy(new DataInputDeserializer(old.getCopyOfBuffer()), copy);
    assertThat(now.deserialize(new DataInputDeserializer(copy.getCopyOfBuffer()))).isEqualTo(read);
  }

  @Test
  void aLaterVersionIsRefused() {
    assertThatThrownBy(() -> snapshotOf(PersonSerializer.class, 3))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 3")
        .hasMessageContaining(PersonSerializer.class.getName())
        .hasMessageContaining("up to 2");
    assertThatThrownBy(() -> snapshotOf(States.StandingSerializer.class, 1000))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 1000");
  }

  @Test
  void aVersionThatNeverWasIsRefused() {
    assertThatThrownBy(() -> snapshotOf(PersonSerializer.class, 0)).isInstanceOf(IOException.class);
  }

  @Test
  void anotherSerializersStateIsRefused() throws IOException {
    TypeSerializerSnapshot<Person> written =
        throughBytes(new OtherSerializer().snapshotConfiguration());

    assertThat(
            new PersonSerializer()
                .snapshotConfiguration()
                .resolveSchemaCompatibility(written)
                .isIncompatible())
        .isTrue();
    assertThat(new PersonSerializer()).isNotEqualTo(new OtherSerializer());
  }

  @Test
  void aSerializerThatIsGoneIsNamed() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    out.writeUTF("io.sendflowr.flink.Gone");
    out.writeInt(1);

    assertThatThrownBy(
            () ->
                new VersionedSerializer.Snapshot<Person>()
                    .readSnapshot(
                        1,
                        new DataInputDeserializer(out.getCopyOfBuffer()),
                        getClass().getClassLoader()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("io.sendflowr.flink.Gone");
  }

  /** As Flink finds it in a savepoint that the given version of a serializer wrote. */
  private static TypeSerializerSnapshot<Person> snapshotOf(Class<?> serializer, int version)
      throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    out.writeUTF(serializer.getName());
    out.writeInt(version);
    VersionedSerializer.Snapshot<Person> snapshot = new VersionedSerializer.Snapshot<>();
    snapshot.readSnapshot(
        1,
        new DataInputDeserializer(out.getCopyOfBuffer()),
        VersionedSerializerTest.class.getClassLoader());
    return snapshot;
  }

  private static TypeSerializerSnapshot<Person> throughBytes(
      TypeSerializerSnapshot<Person> snapshot) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    TypeSerializerSnapshotSerializationUtil.writeSerializerSnapshot(out, snapshot);
    return TypeSerializerSnapshotSerializationUtil.readSerializerSnapshot(
        new DataInputDeserializer(out.getCopyOfBuffer()),
        VersionedSerializerTest.class.getClassLoader());
  }

  private static DataInputView bytes(TypeSerializer<Person> serializer, Person person)
      throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.serialize(person, out);
    return new DataInputDeserializer(out.getCopyOfBuffer());
  }
}
