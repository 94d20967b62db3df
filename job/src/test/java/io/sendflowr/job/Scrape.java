package io.sendflowr.job;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Prometheus reads, in its text format. */
final class Scrape {
  private static final Pattern SERIES =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_]\\w*)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private final List<Series> series = new ArrayList<>();

  private Scrape() {}

  private record Series(String name, Map<String, String> labels, double value) {}

  static Scrape of(int port) throws IOException, InterruptedException {
    String text =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build(),
                BodyHandlers.ofString())
            .body();
    Scrape scrape = new Scrape();
    for (String line : text.lines().filter(l -> !l.startsWith("#")).toList()) {
      Matcher matcher = SERIES.matcher(line);
      if (!matcher.matches()) {
        throw new IOException("Not in Prometheus' format: " + line);
      }
      Map<String, String> labels = new LinkedHashMap<>();
      if (matcher.group(2) != null) {
        Matcher label = LABEL.matcher(matcher.group(2));
        while (label.find()) {
          labels.put(label.group(1), label.group(2));
        }
      }
      scrape.series.add(new Series(matcher.group(1), labels, Double.parseDouble(matcher.group(3))));
    }
    return scrape;
  }

  /** Every name, and the labels that it has. */
  Map<String, Set<String>> names() {
    Map<String, Set<String>> names = new TreeMap<>();
    for (Series one : series) {
      names.computeIfAbsent(one.name(), n -> new TreeSet<>()).addAll(one.labels().keySet());
    }
    return names;
  }

  /** The values of a metric, over all series that have the labels, given in pairs. */
  List<Double> values(String name, String... labels) {
    return series.stream()
        .filter(one -> one.name().equals(name))
        .filter(
            one -> {
              for (int i = 0; i < labels.length; i += 2) {
                if (!labels[i + 1].equals(one.labels().get(labels[i]))) {
                  return false;
                }
              }
              return true;
            })
        .map(Series::value)
        .toList();
  }

  double sum(String name, String... labels) {
    return values(name, labels).stream().mapToDouble(Double::doubleValue).sum();
  }
}
