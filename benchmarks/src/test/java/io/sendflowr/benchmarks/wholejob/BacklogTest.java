package io.sendflowr.benchmarks.wholejob;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.benchmarks.wholejob.Workload.Entry;
import io.sendflowr.deploy.Topics;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class BacklogTest {
  private static final long END = 1_770_000_000_000L;

  @Test
  void isInTheOrderOfItsTimesAndEndsWhenItShould() {
    List<Long> times = new ArrayList<>();
    new Backlog(500, 50, 0.6, 40, true).write(END, (entry, time) -> times.add(time));

    assertThat(times).isSorted().hasSize(590);
    assertThat(times.get(589)).isBetween(END - 60_000, END);
  }

  @Test
  void everybodyIsKnownBeforeAnythingIsTimed() {
    Backlog backlog = new Backlog(500, 50, 0.6, 40, true);
    List<Entry> entries = new ArrayList<>();
    backlog.write(END, (entry, time) -> entries.add(entry));

    Set<Integer> known = new HashSet<>();
    entries.subList(0, (int) backlog.untimed() - 250).stream()
        .filter(entry -> entry.topic().equals(Topics.EVENTS))
        .forEach(entry -> known.add(entry.person()));
    assertThat(known).hasSize(50);
    assertThat(backlog.size()).isEqualTo(entries.size());
  }

  @Test
  void theSameIsWrittenEachTime() {
    assertThat(values()).isEqualTo(values());
  }

  private static List<String> values() {
    List<String> values = new ArrayList<>();
    new Backlog(200, 20, 0.6, 10, false)
        .write(END, (entry, time) -> values.add(new String(entry.value(), StandardCharsets.UTF_8)));
    return values;
  }
}
