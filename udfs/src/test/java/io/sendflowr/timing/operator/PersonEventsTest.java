package io.sendflowr.timing.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.signal.DerivedSignals;
import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.signal.SignalReader;
import io.sendflowr.signal.cep.CepSignals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.state.ListState;
import org.junit.jupiter.api.Test;

class PersonEventsTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final SignalReader READER = new SignalReader(CATALOGUE, new CepSignals());
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final long START = Duration.ofDays(20_000).toMillis();
  private static final List<String> TYPES =
      List.of(
          "product_view",
          "product_view",
          "clicked",
          "delivered",
          "cart_add",
          "complaint",
          "support_ticket",
          "ticket_closed_satisfied");

  private final Map<Long, List<PersonChange>> stored = new HashMap<>();
  private long key;
  private int reads;
  private int recalls;
  private final PersonEvents events =
      new PersonEvents(new Stored(), new SignalReader(CATALOGUE, new Recalled()));

  /** Persons who are kept in memory, and more than fit: each is what state says of them. */
  @Test
  void whatIsInMemoryIsWhatIsStored() throws Exception {
    Random random = new Random(3);
    long now = START;
    Map<Long, List<EventGiven>> given = new HashMap<>();
    for (int i = 0; i < 30_000; i++) {
      now += random.nextInt(3_000);
      key = random.nextInt(40);
      List<EventGiven> theirs = given.computeIfAbsent(key, k -> new ArrayList<>());
      if (theirs.isEmpty() || random.nextInt(5) > 0) {
        EventGiven one = given(i, now, random);
        theirs.add(one);
        events.add(one);
      } else {
        // What was given twice, or is forgotten by now, may be taken back as well.
        EventGiven one = theirs.get(random.nextInt(theirs.size()));
        events.add(new EventWithdrawn(key, one.holder(), one.event(), now));
      }
      if (random.nextInt(20) == 0) {
        PersonLog log = events.of(key);
        assertThat(effective(log, now)).isEqualTo(effective(asStored(), now));
        assertThat(effective(log, now)).isEqualTo(naively(now));
        assertThat(effective(log, now - MINUTE)).isEqualTo(naively(now - MINUTE));
        if (random.nextInt(4) == 0) {
          EffectiveSignals before = effective(log, now);
          events.forget(key, log, now);
          assertThat(effective(log, now)).isEqualTo(before).isEqualTo(effective(asStored(), now));
        }
        events.keep(key, log);
      }
    }
  }

  @Test
  void whoWasAskedAboutLatelyIsNotReadAgain() throws Exception {
    Random random = new Random(4);
    key = 1;
    events.add(given(1, START, random));
    events.keep(key, events.of(key));
    events.add(given(2, START, random));
    assertThat(events.of(key).size()).isEqualTo(2);
    assertThat(reads).isEqualTo(1);

    long later = START + MINUTE;
    EffectiveSignals before = effective(events.of(1), later);
    for (key = 2; key < 400; key++) {
      for (int i = 0; i < 500; i++) {
        events.add(given(i, START + i, random));
      }
      events.keep(key, events.of(key));
    }
    reads = 0;
    key = 399;
    assertThat(events.of(key).size()).isEqualTo(500);
    assertThat(reads).isZero();
    key = 1;
    PersonLog again = events.of(key);
    assertThat(again.size()).isEqualTo(2);
    assertThat(reads).isEqualTo(1);
    assertThat(recalls).isZero();
    assertThat(effective(again, later)).isEqualTo(before);
    assertThat(recalls).as("what was derived is not derived again").isEqualTo(1);
  }

  @Test
  void onlyWhatIsOverIsForgotten() throws Exception {
    key = 9;
    events.add(new EventGiven(key, 1, event("view", "product_view", START), START));
    events.add(new EventGiven(key, 1, event("stop", "unsubscribed", START), START));
    PersonLog log = events.of(key);
    assertThat(events.forget(key, log, START + Duration.ofDays(400).toMillis()))
        .extracting(gone -> gone.event().observation().type())
        .containsExactly("product_view");
    assertThat(stored.get(key)).hasSize(1);
    assertThat(log.size()).isEqualTo(1);
  }

  private EventGiven given(int number, long now, Random random) {
    // A few repeat others, and some came in another order than they happened in.
    String id = "e-" + (random.nextInt(30) == 0 ? number - random.nextInt(50) : number);
    long time = now - random.nextInt(3) * MINUTE / 2;
    return new EventGiven(
        key, random.nextInt(3), event(id, TYPES.get(random.nextInt(TYPES.size())), time), time);
  }

  private static PersonEvent event(String id, String type, long time) {
    return new PersonEvent(new Observation("shop", id, type, time, time), false);
  }

  private static EffectiveSignals effective(PersonLog log, long now) {
    return log.signals(now, now).of("email");
  }

  /** All that counts, in no order and told apart at every look. */
  private EffectiveSignals naively(long now) {
    List<PersonEvent> counting =
        asStored().entries().stream()
            .filter(entry -> entry.countsAt(now))
            .map(PersonLog.Entry::event)
            .toList();
    return READER.at(counting, now, now).of("email");
  }

  /** As somebody reads it who remembers nothing. */
  private PersonLog asStored() {
    PersonLog log = new PersonLog(READER);
    stored.getOrDefault(key, List.of()).forEach(log::add);
    return log;
  }

  private final class Stored implements ListState<PersonChange> {
    @Override
    public Iterable<PersonChange> get() {
      reads++;
      return List.copyOf(stored.getOrDefault(key, List.of()));
    }

    @Override
    public void add(PersonChange value) {
      stored.computeIfAbsent(key, k -> new ArrayList<>()).add(value);
    }

    @Override
    public void update(List<PersonChange> values) {
      stored.put(key, new ArrayList<>(values));
    }

    @Override
    public void addAll(List<PersonChange> values) {
      values.forEach(this::add);
    }

    @Override
    public void clear() {
      stored.remove(key);
    }
  }

  /** Counts how often something is recalled. */
  private final class Recalled implements DerivedSignals {
    private final DerivedSignals patterns = new CepSignals();

    @Override
    public List<Derivation> derivations() {
      return patterns.derivations();
    }

    @Override
    public History history() {
      History history = patterns.history();
      return new History() {
        @Override
        public void add(Observation event) {
          history.add(event);
        }

        @Override
        public List<Long> due(String signal, long now) {
          return history.due(signal, now);
        }

        @Override
        public long nextDue(long now) {
          return history.nextDue(now);
        }

        @Override
        public Findings findings() {
          return history.findings();
        }

        @Override
        public void recall(Findings findings) {
          recalls++;
          history.recall(findings);
        }
      };
    }
  }
}
