package io.sendflowr.connectors.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.flow.Inbound;
import io.sendflowr.identity.Identifier;
import io.sendflowr.record.Origin;
import io.sendflowr.timing.SendRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** No input, however broken, makes the reader throw, fall silent, or give an address away. */
class RecordReaderPropertyTest {
  private static final Pattern ADDRESS =
      Pattern.compile("[\\w.+-]+@[\\w-]+\\.[a-z]{2,}", Pattern.CASE_INSENSITIVE);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> VALID =
      List.of(
          Readings.EVENT,
          Readings.LINK,
          Readings.ERASE,
          Readings.REQUEST,
          Readings.CANCEL,
          Readings.RESOLVE,
          Readings.WEBHOOK);

  /** What may stand in place of any value. */
  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "0",
          "-1",
          "1e400",
          "-0.0",
          "1.5",
          "9007199254740993",
          "123456789012345678901234567890",
          "\"\"",
          "\" \"",
          "\"guest\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"\\udc00@\\ud800.com\"",
          "\"user@example.com\"",
          "\"id-of-User.Name+tag@mail.example.com/7\"",
          "\"a@b.co c@d.co\"",
          "\"2026-01-10T12:00:00Z\"",
          "\"2034-01-10T12:00:00Z\"",
          "\"0001-01-01T00:00:00+18:00\"",
          "\"9999-12-31T23:59:59-18:00\"",
          "\"+14155552671\"",
          "\"sf_ffffffffffffffff\"",
          "\"shopify_customer_id\"",
          "\"email\"",
          "\"unlink\"",
          "\"cancel\"",
          "\"resolve\"",
          "\"erase\"",
          "\"{\\\"id\\\":7}\"",
          "[]",
          "{}",
          "[\"user@example.com\",7,null]",
          "[[[[]]]]",
          "{\"email\":\"user@example.com\"}",
          "{\"klaviyo_id\":[\"user@example.com\",7]}",
          "{\"id\":\"user@example.com\"}");

  private final RecordReader reader = Readings.factory().create();

  @Property(seed = "20260110", tries = 2000)
  void arbitraryBytesAreAnswered(
      @ForAll InputTopic topic, @ForAll byte[] value, @ForAll("receipts") long receivedAt) {
    answered(topic, value, receivedAt);
  }

  @Property(seed = "20260111", tries = 4000)
  void recordsWithBytesChangedAreAnswered(
      @ForAll InputTopic topic,
      @ForAll("mangled") byte[] value,
      @ForAll("receipts") long receivedAt) {
    answered(topic, value, receivedAt);
  }

  @Property(seed = "20260112", tries = 6000)
  void recordsWithValuesChangedAreAnswered(
      @ForAll InputTopic topic,
      @ForAll("altered") String json,
      @ForAll("receipts") long receivedAt) {
    answered(topic, Readings.utf8(json), receivedAt);
  }

  private void answered(InputTopic topic, byte[] value, long receivedAt) {
    List<Inbound> all = Readings.read(reader, topic, value, receivedAt);
    assertThat(all).isNotEmpty();
    for (Inbound one : all) {
      if (one instanceof Inbound.Unusable unusable) {
        assertThat(unusable.deadLetter().origin().value()).isSameAs(value);
        assertThat(unusable.deadLetter().detail()).isNotBlank().doesNotContain("\n");
        assertThat(parsed(new DeadLetterJson().value(unusable.deadLetter())).isObject()).isTrue();
      } else {
        assertThat(shown(one)).doesNotContainPattern(ADDRESS);
        assertThat(one.clock()).isNotEqualTo(Inbound.NO_CLOCK);
        if (receivedAt != Origin.UNKNOWN_TIME) {
          assertThat(one.clock()).isLessThanOrEqualTo(receivedAt);
        }
        assertThat(identifiers(one)).isSorted().doesNotHaveDuplicates();
      }
    }
  }

  /** All that goes on. The bytes of a request are its dead letter, should its id be taken. */
  private static String shown(Inbound one) {
    return one instanceof Inbound.Request request ? request.request().toString() : one.toString();
  }

  private static List<Identifier> identifiers(Inbound one) {
    if (one instanceof Inbound.Event event) {
      assertThat(event.identifiers()).isNotEmpty();
      return event.identifiers();
    }
    if (one instanceof Inbound.Request asked) {
      SendRequest request = asked.request();
      assertThat(request.sendBefore()).isGreaterThan(request.sendAfter());
      assertThat(request.latencyMillis()).isBetween(0L, 3_600_000L);
      return request.identifiers();
    }
    if (one instanceof Inbound.Resolve asked) {
      return asked.request().identifiers();
    }
    if (one instanceof Inbound.Erase erase) {
      assertThat(erase.erasure().identifiers()).isNotEmpty().hasSizeLessThanOrEqualTo(50);
      return erase.erasure().identifiers();
    }
    if (one instanceof Inbound.Link link) {
      assertThat(link.change().a()).isNotEqualTo(link.change().b());
      assertThat(link.change().weight()).isGreaterThan(0).isLessThanOrEqualTo(1);
    }
    return List.of();
  }

  private static JsonNode parsed(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new AssertionError("What is written must be JSON", e);
    }
  }

  @Provide
  Arbitrary<Long> receipts() {
    return Arbitraries.of(Readings.NOW, Origin.UNKNOWN_TIME);
  }

  @Provide
  Arbitrary<byte[]> mangled() {
    return Combinators.combine(
            Arbitraries.of(VALID),
            Arbitraries.of(Cut.values()).list().ofMinSize(1).ofMaxSize(4),
            Arbitraries.integers().between(0, Integer.MAX_VALUE),
            Arbitraries.bytes())
        .as(
            (json, cuts, place, with) -> {
              byte[] value = Readings.utf8(json);
              int at = place;
              for (Cut cut : cuts) {
                value = cut.apply(value, at, with);
                at = at * 31 + 7;
              }
              return value;
            });
  }

  @Provide
  Arbitrary<String> altered() {
    return Combinators.combine(
            Arbitraries.of(VALID),
            Arbitraries.integers().between(0, Integer.MAX_VALUE).list().ofMinSize(1).ofMaxSize(4),
            Arbitraries.of(VALUES).list().ofSize(4))
        .as(
            (json, places, values) -> {
              JsonNode root = parsed(Readings.utf8(json));
              for (int i = 0; i < places.size(); i++) {
                replace(root, places.get(i), parsed(Readings.utf8(values.get(i))));
              }
              return root.toString();
            });
  }

  /** Puts a value in the place of one that stands somewhere below. */
  private static void replace(JsonNode root, int place, JsonNode value) {
    List<Runnable> places = new ArrayList<>();
    collect(root, value, places);
    if (!places.isEmpty()) {
      places.get(place % places.size()).run();
    }
  }

  private static void collect(JsonNode node, JsonNode value, List<Runnable> places) {
    if (node instanceof ObjectNode object) {
      object
          .properties()
          .forEach(
              field -> {
                places.add(() -> object.set(field.getKey(), value));
                collect(field.getValue(), value, places);
              });
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        int index = i;
        places.add(() -> array.set(index, value));
        collect(array.get(i), value, places);
      }
    }
  }

  /** A way to damage bytes. */
  private enum Cut {
    REPLACE {
      @Override
      byte[] at(byte[] value, int index, byte with) {
        byte[] changed = value.clone();
        changed[index] = with;
        return changed;
      }
    },
    INSERT {
      @Override
      byte[] at(byte[] value, int index, byte with) {
        byte[] changed = Arrays.copyOf(value, value.length + 1);
        System.arraycopy(value, index, changed, index + 1, value.length - index);
        changed[index] = with;
        return changed;
      }
    },
    DELETE {
      @Override
      byte[] at(byte[] value, int index, byte with) {
        byte[] changed = Arrays.copyOf(value, value.length - 1);
        System.arraycopy(value, index + 1, changed, index, changed.length - index);
        return changed;
      }
    },
    TRUNCATE {
      @Override
      byte[] at(byte[] value, int index, byte with) {
        return Arrays.copyOf(value, index);
      }
    },
    REPEAT {
      @Override
      byte[] at(byte[] value, int index, byte with) {
        byte[] changed = Arrays.copyOf(value, value.length + index);
        System.arraycopy(value, 0, changed, value.length, index);
        return changed;
      }
    },
    BLANK {
      @Override
      byte[] at(byte[] value, int index, byte with) {
        byte[] changed = value.clone();
        Arrays.fill(changed, index, Math.min(changed.length, index + 8), with);
        return changed;
      }
    };

    byte[] apply(byte[] value, int place, byte with) {
      return value.length == 0 ? value : at(value, Math.floorMod(place, value.length), with);
    }

    abstract byte[] at(byte[] value, int index, byte with);
  }
}
