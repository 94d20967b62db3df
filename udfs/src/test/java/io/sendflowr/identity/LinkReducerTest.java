package io.sendflowr.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.identity.GraphChange.Consented;
import io.sendflowr.identity.GraphChange.Erased;
import io.sendflowr.identity.GraphChange.Linked;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Stories; {@link LinkReducerPropertiesTest} knows all the others. */
class LinkReducerTest {
  private static final Catalogue CATALOGUE = CatalogueReader.builtIn();
  private static final Identifier EMAIL = id("email_hash", "e");
  private static final Identifier KLAVIYO = id("klaviyo_id", "k");
  private static final Identifier DEVICE = id("device_id", "d");
  private static final int CAPACITY = 100;

  private final List<GraphChange> out = new ArrayList<>();
  private LinkReducer reducer = new LinkReducer(CATALOGUE, CAPACITY, Long.MIN_VALUE);

  @Test
  void ofAPersonsPageViewsOneLinkIsPassedOn() {
    long dropped = 0;
    for (int second = 0; second < 10_000; second++) {
      long time = 1000L * second;
      add(second % 2 == 0 ? link(time, EMAIL, DEVICE) : link(time, DEVICE, EMAIL));
      dropped += reducer.advance(time - 5000);
    }
    dropped += reducer.advance(Long.MAX_VALUE);

    assertThat(out).containsExactly(link(0, EMAIL, DEVICE));
    assertThat(dropped).isEqualTo(9999);
  }

  @Test
  void anotherPairIsAnotherMatter() {
    add(link(10, EMAIL, DEVICE), link(20, KLAVIYO, DEVICE), link(30, EMAIL, KLAVIYO));

    assertThat(out).hasSize(3);
  }

  @Test
  void aHeavierLinkIsNewsAndALighterOneIsNot() {
    add(link(10, 0.5), link(20, 0.5), link(30, 0.7), link(40, 0.6), link(50, 0.7));

    assertThat(out).containsExactly(link(10, 0.5), link(30, 0.7));
  }

  @Test
  void anEarlierLinkIsNewsAndServesFromThenOn() {
    add(link(30, 0.8), link(10, 0.8), link(20, 0.8));

    assertThat(out).containsExactly(link(30, 0.8), link(10, 0.8));
  }

  @Test
  void anEarlierButLighterLinkIsNewsAndTheHeavierOneStillServes() {
    add(link(20, 1.0), link(10, 0.5), link(30, 1.0));

    assertThat(out).containsExactly(link(20, 1.0), link(10, 0.5));
  }

  @Test
  void ofOneInstantAllAreNewsBecauseTheLesserSourceCounts() {
    Linked shop = new Linked(new LinkChange(false, EMAIL, DEVICE, 1.0, "shop", 10), 10);
    Linked desk = new Linked(new LinkChange(false, EMAIL, DEVICE, 1.0, "desk", 10), 10);
    add(shop, desk);

    assertThat(out).containsExactly(shop, desk);
  }

  @Test
  void whatIsNoLinkIsAlwaysPassedOn() {
    Consented consented = new Consented(1, "unsubscribed", 10, 10);
    add(unlink(10), unlink(10), consented, consented, erasure(10), erasure(10));

    assertThat(out)
        .containsExactly(unlink(10), unlink(10), consented, consented, erasure(10), erasure(10));
  }

  @Test
  void anUnlinkBringsBackTheFirstLinkAfterIt() {
    add(link(10), link(20), link(30), link(40));
    out.clear();
    add(unlink(20));

    assertThat(out).containsExactly(unlink(20), link(30));
  }

  @Test
  void anUnlinkBringsBackTheFirstLinkOfEachWeight() {
    add(link(10, 1.0), link(30, 0.5), link(40, 0.5), link(50, 0.9), link(60, 0.7));
    out.clear();
    add(unlink(20));

    assertThat(out).containsExactly(unlink(20), link(30, 0.5), link(50, 0.9));
  }

  @Test
  void anUnlinkBetweenRemovesNothingAfterIt() {
    add(link(10), unlink(20), link(30), link(40), link(15));

    assertThat(out).containsExactly(link(10), unlink(20), link(30), link(15));
  }

  @Test
  void anEarlierLinkThatAnUnlinkRemovesServesNothingAfterIt() {
    add(link(10), unlink(20), link(30), link(5), link(40));

    assertThat(out).containsExactly(link(10), unlink(20), link(30), link(5));
  }

  @Test
  void aLinkOfTheInstantOfARemovalIsNoNewsBecauseItIsRemovedToo() {
    add(link(10), unlink(20), erasure(20), link(20));

    assertThat(out).containsExactly(link(10), unlink(20), erasure(20));
  }

  @Test
  void anUnlinkOfAnotherPairBringsBackNothing() {
    add(link(10), link(20));
    out.clear();
    Linked other = new Linked(new LinkChange(true, EMAIL, KLAVIYO, 1.0, "t", 15), 15);
    add(other);

    assertThat(out).containsExactly(other);
  }

  @Test
  void anErasureBringsBackTheFirstLinkAfterItOfEveryPair() {
    add(link(10, EMAIL, DEVICE), link(10, KLAVIYO, DEVICE));
    add(link(20, EMAIL, DEVICE), link(30, KLAVIYO, DEVICE), link(30, EMAIL, DEVICE));
    out.clear();
    add(erasure(20));

    assertThat(out)
        .containsExactly(erasure(20), link(30, KLAVIYO, DEVICE), link(30, EMAIL, DEVICE));
  }

  @Test
  void anUnlinkIsRememberedForLinksThatComeAfterItFromBothSides() {
    add(unlink(20), link(10), link(30));

    assertThat(out).containsExactly(unlink(20), link(10), link(30));
  }

  @Test
  void anUnlinkRemovesWhatWasPassedOnEvenWhenTheWatermarkHasPassedIt() {
    add(unlink(20), link(10));
    reducer.advance(20);
    add(link(30));

    assertThat(out).containsExactly(unlink(20), link(10), link(30));
  }

  @Test
  void anErasureRemovesWhatWasPassedOnEvenWhenTheWatermarkHasPassedIt() {
    add(erasure(15), erasure(20), link(18));
    reducer.advance(25);
    add(link(30), link(40));

    assertThat(out).containsExactly(erasure(15), erasure(20), link(18), link(30));
  }

  @Test
  void nothingRestsOnALinkThatAnErasureMayHaveVoidedBeforeItCame() {
    Linked late = new Linked(new LinkChange(false, EMAIL, DEVICE, 1.0, "t", 21), 15);
    add(erasure(18));
    reducer.advance(20);
    add(late, link(30), link(40));

    assertThat(out).containsExactly(erasure(18), late, link(30));
  }

  @Test
  void afterARestartRemovalsThatWereHeardOfBeforeStillCount() {
    add(unlink(20));
    reducer.flush(out::add);
    reducer = new LinkReducer(CATALOGUE, CAPACITY, reducer.latestRemoval());
    add(link(10), link(30), link(40));

    assertThat(out).containsExactly(unlink(20), link(10), link(30));
  }

  @Test
  void aFlushLeavesNothingWithheldAndWhatIsKnownStaysKnown() {
    add(link(10), link(30), link(20));
    reducer.flush(out::add);
    reducer.flush(out::add);
    add(link(40));

    assertThat(out).containsExactly(link(10), link(20), link(30));
    assertThat(reducer.advance(Long.MAX_VALUE)).isEqualTo(1);
  }

  @Test
  void whatIsHeldIsBoundedByWhatTheWatermarkHasNotPassed() {
    int most = 0;
    for (long time = 0; time < 50_000; time += 10) {
      add(link(time, EMAIL, DEVICE), link(time, id("email_hash", "e" + time), DEVICE));
      add(unlink(time + 1), erasure(time + 2));
      reducer.advance(time - 100);
      most = Math.max(most, reducer.held());
    }
    assertThat(most).isBetween(10, 60);

    reducer.advance(Long.MAX_VALUE);
    assertThat(reducer.held()).as("the last erasure").isEqualTo(1);
  }

  @Test
  void aPairForgottenForOthersIsPassedOnOnceMore() {
    add(link(1, EMAIL, DEVICE));
    for (int i = 0; i < 2 * CAPACITY; i++) {
      add(link(2, id("email_hash", "e" + i), DEVICE));
    }
    out.clear();
    add(link(3, EMAIL, DEVICE), link(4, EMAIL, DEVICE));

    assertThat(out).containsExactly(link(3, EMAIL, DEVICE));
  }

  @Test
  void aPairKeyKnowsNoOrderButTellsPairsApart() {
    assertThat(LinkReducer.pairKey(1, 2)).isEqualTo(LinkReducer.pairKey(2, 1));
    assertThat(List.of(LinkReducer.pairKey(1, 2), LinkReducer.pairKey(1, 3)))
        .doesNotHaveDuplicates()
        .doesNotContain(LinkReducer.pairKey(0, 3), LinkReducer.pairKey(-1, 4));
  }

  private void add(GraphChange... changes) {
    for (GraphChange change : changes) {
      reducer.add(change, out::add);
    }
  }

  private static Linked link(long time) {
    return link(time, 1.0);
  }

  private static Linked link(long time, double weight) {
    return new Linked(new LinkChange(false, EMAIL, DEVICE, weight, "t", time), time);
  }

  private static Linked link(long time, Identifier a, Identifier b) {
    return new Linked(new LinkChange(false, a, b, 1.0, "t", time), time);
  }

  private static Linked unlink(long time) {
    return new Linked(new LinkChange(true, DEVICE, EMAIL, 1.0, "t", time), time);
  }

  private static Erased erasure(long time) {
    return new Erased(new Erasure(List.of(KLAVIYO), time, time));
  }

  private static Identifier id(String type, String value) {
    return new Identifier(CATALOGUE.typeNamed(type).rank(), value);
  }
}
