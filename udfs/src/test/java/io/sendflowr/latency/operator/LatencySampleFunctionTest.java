package io.sendflowr.latency.operator;

import static io.sendflowr.latency.DeliveryMetadata.NO_LATENCY;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.flink.RecordedMetrics;
import io.sendflowr.flink.Types;
import io.sendflowr.latency.DeliveryReport;
import io.sendflowr.latency.DeliveryReport.Kind;
import io.sendflowr.latency.LatencySample;
import java.time.Instant;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LatencySampleFunctionTest {
  private static final long NOON = Instant.parse("2026-01-10T12:00:00Z").toEpochMilli();
  private static final long MINUTE = 60_000;

  private final RecordedMetrics metrics = new RecordedMetrics();

  private KeyedOneInputStreamOperatorTestHarness<String, DeliveryReport, LatencySample> harness;

  @BeforeEach
  void open() throws Exception {
    harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            metrics.operator(new LatencySampleFunction()),
            DeliveryReport::key,
            BasicTypeInfo.STRING_TYPE_INFO);
    harness.setup(new Types.LatencySampleSerializer());
    harness.open();
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void whatWasSentMayArriveAfterItsDelivery() throws Exception {
    report("m", Kind.DELIVERED, NOON, NO_LATENCY);
    report("other", Kind.SENT, NOON - 10, NO_LATENCY);
    harness.processWatermark(new Watermark(NOON - 1));
    assertThat(harness.extractOutputValues()).isEmpty();
    report("m", Kind.SENT, NOON, NO_LATENCY);

    harness.processWatermark(new Watermark(NOON));

    assertThat(harness.extractOutputValues()).containsExactly(new LatencySample("esp", NOON, 0));
  }

  @Test
  void aDeliveryThatIsReadAgainIsOneSample() throws Exception {
    report("m", Kind.DELIVERED, NOON, 40);
    report("m", Kind.DELIVERED, NOON, 40);
    harness.processWatermark(new Watermark(NOON + MINUTE));
    report("m", Kind.DELIVERED, NOON + 2 * MINUTE, 40);
    harness.processWatermark(new Watermark(NOON + 3 * MINUTE));

    assertThat(harness.extractOutputValues()).containsExactly(new LatencySample("esp", NOON, 40));
  }

  @Test
  void aDeliveryThatNobodySentIsCountedOnce() throws Exception {
    report("m", Kind.DELIVERED, NOON, NO_LATENCY);
    report("m", Kind.DELIVERED, NOON, NO_LATENCY);
    report("sent", Kind.SENT, NOON - MINUTE, NO_LATENCY);
    report("sent", Kind.DELIVERED, NOON, NO_LATENCY);
    harness.processWatermark(new Watermark(NOON + MINUTE));
    report("m", Kind.DELIVERED, NOON + 2 * MINUTE, NO_LATENCY);
    harness.processWatermark(new Watermark(NOON + 70 * MINUTE));

    assertThat(metrics.count("deliveriesWithoutSent")).isEqualTo(1);
    assertThat(metrics.count("latencySamples")).isEqualTo(1);
  }

  @Test
  void nothingIsLeftOnceAReportCanActNoMore() throws Exception {
    report("m", Kind.SENT, NOON, NO_LATENCY);
    report("m", Kind.DELIVERED, NOON + MINUTE, NO_LATENCY);
    report("", Kind.DELIVERED, NOON, 40);
    harness.processWatermark(new Watermark(NOON + 62 * MINUTE - 1));
    assertThat(harness.numKeyedStateEntries()).isEqualTo(1);

    harness.processWatermark(new Watermark(NOON + 62 * MINUTE));

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  private void report(String messageId, Kind kind, long time, long latency) throws Exception {
    harness.processElement(
        new DeliveryReport("esp", messageId, kind + messageId, kind, time, latency), time);
  }
}
