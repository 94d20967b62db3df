package io.sendflowr.connectors.platform;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.connectors.platform.CanonicalRecord.Topic;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What descriptors can say, beyond what the platforms that ship need. */
class PlatformMapperTest {
  private static final String BATCH =
      """
      platform: acme
      source: acme_mail
      each: /body/data
      event_name: {at: /item/topic, strip_prefix: "event:"}
      event_id: [/item/id, /body/meta/delivery]
      event_time: {at: /item/time, format: epoch_seconds}
      identifiers:
        email: /item/email
      rules:
        - events: [click]
          event_type: clicked
      """;

  private static final String FORM =
      """
      platform: acme
      body_format: form
      event_time: {at: /body/fired_at, format: utc}
      rules:
        - when:
            - {at: /body/type, equals: unsubscribe}
            - {at: "/body/data[reason]", one_of: [manual, abuse]}
          event_type: unsubscribed
          identifiers:
            email: "/body/data[email]"
            shopify_customer_id: /body/cid
        - when:
            - {at: /body/type, is: absent}
          reject: it has no type
      """;

  @Test
  void anItemOfABatchIsAnEventOfItsOwn() {
    MappedDelivery mapped =
        map(
            BATCH,
            """
            {"platform":"acme","headers":{},"body":{"meta":{"delivery":"d1"},"data":[
              {"topic":"event:click","id":"e1","time":1767961800,"email":"a@x.example"},
              {"topic":"event:click","time":1767961801.25,"email":["b@x.example","c@x.example"]},
              {"topic":"event:click","time":"1767961802","email":"d@x.example"}]}}
            """);
    assertThat(mapped.rejections()).isEmpty();
    assertThat(mapped.records()).extracting(CanonicalRecord::topic).containsOnly(Topic.EVENTS);
    assertThat(mapped.records())
        .extracting(r -> r.value().toString())
        .containsExactly(
            "{\"event_id\":\"e1\",\"event_type\":\"clicked\",\"timestamp\":\"2026-01-09T12:30:00Z\","
                + "\"source\":\"acme_mail\",\"identifiers\":{\"email\":\"a@x.example\"},"
                + "\"metadata\":{}}",
            "{\"event_id\":\"d1#1\",\"event_type\":\"clicked\","
                + "\"timestamp\":\"2026-01-09T12:30:01.250Z\",\"source\":\"acme_mail\","
                + "\"identifiers\":{\"email\":[\"b@x.example\",\"c@x.example\"]},\"metadata\":{}}",
            "{\"event_id\":\"d1#2\",\"event_type\":\"clicked\","
                + "\"timestamp\":\"2026-01-09T12:30:02Z\",\"source\":\"acme_mail\","
                + "\"identifiers\":{\"email\":\"d@x.example\"},\"metadata\":{}}");
  }

  @Test
  void badItemsDoNotHoldUpTheOthersAndAreCounted() {
    MappedDelivery mapped =
        map(
            BATCH,
            """
            {"platform":"acme","headers":{},"body":{"data":[
              {"topic":"event:seen","id":"e1","time":1767961800,"email":"a@x.example"},
              {"topic":"event:click","id":"e2","time":1767961800,"email":"a@x.example"},
              {"topic":"event:click","id":"e3","time":-5,"email":"a@x.example"},
              {"topic":"event:opened","id":"e4","time":1767961800,"email":"a@x.example"},
              null]}}
            """);
    assertThat(mapped.records())
        .extracting(r -> r.value().path("event_id").asText())
        .containsExactly("e2");
    assertThat(mapped.rejections())
        .containsExactly(
            new Rejection(
                Rejection.UNMAPPED_PAYLOAD,
                "acme seen, item 0: the descriptor has no rule for this event; add one, or let the"
                    + " platform not send it (and so it is with 2 more of its items)."),
            new Rejection(
                Rejection.BAD_TIMESTAMP,
                "acme click, item 2: /item/time is \"-5\", which is no number of seconds since 1970"
                    + " from 1970 to 9999; correct it and send the delivery again."));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"data\":[]} | unmapped_payload | acme: /body/data is an empty array",
        "{\"data\":{}} | unmapped_payload | acme: the event has no name at /item/topic",
        "{\"data\":7}  | missing_field | acme: /body/data is no array or object",
        "{}            | missing_field | acme: /body/data is no array or object"
      })
  void aBatchWithoutItemsIsRefused(String body, String code, String detail) {
    Rejection rejection = onlyRejection(BATCH, "{\"platform\":\"acme\",\"body\":" + body + "}");
    assertThat(rejection.code()).isEqualTo(code);
    assertThat(rejection.detail()).startsWith(detail);
  }

  @Test
  void theBodyItselfMayBeTheBatch() {
    String yaml = BATCH.replace("each: /body/data", "each: /body");
    assertThat(
            map(
                    yaml,
                    """
                    {"platform":"acme","body":"[{\\"topic\\":\\"event:click\\",\\"id\\":90071992547409931,\\"time\\":1,\\"email\\":\\"a@x.example\\"}]"}
                    """)
                .records())
        .extracting(r -> r.value().path("event_id").asText())
        .containsExactly("90071992547409931");
  }

  @Test
  void equalItemsWithoutIdAreOneEventWhereverTheyStand() {
    String yaml = BATCH.replace("event_id: [/item/id, /body/meta/delivery]\n", "");
    MappedDelivery mapped =
        map(
            yaml,
            """
            {"platform":"acme","body":{"data":[
              {"topic":"event:click","time":1,"email":"a@x.example"},
              {"email":"a@x.example","topic":"event:click","time":1},
              {"topic":"event:click","time":2,"email":"a@x.example"}]}}
            """);
    assertThat(mapped.records())
        .extracting(r -> r.value().path("event_id").asText())
        .satisfies(ids -> assertThat(ids.get(0)).isEqualTo(ids.get(1)).isNotEqualTo(ids.get(2)));
  }

  @Test
  void aFormIsReadByItsKeysAsTheyAreWritten() {
    MappedDelivery mapped =
        map(
            FORM,
            """
            {"platform":"acme","body":"type=unsubscribe&fired_at=2026-01-10+12%3A00%3A00\
            &data[reason]=manual&data%5Bemail%5D=a%2Bb%40x.example&cid=007&cid=8&cid=9&flag"}
            """);
    assertThat(mapped.rejections()).isEmpty();
    assertThat(mapped.records()).hasSize(1);
    assertThat(mapped.records().get(0).value().path("identifiers").toString())
        .isEqualTo("{\"email\":\"a+b@x.example\",\"shopify_customer_id\":[\"007\",\"8\",\"9\"]}");
    assertThat(mapped.records().get(0).value().path("timestamp").asText())
        .isEqualTo("2026-01-10T12:00:00Z");
  }

  @Test
  void rulesWithoutEventNamesAreTriedInOrder() {
    assertThat(onlyRejection(FORM, "{\"platform\":\"acme\",\"body\":\"a=1\"}"))
        .isEqualTo(new Rejection(Rejection.UNMAPPED_PAYLOAD, "acme: it has no type."));
    assertThat(onlyRejection(FORM, "{\"platform\":\"acme\",\"body\":\"type=unsubscribe\"}"))
        .isEqualTo(
            new Rejection(
                Rejection.UNMAPPED_PAYLOAD,
                "acme: no rule fits, as none of these holds: /body/type is unsubscribe and"
                    + " /body/data[reason] is one of abuse, manual; /body/type is absent; add a"
                    + " rule to the descriptor if it means something."));
  }

  @Test
  void aBodyThatIsNoFormIsRefused() {
    assertThat(onlyRejection(FORM, "{\"platform\":\"acme\",\"body\":\"a=%zz\"}"))
        .isEqualTo(
            new Rejection(
                Rejection.UNMAPPED_PAYLOAD,
                "acme: /body is no URL-encoded form; pass the platform's body on unchanged."));
  }

  @Test
  void aPlatformWithoutDescriptorIsRefused() {
    assertThat(onlyRejection(FORM, "{\"platform\":\"acne\",\"body\":\"a=1\"}"))
        .isEqualTo(
            new Rejection(
                Rejection.UNKNOWN_PLATFORM,
                "There is no descriptor for the platform \"acne\"; add one, or correct the"
                    + " delivery's field platform."));
    assertThat(onlyRejection(FORM, "{\"body\":\"a=1\"}").code()).isEqualTo(Rejection.MISSING_FIELD);
  }

  @Test
  void noEmailAddressIsTold() {
    String yaml =
        """
        platform: acme
        event_name: /body/name
        event_id: /body/id
        event_time: /body/at
        identifiers: {email: /body/email}
        metadata: {note: /body/note, code: /body/code}
        rules:
          - events: [click]
            event_type: clicked
        """;
    ObjectNode event =
        map(
                yaml,
                """
                {"platform":"acme","body":{"name":"click","id":"c1:a@x.example","code":7,
                 "at":"2026-01-10T12:00:00Z","email":"a@x.example","note":"by a@x.example"}}
                """)
            .records()
            .get(0)
            .value();
    assertThat(event.path("event_id").asText()).matches("[0-9a-f]{32}");
    assertThat(event.path("metadata").toString()).isEqualTo("{\"code\":7}");
    assertThat(
            onlyRejection(yaml, "{\"platform\":\"acme\",\"body\":{\"name\":\"a@x.example\"}}")
                .detail())
        .doesNotContain("x.example");
    assertThat(
            onlyRejection(
                    yaml,
                    "{\"platform\":\"acme\",\"body\":{\"name\":\"click\",\"at\":\"a@x.example\"}}")
                .detail())
        .doesNotContain("x.example");
  }

  @Test
  void aRuleMayMeanAnEventAndLinks() {
    String yaml =
        """
        platform: acme
        identifiers: {email: /body/email}
        rules:
          - event_type: clicked
            links:
              - type_a: email
                identifier_a: /body/email
                type_b: shopify_customer_id
                identifier_b: [/body/a, /body/b]
                weight: 0.85
                op: unlink
        """;
    MappedDelivery mapped =
        map(
            yaml,
            """
            {"platform":"acme","received_at":"2026-01-10T13:00:00+01:00",
             "body":{"email":"a@x.example","b":90071992547409931}}
            """);
    assertThat(mapped.records())
        .extracting(CanonicalRecord::topic)
        .containsExactly(Topic.EVENTS, Topic.LINKS);
    assertThat(mapped.records().get(1).value().toString())
        .isEqualTo(
            "{\"identifier_a\":\"a@x.example\",\"type_a\":\"email\","
                + "\"identifier_b\":\"90071992547409931\",\"type_b\":\"shopify_customer_id\","
                + "\"weight\":0.85,\"source\":\"acme\",\"timestamp\":\"2026-01-10T12:00:00Z\","
                + "\"op\":\"unlink\"}");
    // Half of what a delivery means is not told: it would look as if all had been.
    assertThat(
            map(
                    yaml,
                    """
                    {"platform":"acme","received_at":"2026-01-10T12:00:00Z",
                     "body":{"email":"a@x.example"}}
                    """)
                .records())
        .isEmpty();
  }

  @Test
  void aRuleMayEraseAPerson() {
    String yaml =
        """
        platform: acme
        event_time: {at: /body/asked, format: epoch_seconds}
        identifiers: {email: /body/support_agent}
        rules:
          - erase:
              email: [/body/email, /body/old_email]
              shopify_customer_id: {at: /body/ids, strip_prefix: "gid:"}
        """;
    MappedDelivery mapped =
        map(
            yaml,
            """
            {"platform":"acme","body":{"support_agent":"agent@x.example","asked":1767961800,
             "old_email":"a@x.example","ids":["gid:7","8","gid:9"]}}
            """);
    assertThat(mapped.rejections()).isEmpty();
    assertThat(mapped.records()).extracting(CanonicalRecord::topic).containsExactly(Topic.LINKS);
    assertThat(mapped.records().get(0).value().toString())
        .isEqualTo(
            "{\"op\":\"erase\",\"identifiers\":{\"email\":\"a@x.example\","
                + "\"shopify_customer_id\":[\"7\",\"9\"]},"
                + "\"timestamp\":\"2026-01-09T12:30:00Z\"}");
  }

  @Test
  void anErasureNamesSomebody() {
    String yaml =
        """
        platform: acme
        identifiers: {email: /body/support_agent}
        rules:
          - erase: {email: /body/email}
        """;
    Rejection rejection =
        onlyRejection(
            yaml,
            """
            {"platform":"acme","received_at":"2026-01-10T12:00:00Z",
             "body":{"support_agent":"agent@x.example"}}
            """);
    assertThat(rejection.code()).isEqualTo(Rejection.NO_IDENTIFIER);
    assertThat(rejection.detail()).contains("/body/email").doesNotContain("/body/support_agent");
  }

  @Test
  void anObjectInPlaceOfABatchIsItsOnlyItem() {
    String yaml = BATCH.replace("each: /body/data", "each: [/body/data, /body]");
    assertThat(
            map(
                    yaml,
                    """
                    {"platform":"acme","body":{"meta":{"delivery":"d1"},
                      "data":{"topic":"event:click","time":1,"email":"a@x.example"}}}
                    """)
                .records())
        .extracting(r -> r.value().path("event_id").asText())
        .containsExactly("d1");
    assertThat(
            map(
                    yaml,
                    """
                    {"platform":"acme",
                     "body":{"topic":"event:click","id":"e1","time":1,"email":"a@x.example"}}
                    """)
                .records())
        .extracting(r -> r.value().path("event_id").asText())
        .containsExactly("e1");
  }

  @Test
  void aPlaceMayLookThroughAnArrayAndAddWhatAPlatformLeavesOut() {
    String yaml =
        """
        platform: acme
        event_name: [/body/name, /path, {text: nameless}]
        identifiers:
          email: {all_of: [/body/email, {at: /body/channels, where: {/type: [email, mail]}, take: /address}]}
          shopify_customer_id: {at: /body/id, add_prefix: acme_}
        metadata:
          channel: {text: email}
          message_id: [[/body/dispatch, /body/id], /body/message]
        rules:
          - events: [nameless, called]
            event_type: clicked
        """;
    String delivery =
        """
        {"platform":"acme","received_at":"2026-01-10T12:00:00Z","body":{"id":7,"dispatch":"d",
         "email":"a@x.example","channels":[{"type":"phone","address":"1"},
         {"type":"mail","address":"b@x.example"},{"type":"email","address":"a@x.example"},{}]}}
        """;
    ObjectNode event = map(yaml, delivery).records().get(0).value();
    assertThat(event.path("identifiers").toString())
        .isEqualTo(
            "{\"email\":[\"a@x.example\",\"b@x.example\"],\"shopify_customer_id\":\"acme_7\"}");
    assertThat(event.path("metadata").toString())
        .isEqualTo("{\"message_id\":\"d:7\",\"channel\":\"email\"}");
    assertThat(map(yaml, delivery.replace("\"body\"", "\"path\":\"called\",\"body\"")).records())
        .hasSize(1);
    assertThat(map(yaml, delivery.replace("\"body\"", "\"path\":\"else\",\"body\"")).records())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "STOP                 | true  | true",
        "stop.                | true  | true",
        " 'Stop!!' please     | false | true",
        "Opt-Out              | true  | false",
        "opt out now          | false | false",
        "stopping by tomorrow | false | false",
        "please stop          | false | false",
        "?                    | false | false"
      })
  void whatAPersonWroteIsReadAsAPersonWould(String text, boolean says, boolean begins) {
    assertThat(mappedBy("says: [stop, opt out]", text)).isEqualTo(says);
    assertThat(mappedBy("first_word: [stop]", text)).isEqualTo(begins);
  }

  private static boolean mappedBy(String condition, String text) {
    String yaml =
        """
        platform: acme
        identifiers: {email: /body/email}
        rules:
          - when: [{at: /body/text, CONDITION}]
            event_type: unsubscribed
        """
            .replace("CONDITION", condition);
    return !map(
            yaml,
            "{\"platform\":\"acme\",\"received_at\":\"2026-01-10T12:00:00Z\","
                + "\"body\":{\"email\":\"a@x.example\",\"text\":\""
                + text
                + "\"}}")
        .records()
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "iso, '\"2026-01-10T12:00:00Z\"', 2026-01-10T12:00:00Z",
    "iso, '\"2026-01-10T12:00:00.123456789Z\"', 2026-01-10T12:00:00.123Z",
    "iso, '\"2026-01-10 12:00:00 +00:00\"', 2026-01-10T12:00:00Z",
    "iso, '\"2026-01-10T07:00:00-0500\"', 2026-01-10T12:00:00Z",
    "iso, '\"2026-01-10T12:00:00\"', ",
    "iso, '\"2026-02-30T12:00:00Z\"', ",
    "iso, '\"+20260-01-10T12:00:00Z\"', ",
    "iso, '\"1969-12-31T23:59:59Z\"', ",
    "iso, 1767961800, ",
    "utc, '\"2026-01-10 12:00:00\"', 2026-01-10T12:00:00Z",
    "utc, '\"2026-01-10T12:00:00.025455\"', 2026-01-10T12:00:00.025Z",
    "utc, '\"2026-01-10T13:00:00+01:00\"', 2026-01-10T12:00:00Z",
    "epoch_seconds, 1767961800, 2026-01-09T12:30:00Z",
    "epoch_seconds, '\"1767961800\"', 2026-01-09T12:30:00Z",
    "epoch_seconds, 1767961800.0005, 2026-01-09T12:30:00Z",
    "epoch_seconds, 1e300000000, ",
    "epoch_seconds, '\"soon\"', ",
    "epoch_seconds, -1, ",
    "epoch_millis, 1767961800855, 2026-01-09T12:30:00.855Z",
    "epoch_millis, 99999999999999999999, ",
    "http_date, '\"Thu, 04 Jan 2024 18:05:25 GMT\"', 2024-01-04T18:05:25Z",
    "http_date, '\"Fri, 04 Jan 2024 18:05:25 GMT\"', ",
    "epoch_millis, true, ",
    "epoch_millis, [], "
  })
  void timesAreReadInTheFormOfThePlatform(String format, String value, String expected) {
    String yaml =
        """
        platform: acme
        event_time: {at: /body/at, format: FORMAT}
        identifiers: {email: /body/email}
        rules:
          - event_type: clicked
        """
            .replace("FORMAT", format);
    MappedDelivery mapped =
        map(
            yaml,
            "{\"platform\":\"acme\",\"received_at\":\"2026-01-10T20:00:00Z\","
                + "\"body\":{\"email\":\"a@x.example\",\"at\":"
                + value
                + "}}");
    if (expected == null) {
      assertThat(mapped.rejections())
          .extracting(Rejection::code)
          .containsExactly(Rejection.BAD_TIMESTAMP);
    } else {
      assertThat(mapped.records())
          .extracting(r -> r.value().path("timestamp").asText())
          .containsExactly(expected);
    }
  }

  @Test
  void aLongMessageIsCut() {
    String name = "x".repeat(5000);
    assertThat(
            onlyRejection(
                    BATCH.replace("each: /body/data", "each: /body"),
                    "{\"platform\":\"acme\",\"body\":[{\"topic\":\"event:" + name + "\"}]}")
                .detail())
        .hasSizeLessThan(300);
  }

  @Test
  void descriptorsCanBeShipped() throws IOException, ClassNotFoundException {
    DescriptorFile file = new DescriptorFile("acme.yaml", BATCH);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(file);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(file);
    }
  }

  private static Rejection onlyRejection(String yaml, String delivery) {
    MappedDelivery mapped = map(yaml, delivery);
    assertThat(mapped.records()).isEmpty();
    assertThat(mapped.rejections()).hasSize(1);
    return mapped.rejections().get(0);
  }

  private static MappedDelivery map(String yaml, String delivery) {
    try {
      return PlatformMapper.of(List.of(new DescriptorFile("acme.yaml", yaml)), Samples.VOCABULARY)
          .map((ObjectNode) Samples.JSON.readTree(delivery));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
