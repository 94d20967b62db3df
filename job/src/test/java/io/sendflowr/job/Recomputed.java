package io.sendflowr.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.HotPath;
import io.sendflowr.connectors.json.Timestamps;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * A decision as somebody works it out who has nothing but its explanation, the catalogue and the
 * contract, minute by minute.
 */
final class Recomputed {
  private static final long MINUTE = 60_000;
  private static final int SLOTS = 10_080;

  private record Suppressed(long start, long end) {}

  private record Boosted(HotPath hotPath, long time) {}

  private final JsonNode explanation;
  private final long now;
  private final long first;
  private final List<Suppressed> suppressed = new ArrayList<>();
  private final List<Boosted> boosted = new ArrayList<>();
  private final double[] curve = new double[SLOTS];
  private final double[] scores;

  Recomputed(Catalogue catalogue, JsonNode explanation) {
    this.explanation = explanation;
    now = time(explanation.path("decided_at_utc"));
    for (JsonNode one : explanation.path("suppressions")) {
      JsonNode end = one.path("end");
      suppressed.add(
          new Suppressed(time(one.path("start")), end.isNull() ? Long.MAX_VALUE : time(end)));
    }
    for (JsonNode one : explanation.path("hot_paths")) {
      HotPath hotPath = catalogue.hotPath(one.path("signal").asText());
      boosted.add(new Boosted(hotPath, time(one.path("timestamp"))));
    }
    readCurve();
    double seconds = explanation.path("latency").path("seconds").doubleValue();
    long reachable = now + Math.round(seconds * 1000);
    long from = Math.max(time(explanation.path("request").path("send_after")), reachable);
    long before = time(explanation.path("request").path("send_before"));
    first = from % MINUTE == 0 ? from : from - from % MINUTE + MINUTE;
    int candidates = 0;
    while (first + candidates * MINUTE < before) {
      candidates++;
    }
    scores = new double[candidates];
    for (int i = 0; i < candidates; i++) {
      scores[i] = scoreAt(first + i * MINUTE);
    }
  }

  static long time(JsonNode timestamp) {
    return Timestamps.parse(timestamp.asText()).orElseThrow();
  }

  private void readCurve() {
    double[] kernel = new double[481];
    double kernelSum = 0;
    for (int d = -240; d <= 240; d++) {
      kernel[d + 240] = Math.exp(-0.5 * (d / 60.0) * (d / 60.0));
      kernelSum += kernel[d + 240];
    }
    for (JsonNode timestamp : explanation.path("clicks").path("timestamps")) {
      long click = time(timestamp);
      double weight = Math.pow(2, -(now - click) / (72 * 3_600_000.0));
      for (int d = -240; d <= 240; d++) {
        curve[Math.floorMod(slot(click) + d, SLOTS)] += weight * kernel[d + 240] / kernelSum;
      }
    }
    double sum = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
      curve[slot] += 0.001;
      sum += curve[slot];
    }
    for (int slot = 0; slot < SLOTS; slot++) {
      curve[slot] /= sum;
    }
  }

  private static int slot(long instant) {
    ZonedDateTime utc = Instant.ofEpochMilli(instant).atZone(ZoneOffset.UTC);
    return (utc.getDayOfWeek().getValue() - 1) * 1440 + utc.getHour() * 60 + utc.getMinute();
  }

  private double scoreAt(long minute) {
    for (Suppressed one : suppressed) {
      if (one.start() <= minute && minute < one.end()) {
        return 0;
      }
    }
    double score = curve[slot(minute)];
    for (Boosted one : boosted) {
      score *= 1 + boost(one, minute);
    }
    return score;
  }

  private double boost(Boosted signal, long minute) {
    HotPath hotPath = signal.hotPath();
    long ahead = minute - now;
    return ahead >= 0 && ahead < hotPath.effectMillis()
        ? hotPath.amplitude() * Math.exp(-(double) (minute - signal.time()) / hotPath.tauMillis())
        : 0;
  }

  int candidates() {
    return scores.length;
  }

  private double highest() {
    return highestApartFrom(List.of());
  }

  double score(long minute) {
    return scores[(int) ((minute - first) / MINUTE)];
  }

  double highestApartFrom(List<Long> minutes) {
    double highest = 0;
    for (int i = 0; i < scores.length; i++) {
      long minute = first + i * MINUTE;
      if (scores[i] > highest
          && minutes.stream().allMatch(other -> Math.abs(other - minute) >= 60 * MINUTE)) {
        highest = scores[i];
      }
    }
    return highest;
  }

  String status() {
    return scores.length == 0 ? "unreachable" : highest() == 0 ? "suppressed" : "scheduled";
  }

  JsonNode target() {
    if (!status().equals("scheduled")) {
      return NullNode.instance;
    }
    int best = 0;
    double enough = highest() * (1 - 1e-9);
    while (scores[best] < enough) {
      best++;
    }
    return TextNode.valueOf(Timestamps.format(first + best * MINUTE));
  }

  double confidence() {
    if (!explanation.path("suppressions").isEmpty() || scores.length == 0) {
      return 0;
    }
    double sum = 0;
    for (double score : scores) {
      sum += score;
    }
    double entropy = 0;
    for (double score : scores) {
      entropy -= score / sum * Math.log(score / sum);
    }
    double certainty = scores.length == 1 ? 1 : 1 - entropy / Math.log(scores.length);
    return Math.max(0, certainty) * explanation.path("identity_confidence").doubleValue();
  }

  int peakSlot() {
    double highest = 0;
    for (double probability : curve) {
      highest = Math.max(highest, probability);
    }
    int peak = 0;
    while (curve[peak] < highest * (1 - 1e-9)) {
      peak++;
    }
    return peak;
  }

  JsonNode appliedWeights() {
    ArrayNode weights = Replays.JSON.createArrayNode();
    if (!explanation.path("suppressions").isEmpty()) {
      weights.addObject().put("signal", reason().asText()).put("weight", -1.0);
    }
    for (Boosted signal : boosted) {
      weights
          .addObject()
          .put("signal", signal.hotPath().type())
          .put("weight", Math.rint(boost(signal, now) * 10_000) / 10_000);
    }
    return weights;
  }

  /** The suppression that ends last is last. */
  private JsonNode leading() {
    JsonNode suppressions = explanation.path("suppressions");
    return suppressions.path(suppressions.size() - 1);
  }

  JsonNode reason() {
    return leading().isMissingNode() ? NullNode.instance : leading().path("reason");
  }

  JsonNode until() {
    return leading().isMissingNode() ? NullNode.instance : leading().path("end");
  }
}
