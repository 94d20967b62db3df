package io.sendflowr.benchmarks.micro;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.json.ExplanationJson;
import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.connectors.json.ScheduleJson;
import io.sendflowr.flow.Explanation;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.Schedule;
import io.sendflowr.record.Origin;
import java.time.Instant;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** What it costs to read a record from the bytes of its topic, and to write one. */
@State(Scope.Thread)
public class JsonBenchmark {
  private static final int RECORDS = 1024;

  private RecordReader reader;
  private ScheduleJson schedules;
  private ExplanationJson explanations;
  private List<byte[]> events;
  private List<byte[]> links;
  private List<byte[]> requests;
  private List<Explanation> decided;
  private int next;

  /** Makes the records. */
  @Setup
  public void prepare() {
    reader = new RecordReaderFactory(Inputs.CATALOGUE, "US", List.of()).create();
    schedules = new ScheduleJson();
    explanations = new ExplanationJson(Inputs.CATALOGUE);
    events = records(JsonBenchmark::event);
    links = records(JsonBenchmark::link);
    requests = records(JsonBenchmark::request);
    decided = IntStream.range(0, RECORDS).mapToObj(JsonBenchmark::explanation).toList();
  }

  private static List<byte[]> records(IntFunction<String> json) {
    return IntStream.range(0, RECORDS).mapToObj(n -> json.apply(n).getBytes(UTF_8)).toList();
  }

  private static String time(int n) {
    return Instant.ofEpochMilli(Inputs.NOW + n).toString();
  }

  private static String event(int n) {
    return """
        {"event_id":"evt_%d","event_type":"%s","timestamp":"%s","source":"shopify",\
        "identifiers":{"email":"User%d@Shop.example","shopify_customer_id":%d},\
        "metadata":{"product_id":"p%d","price":19.95,"currency":"USD","url":"/products/p%d"}}"""
        .formatted(
            1_000_000_000 + n, Inputs.type(n), time(n), n, 6_000_000_000_000L + n, n % 97, n % 97);
  }

  private static String link(int n) {
    return """
        {"identifier_a":"user%d@shop.example","type_a":"email","identifier_b":"%s",\
        "type_b":"klaviyo_id","weight":0.95,"source":"klaviyo","timestamp":"%s","op":"link"}"""
        .formatted(n, Inputs.klaviyo(n).value(), time(n));
  }

  private static String request(int n) {
    return """
        {"request_id":"campaign-7:%d","timestamp":"%s",\
        "identifiers":{"email":"user%d@shop.example","klaviyo_id":"%s"},\
        "send_after":"2026-01-14T00:00:00Z","send_before":"2026-01-21T00:00:00Z",\
        "latency_estimate_seconds":300,"channel":"email","provider":"klaviyo",\
        "campaign_type":"promotional","intent_id":"promo_jan","campaign_id":"abc123",\
        "template":"t1"}"""
        .formatted(n, time(n), n, Inputs.klaviyo(n).value());
  }

  private static Explanation explanation(int n) {
    RevisionInput.Decided one = Inputs.decided(n);
    return new Explanation(new Schedule(one.request(), 0, one.decision()), one.grounds());
  }

  private int next() {
    next = (next + 1) % RECORDS;
    return next;
  }

  private void read(InputTopic topic, List<byte[]> records, Blackhole hole) {
    int n = next();
    reader.read(
        topic, new Origin(topic.defaultName(), 0, n, records.get(n), Inputs.NOW), hole::consume);
  }

  /** An event that names two identifiers. */
  @Benchmark
  public void readEvent(Blackhole hole) {
    read(InputTopic.EVENTS, events, hole);
  }

  /** A link. */
  @Benchmark
  public void readLink(Blackhole hole) {
    read(InputTopic.LINKS, links, hole);
  }

  /** A request that presents two identifiers. */
  @Benchmark
  public void readRequest(Blackhole hole) {
    read(InputTopic.SEND_REQUESTS, requests, hole);
  }

  /** A schedule: key and value. */
  @Benchmark
  public void writeSchedule(Blackhole hole) {
    Schedule schedule = decided.get(next()).schedule();
    hole.consume(schedules.key(schedule));
    hole.consume(schedules.value(schedule));
  }

  /** An explanation of two boosts and 24 clicks: key and value. */
  @Benchmark
  public void writeExplanation(Blackhole hole) {
    Explanation explanation = decided.get(next());
    hole.consume(explanations.key(explanation));
    hole.consume(explanations.value(explanation));
  }
}
