package io.sendflowr.connectors.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DescriptorReaderTest {
  private static final String GOOD =
      """
      platform: acme
      event_name: /body/type
      event_id: [/body/id, [/headers/x-id, /body/type]]
      event_time: {at: /body/at, format: epoch_seconds}
      identifiers:
        email: /body/email
      rules:
        - events: [a]
          when:
            - {at: /body/x, is: present}
          event_type: clicked
        - events: [a]
          event_type: {at: /body/state, map: {out: unsubscribed}, absent: clicked}
        - events: [b]
          links:
            - type_a: email
              identifier_a: /body/email
              type_b: shopify_customer_id
              identifier_b: {at: /body/gid, strip_prefix: "gid:"}
              weight: 0.9
              op: unlink
        - events: [c]
          reject: nothing is made of it
        - events: [d]
          erase:
            email: /body/email
        - events: [e]
          when:
            - {at: /body/text, says: [Opt out]}
          event_type: unsubscribed
          identifiers:
            email: {all_of: [/body/old, {at: /body/all, where: {/type: mail}, take: /address}]}
          metadata:
            channel: {text: sms}
            message_id: [[/body/message, /body/user], /body/sid]
      """;

  /** What is changed in the good descriptor, to what, and the error that has to follow. */
  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake("platform: acme\n", "", "acme.yaml:1: platform: is missing"),
        mistake("platform: acme", "platform: ' '", "acme.yaml:1: platform: must not be blank"),
        mistake("platform: acme", "platform: [acme]", ":1: platform: must be a single value"),
        mistake("platform: acme", "platform: acme\nplatform: b", ":2: platform: stands twice"),
        mistake("event_name:", "evnt_name:", ":2: evnt_name: is not a field of a descriptor"),
        mistake("when:", "if:", ":10: if: is not a field of a rule, which has events, when"),
        mistake("weight:", "wieght:", ":20: wieght: is not a field of a link"),
        mistake("is: present", "are: present", ":10: are: is not a field of when"),
        mistake("is: present", "is: there", ":10: is: must be present, absent or non_empty"),
        mistake("is: present", "is: present, equals: 1", ":10: at: a condition asks one thing"),
        mistake(", is: present", "", ":10: at: a condition asks one thing"),
        mistake("at: /body/x", "is: absent", ":10: is: stands twice"),
        mistake("{at: /body/x, is: present}", "{is: present}", ":10: at: is missing"),
        mistake("/body/type\n", "body/type\n", ":2: event_name: body/type is no JSON Pointer"),
        mistake("/body/email\n", "/email\n", ":6: email: /email leads nowhere"),
        mistake("/body/email\n", "/item/email\n", ":6: email: /item/email needs the field each"),
        mistake("/headers/x-id", "/headers/X-Id", ":3: event_id: /headers/X-Id never fits"),
        mistake("  email: /body/email", "  mail: /body/email", ":6: mail: is no identifier type"),
        mistake("\n  email: /body/email", " {}", ":7: identifiers: is missing"),
        mistake("event_type: clicked", "event_type: cliked", ":11: event_type: cliked is no event"),
        mistake("out: unsubscribed", "out: gone", ":13: out: gone is no event type"),
        mistake("{out: unsubscribed}", "{}", ":13: map: must not be empty"),
        mistake("map: {out: unsubscribed}, ", "", ":13: map: is missing"),
        mistake("absent: clicked", "absent: cliked", ":13: absent: cliked is no event type"),
        mistake("epoch_seconds", "seconds", ":4: format: must be iso, utc, epoch_seconds or"),
        mistake("type_b: shopify_customer_id", "type_b: shopify", ":18: shopify: is no identifier"),
        mistake("weight: 0.9", "weight: 1.5", ":20: weight: must be above 0 and at most 1"),
        mistake("weight: 0.9", "weight: much", ":20: weight: must be a number"),
        mistake("op: unlink", "op: cut", ":21: op: must be link or unlink"),
        mistake("identifier_a: /body/email", "# ", ":16: identifier_a: is missing"),
        mistake("is made of it", "is made of it.", ":23: reject: is written without the full stop"),
        mistake("reject: nothing", "event_id: /body/id\n    reject: n", ":23: event_id: has no m"),
        mistake("links:", "metadata: {a: /body/a}\n    links:", ":15: metadata: has no meaning in"),
        mistake(
            "reject: nothing is made of it",
            "",
            ":22: event_type: is missing; a rule has event_type, links, erase or reject"),
        mistake(
            "erase:", "event_type: clicked\n    erase:", ":25: event_type: has no meaning in a"),
        mistake("erase:", "identifiers: {}\n    erase:", ":25: identifiers: has no meaning in a"),
        mistake("erase:", "links: []\n    erase:", ":25: links: has no meaning in a rule that e"),
        mistake("erase:", "reject: no\n    erase:", ":27: erase: has no meaning in a rule that"),
        mistake("erase:\n      email: /body/email", "erase: {}", ":25: erase: must not be empty"),
        mistake("erase:\n      email", "erase:\n      mail", ":26: mail: is no identifier type"),
        mistake("erase:\n      email: /body/email", "erase: /body/email", ":25: erase: must have"),
        mistake("[b]", "[]", ":14: events: must not be empty"),
        mistake("- events: [b]\n    links", "- links", ":14: events: a rule names its events"),
        mistake("[c]", "[c, a]", ":22: events: this rule is never reached"),
        mistake("event_name:", "each: /item\nevent_name:", ":2: each: must be where the array"),
        mistake("event_name:", "body_format: xml\nevent_name:", ":2: body_format: must be json or"),
        mistake("[Opt out]", "['!']", ":29: says: ! has no letter or digit"),
        mistake("says: [Opt out]", "first_word: [opt out]", ":29: first_word: never fits more"),
        mistake("says: [Opt out]", "says: [a], is: present", ":29: at: a condition asks one"),
        mistake("where: {/type: mail}, take: /address", "where: {/type: a}", ":32: where: needs"),
        mistake("{/type: mail}", "{type: mail}", ":32: where: type is no JSON Pointer"),
        mistake("{/type: mail}", "{/type: []}", ":32: /type: must not be empty"),
        mistake("take: /address", "take: address", ":32: take: address is no JSON Pointer"),
        mistake("all_of: [", "all_of: [{text: a}, ", ":32: text: has no meaning here: it would be"),
        mistake("{text: sms}", "{all_of: [/body/a]}", ":34: all_of: has no meaning here: one"),
        mistake("{text: sms}", "[{text: a}, /body/a]", ":34: channel: is never reached"),
        mistake("{text: sms}", "{text: sms, at: /body/a}", ":34: at: has no meaning beside a t"),
        mistake("{text: sms}", "{txt: sms}", ":34: txt: is not a field of channel"),
        mistake("/body/sid]", "{text: a}]", ":35: message_id: tells nothing apart"),
        mistake("email: /body/email\n", "email: {text: a}\n", ":6: text: has no meaning here"),
        mistake("/body/gid", "/paths", ":19: at: /paths leads nowhere"),
        mistake("platform: acme", "platform: 'acme", "acme.yaml: not valid YAML"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeIsNamedByFileLineAndField(String what, String instead, String error) {
    assertThat(GOOD).contains(what);
    String yaml = GOOD.replaceFirst(Pattern.quote(what), instead);
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(DescriptorException.class)
        .hasMessageContaining("acme.yaml")
        .hasMessageContaining(error);
  }

  @Test
  void whatTheMistakesAreMadeOfIsGood() {
    assertThat(read(GOOD).rules()).containsOnlyKeys("a", "b", "c", "d", "e");
  }

  @Test
  void anEmptyFileIsNamed() {
    assertThatThrownBy(() -> read("# nothing\n"))
        .isInstanceOf(DescriptorException.class)
        .hasMessage("acme.yaml:1: platform: the file is empty");
  }

  @Test
  void aListIsNoDescriptor() {
    assertThatThrownBy(() -> read("- a\n"))
        .isInstanceOf(DescriptorException.class)
        .hasMessage("acme.yaml:1: the descriptor: must have named fields");
  }

  @Test
  void twoDescriptorsOfOnePlatformAreAnError() {
    assertThatThrownBy(
            () ->
                PlatformMapper.of(
                    List.of(
                        new DescriptorFile("one.yaml", GOOD), new DescriptorFile("two.yaml", GOOD)),
                    Samples.VOCABULARY))
        .isInstanceOf(DescriptorException.class)
        .hasMessage("two.yaml: platform: another descriptor is for acme too");
  }

  @Test
  void whatShipsIsFoundInAFolderAndInAJar(@TempDir Path folder) throws IOException {
    Files.writeString(Files.createDirectory(folder.resolve("platforms")).resolve("a.yaml"), GOOD);
    Path jar = folder.resolve("code.jar");
    // Jars that are put together of others need not have entries for folders.
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (String name : List.of("platforms/b.yaml", "platforms/a.yaml", "platforms/b.txt")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(GOOD.getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }

    assertThat(DescriptorFile.shippedIn(folder))
        .containsExactly(new DescriptorFile("a.yaml", GOOD));
    assertThat(DescriptorFile.shippedIn(jar))
        .containsExactly(new DescriptorFile("a.yaml", GOOD), new DescriptorFile("b.yaml", GOOD));
  }

  @Test
  void aPlatformIsNamedLikeItsFile() {
    assertThat(DescriptorFile.builtIn())
        .isNotEmpty()
        .allSatisfy(
            file ->
                assertThat(file.yaml())
                    .containsPattern("(?m)^platform: " + file.name().replace(".yaml", "$")));
  }

  private static Descriptor read(String yaml) {
    return DescriptorReader.read(new DescriptorFile("acme.yaml", yaml), Samples.VOCABULARY);
  }

  private static Arguments mistake(String what, String instead, String error) {
    return Arguments.of(what, instead, error);
  }
}
