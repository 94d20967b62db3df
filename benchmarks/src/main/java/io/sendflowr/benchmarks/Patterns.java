package io.sendflowr.benchmarks;

import io.sendflowr.signal.DerivedSignals;
import io.sendflowr.signal.DerivedSignals.Derivation;
import io.sendflowr.signal.DerivedSignals.History;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.cep.CepSignals;
import io.sendflowr.signal.cep.DerivedPattern;
import io.sendflowr.signal.cep.DerivedPatterns;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.cep.CEP;
import org.apache.flink.cep.EventComparator;
import org.apache.flink.cep.functions.PatternProcessFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What it costs to find the derived signals of {@link DerivedPatterns}: by Flink CEP's operator,
 * one for each pattern, and by {@link CepSignals} over the events that a person has, run whenever
 * one comes.
 *
 * <p>The stream is made of sessions of {@value #SESSION_EVENTS} events, {@value #SESSION_PERSONS}
 * at a time. All ways find the same signals in its first {@value #CHECKED_EVENTS} events; that is
 * checked before anything is measured.
 */
@Command(
    name = "benchmarks/patterns",
    description =
        "Events a second of ways to find derived signals, on one core, the state on RocksDB and on"
            + " the heap.",
    mixinStandardHelpOptions = true)
public final class Patterns implements Callable<Integer> {
  private static final int PERSONS = 24_000;
  private static final int SESSION_PERSONS = 1_200;
  private static final int SESSION_EVENTS = 20;
  private static final int CHECKED_EVENTS = 12_000;
  private static final long START = 1_770_000_000_000L;
  private static final long STEP = 100;
  private static final int WATERMARK_EVERY = 500;
  private static final long HOUR = TimeUnit.HOURS.toMillis(1);

  /** Of a hundred events. */
  private static final List<Share> MIX =
      List.of(
          new Share("product_view", 40),
          new Share("site_visit", 14),
          new Share("cart_add", 10),
          new Share("order_placed", 4),
          new Share("payment_succeeded", 4),
          new Share("sent", 8),
          new Share("delivered", 8),
          new Share("opened", 6),
          new Share("clicked", 4),
          new Share("bounced", 2));

  private record Share(String type, int percent) {}

  /** How many events were read; the jobs run in this process. */
  private static final LongAdder READ = new LongAdder();

  @Option(
      names = "--seconds",
      defaultValue = "15",
      description = "How long each way is measured (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--warm-up-seconds",
      defaultValue = "4",
      description = "How long each way runs before (default: ${DEFAULT-VALUE}).")
  private int warmUpSeconds;

  /** A way to find derived signals, and where it keeps its state. */
  private enum Way {
    OPERATOR_ON_ROCKSDB("flink-cep operator", "rocksdb"),
    OPERATOR_ON_HEAP("flink-cep operator", "hashmap"),
    RECENT_EVENTS_ON_ROCKSDB("recent events", "rocksdb"),
    RECENT_EVENTS_ON_HEAP("recent events", "hashmap");

    final String name;
    final String backend;

    Way(String name, String backend) {
      this.name = name;
      this.backend = backend;
    }

    DataStream<String> find(DataStream<Observation> events) {
      if (this == RECENT_EVENTS_ON_ROCKSDB || this == RECENT_EVENTS_ON_HEAP) {
        return events
            .keyBy(Observation::source, TypeInformation.of(String.class))
            .process(new RecentEvents(), TypeInformation.of(String.class));
      }
      DataStream<String> all = null;
      for (DerivedPattern pattern : DerivedPatterns.all()) {
        DataStream<String> found = operator(events, pattern);
        all = all == null ? found : all.union(found);
      }
      return all;
    }
  }

  /**
   * Runs the benchmark.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Patterns()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    System.out.printf(
        Locale.ROOT,
        "%d processors, Java %s%n%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version());
    Set<String> expected = signals(Way.RECENT_EVENTS_ON_HEAP);
    for (Way way : Way.values()) {
      if (!signals(way).equals(expected)) {
        throw new IllegalStateException(way + " finds other signals than the others");
      }
    }
    System.out.printf(
        Locale.ROOT,
        "All find the same %d signals in the first %d events.%n%n",
        expected.size(),
        CHECKED_EVENTS);
    System.out.println("way                   state       events/s   ratio");
    double first = 0;
    for (Way way : Way.values()) {
      double rate = rate(way);
      first = first == 0 ? rate : first;
      System.out.printf(
          Locale.ROOT, "%-22s%-8s%12.0f%8.1f%n", way.name, way.backend, rate, rate / first);
    }
    return 0;
  }

  private static Set<String> signals(Way way) throws Exception {
    Set<String> signals = new TreeSet<>();
    try (StreamExecutionEnvironment env = environment(way);
        CloseableIterator<String> found =
            way.find(events(env, CHECKED_EVENTS)).executeAndCollect()) {
      found.forEachRemaining(signals::add);
    }
    return signals;
  }

  private double rate(Way way) throws Exception {
    try (StreamExecutionEnvironment env = environment(way)) {
      way.find(events(env, Long.MAX_VALUE)).sinkTo(new DiscardingSink<>());
      JobClient job = env.executeAsync("patterns");
      TimeUnit.SECONDS.sleep(warmUpSeconds);
      long before = READ.sum();
      long start = System.nanoTime();
      TimeUnit.SECONDS.sleep(seconds);
      double rate = (READ.sum() - before) / ((System.nanoTime() - start) / 1e9);
      job.cancel().get();
      return rate;
    }
  }

  private static StreamExecutionEnvironment environment(Way way) {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, way.backend);
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    return StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
  }

  /** Persons stand in the place of the source, so that the events are what the patterns take. */
  private static DataStream<Observation> events(StreamExecutionEnvironment env, long count) {
    return env.fromSequence(0, count - 1)
        .map(
            n -> {
              READ.increment();
              return event(n);
            },
            TypeInformation.of(Observation.class))
        .assignTimestampsAndWatermarks(
            WatermarkStrategy.<Observation>forGenerator(context -> new EveryFewEvents())
                .withTimestampAssigner((event, timestamp) -> event.time()));
  }

  private static Observation event(long n) {
    long block = n / (SESSION_PERSONS * SESSION_EVENTS);
    long person = (block * SESSION_PERSONS + n % SESSION_PERSONS) % PERSONS;
    long time = START + n * STEP;
    return new Observation("p" + person, "e" + n, type(n), time, time);
  }

  private static String type(long n) {
    int left = new SplittableRandom(n).nextInt(100);
    for (Share share : MIX) {
      left -= share.percent();
      if (left < 0) {
        return share.type();
      }
    }
    throw new IllegalStateException("the shares do not sum up to 100");
  }

  private static DataStream<String> operator(
      DataStream<Observation> events, DerivedPattern pattern) {
    List<String> types = pattern.types();
    EventComparator<Observation> order =
        (one, other) -> Integer.compare(types.indexOf(one.type()), types.indexOf(other.type()));
    return CEP.pattern(
            events
                .filter(event -> types.contains(event.type()))
                .keyBy(Observation::source, TypeInformation.of(String.class)),
            pattern.pattern(),
            order)
        .process(new Matches(pattern.signal()), TypeInformation.of(String.class));
  }

  private static String text(String person, String signal, long time) {
    return person + " " + signal + " " + time;
  }

  /**
   * Watermarks by the number of events: by the clock, a fast source would be far ahead of them, and
   * what is measured would be how much is buffered.
   */
  private static final class EveryFewEvents implements WatermarkGenerator<Observation> {
    private int events;

    @Override
    public void onEvent(Observation event, long timestamp, WatermarkOutput out) {
      if (++events % WATERMARK_EVERY == 0) {
        out.emitWatermark(new Watermark(timestamp));
      }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput out) {
      // Not by the clock.
    }
  }

  /** Names the matches of a pattern. */
  private static final class Matches extends PatternProcessFunction<Observation, String> {
    private static final long serialVersionUID = 1L;

    private final String signal;

    private transient DerivedPattern pattern;

    Matches(String signal) {
      this.signal = signal;
    }

    @Override
    public void open(OpenContext context) {
      pattern =
          DerivedPatterns.all().stream()
              .filter(one -> one.signal().equals(signal))
              .findFirst()
              .orElseThrow();
    }

    @Override
    public void processMatch(
        Map<String, List<Observation>> match,
        PatternProcessFunction.Context context,
        Collector<String> out) {
      String person = match.values().iterator().next().get(0).source();
      out.collect(text(person, signal, pattern.stamp(match)));
    }
  }

  /**
   * Looks at the events of a person at each instant at which one comes or one that came may yield a
   * signal, as the job does while a request is pending.
   */
  private static final class RecentEvents
      extends KeyedProcessFunction<String, Observation, String> {
    private static final long serialVersionUID = 1L;

    private transient DerivedSignals derived;
    private transient Map<String, History> lately;
    private transient Map<String, Long> reach;
    private transient ListState<Observation> recent;

    @Override
    public void open(OpenContext context) {
      derived = new CepSignals();
      lately = new HashMap<>();
      reach = new HashMap<>();
      for (Derivation derivation : derived.derivations()) {
        derivation.types().forEach(t -> reach.merge(t, derivation.reachMillis(), Math::max));
      }
      recent =
          getRuntimeContext().getListState(new ListStateDescriptor<>("recent", Observation.class));
    }

    @Override
    public void processElement(
        Observation event,
        KeyedProcessFunction<String, Observation, String>.Context context,
        Collector<String> out)
        throws Exception {
      if (reach.containsKey(event.type())) {
        recent.add(event);
        History known = lately.get(context.getCurrentKey());
        if (known != null) {
          known.add(event);
        }
        context.timerService().registerEventTimeTimer(event.time());
        context.timerService().registerEventTimeTimer((event.time() / HOUR + 1) * HOUR);
      }
    }

    @Override
    public void onTimer(long now, OnTimerContext context, Collector<String> out) throws Exception {
      History known = lately.get(context.getCurrentKey());
      if (known == null) {
        known = history(all());
        lately.put(context.getCurrentKey(), known);
      }
      for (Derivation derivation : derived.derivations()) {
        List<Long> due = known.due(derivation.signal(), now);
        if (!due.isEmpty() && due.get(due.size() - 1) == now) {
          out.collect(text(context.getCurrentKey(), derivation.signal(), now));
        }
      }
      long next = known.nextDue(now);
      if (next != Long.MAX_VALUE) {
        context.timerService().registerEventTimeTimer(next);
      }
      if (now % HOUR == 0) {
        List<Observation> all = all();
        if (all.removeIf(e -> e.time() + reach.get(e.type()) < now)) {
          recent.update(all);
          lately.remove(context.getCurrentKey());
        }
      }
    }

    private List<Observation> all() throws Exception {
      List<Observation> all = new ArrayList<>();
      recent.get().forEach(all::add);
      return all;
    }

    private History history(List<Observation> events) {
      History history = derived.history();
      events.forEach(history::add);
      return history;
    }
  }
}
