package io.sendflowr.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.oracle.JobRig.Topic;
import io.sendflowr.oracle.JobRig.Written;
import io.sendflowr.oracle.Outcome.Answer;
import io.sendflowr.oracle.Outcome.Line;
import io.sendflowr.oracle.Worlds.World;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Runs of {@link JobRig}, and how what they write is held against an {@link Outcome}. */
final class JobRuns {
  private JobRuns() {}

  // Runs

  /** An order in which nothing comes late, some of it twice, with a rescale in the middle. */
  static Written written(World world, Random random) throws Exception {
    return written(Worlds.CATALOGUE, world, random);
  }

  /** The same by another catalogue with the same identifier types. */
  static Written written(Catalogue catalogue, World world, Random random) throws Exception {
    long lateness = latenesses()[random.nextInt(latenesses().length)];
    List<Inbound> arrivals = arrivals(world.records(), lateness, random);
    boolean oneClock = random.nextInt(4) > 0;
    int recordsPerCheckpoint = Math.max(20, arrivals.size() / 4);
    int rescaleAt = random.nextInt(arrivals.size() + 1);
    Map<Topic, Long> newest = new EnumMap<>(Topic.class);
    JobRig rig = JobRig.of(catalogue, world.maxPersonSize(), parallelism(random), random);
    try {
      for (int i = 0; i <= arrivals.size(); i++) {
        if (i == rescaleAt) {
          JobRig before = rig;
          rig = before.restored(before.checkpoint(), parallelism(random));
          before.close();
        } else if (random.nextInt(recordsPerCheckpoint) == 0) {
          rig.checkpoint();
        }
        if (i == arrivals.size()) {
          break;
        }
        Inbound record = arrivals.get(i);
        rig.read(record);
        for (Topic topic : Topic.values()) {
          if (oneClock || topic == Topic.of(record)) {
            long time = newest.merge(topic, timeOf(record), Math::max);
            if (random.nextInt(4) > 0) {
              rig.advance(topic, time - lateness - 1);
            }
          }
        }
        rig.letSomeArrive();
      }
      return rig.finish();
    } finally {
      rig.close();
    }
  }

  /** What is done to a job from outside: a record is read, or event time goes on. */
  private record Step(Inbound record, Topic topic, long time) {}

  /**
   * The way in which the records of a world come, each topic with a watermark that passes some of
   * them before they are read.
   *
   * @param stamped the same world, each record with the time by which it is used then
   */
  record Course(List<Step> steps, World stamped) {}

  /** Some way in which records come, many of them late. */
  static Course late(World world, Random random) {
    List<Inbound> records = new ArrayList<>(world.records());
    Collections.shuffle(records, random);
    List<Topic> topics = List.of(Topic.values());
    List<Step> steps = new ArrayList<>();
    List<Inbound> stamped = new ArrayList<>();
    Map<Topic, Long> reached = new EnumMap<>(Topic.class);
    for (Inbound record : records) {
      Topic topic = Topic.of(record);
      steps.add(new Step(record, topic, 0));
      stamped.add(
          reached.containsKey(topic)
              ? Worlds.stampedNotBefore(reached.get(topic) + 1, record)
              : record);
      if (random.nextInt(3) == 0) {
        Topic passed = topics.get(random.nextInt(topics.size()));
        long time = timeOf(records.get(random.nextInt(records.size()))) - random.nextInt(2);
        steps.add(new Step(null, passed, time));
        reached.merge(passed, time, Math::max);
      }
    }
    return new Course(steps, new World(world.maxPersonSize(), stamped));
  }

  /** What is written when records come in one way, with a rescale somewhere. */
  static Written written(Course course, int parallelism, Random random) throws Exception {
    int rescaleAt = random.nextInt(course.steps().size() + 1);
    JobRig rig = JobRig.of(Worlds.CATALOGUE, course.stamped().maxPersonSize(), parallelism, random);
    try {
      for (int i = 0; i < course.steps().size(); i++) {
        if (i == rescaleAt) {
          JobRig before = rig;
          rig = before.restored(before.checkpoint(), parallelism(random));
          before.close();
        }
        Step step = course.steps().get(i);
        if (step.record() == null) {
          rig.advance(step.topic(), step.time());
        } else {
          rig.read(step.record());
        }
        rig.letSomeArrive();
      }
      return rig.finish();
    } finally {
      rig.close();
    }
  }

  private static long[] latenesses() {
    return new long[] {
      0,
      1,
      Duration.ofMinutes(5).toMillis(),
      Duration.ofMinutes(5).toMillis(),
      Duration.ofHours(1).toMillis(),
      Duration.ofDays(30).toMillis()
    };
  }

  private static int parallelism(Random random) {
    return new int[] {1, 2, 4}[random.nextInt(3)];
  }

  private static List<Inbound> arrivals(List<Inbound> records, long lateness, Random random) {
    record Arrival(long at, Inbound record) {}
    List<Arrival> arrivals = new ArrayList<>();
    for (Inbound record : records) {
      int times = random.nextInt(4) == 0 ? 2 : 1;
      for (int i = 0; i < times; i++) {
        arrivals.add(new Arrival(timeOf(record) + (long) (random.nextDouble() * lateness), record));
      }
    }
    Collections.shuffle(arrivals, random);
    arrivals.sort(Comparator.comparingLong(Arrival::at));
    return arrivals.stream().map(Arrival::record).toList();
  }

  static long timeOf(Inbound record) {
    if (record instanceof Inbound.Event event) {
      return event.observation().time();
    } else if (record instanceof Inbound.Link link) {
      return link.change().time();
    } else if (record instanceof Inbound.Request asked) {
      return asked.request().time();
    } else if (record instanceof Inbound.Resolve asked) {
      return asked.request().time();
    } else if (record instanceof Inbound.Erase erase) {
      return erase.erasure().time();
    }
    return ((Inbound.Cancel) record).time();
  }

  // Comparisons

  static void assertSame(Written written, World world, Outcome expected) {
    assertThat(written.unusable).isEmpty();
    assertSameSchedules(written.schedules, expected.schedules());
    assertThat(rejected(written.rejected, world.records())).isEqualTo(expected.rejected());
    assertSameAnswers(
        written.resolutions.stream()
            .map(
                r ->
                    new Answer(
                        r.request().requestId(),
                        r.request().time(),
                        r.person(),
                        r.members(),
                        r.confidence()))
            .toList(),
        expected.answers());
    List<IdentityChange> changes =
        written.identityChanges.stream().map(change -> withoutCause(change)).toList();
    assertThat(changes)
        .as("identity changes")
        .containsExactlyInAnyOrderElementsOf(expected.identityChanges());
  }

  private static void assertSameSchedules(
      List<Schedule> written, Map<String, List<Line>> expected) {
    Map<String, List<Line>> lines = new TreeMap<>();
    for (Schedule schedule : written) {
      lines
          .computeIfAbsent(schedule.request().requestId(), id -> new ArrayList<>())
          .add(new Line(schedule, schedule.decision().cancelReason()));
    }
    assertThat(rough(lines)).as("schedules").isEqualTo(rough(expected));
    lines.forEach(
        (id, some) -> {
          for (int i = 0; i < some.size(); i++) {
            Decision decision = some.get(i).schedule().decision();
            Decision expectedDecision = expected.get(id).get(i).schedule().decision();
            assertThat(decision.identityConfidence())
                .isCloseTo(expectedDecision.identityConfidence(), within(1e-12));
            assertThat(decision.confidence())
                .isCloseTo(expectedDecision.confidence(), within(1.000001e-6));
          }
        });
  }

  /** Confidences are products, taken in one order or the other. */
  private static Map<String, List<Line>> rough(Map<String, List<Line>> lines) {
    Map<String, List<Line>> rough = new TreeMap<>();
    lines.forEach(
        (id, some) -> rough.put(id, some.stream().map(JobRuns::withoutConfidence).toList()));
    return rough;
  }

  private static Line withoutConfidence(Line line) {
    Decision d = line.schedule().decision();
    return new Line(
        new Schedule(
            line.schedule().request(),
            line.schedule().revision(),
            new Decision(
                d.status(),
                d.person(),
                d.target(),
                d.latency(),
                0,
                0,
                d.decidedAt(),
                d.baseCurvePeak(),
                d.appliedWeights(),
                d.suppressionReason(),
                d.suppressedUntil(),
                d.cancelReason())),
        line.cancelReason());
  }

  private static void assertSameAnswers(List<Answer> written, Set<Answer> expected) {
    Map<String, Double> confidences = new TreeMap<>();
    Set<Answer> rough = new HashSet<>();
    for (Answer answer : written) {
      rough.add(withoutConfidence(answer));
      confidences.put(answer.requestId() + "@" + answer.time(), answer.confidence());
    }
    Set<Answer> roughlyExpected = new HashSet<>();
    expected.forEach(answer -> roughlyExpected.add(withoutConfidence(answer)));
    assertThat(rough).as("answers").isEqualTo(roughlyExpected);
    for (Answer answer : expected) {
      assertThat(confidences.get(answer.requestId() + "@" + answer.time()))
          .isCloseTo(answer.confidence(), within(1e-12));
    }
  }

  private static Answer withoutConfidence(Answer answer) {
    return new Answer(answer.requestId(), answer.time(), answer.person(), answer.members(), 0);
  }

  private static Set<SendRequest> rejected(List<DeadLetter> letters, List<Inbound> records) {
    Set<SendRequest> rejected = new HashSet<>();
    for (DeadLetter letter : letters) {
      for (Inbound record : records) {
        if (record instanceof Inbound.Request asked
            && asked.origin().offset() == letter.origin().offset()
            && asked.request().time() == letter.timestamp()) {
          rejected.add(asked.request());
        }
      }
    }
    return rejected;
  }

  /** Which of several links of one instant is named is nobody's business, if it is one of them. */
  private static IdentityChange withoutCause(IdentityChange change) {
    if (change.cause() != null) {
      assertThat(change.cause().time()).isEqualTo(change.time());
    }
    return new IdentityChange(
        change.kind(),
        change.person(),
        change.previous(),
        change.identifiers(),
        null,
        change.time());
  }
}
