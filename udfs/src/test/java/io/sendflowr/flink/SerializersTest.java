package io.sendflowr.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.identity.store.Chunk.Slice;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

/** Whatever is written is read again as it was. */
class SerializersTest {
  /** A serializer and how values of its type are made up. */
  record Form<T>(TypeSerializer<T> serializer, Function<Values, T> values) {
    void roundTrip(long seed) throws IOException {
      T first = values.apply(new Values(seed));
      T second = values.apply(new Values(seed + 1));
      DataOutputSerializer out = new DataOutputSerializer(64);
      serializer.serialize(first, out);
      serializer.serialize(second, out);

      DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
      assertIs(first, serializer.deserialize(in));
      assertIs(second, serializer.deserialize(first, in));
      assertThat(in.available()).isZero();

      DataInputDeserializer again = new DataInputDeserializer(out.getCopyOfBuffer());
      DataOutputSerializer copy = new DataOutputSerializer(64);
      serializer.copy(again, copy);
      serializer.copy(again, copy);
      assertThat(copy.getCopyOfBuffer()).isEqualTo(out.getCopyOfBuffer());
    }

    private void assertIs(T expected, T actual) {
      assertThat(actual)
          .usingRecursiveComparison()
          .withStrictTypeChecking()
          .withEqualsForType(Arrays::equals, byte[].class)
          .withEqualsForType(Slice::equals, Slice.class)
          .isEqualTo(expected);
    }
  }

  private static final List<Form<?>> FORMS =
      List.of(
          new Form<>(new Types.InboundSerializer(), Values::inbound),
          new Form<>(new Types.IdentityInputSerializer(), Values::identityInput),
          new Form<>(new Types.GraphChangeSerializer(), Values::graphChange),
          new Form<>(new Types.PersonChangeSerializer(), Values::personChange),
          new Form<>(new Types.RevisionInputSerializer(), Values::revisionInput),
          new Form<>(new Types.ScheduleSerializer(), Values::schedule),
          new Form<>(new Types.ExplanationSerializer(), Values::explanation),
          new Form<>(new Types.IdentityChangeSerializer(), Values::identityChange),
          new Form<>(new Types.ResolutionPartSerializer(), Values::resolutionPart),
          new Form<>(new Types.ResolutionSerializer(), Values::resolution),
          new Form<>(new Types.DeliveryReportSerializer(), Values::deliveryReport),
          new Form<>(new Types.LatencySampleSerializer(), Values::latencySample),
          new Form<>(new Types.LatencyEstimateSerializer(), Values::latencyEstimate),
          new Form<>(new Types.DeadLetterSerializer(), Values::deadLetter),
          new Form<>(new States.ChunkSerializer(), Values::chunk),
          new Form<>(new States.StampsSerializer(), Values::stamps),
          new Form<>(new States.SightingSerializer(), Values::sighting),
          new Form<>(new States.HeldQuestionSerializer(), Values::heldQuestion),
          new Form<>(new States.HeldEventSerializer(), Values::heldEvent),
          new Form<>(new States.HeldRequestSerializer(), Values::heldRequest),
          new Form<>(new States.PersonRequestSerializer(), Values::personRequest),
          new Form<>(new States.StandingSerializer(), Values::standing),
          new Form<>(new States.LatencySerializer(), Values::latency),
          new Form<>(new States.LatencyTimelineSerializer(), Values::latencyTimeline));

  @Test
  void everySerializerIsTriedHere() {
    Set<Class<?>> all =
        Stream.of(Types.class, States.class)
            .flatMap(holder -> Stream.of(holder.getDeclaredClasses()))
            .filter(TypeSerializer.class::isAssignableFrom)
            .collect(Collectors.toSet());

    assertThat(FORMS)
        .extracting(form -> (Object) form.serializer().getClass())
        .containsExactlyInAnyOrderElementsOf(all);
  }

  @Property(tries = 2500, seed = "80")
  void whatIsWrittenIsRead(@ForAll("forms") Form<?> form, @ForAll long seed) throws IOException {
    form.roundTrip(seed);
  }

  /** Flink ships type information and serializers inside the job graph. */
  @Test
  void typeInformationSurvivesTheJobGraph() throws Exception {
    List<TypeInformation<?>> all = new ArrayList<>();
    for (var field : Types.class.getFields()) {
      all.add((TypeInformation<?>) field.get(null));
    }
    assertThat(all).hasSizeGreaterThanOrEqualTo(10).doesNotHaveDuplicates();
    for (TypeInformation<?> type : all) {
      TypeInformation<?> copy = InstantiationUtil.clone(type);
      assertThat(copy).isEqualTo(type).hasSameHashCodeAs(type).hasToString(type.toString());
      TypeSerializer<?> serializer = type.createSerializer(new SerializerConfigImpl());
      assertThat(copy.createSerializer(new SerializerConfigImpl())).isEqualTo(serializer);
      assertThat(serializer.duplicate()).isEqualTo(serializer);
      assertThat(serializer.isImmutableType()).isTrue();
    }
  }

  /** Two states of one name would read each other's bytes. */
  @Test
  void everyStateHasANameOfItsOwn() throws Exception {
    Map<String, String> methods = new HashMap<>();
    for (var method : States.class.getMethods()) {
      if (Modifier.isStatic(method.getModifiers())) {
        StateDescriptor<?, ?> state = (StateDescriptor<?, ?>) method.invoke(null);
        assertThat(methods.put(state.getName(), method.getName())).as(state.getName()).isNull();
      }
    }
    assertThat(methods).isNotEmpty();
  }

  @Provide
  Arbitrary<Form<?>> forms() {
    return Arbitraries.of(FORMS);
  }
}
