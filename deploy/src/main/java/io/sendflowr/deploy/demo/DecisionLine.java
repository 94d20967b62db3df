package io.sendflowr.deploy.demo;

import io.sendflowr.deploy.demo.ScheduleRecord.Boost;
import io.sendflowr.deploy.demo.ScheduleRecord.Suppression;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A decision as one line that a person can read. Times are UTC. */
final class DecisionLine {
  private static final DateTimeFormatter CLOCK = time("HH:mm:ss");
  private static final DateTimeFormatter MINUTE = time("EEE HH:mm");

  private static final Instant ANY_MONDAY = Instant.parse("1970-01-05T00:00:00Z");
  private static final long MINUTES_A_WEEK = Duration.ofDays(7).toMinutes();

  /** How wide clicks are spread in the curve of a person: one standard deviation. */
  private static final long PEAK_MINUTES = 60;

  private static final int SHOWN_BOOSTS = 3;
  private static final int REQUEST_WIDTH = 7;
  private static final int WHO_WIDTH = 9;
  private static final String RESET = "\u001b[0m";
  private static final String DIM = "\u001b[2m";
  private static final String GREEN = "\u001b[32m";
  private static final String YELLOW = "\u001b[33m";
  private static final String RED = "\u001b[31m";

  private DecisionLine() {}

  /** What the columns hold. */
  static String header() {
    return line("UTC", "request", "who", "decision", "", "target", "trigger", "because (revision)");
  }

  /**
   * Writes a line.
   *
   * @param schedule the decision
   * @param previous the decision before it, if there was one
   * @param changes identity changes that caused it
   * @param who who the request is about
   * @param coloured whether with the escape codes of a terminal
   */
  static String format(
      ScheduleRecord schedule,
      Optional<ScheduleRecord> previous,
      List<IdentityChange> changes,
      String who,
      boolean coloured) {
    String verb = verb(schedule, previous);
    return line(
        CLOCK.format(schedule.decidedAt()),
        schedule.requestId(),
        who,
        verb,
        coloured ? colour(verb) : "",
        target(schedule, previous),
        schedule.trigger().map(trigger -> "in " + span(schedule.decidedAt(), trigger)).orElse("-"),
        because(schedule, changes) + " (r" + schedule.revision() + ")");
  }

  private static String line(
      String time,
      String request,
      String who,
      String verb,
      String colour,
      String target,
      String trigger,
      String why) {
    return String.format(
        Locale.ROOT,
        "%-8s  %-" + REQUEST_WIDTH + "s  %-" + WHO_WIDTH + "s  %s%-10s%s  %-22s  %-10s  %s",
        time,
        cut(request, REQUEST_WIDTH),
        cut(who, WHO_WIDTH),
        colour,
        verb,
        colour.isEmpty() ? "" : RESET,
        target,
        trigger,
        why);
  }

  /** Ids that are asked for over HTTP are longer than those of the demo's own campaign. */
  private static String cut(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width - 1) + "\u2026";
  }

  private static String verb(ScheduleRecord schedule, Optional<ScheduleRecord> previous) {
    if (!schedule.isScheduled() || previous.isEmpty()) {
      return schedule.status();
    } else if (!previous.get().isScheduled()) {
      return "resumed";
    }
    return previous.get().target().equals(schedule.target()) ? "kept" : "moved";
  }

  private static String colour(String verb) {
    return switch (verb) {
      case "scheduled", "resumed" -> GREEN;
      case "moved" -> YELLOW;
      case "kept" -> DIM;
      default -> RED;
    };
  }

  private static String target(ScheduleRecord schedule, Optional<ScheduleRecord> previous) {
    String before =
        previous.flatMap(ScheduleRecord::target).map(MINUTE::format).map(at -> at + " ").orElse("");
    if (schedule.target().isEmpty()) {
      return before.isEmpty() ? "-" : before + "-> -";
    }
    String now = MINUTE.format(schedule.target().get());
    return before.isEmpty() || before.equals(now + " ") ? now : before + "-> " + now;
  }

  private static String because(ScheduleRecord schedule, List<IdentityChange> changes) {
    List<String> reasons = new ArrayList<>();
    if (schedule.status().equals(ScheduleRecord.CANCELLED)) {
      reasons.add(
          schedule.cancelReason().filter(reason -> reason.equals("erased")).isPresent()
              ? "the person was erased"
              : "the campaign took it back");
    } else {
      schedule.suppression().map(DecisionLine::describe).ifPresent(reasons::add);
      if (schedule.isScheduled()) {
        reasons.addAll(reasonsForTarget(schedule));
      } else if (schedule.suppression().isEmpty()) {
        reasons.add("no minute is left for it");
      }
    }
    changes.forEach(change -> reasons.add(change.describe()));
    return String.join("; ", reasons);
  }

  private static List<String> reasonsForTarget(ScheduleRecord schedule) {
    List<String> reasons = new ArrayList<>();
    List<Boost> boosts = schedule.boosts();
    if (!boosts.isEmpty()) {
      reasons.add(
          boosts.stream()
                  .sorted(Comparator.comparing(Boost::factor).reversed())
                  .limit(SHOWN_BOOSTS)
                  .map(
                      boost ->
                          String.format(Locale.ROOT, "%s x%.2f", boost.signal(), boost.factor()))
                  .collect(Collectors.joining(", "))
              + (boosts.size() > SHOWN_BOOSTS ? " and others" : ""));
    }
    if (isNearPeak(schedule)) {
      reasons.add("clicks most then");
    } else if (!boosts.isEmpty()) {
      reasons.add(
          "else " + MINUTE.format(ANY_MONDAY.plus(schedule.peakSlot(), ChronoUnit.MINUTES)));
    } else if (schedule.suppression().isEmpty()) {
      reasons.add("best minute left");
    }
    return reasons;
  }

  /** Whether the target is in the hour, of any week, in which the person clicks most. */
  private static boolean isNearPeak(ScheduleRecord schedule) {
    long minutes =
        ChronoUnit.MINUTES.between(ANY_MONDAY, schedule.target().orElseThrow())
            - schedule.peakSlot();
    long apart = Math.floorMod(minutes, MINUTES_A_WEEK);
    return Math.min(apart, MINUTES_A_WEEK - apart) <= PEAK_MINUTES;
  }

  private static String describe(Suppression suppression) {
    return suppression.reason()
        + suppression.until().map(until -> " until " + MINUTE.format(until)).orElse(", for good");
  }

  /** The two largest units. */
  private static String span(Instant from, Instant to) {
    Duration span = Duration.between(from, to);
    if (span.toDays() > 0) {
      return span.toDays() + " d " + span.toHoursPart() + " h";
    } else if (span.toHours() > 0) {
      return span.toHours() + " h " + span.toMinutesPart() + " m";
    } else if (span.toMinutes() > 0) {
      return span.toMinutes() + " m " + span.toSecondsPart() + " s";
    }
    return span.toSeconds() + " s";
  }

  private static DateTimeFormatter time(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneOffset.UTC);
  }
}
