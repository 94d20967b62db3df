package io.sendflowr.identity.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.arbitraries.StringArbitrary;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TextsTest {
  private static final int MAX_LENGTH = 1024;

  @Property(tries = 2000, seed = "40")
  void aValueIsReadAsItWasKept(
      @ForAll("values") String value, @ForAll @IntRange(min = 0, max = 254) int type) {
    Texts texts = new Texts();
    int before = texts.add(0, "before");
    int ref = texts.add(type, value);
    int after = texts.add(254, "after");

    assertThat(texts.value(ref)).isEqualTo(value);
    assertThat(texts.type(ref)).isEqualTo(type);
    assertThat(texts.value(before)).isEqualTo("before");
    assertThat(texts.value(after)).isEqualTo("after");

    texts.remove(ref);
    assertThat(texts.value(before)).isEqualTo("before");
    assertThat(texts.value(after)).isEqualTo("after");
    assertThat(texts.type(after)).isEqualTo(254);
  }

  /** As the store does it: what is removed makes room, and what stays moves. */
  @Property(tries = 40, seed = "41")
  void pagesThatAreMostlyHolesAreGivenBack(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = MAX_LENGTH) int longest) {
    Random random = new Random(seed);
    Texts texts = new Texts();
    Map<Integer, String> kept = new HashMap<>();
    long most = 0;
    for (int step = 0; step < 6000; step++) {
      if (random.nextInt(5) < (step / 1000 % 2 == 0 ? 4 : 1)) {
        String value = value(random, longest);
        kept.put(texts.add(value.length() % 255, value), value);
      } else if (!kept.isEmpty()) {
        int ref = kept.keySet().iterator().next();
        kept.remove(ref);
        texts.remove(ref);
        int page = ref >>> Texts.PAGE_BITS;
        if (texts.isSparse(page)) {
          texts.clear(
              page,
              moved -> {
                String value = kept.remove(moved);
                assertThat(value).as("what is handed over is what stayed").isNotNull();
                assertThat(texts.value(moved)).isEqualTo(value);
                kept.put(texts.add(texts.type(moved), value), value);
              });
          assertThat(kept.keySet()).noneMatch(stayed -> stayed >>> Texts.PAGE_BITS == page);
          assertThat(texts.share(page)).isNull();
        }
      }
      most = Math.max(most, texts.bytes());
    }
    kept.forEach(
        (ref, value) -> {
          assertThat(texts.value(ref)).isEqualTo(value);
          assertThat(texts.type(ref)).isEqualTo(value.length() % 255);
        });
    long live =
        kept.values().stream().mapToLong(v -> v.getBytes(StandardCharsets.UTF_8).length + 4L).sum();
    assertThat(texts.bytes()).isLessThanOrEqualTo(2 * live + 3L * (1 << Texts.PAGE_BITS));
    assertThat(most).isGreaterThanOrEqualTo(texts.bytes());
  }

  /** Nothing of a value that was erased may be found in what is written. */
  @Test
  void whatIsRemovedIsNotWritten() {
    Texts texts = new Texts();
    List<String> values =
        List.of("someone@example.com", "+14155552671", "0123456789abcdef", "4711");
    List<Integer> refs = new ArrayList<>();
    values.forEach(value -> refs.add(texts.add(1, value)));
    texts.add(1, "x");

    refs.forEach(texts::remove);

    int left = 0;
    for (byte b : texts.share(0).bytes()) {
      left += b == 0 ? 0 : 1;
    }
    // Of each hole its mark and its form stay, of the last value all of its three bytes.
    assertThat(left).isLessThanOrEqualTo(2 * values.size() + 3);
  }

  @Property(tries = 50, seed = "42")
  void whatIsPutBackIsReadAsItWasKept(@ForAll long seed) {
    Random random = new Random(seed);
    Texts texts = new Texts();
    Map<Integer, String> kept = new HashMap<>();
    for (int i = 0; i < 500; i++) {
      String value = value(random, MAX_LENGTH);
      int ref = texts.add(3, value);
      if (random.nextInt(4) == 0) {
        texts.remove(ref);
      } else {
        kept.put(ref, value);
      }
    }
    Texts again = new Texts();
    for (int page = texts.pageCount() - 1; page >= 0; page--) {
      again.restore(page, texts.share(page));
    }
    kept.keySet().forEach(ref -> again.adopt(ref, 9));

    Map<Integer, String> added = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      String value = value(random, MAX_LENGTH);
      added.put(again.add(1, value), value);
    }
    kept.forEach(
        (ref, value) -> {
          assertThat(again.value(ref)).isEqualTo(value);
          assertThat(again.type(ref)).isEqualTo(9);
        });
    added.forEach((ref, value) -> assertThat(again.value(ref)).isEqualTo(value));
    assertThat(added.keySet()).doesNotContainAnyElementsOf(kept.keySet());
  }

  /** Else every restart would leave a page behind that is as good as empty. */
  @Test
  void thePageThatWasOpenGoesOn() {
    Texts texts = new Texts();
    for (int restart = 0; restart < 10; restart++) {
      int ref = texts.add(1, "value " + restart);
      Texts again = new Texts();
      again.restore(0, texts.share(0));
      again.adopt(ref, 1);
      assertThat(again.value(ref)).isEqualTo("value " + restart);
      texts = again;
    }
    texts.add(1, "last");
    assertThat(texts.pageCount()).isEqualTo(1);
  }

  private static String value(Random random, int longest) {
    String digits =
        switch (random.nextInt(5)) {
          case 0 -> "0123456789";
          case 1 -> "0123456789abcdef";
          case 2 -> "0";
          case 3 -> "aé\u20ac";
          default -> "abcXYZ-_.+@ 09";
        };
    int length = 1 + random.nextInt(longest);
    String value =
        random
            .ints(length, 0, digits.length())
            .mapToObj(i -> digits.substring(i, i + 1))
            .collect(Collectors.joining());
    return random.nextInt(4) == 0 ? "+" + value.substring(1) : value;
  }

  @Provide
  Arbitrary<String> values() {
    return Arbitraries.oneOf(
        sized(Arbitraries.strings().numeric()),
        sized(Arbitraries.strings().withChars("0123456789abcdef")),
        sized(Arbitraries.strings().numeric()).map(s -> "+" + s.substring(1)),
        sized(Arbitraries.strings().withChars("+0123456789abcdefgABCDEF")),
        sized(Arbitraries.strings().withCharRange(' ', '\u2fff')),
        Arbitraries.of(
            "+", "++", "+a", "a+", "0", "00", "000", "f", "F", "g", "\ud83d\ude00", "ß", " "));
  }

  private static Arbitrary<String> sized(StringArbitrary strings) {
    return Arbitraries.oneOf(
        strings.ofMinLength(1).ofMaxLength(20),
        strings.ofMinLength(60).ofMaxLength(70),
        strings.ofMinLength(180).ofMaxLength(200),
        strings.ofMinLength(1).ofMaxLength(MAX_LENGTH));
  }
}
