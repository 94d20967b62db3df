package io.sendflowr.signal;

import static io.sendflowr.signal.Histories.START;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.signal.cep.DerivedPatterns;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DistinctEventsTest {
  private static final Horizon HORIZON =
      new Horizon(CatalogueReader.builtIn(), DerivedPatterns.derivations());

  @Test
  void theEarliestReportStandsAsLongAsItsEffectLasts() {
    Observation first = report("shop", "e", "complaint", START);
    long end = HORIZON.of(first);
    Observation within = report("shop", "e", "complaint", end - 1);
    Observation anew = report("shop", "e", "complaint", end);
    Observation againstTheNew = report("shop", "e", "complaint", end + 1);

    assertThat(distinct(againstTheNew, anew, within, first)).containsExactly(first, anew);
  }

  @Test
  void ofTwoThatDifferTheEarlierStampStands() {
    Observation complaint = report("shop", "e", "complaint", START);
    Observation visit = report("shop", "e", "site_visit", START + 1);

    assertThat(distinct(visit, complaint)).containsExactly(complaint);
  }

  @Test
  void anEventIsItsSourcesEventId() {
    Observation one = report("shop", "e", "complaint", START);
    Observation elsewhere = report("desk", "e", "complaint", START);
    Observation another = report("shop", "f", "complaint", START);

    assertThat(distinct(one, elsewhere, another, one)).containsExactly(elsewhere, one, another);
  }

  @Test
  void whatIsForGoodIsReportedOnce() {
    Observation spam = report("shop", "e", "spam_report", START);

    assertThat(distinct(spam, report("shop", "e", "spam_report", Long.MAX_VALUE - 1)))
        .containsExactly(spam);
  }

  private static List<Observation> distinct(Observation... reports) {
    return DistinctEvents.of(Arrays.asList(reports), Observation.ORDER, report -> report, HORIZON);
  }

  private static Observation report(String source, String id, String type, long time) {
    return new Observation(source, id, type, time, START);
  }
}
