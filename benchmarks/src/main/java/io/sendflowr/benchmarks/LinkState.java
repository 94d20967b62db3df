package io.sendflowr.benchmarks;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flink.States;
import io.sendflowr.identity.ErasureMarks;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.LinkGraph;
import io.sendflowr.identity.store.Chunk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.DefaultOperatorStateBackendBuilder;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a link costs as broadcast state: in {@link LinkGraph}, and as strings in the map that
 * Flink's broadcast state is. Each link joins two identifiers that no other link has.
 */
@Command(
    name = "benchmarks/link-state",
    description = "Heap, checkpoint, pause and rate of the link graph, beside a map of strings.",
    mixinStandardHelpOptions = true)
public final class LinkState implements Callable<Integer> {
  private static final int ROUNDS = 5;
  private static final int WARM_UP = 300_000;
  private static final long START = 1_770_000_000_000L;
  private static final int HASH_BYTES = 32;
  private static final int ULID_LENGTH = 26;
  private static final String ULID_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final double MEGA = 1_000_000;

  @Option(
      names = "--links",
      split = ",",
      defaultValue = "1000000,5000000",
      description = "Numbers of links, separated by commas (default: ${DEFAULT-VALUE}).")
  private List<Integer> counts;

  private final Catalogue catalogue = CatalogueReader.builtIn();
  private final int email = catalogue.typeNamed("email_hash").rank();

  /** Which identifiers are linked with the hash of an email address. */
  private enum Shape {
    /** A number of 13 digits. */
    SHOPIFY("shopify_customer_id"),
    /** 26 letters and digits. */
    KLAVIYO("klaviyo_id");

    final String type;

    Shape(String type) {
      this.type = type;
    }

    String value(Random random) {
      if (this == SHOPIFY) {
        return Long.toString(6_000_000_000_000L + (random.nextLong() >>> 1) % 1_000_000_000_000L);
      }
      StringBuilder value = new StringBuilder(ULID_LENGTH);
      for (int i = 0; i < ULID_LENGTH; i++) {
        value.append(ULID_LETTERS.charAt(random.nextInt(ULID_LETTERS.length())));
      }
      return value.toString();
    }
  }

  /** What one way to keep links costs. */
  private record Cost(double heapBytes, double checkpointBytes, double pauseMillis, double rate) {}

  /** A way to keep links in the operator state of a subtask. */
  private abstract static class Subject {
    final OperatorStateBackend backend;

    Subject() throws Exception {
      backend = backend();
    }

    abstract void add(String emailHash, String type, String value, long time) throws Exception;

    /** Puts into the state what is not there yet. */
    abstract void store() throws Exception;

    /** Begins a checkpoint: while this goes on, the subtask does nothing else. */
    RunnableFuture<SnapshotResult<OperatorStateHandle>> pause() throws Exception {
      store();
      return backend.snapshot(
          1,
          1,
          new MemCheckpointStreamFactory(Integer.MAX_VALUE - Short.MAX_VALUE),
          CheckpointOptions.forCheckpointWithDefaultLocation());
    }
  }

  /**
   * Runs the benchmark.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new LinkState()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    System.out.printf(
        Locale.ROOT,
        "%d processors, Java %s, %d MB heap%n%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        Runtime.getRuntime().maxMemory() >> 20);
    System.out.println(
        "links     linked with          kept as      heap B/link  checkpoint B/link  pause ms/M links"
            + "  links/s (one core)");
    // Else the first line would show how long Java takes to compile.
    for (Shape shape : Shape.values()) {
      measure(new Strings(), shape, WARM_UP);
      measure(new Graph(), shape, WARM_UP);
    }
    for (Shape shape : Shape.values()) {
      for (int count : counts) {
        Cost strings = measure(new Strings(), shape, count);
        print(shape, count, "strings", strings);
        Cost graph = measure(new Graph(), shape, count);
        print(shape, count, "link graph", graph);
        System.out.printf(
            Locale.ROOT,
            "%-10s%-21s%-13s%11.2f%19.2f%18.2f%20.2f%n",
            "",
            "",
            "ratio",
            graph.heapBytes() / strings.heapBytes(),
            graph.checkpointBytes() / strings.checkpointBytes(),
            graph.pauseMillis() / strings.pauseMillis(),
            graph.rate() / strings.rate());
      }
    }
    return 0;
  }

  private static void print(Shape shape, int count, String kind, Cost cost) {
    System.out.printf(
        Locale.ROOT,
        "%-10d%-21s%-13s%11.0f%19.0f%18.1f%20.0f%n",
        count,
        shape.type,
        kind,
        cost.heapBytes(),
        cost.checkpointBytes(),
        cost.pauseMillis(),
        cost.rate());
  }

  private static Cost measure(Subject subject, Shape shape, int count) throws Exception {
    long before = usedHeap();
    Random random = new Random(count);
    byte[] hash = new byte[HASH_BYTES];
    long nanos = 0;
    // In batches, so that making the values is not measured.
    int batch = 10_000;
    String[] hashes = new String[batch];
    String[] values = new String[batch];
    for (int done = 0; done < count; done += batch) {
      int size = Math.min(batch, count - done);
      for (int i = 0; i < size; i++) {
        random.nextBytes(hash);
        hashes[i] = HexFormat.of().formatHex(hash);
        values[i] = shape.value(random);
      }
      long start = System.nanoTime();
      for (int i = 0; i < size; i++) {
        subject.add(hashes[i], shape.type, values[i], START + done + i);
      }
      nanos += System.nanoTime() - start;
    }
    Arrays.fill(hashes, null);
    Arrays.fill(values, null);
    double heap = (usedHeap() - before) / (double) count;
    double[] pauses = new double[ROUNDS];
    double bytes = 0;
    for (int round = 0; round < ROUNDS; round++) {
      usedHeap();
      long start = System.nanoTime();
      RunnableFuture<SnapshotResult<OperatorStateHandle>> rest = subject.pause();
      pauses[round] = (System.nanoTime() - start) / MEGA;
      if (round == 0) {
        rest.run();
        bytes = rest.get().getStateSize() / (double) count;
      } else {
        rest.cancel(true);
      }
    }
    Arrays.sort(pauses);
    return new Cost(
        heap, bytes, pauses[ROUNDS / 2] * MEGA / count, count / (nanos / (MEGA * 1000)));
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static OperatorStateBackend backend() throws Exception {
    return new DefaultOperatorStateBackendBuilder(
            LinkState.class.getClassLoader(),
            new ExecutionConfig(),
            true,
            List.of(),
            new CloseableRegistry())
        .build();
  }

  /** What one would write first: both ends as texts. */
  private static final class Strings extends Subject {
    private final BroadcastState<String, String> state =
        backend.getBroadcastState(
            new MapStateDescriptor<>(
                "links", StringSerializer.INSTANCE, StringSerializer.INSTANCE));

    Strings() throws Exception {}

    @Override
    void add(String emailHash, String type, String value, long time) throws Exception {
      state.put(type + ":" + value, "email_hash:" + emailHash);
    }

    @Override
    void store() {
      // It is the state.
    }
  }

  private final class Graph extends Subject {
    private final LinkGraph graph = new LinkGraph(catalogue, 500, new ErasureMarks(null));
    private final BroadcastState<Integer, Chunk> state =
        backend.getBroadcastState(States.linkGraph());

    Graph() throws Exception {}

    @Override
    void add(String emailHash, String type, String value, long time) {
      Identifier a = new Identifier(email, emailHash);
      Identifier b = new Identifier(catalogue.typeNamed(type).rank(), value);
      graph.apply(
          List.of(
              new GraphChange.Linked(new LinkChange(false, a, b, 1.0, "benchmark", time), time)),
          person -> false);
    }

    @Override
    void store() throws Exception {
      List<Chunk> chunks = new ArrayList<>();
      graph.write(chunks::add);
      state.clear();
      for (int i = 0; i < chunks.size(); i++) {
        state.put(i, chunks.get(i));
      }
    }
  }
}
