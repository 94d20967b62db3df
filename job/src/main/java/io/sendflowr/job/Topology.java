package io.sendflowr.job;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.connectors.json.DeadLetterJson;
import io.sendflowr.connectors.json.ExplanationJson;
import io.sendflowr.connectors.json.IdentityChangeJson;
import io.sendflowr.connectors.json.JsonOutput;
import io.sendflowr.connectors.json.ResolutionJson;
import io.sendflowr.connectors.json.ScheduleJson;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.ResolutionPart;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.Schedule;
import io.sendflowr.flow.operator.LinkReductionOperator;
import io.sendflowr.flow.operator.PairPartitioner;
import io.sendflowr.flow.operator.RouteOperator;
import io.sendflowr.identity.ErasureKey;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Resolution;
import io.sendflowr.identity.operator.IdentityResolutionOperator;
import io.sendflowr.identity.operator.ResolutionFunction;
import io.sendflowr.latency.DeliveryReport;
import io.sendflowr.latency.LatencyEstimate;
import io.sendflowr.latency.LatencySample;
import io.sendflowr.latency.operator.LatencyEstimateFunction;
import io.sendflowr.latency.operator.LatencySampleFunction;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.timing.operator.RevisionOperator;
import io.sendflowr.timing.operator.SendDecisionOperator;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.transformations.TwoInputTransformation;
import org.apache.flink.util.OutputTag;

/**
 * The dataflow, attached to its ends.
 *
 * <pre>
 *  webhooks ──────> platform descriptors ─┐
 *  events ────────> check, normalise ─────┤              ┌─> dead-letters
 *  links ─────────> check, normalise ─────┼─> stamp, ────┼─> by pair ─> reduce links, broadcast ────┐
 *  send-requests ─> check, normalise ─────┘   route      ├─> keyBy(identifier) ──────> identity resolution ─> identity-changes
 *                                                        │                                │        └─> keyBy(request id) ─> resolutions
 *                                                        │                                │ keyBy(universal id)
 *                                                        │                                v
 *                                                        ├─> latency ─ broadcast ─> send decisions
 *                                                        │                                │
 *                                                        └─> keyBy(request id) <──────────┘
 *                                                                    │
 *                                                                    v
 *                                                                revisions ─────> send-schedules, explanations, dead-letters
 * </pre>
 *
 * <p>An event is shuffled twice: to the identifier that holds it and to its person. If it has more
 * identifiers, each of them is told with whom it was seen, and each pair goes to where links are
 * reduced; only what nobody knew is broadcast. A request is shuffled four times, once more to its
 * id by itself, so that its id is known to stand for it, and once with each decision. What an event
 * says of a message sent or delivered goes to the message, where it is measured how long that took,
 * and from there to the provider, whose latency is estimated; estimates are broadcast when they
 * change, at most once a minute.
 */
public final class Topology {
  /** Pairs that a subtask knows to have been told of: about 40 MB at most. */
  private static final int REMEMBERED_PAIRS = 1 << 18;

  private final StreamExecutionEnvironment env;
  private final Ends ends;
  private final Catalogue catalogue;
  private final int maxPersonSize;
  private final ErasureKey erasureKey;

  /**
   * @param env where the job runs
   * @param ends what it reads and writes
   * @param catalogue identifier types and what events do
   * @param maxPersonSize most identifiers that one person may have
   * @param erasureKey where the key is that erased identifiers are marked with; null if nobody can
   *     be erased
   */
  public Topology(
      StreamExecutionEnvironment env,
      Ends ends,
      Catalogue catalogue,
      int maxPersonSize,
      ErasureKey erasureKey) {
    this.env = env;
    this.ends = ends;
    this.catalogue = catalogue;
    this.maxPersonSize = maxPersonSize;
    this.erasureKey = erasureKey;
  }

  /** Attaches the whole dataflow to the environment. */
  public void attach() {
    Map<InputTopic, SingleOutputStreamOperator<IdentityInput>> routed =
        new EnumMap<>(InputTopic.class);
    for (InputTopic topic : InputTopic.values()) {
      routed.put(topic, route(read(topic), topic));
    }
    DataStream<GraphChange> links =
        reduce(
            sideOutputs(routed, RouteOperator.LINKS), sideOutputs(routed, RouteOperator.ERASURES));
    SingleOutputStreamOperator<PersonChange> personChanges =
        resolve(union(List.copyOf(routed.values())), links);
    DataStream<LatencyEstimate> latencies =
        estimate(measure(sideOutputs(routed, RouteOperator.DELIVERIES)));
    DataStream<RevisionInput> decisions = decide(personChanges, latencies);
    SingleOutputStreamOperator<Schedule> schedules =
        revise(decisions.union(sideOutputs(routed, RouteOperator.REQUESTS)));
    DataStream<DeadLetter> deadLetters =
        sideOutputs(routed, RouteOperator.UNUSABLE)
            .union(schedules.getSideOutput(RevisionOperator.REJECTED));
    write(schedules, OutputTopic.SEND_SCHEDULES, new ScheduleJson());
    write(
        schedules.getSideOutput(RevisionOperator.EXPLANATIONS),
        OutputTopic.EXPLANATIONS,
        new ExplanationJson(catalogue));
    write(deadLetters, OutputTopic.DEAD_LETTERS, new DeadLetterJson());
    write(
        personChanges.getSideOutput(IdentityResolutionOperator.CHANGES),
        OutputTopic.IDENTITY_CHANGES,
        new IdentityChangeJson(catalogue));
    write(
        answer(personChanges.getSideOutput(IdentityResolutionOperator.RESOLUTIONS)),
        OutputTopic.RESOLUTIONS,
        new ResolutionJson(catalogue));
  }

  private DataStream<Inbound> read(InputTopic topic) {
    String uid = Uids.SOURCE_PREFIX + topic.defaultName();
    return env.fromSource(ends.source(topic), ends.eventTime(), uid, Types.INBOUND)
        .setParallelism(ends.sourceParallelism(topic, env.getParallelism()))
        .uid(uid);
  }

  private SingleOutputStreamOperator<IdentityInput> route(
      DataStream<Inbound> records, InputTopic topic) {
    String uid = Uids.ROUTE_PREFIX + topic.defaultName();
    return records
        .transform(
            uid,
            Types.IDENTITY_INPUT,
            new RouteOperator(catalogue, erasureKey != null, outputs(topic)))
        // As the source, which it is chained to.
        .setParallelism(records.getParallelism())
        .uid(uid);
  }

  private DataStream<GraphChange> reduce(
      DataStream<GraphChange> links, DataStream<GraphChange> erasures) {
    PairPartitioner pairs = new PairPartitioner();
    return links
        .partitionCustom(pairs, pairs)
        .union(erasures.broadcast())
        .transform(
            Uids.LINK_REDUCTION,
            Types.GRAPH_CHANGE,
            new LinkReductionOperator(catalogue, REMEMBERED_PAIRS))
        .uid(Uids.LINK_REDUCTION);
  }

  private SingleOutputStreamOperator<PersonChange> resolve(
      DataStream<IdentityInput> records, DataStream<GraphChange> links) {
    return connect(
        records.keyBy(IdentityInput::holder, BasicTypeInfo.LONG_TYPE_INFO),
        links.broadcast(),
        Uids.IDENTITY,
        new IdentityResolutionOperator(catalogue, maxPersonSize, erasureKey),
        Types.PERSON_CHANGE);
  }

  /** Attaches an operator of our own that has a keyed input and one that is broadcast. */
  private <A, B, T> SingleOutputStreamOperator<T> connect(
      KeyedStream<A, Long> keyed,
      DataStream<B> broadcast,
      String uid,
      TwoInputStreamOperator<A, B, T> operator,
      TypeInformation<T> type) {
    TwoInputTransformation<A, B, T> transformation =
        new TwoInputTransformation<>(
            keyed.getTransformation(),
            broadcast.getTransformation(),
            uid,
            SimpleOperatorFactory.of(operator),
            type,
            env.getParallelism(),
            false);
    transformation.setStateKeySelectors(keyed.getKeySelector(), null);
    transformation.setStateKeyType(keyed.getKeyType());
    transformation.setUid(uid);
    env.addOperator(transformation);
    return new ConnectedStream<>(env, transformation);
  }

  /** A stream with side outputs of an operator that no method of Flink's streams can place. */
  private static final class ConnectedStream<T> extends SingleOutputStreamOperator<T> {
    ConnectedStream(
        StreamExecutionEnvironment env, TwoInputTransformation<?, ?, T> transformation) {
      super(env, transformation);
    }
  }

  private DataStream<Resolution> answer(DataStream<ResolutionPart> parts) {
    return parts
        .keyBy(part -> part.request().requestId(), BasicTypeInfo.STRING_TYPE_INFO)
        .process(new ResolutionFunction(catalogue), Types.RESOLUTION)
        .uid(Uids.RESOLUTIONS)
        .name(Uids.RESOLUTIONS);
  }

  private static DataStream<LatencySample> measure(DataStream<DeliveryReport> reports) {
    return reports
        .keyBy(DeliveryReport::key, BasicTypeInfo.STRING_TYPE_INFO)
        .process(new LatencySampleFunction(), Types.LATENCY_SAMPLE)
        .uid(Uids.LATENCY_SAMPLES)
        .name(Uids.LATENCY_SAMPLES);
  }

  private static DataStream<LatencyEstimate> estimate(DataStream<LatencySample> samples) {
    return samples
        .keyBy(LatencySample::provider, BasicTypeInfo.STRING_TYPE_INFO)
        .process(new LatencyEstimateFunction(), Types.LATENCY_ESTIMATE)
        .uid(Uids.LATENCY_ESTIMATES)
        .name(Uids.LATENCY_ESTIMATES);
  }

  private DataStream<RevisionInput> decide(
      DataStream<PersonChange> changes, DataStream<LatencyEstimate> latencies) {
    return connect(
        changes.keyBy(PersonChange::person, BasicTypeInfo.LONG_TYPE_INFO),
        latencies.broadcast(),
        Uids.DECISIONS,
        new SendDecisionOperator(catalogue),
        Types.REVISION_INPUT);
  }

  private static SingleOutputStreamOperator<Schedule> revise(DataStream<RevisionInput> inputs) {
    return inputs
        .keyBy(RevisionInput::requestId, BasicTypeInfo.STRING_TYPE_INFO)
        .transform(Uids.REVISIONS, Types.SCHEDULE, new RevisionOperator())
        .uid(Uids.REVISIONS);
  }

  private <T> void write(DataStream<T> records, OutputTopic topic, JsonOutput<T> json) {
    String uid = Uids.SINK_PREFIX + topic.defaultName();
    records
        .sinkTo(ends.sink(topic, json))
        .setParallelism(ends.sinkParallelism(env.getParallelism()))
        .uid(uid)
        .name(uid);
  }

  /**
   * What records of a topic can be routed to. Each output more is a channel to each subtask behind
   * it, with watermarks, barriers and a thread that flushes it, whether anything comes or not.
   */
  private static Set<OutputTag<?>> outputs(InputTopic topic) {
    Set<OutputTag<?>> outputs = new HashSet<>(Set.of(RouteOperator.LINKS, RouteOperator.UNUSABLE));
    switch (topic) {
      case WEBHOOKS -> outputs.addAll(Set.of(RouteOperator.DELIVERIES, RouteOperator.ERASURES));
      case EVENTS -> outputs.add(RouteOperator.DELIVERIES);
      case LINKS -> outputs.add(RouteOperator.ERASURES);
      case SEND_REQUESTS -> outputs.add(RouteOperator.REQUESTS);
    }
    return outputs;
  }

  private static <T> DataStream<T> sideOutputs(
      Map<InputTopic, SingleOutputStreamOperator<IdentityInput>> routed, OutputTag<T> tag) {
    List<DataStream<T>> streams = new ArrayList<>();
    routed.forEach(
        (topic, stream) -> {
          if (outputs(topic).contains(tag)) {
            streams.add(stream.getSideOutput(tag));
          }
        });
    return union(streams);
  }

  private static <T> DataStream<T> union(List<? extends DataStream<T>> streams) {
    DataStream<T> all = streams.get(0);
    for (DataStream<T> stream : streams.subList(1, streams.size())) {
      all = all.union(stream);
    }
    return all;
  }
}
