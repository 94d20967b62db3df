package io.sendflowr.identity.store;

import io.sendflowr.identity.store.Chunk.Slice;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;

/**
 * Where the link graph is kept: identifiers ("nodes") and the links between them ("edges") as rows
 * of primitive columns, a row number each. It knows no rule.
 *
 * <p>As objects in maps a link with two new identifiers costs over 600 bytes of heap, and every
 * checkpoint walks them one by one; as rows it costs about 120 bytes, values included, and a
 * checkpoint copies pages.
 *
 * <p>The edges of a node are a list through the rows, the first of them the oldest. A node with
 * many edges becomes a <em>hub</em> and gets an index of its neighbours, so that no link, however
 * adversarial, costs its degree. Not thread-safe.
 */
public final class LinkStore {
  /** No row. */
  public static final int NONE = -1;

  /** Node flag: links of it join nobody because too many people share it. */
  public static final int SHARED = 1;

  /** Node flag: it gives its person the universal id. */
  public static final int ANCHOR = 1 << 1;

  /** Node flag: its type is weak. */
  public static final int WEAK = 1 << 2;

  /** Node flag: its type is deterministic. */
  public static final int DETERMINISTIC = 1 << 3;

  /** Node flag: known to the change that is being applied. */
  public static final int TOUCHED = 1 << 4;

  /** Node flag: it certainly holds no records. */
  public static final int HOLDS_NOTHING = 1 << 5;

  private static final int HUB = 1 << 6;
  private static final int NODE_USED = 1 << 7;

  /** Edge flag: it would have made a person too large. */
  public static final int QUARANTINED = 1;

  private static final int DEAD = 1 << 1;
  private static final int LISTED_AT_A = 1 << 2;
  private static final int LISTED_AT_B = 1 << 3;

  // A stamp holds the first time of an edge (49 bits, up to the year 10,000), four flags, and the
  // number of its attributes.
  private static final int ATTRIBUTE_BITS = 11;
  private static final int FLAG_BITS = 4;
  private static final int TIME_SHIFT = ATTRIBUTE_BITS + FLAG_BITS;
  private static final long FLAG_MASK = ((1L << FLAG_BITS) - 1) << ATTRIBUTE_BITS;

  /** Most distinct attributes. */
  public static final int MAX_ATTRIBUTES = 1 << ATTRIBUTE_BITS;

  private static final long ATTRIBUTE_MASK = MAX_ATTRIBUTES - 1;

  /** A list of edges up to this long is walked. */
  private static final int HUB_DEGREE = 64;

  private final int[] deterministicSlots;
  private final int slotCount;

  private final Texts texts = new Texts();
  private final Column keys = Column.ofLongs();
  private final Column refs = Column.ofInts();
  private final Column heads = Column.ofInts();
  private final Column rings = Column.ofInts();
  private final Column flags = Column.ofBytes();
  private final KeyIndex index = new KeyIndex(keys::getLong);
  private int nodeEnd;
  private int freeNode = NONE;
  private int nodeCount;

  private final Column endsA = Column.ofInts();
  private final Column endsB = Column.ofInts();
  private final Column nextsA = Column.ofInts();
  private final Column nextsB = Column.ofInts();
  private final Column stamps = Column.ofLongs();
  private int edgeEnd;
  private int freeEdge = NONE;
  private int edgeCount;

  private final Map<Integer, Hub> hubs = new HashMap<>();
  private final int[] counts;

  /** What is kept beside a node with many edges. */
  private static final class Hub {
    final IntTable edgeByNeighbour = new IntTable();
    final int[] deterministicNeighbours;
    int dead;

    Hub(int slotCount) {
      deterministicNeighbours = new int[slotCount];
    }
  }

  /**
   * @param deterministicSlots for each type number its number among the deterministic types, or
   *     {@link #NONE}
   */
  public LinkStore(int[] deterministicSlots) {
    this.deterministicSlots = deterministicSlots.clone();
    int slots = 0;
    for (int slot : deterministicSlots) {
      slots = Math.max(slots, slot + 1);
    }
    this.slotCount = slots;
    this.counts = new int[slots];
  }

  // ---- nodes

  /** The node with this key, or {@link #NONE}. */
  public int find(long key) {
    return index.find(key);
  }

  /**
   * Adds a node that is not there, a person by itself.
   *
   * @param key 64 bits of a hash
   * @param type 0 to 254
   * @param value its value
   * @param nodeFlags {@link #WEAK} or {@link #DETERMINISTIC}, or 0
   */
  public int addNode(long key, int type, String value, int nodeFlags) {
    int node = freeNode;
    if (node != NONE) {
      freeNode = heads.getInt(node);
    } else {
      node = nodeEnd++;
      keys.reach(node);
      refs.reach(node);
      heads.reach(node);
      rings.reach(node);
      flags.reach(node);
    }
    keys.setLong(node, key);
    refs.setInt(node, texts.add(type, value));
    heads.setInt(node, NONE);
    rings.setInt(node, node);
    flags.setByte(node, nodeFlags | ANCHOR | NODE_USED);
    index.add(key, node);
    nodeCount++;
    return node;
  }

  /** Removes a node that has no edge and is alone in its ring. */
  public void removeNode(int node) {
    sweep(node);
    hubs.remove(node);
    index.remove(keys.getLong(node));
    int ref = refs.getInt(node);
    texts.remove(ref);
    refs.setInt(node, NONE);
    keys.setLong(node, 0);
    flags.setByte(node, 0);
    heads.setInt(node, freeNode);
    freeNode = node;
    nodeCount--;
    if (texts.isSparse(ref >>> Texts.PAGE_BITS)) {
      texts.clear(ref >>> Texts.PAGE_BITS, this::moveText);
    }
  }

  private void moveText(int ref) {
    int type = texts.type(ref);
    String value = texts.value(ref);
    int node = index.find(keyOf.of(type, value));
    refs.setInt(node, texts.add(type, value));
  }

  /** How the key of a node follows from its type and value. */
  @FunctionalInterface
  public interface KeyOf {
    /** The key. */
    long of(int type, String value);
  }

  private KeyOf keyOf;

  /** Must be set before anything is removed or restored. */
  public void keysBy(KeyOf function) {
    keyOf = function;
  }

  /** The key of a node. */
  public long key(int node) {
    return keys.getLong(node);
  }

  /** Whether the node in a row is still the one with this key, and not removed. */
  public boolean isStill(int node, long key) {
    return has(node, NODE_USED) && keys.getLong(node) == key;
  }

  /** The type number of a node. */
  public int type(int node) {
    return texts.type(refs.getInt(node));
  }

  /** The value of a node. */
  public String value(int node) {
    return texts.value(refs.getInt(node));
  }

  /** Whether a node has any of these flags. */
  public boolean has(int node, int nodeFlags) {
    return (flags.getByte(node) & nodeFlags) != 0;
  }

  /** Gives a node these flags. */
  public void set(int node, int nodeFlags) {
    flags.setByte(node, flags.getByte(node) | nodeFlags);
  }

  /** Takes these flags from a node. */
  public void clear(int node, int nodeFlags) {
    flags.setByte(node, flags.getByte(node) & ~nodeFlags);
  }

  /** Number of nodes. */
  public int nodes() {
    return nodeCount;
  }

  /** The next node of the same ring: a person is a ring of nodes. */
  public int nextInRing(int node) {
    return rings.getInt(node);
  }

  /** Makes one ring of the rings of two nodes, or, if they are in one, two rings of it. */
  public void splice(int a, int b) {
    int next = rings.getInt(a);
    rings.setInt(a, rings.getInt(b));
    rings.setInt(b, next);
  }

  /** Makes a node a ring by itself; the ring it was in is broken and must be cut up altogether. */
  public void isolate(int node) {
    rings.setInt(node, node);
  }

  // ---- edges

  /** The edge between two nodes, or {@link #NONE}. */
  public int edge(int a, int b) {
    Hub hub = hub(a);
    if (hub != null) {
      return hub.edgeByNeighbour.get(b);
    }
    hub = hub(b);
    if (hub != null) {
      return hub.edgeByNeighbour.get(a);
    }
    for (int edge = firstEdge(a); edge != NONE; edge = nextEdge(edge, a)) {
      if (other(edge, a) == b) {
        return edge;
      }
    }
    return NONE;
  }

  /** Adds an edge that is not there. */
  public int addEdge(int a, int b, long time, int attribute) {
    int edge = freeEdge;
    if (edge != NONE) {
      freeEdge = nextsA.getInt(edge);
    } else {
      edge = edgeEnd++;
      endsA.reach(edge);
      endsB.reach(edge);
      nextsA.reach(edge);
      nextsB.reach(edge);
      stamps.reach(edge);
    }
    endsA.setInt(edge, a);
    endsB.setInt(edge, b);
    stamps.setLong(
        edge,
        (time << TIME_SHIFT) | ((long) (LISTED_AT_A | LISTED_AT_B) << ATTRIBUTE_BITS) | attribute);
    enlist(edge, a);
    enlist(edge, b);
    edgeCount++;
    return edge;
  }

  /** Removes an edge. */
  public void removeEdge(int edge) {
    int a = endsA.getInt(edge);
    int b = endsB.getInt(edge);
    setEdgeFlag(edge, DEAD, true);
    edgeCount--;
    delist(a, b);
    delist(b, a);
  }

  /** The oldest edge of a node, or {@link #NONE}. */
  public int firstEdge(int node) {
    return living(heads.getInt(node), node);
  }

  /** The edge after one in the list of a node, or {@link #NONE}. */
  public int nextEdge(int edge, int node) {
    return living(next(edge, node), node);
  }

  /** The other end of an edge. */
  public int other(int edge, int node) {
    int a = endsA.getInt(edge);
    return a == node ? endsB.getInt(edge) : a;
  }

  /** One end of an edge. */
  public int endA(int edge) {
    return endsA.getInt(edge);
  }

  /** The other end of an edge. */
  public int endB(int edge) {
    return endsB.getInt(edge);
  }

  /** When the edge was added, epoch ms. */
  public long time(int edge) {
    return stamps.getLong(edge) >> TIME_SHIFT;
  }

  /** What it carries: a number below {@link #MAX_ATTRIBUTES}. */
  public int attribute(int edge) {
    return (int) (stamps.getLong(edge) & ATTRIBUTE_MASK);
  }

  /** Changes what it carries. */
  public void setAttribute(int edge, int attribute) {
    stamps.setLong(edge, (stamps.getLong(edge) & ~ATTRIBUTE_MASK) | attribute);
  }

  /** Whether it has a flag. */
  public boolean hasEdgeFlag(int edge, int flag) {
    return ((stamps.getLong(edge) >> ATTRIBUTE_BITS) & flag) != 0;
  }

  /** Sets or takes a flag. */
  public void setEdgeFlag(int edge, int flag, boolean on) {
    long mask = ((long) flag << ATTRIBUTE_BITS) & FLAG_MASK;
    long stamp = stamps.getLong(edge);
    stamps.setLong(edge, on ? stamp | mask : stamp & ~mask);
  }

  /** Number of edges. */
  public int edges() {
    return edgeCount;
  }

  /**
   * When the oldest edge of a node was added, epoch ms; {@link Long#MAX_VALUE} if it has none. Only
   * after the oldest was removed does it have to look at all.
   */
  public long firstTime(int node) {
    int head = heads.getInt(node);
    if (head != NONE && !isDead(head)) {
      return time(head);
    }
    sweep(node);
    return heads.getInt(node) == NONE ? Long.MAX_VALUE : time(heads.getInt(node));
  }

  /** Whether a node has more than {@code limit} neighbours of one deterministic type. */
  public boolean hasMoreOfOneKind(int node, int limit) {
    Hub hub = hub(node);
    int[] found = counts;
    if (hub != null) {
      found = hub.deterministicNeighbours;
    } else {
      Arrays.fill(found, 0);
      for (int edge = firstEdge(node); edge != NONE; edge = nextEdge(edge, node)) {
        count(found, other(edge, node), 1);
      }
    }
    for (int count : found) {
      if (count > limit) {
        return true;
      }
    }
    return false;
  }

  /** Whether the list of a node is short enough to be walked. */
  public boolean isHub(int node) {
    return has(node, HUB);
  }

  // ---- lists

  private void enlist(int edge, int node) {
    int head = heads.getInt(node);
    if (head == NONE || time(edge) < time(head)) {
      setNext(edge, node, head);
      heads.setInt(node, edge);
    } else {
      // Behind the head, which stays the oldest.
      setNext(edge, node, next(head, node));
      setNext(head, node, edge);
    }
    Hub hub = hub(node);
    if (hub != null) {
      note(hub, edge, node);
    } else {
      int degree = 0;
      for (int e = heads.getInt(node); e != NONE; e = next(e, node)) {
        degree++;
      }
      if (degree > HUB_DEGREE) {
        makeHub(node);
      }
    }
  }

  private void makeHub(int node) {
    Hub hub = new Hub(slotCount);
    hubs.put(node, hub);
    set(node, HUB);
    for (int edge = firstEdge(node); edge != NONE; edge = nextEdge(edge, node)) {
      note(hub, edge, node);
    }
  }

  private void note(Hub hub, int edge, int node) {
    int neighbour = other(edge, node);
    hub.edgeByNeighbour.put(neighbour, edge);
    count(hub.deterministicNeighbours, neighbour, 1);
  }

  private void delist(int node, int neighbour) {
    Hub hub = hub(node);
    if (hub != null) {
      hub.edgeByNeighbour.remove(neighbour);
      count(hub.deterministicNeighbours, neighbour, -1);
      hub.dead++;
      // To find its place in the list would cost the degree; so the dead stay until they are many.
      if (hub.dead > hub.edgeByNeighbour.size() / 2 + HUB_DEGREE) {
        sweep(node);
      }
    } else {
      sweep(node);
    }
  }

  /** Takes the dead out of a list, and brings the oldest to its head if the oldest was dead. */
  private void sweep(int node) {
    int head = heads.getInt(node);
    boolean headDied = head != NONE && isDead(head);
    int last = NONE;
    int oldest = NONE;
    int beforeOldest = NONE;
    int edge = head;
    while (edge != NONE) {
      int following = next(edge, node);
      if (isDead(edge)) {
        if (last == NONE) {
          heads.setInt(node, following);
        } else {
          setNext(last, node, following);
        }
        unlist(edge, node);
      } else {
        if (oldest == NONE || time(edge) < time(oldest)) {
          oldest = edge;
          beforeOldest = last;
        }
        last = edge;
      }
      edge = following;
    }
    if (headDied && beforeOldest != NONE) {
      setNext(beforeOldest, node, next(oldest, node));
      setNext(oldest, node, heads.getInt(node));
      heads.setInt(node, oldest);
    }
    Hub hub = hub(node);
    if (hub != null) {
      hub.dead = 0;
    }
  }

  private void unlist(int edge, int node) {
    setEdgeFlag(edge, endsA.getInt(edge) == node ? LISTED_AT_A : LISTED_AT_B, false);
    if (!hasEdgeFlag(edge, LISTED_AT_A | LISTED_AT_B)) {
      endsA.setInt(edge, NONE);
      endsB.setInt(edge, NONE);
      nextsA.setInt(edge, freeEdge);
      freeEdge = edge;
    }
  }

  private int living(int first, int node) {
    int edge = first;
    while (edge != NONE && isDead(edge)) {
      edge = next(edge, node);
    }
    return edge;
  }

  private boolean isDead(int edge) {
    return hasEdgeFlag(edge, DEAD);
  }

  private int next(int edge, int node) {
    return endsA.getInt(edge) == node ? nextsA.getInt(edge) : nextsB.getInt(edge);
  }

  private void setNext(int edge, int node, int next) {
    (endsA.getInt(edge) == node ? nextsA : nextsB).setInt(edge, next);
  }

  private Hub hub(int node) {
    return has(node, HUB) ? hubs.get(node) : null;
  }

  private void count(int[] found, int neighbour, int by) {
    if (has(neighbour, DETERMINISTIC)) {
      found[deterministicSlots[type(neighbour)]] += by;
    }
  }

  // ---- snapshots

  private static final int TEXT_CHUNK = 0;
  private static final int NODE_CHUNK = 1;
  private static final int EDGE_CHUNK = 2;

  /**
   * Hands over everything that cannot be worked out again, page by page: values, and links with
   * their stamps. Rings and flags of nodes are not among it.
   */
  public void write(Consumer<Chunk> sink) {
    for (int page = 0; page < texts.pageCount(); page++) {
      Slice slice = texts.share(page);
      if (slice != null) {
        sink.accept(new Chunk(TEXT_CHUNK, page, 1, List.of(slice)));
      }
    }
    for (int first = 0; first < nodeEnd; first += Column.PAGE_ROWS) {
      int rows = Math.min(Column.PAGE_ROWS, nodeEnd - first);
      sink.accept(new Chunk(NODE_CHUNK, first, rows, List.of(refs.share(first, rows))));
    }
    for (int first = 0; first < edgeEnd; first += Column.PAGE_ROWS) {
      int rows = Math.min(Column.PAGE_ROWS, edgeEnd - first);
      sink.accept(
          new Chunk(
              EDGE_CHUNK,
              first,
              rows,
              List.of(
                  endsA.share(first, rows), endsB.share(first, rows), stamps.share(first, rows))));
    }
  }

  /** Whether a chunk is one of {@link #write}. */
  public static boolean isOwn(Chunk chunk) {
    return chunk.kind() >= TEXT_CHUNK && chunk.kind() <= EDGE_CHUNK;
  }

  /**
   * Takes back one chunk of {@link #write}; the store was empty, and {@link #relink} follows when
   * all are here.
   */
  public void read(Chunk chunk) {
    int first = chunk.first();
    List<Slice> slices = chunk.slices();
    switch (chunk.kind()) {
      case TEXT_CHUNK -> texts.restore(first, slices.get(0));
      case NODE_CHUNK -> {
        nodeEnd = Math.max(nodeEnd, first + chunk.rows());
        refs.restore(slices.get(0), first);
      }
      case EDGE_CHUNK -> {
        edgeEnd = Math.max(edgeEnd, first + chunk.rows());
        endsA.restore(slices.get(0), first);
        endsB.restore(slices.get(1), first);
        stamps.restore(slices.get(2), first);
      }
      default ->
          throw new IllegalArgumentException("There is no kind " + chunk.kind() + " of chunk");
    }
  }

  /**
   * Connects what {@link #read} took back; every node is a person by itself afterwards.
   *
   * @param typeNow the present number of a type by the number it was written with
   * @param flagsOf {@link #WEAK} or {@link #DETERMINISTIC}, or 0, by present number
   */
  public void relink(IntUnaryOperator typeNow, IntUnaryOperator flagsOf) {
    for (int node = nodeEnd - 1; node >= 0; node--) {
      keys.reach(nodeEnd - 1);
      heads.reach(nodeEnd - 1);
      rings.reach(nodeEnd - 1);
      flags.reach(nodeEnd - 1);
      int ref = refs.getInt(node);
      if (ref == NONE) {
        heads.setInt(node, freeNode);
        freeNode = node;
        continue;
      }
      int type = typeNow.applyAsInt(texts.type(ref));
      texts.adopt(ref, type);
      long key = keyOf.of(type, texts.value(ref));
      keys.setLong(node, key);
      heads.setInt(node, NONE);
      rings.setInt(node, node);
      flags.setByte(node, flagsOf.applyAsInt(type) | ANCHOR | NODE_USED);
      index.add(key, node);
      nodeCount++;
    }
    for (int edge = edgeEnd - 1; edge >= 0; edge--) {
      nextsA.reach(edgeEnd - 1);
      nextsB.reach(edgeEnd - 1);
      if (isDead(edge)) {
        endsA.setInt(edge, NONE);
        endsB.setInt(edge, NONE);
        nextsA.setInt(edge, freeEdge);
        freeEdge = edge;
        continue;
      }
      setEdgeFlag(edge, QUARANTINED, false);
      enlist(edge, endsA.getInt(edge));
      enlist(edge, endsB.getInt(edge));
      edgeCount++;
    }
  }

  /** Heap bytes of all columns, tables and values. */
  public long bytes() {
    long bytes = texts.bytes() + index.bytes();
    for (Column column :
        new Column[] {keys, refs, heads, rings, flags, endsA, endsB, nextsA, nextsB, stamps}) {
      bytes += column.bytes();
    }
    for (Hub hub : hubs.values()) {
      bytes += hub.edgeByNeighbour.bytes();
    }
    return bytes;
  }

  /** Rows of edges, free ones included: each is below this. */
  public int edgeRows() {
    return edgeEnd;
  }

  /** Whether a row of edges is in use. */
  public boolean isEdge(int edge) {
    return endsA.getInt(edge) != NONE && !isDead(edge);
  }

  /** Rows of nodes, free ones included: each is below this. */
  public int nodeRows() {
    return nodeEnd;
  }

  /** Whether a row of nodes is in use. */
  public boolean isNode(int node) {
    return has(node, NODE_USED);
  }
}
