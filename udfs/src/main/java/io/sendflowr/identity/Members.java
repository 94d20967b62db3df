package io.sendflowr.identity;

import io.sendflowr.identity.store.LinkStore;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Identifiers that an instant touched, each with the universal id it had before. */
final class Members {
  private static final int FEW = 16;

  private int[] nodes = new int[FEW];
  private long[] keys = new long[FEW];
  private long[] befores = new long[FEW];
  private int size;
  private final Map<Integer, Long> beforeByNode = new HashMap<>();
  private final Map<Long, Integer> sizes = new HashMap<>();

  /** Takes what is known of a touched identifier. */
  @FunctionalInterface
  interface Sink {
    /** Takes one identifier: its row, its key, and the key of the universal id it had before. */
    void accept(int node, long key, long before);
  }

  void add(LinkStore store, int node, long before) {
    store.set(node, LinkStore.TOUCHED);
    if (size == nodes.length) {
      nodes = Arrays.copyOf(nodes, size * 2);
      keys = Arrays.copyOf(keys, size * 2);
      befores = Arrays.copyOf(befores, size * 2);
    }
    nodes[size] = node;
    keys[size] = store.key(node);
    befores[size++] = before;
    if (size > FEW) {
      indexFrom(size == FEW + 1 ? 0 : size - 1);
    }
  }

  private void indexFrom(int first) {
    for (int i = first; i < size; i++) {
      beforeByNode.put(nodes[i], befores[i]);
      sizes.merge(befores[i], 1, Integer::sum);
    }
  }

  /** The key of the universal id that a node had before; its own if it was not touched. */
  long before(LinkStore store, int node) {
    if (size > FEW) {
      return beforeByNode.getOrDefault(node, store.key(node));
    }
    for (int i = 0; i < size; i++) {
      if (nodes[i] == node) {
        return befores[i];
      }
    }
    return store.key(node);
  }

  /** How many of the touched identifiers had a universal id before. */
  int sizeBefore(long before) {
    if (size > FEW) {
      return sizes.getOrDefault(before, 0);
    }
    int count = 0;
    for (int i = 0; i < size; i++) {
      count += befores[i] == before ? 1 : 0;
    }
    return count;
  }

  void forEach(Sink sink) {
    for (int i = 0; i < size; i++) {
      sink.accept(nodes[i], keys[i], befores[i]);
    }
  }

  void clear(LinkStore store) {
    for (int i = 0; i < size; i++) {
      if (store.isNode(nodes[i])) {
        store.clear(nodes[i], LinkStore.TOUCHED);
      }
    }
    if (nodes.length > FEW * FEW) {
      nodes = new int[FEW];
      keys = new long[FEW];
      befores = new long[FEW];
    }
    size = 0;
    if (!sizes.isEmpty()) {
      beforeByNode.clear();
      sizes.clear();
    }
  }
}
