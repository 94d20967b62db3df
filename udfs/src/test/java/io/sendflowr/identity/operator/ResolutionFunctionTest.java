package io.sendflowr.identity.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.ResolutionPart;
import io.sendflowr.identity.Claim;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Resolution;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.UniversalId;
import java.util.List;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ResolutionFunctionTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final long T0 = 1_770_000_000_000L;
  private static final Identifier KLAVIYO = identifier("klaviyo_id", "k");
  private static final Identifier STRIPE = identifier("stripe_customer_id", "s");
  private static final Identifier DEVICE = identifier("device_id", "d");
  private static final long PERSON = 7;
  private static final Claim PLATFORM = new Claim(IdentifierClass.PLATFORM, 0.85);
  private static final Claim WEAK = new Claim(IdentifierClass.WEAK, 0.7);

  private KeyedOneInputStreamOperatorTestHarness<String, ResolutionPart, Resolution> harness;

  @BeforeEach
  void open() throws Exception {
    harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new ResolutionFunction(CATALOGUE)),
            part -> part.request().requestId(),
            BasicTypeInfo.STRING_TYPE_INFO);
    harness.setup(new Types.ResolutionSerializer());
    harness.open();
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void putsTogetherWhatPresentedIdentifiersContributeInTheirOrder() throws Exception {
    ResolveRequest question = question(T0, KLAVIYO, STRIPE, DEVICE);
    List<Identifier> members = List.of(KLAVIYO, STRIPE);
    process(
        new ResolutionPart(question, 2, PERSON + 1, List.of(), Claim.CERTAIN, List.of("device")));
    process(new ResolutionPart(question, 1, PERSON, List.of(), PLATFORM, List.of("stripe")));
    process(new ResolutionPart(question, 0, PERSON, members, PLATFORM, List.of("k", "laviyo")));
    process(new ResolutionPart(question, 1, PERSON, List.of(), PLATFORM, List.of("stripe")));
    harness.processWatermark(new Watermark(T0 - 1));
    assertThat(harness.extractOutputValues()).isEmpty();

    harness.processWatermark(new Watermark(T0));

    assertThat(harness.extractOutputValues())
        .containsExactly(
            new Resolution(
                question,
                PERSON,
                members,
                List.of(
                    "k",
                    "laviyo",
                    "stripe",
                    "device",
                    "device_id:d leads to "
                        + UniversalId.format(PERSON + 1)
                        + " and was left out."),
                1.0));
    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void oneAnswerAQuestionThoughTwoBearOneId() throws Exception {
    ResolveRequest first = question(T0, DEVICE);
    ResolveRequest second = question(T0, KLAVIYO);
    ResolveRequest later = question(T0 + 1, KLAVIYO);
    process(new ResolutionPart(first, 0, PERSON, List.of(DEVICE), WEAK, List.of()));
    process(new ResolutionPart(first, 0, PERSON, List.of(DEVICE), WEAK, List.of()));
    process(new ResolutionPart(second, 0, PERSON, List.of(KLAVIYO), PLATFORM, List.of()));
    process(new ResolutionPart(later, 0, PERSON, List.of(KLAVIYO), PLATFORM, List.of()));
    harness.processWatermark(new Watermark(T0 + 1));

    assertThat(harness.extractOutputValues())
        .containsExactlyInAnyOrder(
            new Resolution(first, PERSON, List.of(DEVICE), List.of(), 0.7),
            new Resolution(second, PERSON, List.of(KLAVIYO), List.of(), 0.85),
            new Resolution(later, PERSON, List.of(KLAVIYO), List.of(), 0.85));
  }

  private void process(ResolutionPart part) throws Exception {
    harness.processElement(part, part.request().time());
  }

  private static ResolveRequest question(long time, Identifier... presented) {
    return new ResolveRequest("q", time, time, List.of(presented), 1);
  }

  private static Identifier identifier(String type, String value) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), value);
  }
}
