package io.sendflowr.identity;

import io.sendflowr.identity.store.LinkStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What links carry besides their ends and their time. Weights and sources are few in practice and
 * numbered; a link whose pair of them finds no number any more keeps its own.
 */
final class Attributes {
  /** The number of links that keep their own. */
  static final int OWN = LinkStore.MAX_ATTRIBUTES - 1;

  /** Weight and source of links. */
  record Attribute(double weight, String source) {}

  private final List<Attribute> byNumber = new ArrayList<>();
  private final Map<Attribute, Integer> numbers = new HashMap<>();
  private final Map<Integer, Attribute> own = new HashMap<>();
  // Only of links whose weight was too low at first.
  private final Map<Integer, Long> bridgesSince = new HashMap<>();

  /** The number of a weight and source, or {@link #OWN}. */
  int of(double weight, String source) {
    Attribute attribute = new Attribute(weight, source);
    Integer number = numbers.get(attribute);
    if (number != null) {
      return number;
    }
    if (byNumber.size() >= OWN) {
      return OWN;
    }
    add(attribute);
    return byNumber.size() - 1;
  }

  private void add(Attribute attribute) {
    numbers.put(attribute, byNumber.size());
    byNumber.add(attribute);
  }

  void setOwn(int edge, double weight, String source) {
    own.put(edge, new Attribute(weight, source));
  }

  double weight(int edge, int number) {
    return attribute(edge, number).weight();
  }

  String source(int edge, int number) {
    return attribute(edge, number).source();
  }

  private Attribute attribute(int edge, int number) {
    return number == OWN ? own.get(edge) : byNumber.get(number);
  }

  void setBridgesSince(int edge, long time) {
    bridgesSince.put(edge, time);
  }

  long bridgesSince(int edge, long firstTime) {
    return bridgesSince.isEmpty() ? firstTime : bridgesSince.getOrDefault(edge, firstTime);
  }

  void forget(int edge) {
    own.remove(edge);
    bridgesSince.remove(edge);
  }

  List<Attribute> numbered() {
    return byNumber;
  }

  Map<Integer, Attribute> own() {
    return own;
  }

  Map<Integer, Long> raised() {
    return bridgesSince;
  }

  void restore(List<Attribute> attributes) {
    attributes.forEach(this::add);
  }
}
