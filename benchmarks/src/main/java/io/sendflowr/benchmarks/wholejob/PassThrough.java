package io.sendflowr.benchmarks.wholejob;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.sendflowr.connectors.EventTime;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.json.CloudEvent;
import io.sendflowr.connectors.json.JsonOutput;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.connectors.kafka.KafkaEnds;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.Identifier;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The limit: what the job reads goes out again, a JSON record for each, by the same source, the
 * same reading of JSON, and the same sink in transactions.
 */
final class PassThrough {
  private static final URI SOURCE = URI.create("pass-through");

  private PassThrough() {}

  /**
   * Attaches it.
   *
   * @param keyed whether each record is brought to its first identifier, where its state on RocksDB
   *     is read and written
   */
  static void attach(
      StreamExecutionEnvironment env,
      Properties client,
      String name,
      RecordReaderFactory readers,
      Duration outOfOrderness,
      boolean keyed) {
    DataStream<Inbound> all = null;
    for (InputTopic topic : InputTopic.values()) {
      String uid = "read-" + topic.defaultName();
      DataStream<Inbound> one =
          env.fromSource(
                  KafkaEnds.source(
                      client,
                      name,
                      topic,
                      topic.defaultName(),
                      Duration.ofSeconds(30),
                      readers,
                      outOfOrderness),
                  EventTime.live(outOfOrderness),
                  uid,
                  Types.INBOUND)
              .uid(uid);
      all = all == null ? one : all.union(one);
    }
    if (keyed) {
      all = all.keyBy(PassThrough::holder).process(new Count(), Types.INBOUND).uid("count");
    }
    all.sinkTo(
            KafkaEnds.sink(
                client,
                OutputTopic.SEND_SCHEDULES.defaultName(),
                new InboundJson(),
                SOURCE,
                DeliveryGuarantee.EXACTLY_ONCE,
                name,
                Duration.ofMinutes(14)))
        .uid("write");
  }

  private static String holder(Inbound record) {
    List<Identifier> identifiers =
        record instanceof Inbound.Event event
            ? event.identifiers()
            : record instanceof Inbound.Request request
                ? request.request().identifiers()
                : List.of();
    return identifiers.isEmpty() ? "" : identifiers.get(0).value();
  }

  /** Reads and writes one value of each record's key. */
  private static final class Count extends KeyedProcessFunction<String, Inbound, Inbound> {
    private static final long serialVersionUID = 1L;

    private transient ValueState<Long> seen;

    @Override
    public void open(OpenContext context) {
      seen = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Long.class));
    }

    @Override
    public void processElement(Inbound record, Context context, Collector<Inbound> out)
        throws IOException {
      Long before = seen.value();
      seen.update(before == null ? 1 : before + 1);
      out.collect(record);
    }
  }

  /** About as much as came in. */
  private static final class InboundJson implements JsonOutput<Inbound> {
    private static final long serialVersionUID = 1L;
    private static final JsonFactory JSON = new JsonFactory();
    private static final int TYPICAL_BYTES = 512;

    @Override
    public byte[] key(Inbound record) {
      return holder(record).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] value(Inbound record) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(TYPICAL_BYTES);
      try (JsonGenerator json = JSON.createGenerator(bytes)) {
        json.writeStartObject();
        json.writeNumberField("clock", record.clock());
        if (record instanceof Inbound.Event event) {
          json.writeStringField("event_id", event.observation().eventId());
          json.writeStringField("event_type", event.observation().type());
          json.writeStringField("source", event.observation().source());
          json.writeNumberField("time", event.observation().time());
          json.writeObjectFieldStart("identifiers");
          for (Identifier identifier : event.identifiers()) {
            json.writeStringField(Integer.toString(identifier.rank()), identifier.value());
          }
          json.writeEndObject();
        } else if (record instanceof Inbound.Request request) {
          json.writeStringField("request_id", request.request().requestId());
        }
        json.writeEndObject();
      } catch (IOException e) {
        throw new UncheckedIOException("Bytes in memory cannot fail", e);
      }
      return bytes.toByteArray();
    }

    @Override
    public CloudEvent event(Inbound record) {
      String id =
          record instanceof Inbound.Event event ? event.observation().eventId() : "of-no-event";
      return new CloudEvent(
          OutputTopic.SEND_SCHEDULES, id, Optional.empty(), Optional.empty(), Optional.empty());
    }
  }
}
