package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.identity.GraphChange.Consented;
import io.sendflowr.identity.GraphChange.Erased;
import io.sendflowr.identity.GraphChange.Linked;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/**
 * Any changes of a small world in any order that the watermark allows: stamps meet, removals come
 * before and after what they lie in front of, the cache is tiny, the reducer is begun anew.
 */
class LinkReducerPropertiesTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();

  private static final List<Identifier> WORLD =
      List.of(id("email_hash"), id("phone_number"), id("klaviyo_id"), id("device_id"));

  private enum Kind {
    LINK,
    UNLINK,
    ERASE,
    CONSENT,
    /** The watermark follows. */
    ADVANCE,
    /** A checkpoint. */
    FLUSH,
    /** A checkpoint, and another instance goes on from it. */
    RESTART
  }

  /** What comes next; its own time is that reached by the steps so far, give or take a little. */
  record Step(
      Kind kind, int end, int distance, double weight, String source, int progress, int offset) {}

  /** What everybody knows who hears everything, and who hears what was passed on. */
  record Run(List<GraphChange> all, List<GraphChange> passedOn, long end) {}

  @Property(
      tries = 3000,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "20")
  void whatIsLeftOutChangesNoAnswer(
      @ForAll("histories") List<Step> history,
      @ForAll @IntRange(min = 1, max = 8) int capacity,
      @ForAll @IntRange(min = 0, max = 8) int outOfOrderness) {
    Run run = run(history, capacity, outOfOrderness);

    List<Map<Set<Identifier>, NaiveLinks.Answer>> right = NaiveLinks.replay(run.all(), run.end());
    List<Map<Set<Identifier>, NaiveLinks.Answer>> said =
        NaiveLinks.replay(run.passedOn(), run.end());
    for (int now = 0; now < right.size(); now++) {
      assertThat(said.get(now)).as("at %d", now).isEqualTo(right.get(now));
    }
  }

  @Property(
      tries = 1000,
      generation = GenerationMode.RANDOMIZED,
      edgeCases = EdgeCasesMode.NONE,
      seed = "21")
  void nothingIsPassedOnTwiceAndNothingButLinksIsLeftOut(
      @ForAll("histories") List<Step> history,
      @ForAll @IntRange(min = 1, max = 8) int capacity,
      @ForAll @IntRange(min = 0, max = 8) int outOfOrderness) {
    Run run = run(history, capacity, outOfOrderness);

    List<GraphChange> leftOut = new ArrayList<>(run.all());
    for (GraphChange change : run.passedOn()) {
      assertThat(leftOut.remove(change)).as("%s was said that often", change).isTrue();
    }
    assertThat(leftOut).allMatch(c -> c instanceof Linked linked && !linked.change().unlink());
  }

  private static Run run(List<Step> history, int capacity, int outOfOrderness) {
    List<GraphChange> all = new ArrayList<>();
    List<GraphChange> passedOn = new ArrayList<>();
    LinkReducer reducer = new LinkReducer(CATALOGUE, capacity, Long.MIN_VALUE);
    long clock = 10;
    long newest = 0;
    long watermark = -1;
    for (Step step : history) {
      clock += step.progress();
      int before = passedOn.size();
      switch (step.kind()) {
        case ADVANCE -> {
          watermark = Math.max(watermark, newest - outOfOrderness - 1);
          reducer.advance(watermark);
        }
        case FLUSH -> reducer.flush(passedOn::add);
        case RESTART -> {
          reducer.flush(passedOn::add);
          reducer = new LinkReducer(CATALOGUE, capacity, reducer.latestRemoval());
        }
        case LINK, UNLINK, ERASE, CONSENT -> {
          long reported = Math.max(0, clock + step.offset());
          long time = Math.max(reported, watermark + 1);
          GraphChange change = change(step, time, reported);
          newest = Math.max(newest, time);
          all.add(change);
          reducer.add(change, passedOn::add);
        }
      }
      for (GraphChange change : passedOn.subList(before, passedOn.size())) {
        assertThat(change.time()).as("%s comes in time", change).isGreaterThan(watermark);
      }
    }
    reducer.advance(Long.MAX_VALUE);
    return new Run(all, passedOn, newest + 1);
  }

  private static GraphChange change(Step step, long time, long reported) {
    Identifier a = WORLD.get(step.end());
    Identifier b = WORLD.get((step.end() + step.distance()) % WORLD.size());
    return switch (step.kind()) {
      case LINK ->
          new Linked(new LinkChange(false, a, b, step.weight(), step.source(), time), reported);
      case UNLINK -> new Linked(new LinkChange(true, a, b, 1.0, step.source(), time), reported);
      case ERASE -> new Erased(new Erasure(List.of(a), time, reported));
      case CONSENT -> new Consented(step.end(), "unsubscribed", time, reported);
      default -> throw new IllegalArgumentException("No change: " + step);
    };
  }

  private static Identifier id(String type) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), "x");
  }

  /** Of one pair most often, because repetition is what this is about, else of all. */
  @Provide
  Arbitrary<List<Step>> histories() {
    Arbitrary<List<Step>> ofOnePair =
        steps(Arbitraries.integers().between(0, 1), Arbitraries.of(1.0), Arbitraries.just("page"));
    Arbitrary<List<Step>> ofAll =
        steps(
            Arbitraries.integers().between(0, WORLD.size() - 1),
            Arbitraries.of(0.5, 0.7999999, 0.8, 1.0, 1.0),
            Arbitraries.of("page", "desk", "shop"));
    return Arbitraries.oneOf(ofOnePair, ofAll);
  }

  private static Arbitrary<List<Step>> steps(
      Arbitrary<Integer> ends, Arbitrary<Double> weights, Arbitrary<String> sources) {
    Arbitrary<Kind> kinds =
        Arbitraries.frequency(
            Tuple.of(20, Kind.LINK),
            Tuple.of(4, Kind.UNLINK),
            Tuple.of(2, Kind.ERASE),
            Tuple.of(1, Kind.CONSENT),
            Tuple.of(6, Kind.ADVANCE),
            Tuple.of(1, Kind.FLUSH),
            Tuple.of(1, Kind.RESTART));
    Arbitrary<Integer> distances =
        Arbitraries.frequency(Tuple.of(4, 1), Tuple.of(1, 2), Tuple.of(2, 3));
    return Combinators.combine(
            kinds,
            ends,
            distances,
            weights,
            sources,
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(-8, 4))
        .as(Step::new)
        .list()
        .ofMinSize(3)
        .ofMaxSize(40);
  }
}
