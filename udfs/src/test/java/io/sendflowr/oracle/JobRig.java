package io.sendflowr.oracle;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flink.Types;
import io.sendflowr.flow.IdentityInput;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.flow.Schedule;
import io.sendflowr.flow.operator.LinkReductionOperator;
import io.sendflowr.flow.operator.PairPartitioner;
import io.sendflowr.flow.operator.RouteOperator;
import io.sendflowr.identity.ErasureKey;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.GraphChange.Linked;
import io.sendflowr.identity.IdentityChange;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.ToIntBiFunction;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.runtime.io.disk.iomanager.IOManager;
import org.apache.flink.runtime.io.disk.iomanager.IOManagerAsync;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;

/**
 * The whole dataflow without a cluster: the job's own operators, joined by queues as their subtasks
 * are by the network. What one subtask sends to another arrives serialised and in order; of
 * different senders anything may overtake anything, as a source of randomness decides. A watermark
 * is passed on when all senders have sent it.
 *
 * <p>The dataflow is that of {@code Topology} in the job's module, which has no operators of its
 * own. Not thread-safe.
 */
final class JobRig implements AutoCloseable {

  /** From where records are read, each with a watermark of its own. */
  enum Topic {
    EVENTS,
    LINKS,
    SEND_REQUESTS;

    static Topic of(Inbound record) {
      if (record instanceof Inbound.Event) {
        return EVENTS;
      }
      return record instanceof Inbound.Link || record instanceof Inbound.Erase
          ? LINKS
          : SEND_REQUESTS;
    }
  }

  /** What came out. */
  static final class Written {
    final List<Schedule> schedules = new ArrayList<>();
    final List<DeadLetter> rejected = new ArrayList<>();
    final List<DeadLetter> unusable = new ArrayList<>();
    final List<Resolution> resolutions = new ArrayList<>();
    final List<IdentityChange> identityChanges = new ArrayList<>();

    private Written copy() {
      Written copy = new Written();
      copy.schedules.addAll(schedules);
      copy.rejected.addAll(rejected);
      copy.unusable.addAll(unusable);
      copy.resolutions.addAll(resolutions);
      copy.identityChanges.addAll(identityChanges);
      return copy;
    }
  }

  /** State of all operators at one point between two records, and what was written up to it. */
  static final class Savepoint {
    private final List<List<OperatorSubtaskState>> states = new ArrayList<>();
    private final Map<Topic, Long> reached;
    private final Written written;

    private Savepoint(Map<Topic, Long> reached, Written written) {
      this.reached = Map.copyOf(reached);
      this.written = written;
    }

    /** The state of each operator's subtasks, in the order in which elements flow. */
    List<List<OperatorSubtaskState>> stages() {
      return states;
    }

    /** What was written up to it. */
    Written written() {
      return written;
    }
  }

  static final ErasureKey ERASURE_KEY = ErasureKey.of("a secret of the tests".getBytes(UTF_8));

  /** Few key groups, because each costs memory in each operator. */
  private static final int MAX_PARALLELISM = 8;

  /** So few pairs that they are forgotten and told of again. */
  private static final int REMEMBERED_PAIRS = 2;

  private static final int ALL = -1;

  /** One for all: nothing is written to it, and to make one takes longer than to run a job. */
  private static final IOManager DISK = new IOManagerAsync();

  private final Catalogue catalogue;
  private final int maxPersonSize;
  private final int parallelism;
  private final Random random;
  private final Savepoint origin;
  private final Written written;

  /** In the order in which elements flow. */
  private final List<List<Subtask<?>>> stages = new ArrayList<>();

  private final Map<Topic, Subtask<IdentityInput>> routeOf = new EnumMap<>(Topic.class);
  private final List<Channel> ready = new ArrayList<>();

  /** The watermark of each topic: sources keep it, and begin with it when they are restored. */
  private final Map<Topic, Long> reached = new EnumMap<>(Topic.class);

  /** Own timestamp of the link that is being read; null if it is that by which it is used. */
  private Long ownTimestamp;

  private long checkpoints;

  /**
   * @param origin where to go on; null to start from nothing
   */
  private JobRig(
      Catalogue catalogue, int maxPersonSize, int parallelism, Random random, Savepoint origin)
      throws Exception {
    this.catalogue = catalogue;
    this.maxPersonSize = maxPersonSize;
    this.parallelism = parallelism;
    this.random = random;
    this.origin = origin;
    this.written = origin == null ? new Written() : origin.written.copy();
    for (Topic topic : Topic.values()) {
      // Each is an operator of its own, so that one does not get the state of another.
      routeOf.put(topic, stage(1, subtask -> route()).get(0));
    }
    List<Subtask<IdentityInput>> routes = List.copyOf(routeOf.values());
    List<Subtask<GraphChange>> reducers = stage(parallelism, this::reducer);
    List<Subtask<PersonChange>> identities = stage(parallelism, this::identity);
    List<Subtask<LatencySample>> samples =
        stage(
            parallelism,
            subtask ->
                keyed(
                    new LatencySampleFunction(),
                    DeliveryReport::key,
                    BasicTypeInfo.STRING_TYPE_INFO,
                    subtask));
    List<Subtask<LatencyEstimate>> estimates =
        stage(
            parallelism,
            subtask ->
                keyed(
                    new LatencyEstimateFunction(),
                    LatencySample::provider,
                    BasicTypeInfo.STRING_TYPE_INFO,
                    subtask));
    List<Subtask<RevisionInput>> decisions = stage(parallelism, this::decision);
    List<Subtask<Schedule>> revisions = stage(parallelism, this::revision);
    List<Subtask<Resolution>> answers =
        stage(
            parallelism,
            subtask ->
                keyed(
                    new ResolutionFunction(catalogue),
                    part -> part.request().requestId(),
                    BasicTypeInfo.STRING_TYPE_INFO,
                    subtask));

    PairPartitioner pairs = new PairPartitioner();
    connect(
        routes,
        null,
        Types.IDENTITY_INPUT,
        this::withOwnTimestamp,
        (input, n) ->
            KeyGroupRangeAssignment.assignKeyToParallelOperator(input.holder(), MAX_PARALLELISM, n),
        identities,
        1);
    connect(
        routes,
        RouteOperator.LINKS,
        Types.GRAPH_CHANGE,
        this::withOwnTimestamp,
        (change, n) -> pairs.partition(pairs.getKey(change), n),
        reducers,
        1);
    connect(routes, RouteOperator.ERASURES, Types.GRAPH_CHANGE, (c, n) -> ALL, reducers, 1);
    connect(
        routes, RouteOperator.REQUESTS, Types.REVISION_INPUT, JobRig::byRequestId, revisions, 1);
    connect(
        routes,
        RouteOperator.DELIVERIES,
        Types.DELIVERY_REPORT,
        (report, n) ->
            KeyGroupRangeAssignment.assignKeyToParallelOperator(report.key(), MAX_PARALLELISM, n),
        samples,
        1);
    connect(
        samples,
        null,
        Types.LATENCY_SAMPLE,
        (sample, n) ->
            KeyGroupRangeAssignment.assignKeyToParallelOperator(
                sample.provider(), MAX_PARALLELISM, n),
        estimates,
        1);
    connect(estimates, null, Types.LATENCY_ESTIMATE, (estimate, n) -> ALL, decisions, 2);
    connect(reducers, null, Types.GRAPH_CHANGE, (change, n) -> ALL, identities, 2);
    connect(
        identities,
        null,
        Types.PERSON_CHANGE,
        (change, n) ->
            KeyGroupRangeAssignment.assignKeyToParallelOperator(
                change.person(), MAX_PARALLELISM, n),
        decisions,
        1);
    connect(
        identities,
        IdentityResolutionOperator.RESOLUTIONS,
        Types.RESOLUTION_PART,
        (part, n) ->
            KeyGroupRangeAssignment.assignKeyToParallelOperator(
                part.request().requestId(), MAX_PARALLELISM, n),
        answers,
        1);
    connect(decisions, null, Types.REVISION_INPUT, JobRig::byRequestId, revisions, 1);
    write(routes, RouteOperator.UNUSABLE, Types.DEAD_LETTER, written.unusable::add);
    write(
        identities,
        IdentityResolutionOperator.CHANGES,
        Types.IDENTITY_CHANGE,
        written.identityChanges::add);
    write(answers, null, Types.RESOLUTION, written.resolutions::add);
    write(revisions, null, Types.SCHEDULE, written.schedules::add);
    write(revisions, RevisionOperator.REJECTED, Types.DEAD_LETTER, written.rejected::add);
    if (origin != null) {
      for (Topic topic : Topic.values()) {
        if (origin.reached.containsKey(topic)) {
          advance(topic, origin.reached.get(topic));
        }
      }
    }
  }

  /** A job that knows nothing yet. */
  static JobRig of(Catalogue catalogue, int maxPersonSize, int parallelism, Random random)
      throws Exception {
    return new JobRig(catalogue, maxPersonSize, parallelism, random, null);
  }

  /** A job that goes on, at this parallelism, where another one was. */
  JobRig restored(Savepoint savepoint, int newParallelism) throws Exception {
    return new JobRig(catalogue, maxPersonSize, newParallelism, random, savepoint);
  }

  /** What was written so far. */
  Written written() {
    return written;
  }

  /**
   * Reads a record.
   *
   * @param record a link's own timestamp is its clock, so that it can be told apart from the time
   *     by which it is used
   */
  void read(Inbound record) throws Exception {
    ownTimestamp =
        record instanceof Inbound.Link link && link.clock() != link.change().time()
            ? link.clock()
            : null;
    routeOf.get(Topic.of(record)).deliver(1, new StreamRecord<>(record));
    ownTimestamp = null;
  }

  /** Tells that no record of a topic up to {@code time} is to be expected. */
  void advance(Topic topic, long time) throws Exception {
    reached.merge(topic, time, Math::max);
    routeOf.get(topic).deliver(1, new Watermark(time));
  }

  /** Lets some elements arrive, or none. */
  void letSomeArrive() throws Exception {
    int some = random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(20);
    for (int i = 0; i < some && !ready.isEmpty(); i++) {
      arrive();
    }
  }

  /** Lets everything arrive that is under way. */
  void letAllArrive() throws Exception {
    while (!ready.isEmpty()) {
      arrive();
    }
  }

  /** Reads no more, and ends what was begun. */
  Written finish() throws Exception {
    for (Topic topic : Topic.values()) {
      advance(topic, Long.MAX_VALUE);
    }
    letAllArrive();
    return written;
  }

  /** Takes a checkpoint and goes on. */
  Savepoint checkpoint() throws Exception {
    letAllArrive();
    long id = ++checkpoints;
    // What operators send before the barrier arrives before it.
    for (List<Subtask<?>> stage : stages) {
      for (Subtask<?> subtask : stage) {
        subtask.harness.prepareSnapshotPreBarrier(id);
      }
    }
    letAllArrive();
    Savepoint savepoint = new Savepoint(reached, written.copy());
    for (List<Subtask<?>> stage : stages) {
      List<OperatorSubtaskState> states = new ArrayList<>();
      for (Subtask<?> subtask : stage) {
        states.add(subtask.harness.snapshot(id, id));
        subtask.harness.notifyOfCompletedCheckpoint(id);
      }
      savepoint.states.add(states);
    }
    return savepoint;
  }

  /** Each operator's subtasks, in the order in which elements flow. */
  List<List<AbstractStreamOperatorTestHarness<?>>> operators() {
    List<List<AbstractStreamOperatorTestHarness<?>>> operators = new ArrayList<>();
    for (List<Subtask<?>> stage : stages) {
      List<AbstractStreamOperatorTestHarness<?>> harnesses = new ArrayList<>();
      stage.forEach(subtask -> harnesses.add(subtask.harness));
      operators.add(harnesses);
    }
    return operators;
  }

  @Override
  public void close() throws Exception {
    for (List<Subtask<?>> stage : stages) {
      for (Subtask<?> subtask : stage) {
        subtask.harness.close();
      }
    }
  }

  // Operators

  private interface Factory<T> {
    Subtask<T> make(int subtask) throws Exception;
  }

  private <T> List<Subtask<T>> stage(int size, Factory<T> factory) throws Exception {
    List<Subtask<T>> subtasks = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Subtask<T> subtask = factory.make(i);
      AbstractStreamOperatorTestHarness<T> harness = subtask.harness;
      harness.setOutputCreator(serializer -> new Outlet<>(subtask));
      harness.setup(null);
      if (origin != null) {
        List<OperatorSubtaskState> old = origin.states.get(stages.size());
        harness.initializeState(
            AbstractStreamOperatorTestHarness.repartitionOperatorState(
                AbstractStreamOperatorTestHarness.repackageState(
                    old.toArray(OperatorSubtaskState[]::new)),
                MAX_PARALLELISM,
                old.size(),
                size,
                i));
      }
      harness.open();
      subtasks.add(subtask);
    }
    stages.add(List.copyOf(subtasks));
    return subtasks;
  }

  private Subtask<IdentityInput> route() throws Exception {
    return oneInput(new RouteOperator(catalogue, true, RouteOperator.SIDE_OUTPUTS), 1, 0);
  }

  private Subtask<GraphChange> reducer(int subtask) throws Exception {
    return oneInput(new LinkReductionOperator(catalogue, REMEMBERED_PAIRS), parallelism, subtask);
  }

  private Subtask<PersonChange> identity(int subtask) throws Exception {
    IdentityResolutionOperator operator =
        new IdentityResolutionOperator(catalogue, maxPersonSize, ERASURE_KEY);
    AbstractStreamOperatorTestHarness<PersonChange> harness =
        new AbstractStreamOperatorTestHarness<>(operator, environment(parallelism, subtask));
    keyBy(harness, IdentityInput::holder, BasicTypeInfo.LONG_TYPE_INFO);
    return new Subtask<>(harness, new TwoInlets<>(operator));
  }

  private Subtask<RevisionInput> decision(int subtask) throws Exception {
    SendDecisionOperator operator = new SendDecisionOperator(catalogue);
    AbstractStreamOperatorTestHarness<RevisionInput> harness =
        new AbstractStreamOperatorTestHarness<>(operator, environment(parallelism, subtask));
    keyBy(harness, PersonChange::person, BasicTypeInfo.LONG_TYPE_INFO);
    return new Subtask<>(harness, new TwoInlets<>(operator));
  }

  private Subtask<Schedule> revision(int subtask) throws Exception {
    Subtask<Schedule> made = oneInput(new RevisionOperator(), parallelism, subtask);
    keyBy(made.harness, RevisionInput::requestId, BasicTypeInfo.STRING_TYPE_INFO);
    return made;
  }

  private <K, I, O> Subtask<O> keyed(
      KeyedProcessFunction<K, I, O> function,
      KeySelector<I, K> key,
      TypeInformation<K> keyType,
      int subtask)
      throws Exception {
    Subtask<O> made = oneInput(new KeyedProcessOperator<>(function), parallelism, subtask);
    keyBy(made.harness, key, keyType);
    return made;
  }

  private static <I, O, S extends AbstractStreamOperator<O> & OneInputStreamOperator<I, O>>
      Subtask<O> oneInput(S operator, int of, int subtask) throws Exception {
    return new Subtask<>(
        new AbstractStreamOperatorTestHarness<>(operator, environment(of, subtask)),
        new OneInlet<>(operator));
  }

  private static <I, K> void keyBy(
      AbstractStreamOperatorTestHarness<?> harness,
      KeySelector<I, K> key,
      TypeInformation<K> type) {
    StreamConfig config = harness.getStreamConfig();
    config.setStatePartitioner(0, key);
    config.setStateKeySerializer(type.createSerializer(null));
    config.serializeAllConfigs();
  }

  private static MockEnvironment environment(int of, int subtask) {
    return new MockEnvironmentBuilder()
        .setMaxParallelism(MAX_PARALLELISM)
        .setParallelism(of)
        .setSubtaskIndex(subtask)
        .setIOManager(DISK)
        .build();
  }

  // Between operators

  private static int byRequestId(RevisionInput input, int subtasks) {
    return KeyGroupRangeAssignment.assignKeyToParallelOperator(
        input.requestId(), MAX_PARALLELISM, subtasks);
  }

  private IdentityInput withOwnTimestamp(IdentityInput input) {
    return ownTimestamp != null && input instanceof IdentityInput.Sighted sighted
        ? new IdentityInput.Sighted(sighted.holder(), sighted.sighting(), ownTimestamp)
        : input;
  }

  private GraphChange withOwnTimestamp(GraphChange change) {
    return ownTimestamp != null && change instanceof Linked linked
        ? new Linked(linked.change(), ownTimestamp)
        : change;
  }

  private <T> void connect(
      List<? extends Subtask<?>> from,
      OutputTag<T> tag,
      TypeInformation<T> type,
      ToIntBiFunction<T, Integer> partitioner,
      List<? extends Subtask<?>> to,
      int input) {
    connect(from, tag, type, UnaryOperator.identity(), partitioner, to, input);
  }

  /**
   * @param tag null for the main output
   * @param partitioner to which subtask of how many, or to {@link #ALL}
   * @param input 1 or 2
   */
  private <T> void connect(
      List<? extends Subtask<?>> from,
      OutputTag<T> tag,
      TypeInformation<T> type,
      UnaryOperator<T> passing,
      ToIntBiFunction<T, Integer> partitioner,
      List<? extends Subtask<?>> to,
      int input) {
    for (Subtask<?> sender : from) {
      List<Channel> channels = to.stream().map(receiver -> new Channel(receiver, input)).toList();
      sender.edges.add(
          new Edge<>(
              tag,
              type.createSerializer(null),
              element -> {
                T value = passing.apply(element.getValue());
                int target = partitioner.applyAsInt(value, channels.size());
                for (int i = 0; i < channels.size(); i++) {
                  if (target == ALL || target == i) {
                    channels.get(i).add(element.copy(value));
                  }
                }
              },
              mark -> channels.forEach(channel -> channel.add(mark))));
    }
  }

  private static <T> void write(
      List<? extends Subtask<?>> from, OutputTag<T> tag, TypeInformation<T> type, Consumer<T> to) {
    for (Subtask<?> sender : from) {
      sender.edges.add(
          new Edge<>(
              tag,
              type.createSerializer(null),
              element -> to.accept(element.getValue()),
              mark -> {}));
    }
  }

  private void arrive() throws Exception {
    int at = random.nextInt(ready.size());
    Channel channel = ready.get(at);
    StreamElement element = channel.queue.remove();
    if (channel.queue.isEmpty()) {
      ready.set(at, ready.get(ready.size() - 1));
      ready.remove(ready.size() - 1);
    }
    if (element instanceof Watermark mark) {
      channel.reached = mark.getTimestamp();
      channel.receiver.advance(channel.input);
    } else {
      channel.receiver.deliver(channel.input, element);
    }
  }

  /** From one subtask to another. */
  private final class Channel {
    private final Subtask<?> receiver;
    private final int input;
    private final ArrayDeque<StreamElement> queue = new ArrayDeque<>();
    private long reached = Long.MIN_VALUE;

    Channel(Subtask<?> receiver, int input) {
      this.receiver = receiver;
      this.input = input;
      receiver.senders.add(this);
    }

    void add(StreamElement element) {
      if (queue.isEmpty()) {
        ready.add(this);
      }
      queue.add(element);
    }
  }

  /** From an output of a subtask to all of another operator's. */
  private record Edge<T>(
      OutputTag<T> tag,
      TypeSerializer<T> serializer,
      Consumer<StreamRecord<T>> elements,
      Consumer<Watermark> watermarks) {

    void send(StreamRecord<?> element) {
      // What comes out by a tag has the tag's type.
      StreamRecord<T> record = element.asRecord();
      try {
        DataOutputSerializer out = new DataOutputSerializer(128);
        serializer.serialize(record.getValue(), out);
        T read = serializer.deserialize(new DataInputDeserializer(out.wrapAsByteBuffer()));
        elements.accept(record.copy(read));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Where a subtask puts what it sends. */
  private record Outlet<T>(Subtask<T> sender) implements Output<StreamRecord<T>> {
    @Override
    public void collect(StreamRecord<T> element) {
      send(null, element);
    }

    @Override
    public <X> void collect(OutputTag<X> tag, StreamRecord<X> element) {
      send(tag, element);
    }

    private void send(OutputTag<?> tag, StreamRecord<?> element) {
      for (Edge<?> edge : sender.edges) {
        if (tag == null ? edge.tag() == null : tag.equals(edge.tag())) {
          edge.send(element);
        }
      }
    }

    @Override
    public void emitWatermark(Watermark mark) {
      sender.edges.forEach(edge -> edge.watermarks().accept(mark));
    }

    @Override
    public void emitWatermark(WatermarkEvent event) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void emitWatermarkStatus(WatermarkStatus status) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void emitLatencyMarker(LatencyMarker marker) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void emitRecordAttributes(RecordAttributes attributes) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  private static final class Subtask<T> {
    private final AbstractStreamOperatorTestHarness<T> harness;
    private final Inlet inlet;
    private final List<Edge<?>> edges = new ArrayList<>();
    private final List<Channel> senders = new ArrayList<>();
    private final long[] reached = {Long.MIN_VALUE, Long.MIN_VALUE};

    Subtask(AbstractStreamOperatorTestHarness<T> harness, Inlet inlet) {
      this.harness = harness;
      this.inlet = inlet;
    }

    /** Takes an element: a record, or a watermark that holds for all of the input. */
    void deliver(int input, StreamElement element) throws Exception {
      inlet.deliver(input, element);
    }

    /** One of the senders of an input sent a watermark. */
    void advance(int input) throws Exception {
      long least =
          senders.stream()
              .filter(s -> s.input == input)
              .mapToLong(s -> s.reached)
              .min()
              .orElseThrow();
      if (least > reached[input - 1]) {
        reached[input - 1] = least;
        inlet.deliver(input, new Watermark(least));
      }
    }
  }

  private interface Inlet {
    /**
     * @param input 1 or 2
     */
    void deliver(int input, StreamElement element) throws Exception;
  }

  private record OneInlet<I>(OneInputStreamOperator<I, ?> operator) implements Inlet {
    @Override
    public void deliver(int input, StreamElement element) throws Exception {
      if (element instanceof Watermark mark) {
        operator.processWatermark(mark);
      } else {
        StreamRecord<I> one = element.asRecord();
        operator.setKeyContextElement(one);
        operator.processElement(one);
      }
    }
  }

  private record TwoInlets<A, B>(TwoInputStreamOperator<A, B, ?> operator) implements Inlet {
    @Override
    public void deliver(int input, StreamElement element) throws Exception {
      if (element instanceof Watermark mark) {
        if (input == 1) {
          operator.processWatermark1(mark);
        } else {
          operator.processWatermark2(mark);
        }
      } else if (input == 1) {
        StreamRecord<A> one = element.asRecord();
        operator.setKeyContextElement1(one);
        operator.processElement1(one);
      } else {
        StreamRecord<B> one = element.asRecord();
        operator.setKeyContextElement2(one);
        operator.processElement2(one);
      }
    }
  }
}
