package io.sendflowr.latency;

import io.sendflowr.latency.DeliveryReport.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What the reports of one message mean (SPEC section 7): a function of their set.
 *
 * <p>A report stands for those that repeat it as long as it can act: 61 minutes, in which what was
 * sent can be delivered, or what was delivered be counted by the last estimate that is in use.
 */
public final class DeliveryReports {
  /** How long a report acts, in ms. */
  public static final long REMEMBERED = LatencyRule.WINDOW + Duration.ofMinutes(1).toMillis();

  private DeliveryReports() {}

  /**
   * The deliveries of an instant.
   *
   * @param samples those that the provider measured, and those of which it is known when the
   *     message was sent last before
   * @param unmatched how many others there are
   */
  public record Deliveries(List<LatencySample> samples, int unmatched) {}

  /**
   * The deliveries of an instant.
   *
   * @param reports all that are stamped up to {@code now} and not forgotten, in any order, and any
   *     others
   * @param now epoch ms
   */
  public static Deliveries deliveriesAt(Collection<DeliveryReport> reports, long now) {
    List<LatencySample> samples = new ArrayList<>();
    int deliveries = 0;
    List<DeliveryReport> standing = standingAt(reports, now);
    for (DeliveryReport report : standing) {
      if (report.kind() == Kind.DELIVERED && report.time() == now) {
        deliveries++;
        latencyOf(report, standing)
            .ifPresent(millis -> samples.add(new LatencySample(report.provider(), now, millis)));
      }
    }
    return new Deliveries(samples, deliveries - samples.size());
  }

  private static OptionalLong latencyOf(DeliveryReport delivered, List<DeliveryReport> standing) {
    if (delivered.isMeasured()) {
      return OptionalLong.of(delivered.latencyMillis());
    }
    return standing.stream()
        .filter(report -> report.kind() == Kind.SENT)
        .mapToLong(sent -> delivered.time() - sent.time())
        .filter(millis -> millis <= LatencyRule.LONGEST_DELIVERY)
        .min();
  }

  /**
   * Those that can still act after an instant (epoch ms): later ones, and earlier ones that repeat
   * none.
   */
  public static List<DeliveryReport> rememberedAfter(Collection<DeliveryReport> reports, long now) {
    List<DeliveryReport> remembered = new ArrayList<>();
    for (DeliveryReport report : standingAt(reports, now)) {
      if (forgottenAt(report) > now) {
        remembered.add(report);
      }
    }
    reports.stream().filter(report -> report.time() > now).forEach(remembered::add);
    return remembered;
  }

  /** When a report acts no more, epoch ms. */
  public static long forgottenAt(DeliveryReport report) {
    return report.time() + REMEMBERED;
  }

  /** Of those stamped up to an instant the ones that repeat none, in their order. */
  private static List<DeliveryReport> standingAt(Collection<DeliveryReport> reports, long now) {
    List<DeliveryReport> standing = new ArrayList<>();
    Map<String, DeliveryReport> firsts = new HashMap<>();
    for (DeliveryReport report :
        reports.stream().filter(r -> r.time() <= now).sorted(DeliveryReport.ORDER).toList()) {
      DeliveryReport first = firsts.get(report.eventId());
      if (first == null || report.time() >= forgottenAt(first)) {
        firsts.put(report.eventId(), report);
        standing.add(report);
      }
    }
    return standing;
  }
}
