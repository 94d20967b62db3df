package io.sendflowr.identity.operator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flink.RecordedMetrics;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.IdentityInput.Observed;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.ErasureKey;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.signal.Observation;
import java.util.List;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the operator reports of links, people and erasures. */
class IdentityMetricsTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final byte[] SECRET = "a secret of the tests".getBytes(UTF_8);
  private static final long T0 = 1_770_000_000_000L;
  private static final Identifier EMAIL = identifier("email_hash", "e");
  private static final Identifier KLAVIYO = identifier("klaviyo_id", "k");

  private final RecordedMetrics metrics = new RecordedMetrics();
  private final IdentityResolutionOperator operator =
      new IdentityResolutionOperator(CATALOGUE, 500, ErasureKey.of(SECRET));
  private Harness harness;

  @BeforeEach
  void open() throws Exception {
    harness =
        new Harness(
            operator, new MockEnvironmentBuilder().setMetricGroup(metrics.ofTask()).build());
    harness.setup(new Types.PersonChangeSerializer());
    harness.setProcessingTime(T0);
    harness.open();
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void everythingIsThereFromTheStart() {
    for (String type : List.of("merged", "split", "quarantined")) {
      assertThat(metrics.count("type", type, "identityChanges")).as(type).isZero();
    }
    assertThat(metrics.count("recordsOfErased")).isZero();
    assertThat(metrics.count("erasedIdentifiers")).isZero();
  }

  @Test
  void peopleWhoMergeAndSplitAreCounted() throws Exception {
    link(false, T0);
    watermark(T0);
    assertThat(metrics.count("type", "merged", "identityChanges")).isEqualTo(1);
    assertThat(metrics.gauge("links")).isEqualTo(1);
    assertThat(metrics.gauge("linkedIdentifiers")).isEqualTo(2);
    assertThat(metrics.gauge("linkBytes")).isPositive();

    link(true, T0 + 1);
    watermark(T0 + 1);

    assertThat(metrics.count("type", "split", "identityChanges")).isEqualTo(1);
    assertThat(metrics.gauge("links")).isZero();
  }

  @Test
  void whatIsReadOfSomebodyErasedIsCounted() throws Exception {
    link(false, T0);
    operator.processElement2(
        new StreamRecord<>(new GraphChange.Erased(new Erasure(List.of(EMAIL), T0 + 10, T0 + 10))));
    watermark(T0 + 10);
    observe(T0 + 5);
    observe(T0 + 11);

    assertThat(metrics.count("erasedIdentifiers")).isEqualTo(2);
    assertThat(metrics.count("recordsOfErased")).isEqualTo(1);
  }

  @Test
  void theWatermarkIsMeasuredAgainstTheWallClock() throws Exception {
    harness.setProcessingTime(T0 + 9_000);
    watermark(T0 + 2_000);

    assertThat(metrics.gauge("watermarkLag")).isEqualTo(7_000);
  }

  private void link(boolean unlink, long time) {
    operator.processElement2(
        new StreamRecord<>(
            new GraphChange.Linked(new LinkChange(unlink, EMAIL, KLAVIYO, 1.0, "t", time), time)));
  }

  private void observe(long reportedTime) throws Exception {
    Observation view =
        new Observation("shop", "e" + reportedTime, "product_view", T0 + 20, reportedTime);
    StreamRecord<IdentityInput> record =
        new StreamRecord<>(new Observed(UniversalId.keyOf(EMAIL.text(CATALOGUE)), view));
    operator.setKeyContextElement1(record);
    operator.processElement1(record);
  }

  private void watermark(long time) throws Exception {
    operator.processWatermark1(new Watermark(time));
    operator.processWatermark2(new Watermark(time));
  }

  private static Identifier identifier(String type, String value) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), value);
  }

  /** Flink's own with two keyed inputs takes no environment. */
  private static final class Harness extends AbstractStreamOperatorTestHarness<PersonChange> {
    Harness(IdentityResolutionOperator operator, MockEnvironment environment) throws Exception {
      super(operator, environment);
      KeySelector<IdentityInput, Long> holder = IdentityInput::holder;
      config.setStatePartitioner(0, holder);
      config.setStateKeySerializer(LongSerializer.INSTANCE);
      config.serializeAllConfigs();
    }
  }
}
