package io.sendflowr.deploy.demo;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The decisions that have been read back, as lines, and how many there were.
 *
 * <p>What caused a decision is on another topic than the decision, and either may be read first. So
 * a line is written one round after its decision came.
 */
final class Decisions {
  /** More than are open at a time in a demo of hours. */
  private static final int REMEMBERED = 20_000;

  private final boolean coloured;
  private final Map<String, String> whoByRequest = new Bounded<>();
  private final Map<String, ScheduleRecord> lastByRequest = new Bounded<>();
  private final Map<PersonAt, List<IdentityChange>> changes = new Bounded<>();
  private final Map<PersonAt, IdentityChange> links = new Bounded<>();
  private final List<ScheduleRecord> arrived = new ArrayList<>();
  private List<ScheduleRecord> waiting = new ArrayList<>();
  private long read;
  private long scheduled;
  private long revised;
  private long suppressed;
  private long cancelled;

  /**
   * Starts with none.
   *
   * @param coloured whether the lines carry the escape codes of a terminal
   */
  Decisions(boolean coloured) {
    this.coloured = coloured;
  }

  /** Remembers who a request is about. */
  void asked(String requestId, String who) {
    whoByRequest.put(requestId, who);
  }

  /**
   * Remembers that two identifiers were linked. If one of them is weak nobody is merged, and the
   * job reports no change; what the weak one held counts for the person all the same.
   */
  void linked(String who, String identifier, Instant at) {
    links.put(
        new PersonAt(who, at),
        new IdentityChange(IdentityChange.MERGED, who, List.of(identifier), at));
  }

  /** Takes note of a change of identities. */
  void read(IdentityChange change) {
    changes
        .computeIfAbsent(new PersonAt(change.universalId(), change.at()), at -> new ArrayList<>())
        .add(change);
  }

  /** Takes note of a decision. */
  void read(ScheduleRecord schedule) {
    arrived.add(schedule);
    read++;
    if (schedule.revision() > 0) {
      revised++;
    }
    switch (schedule.status()) {
      case ScheduleRecord.SUPPRESSED -> suppressed++;
      case ScheduleRecord.CANCELLED -> cancelled++;
      case ScheduleRecord.SCHEDULED -> scheduled += schedule.revision() == 0 ? 1 : 0;
      default -> {}
    }
  }

  /**
   * Ends a round: the lines of the decisions that came in the round before, in the order of their
   * times.
   */
  List<String> nextRound() {
    waiting.sort(
        Comparator.comparing(ScheduleRecord::decidedAt).thenComparing(ScheduleRecord::requestId));
    List<String> lines = waiting.stream().map(this::line).toList();
    waiting = new ArrayList<>(arrived);
    arrived.clear();
    return lines;
  }

  /** How many have been read. */
  long count() {
    return read;
  }

  /** How many of which kind. A decision that was revised counts as that, too. */
  String summary() {
    return "scheduled "
        + scheduled
        + "   revised "
        + revised
        + "   suppressed "
        + suppressed
        + "   cancelled "
        + cancelled;
  }

  private String line(ScheduleRecord schedule) {
    Optional<ScheduleRecord> previous =
        Optional.ofNullable(lastByRequest.put(schedule.requestId(), schedule));
    String who = whoByRequest.getOrDefault(schedule.requestId(), schedule.universalId());
    return DecisionLine.format(schedule, previous, causes(schedule, who), who, coloured);
  }

  private List<IdentityChange> causes(ScheduleRecord schedule, String who) {
    if (schedule.revision() == 0) {
      return List.of();
    }
    List<IdentityChange> changed =
        changes.get(new PersonAt(schedule.universalId(), schedule.decidedAt()));
    if (changed != null) {
      return changed;
    }
    IdentityChange link = links.get(new PersonAt(who, schedule.decidedAt()));
    return link == null ? List.of() : List.of(link);
  }

  private record PersonAt(String person, Instant at) {}

  /** Forgets the oldest when it grows too large. */
  private static final class Bounded<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > REMEMBERED;
    }
  }
}
