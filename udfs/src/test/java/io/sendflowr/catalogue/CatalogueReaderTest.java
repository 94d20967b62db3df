package io.sendflowr.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogueReaderTest {
  private static final String FILE = "mine.yaml";

  /** The smallest of everything; the tests break one line of it at a time. */
  private static final String VALID =
      """
      identifiers:
        - {name: mail, rank: 10, weight: 1.0, class: deterministic, form: email_hash}
        - {name: shop, rank: 5, weight: 0.9, class: platform, shared_limit: 3}
      aliases:
        - {name: email, type: mail}
      placeholders: [Nobody, "  None "]
      hot_paths:
        - {type: view, amplitude: 2.5, tau_minutes: 15, fresh_minutes: 0.5, effect_minutes: 60}
        - {type: visit, amplitude: 1, tau_minutes: 1, fresh_minutes: 1, effect_minutes: 1}
      circuit_breakers:
        - {type: ticket, window_hours: 48, ended_by: [solved]}
        - {type: spam, permanent: true}
        - {type: gone, window_hours: 1, permanent_channel: sms}
      clicks: [clicked]
      other: [sent, solved]
      """;

  @Test
  void readsEveryField() {
    Catalogue catalogue = CatalogueReader.read(FILE, VALID);

    assertThat(catalogue.identifierTypes())
        .containsExactly(
            new IdentifierType("shop", 5, 0.9, IdentifierClass.PLATFORM, IdentifierForm.PLAIN, 3),
            new IdentifierType(
                "mail", 10, 1.0, IdentifierClass.DETERMINISTIC, IdentifierForm.EMAIL_HASH, 5));
    assertThat(catalogue.typeNamed("email").name()).isEqualTo("mail");
    assertThat(List.of("nobody", "none")).allMatch(catalogue::isPlaceholder);
    assertThat(catalogue.hotPath("view"))
        .isEqualTo(new HotPath("view", 2.5, 900_000, 30_000, 3_600_000));
    assertThat(catalogue.circuitBreaker("ticket"))
        .isEqualTo(new CircuitBreaker("ticket", 172_800_000, "", List.of("solved")));
    assertThat(catalogue.circuitBreaker("spam"))
        .isEqualTo(new CircuitBreaker("spam", CircuitBreaker.PERMANENT, "", List.of()));
    assertThat(catalogue.circuitBreaker("gone"))
        .isEqualTo(new CircuitBreaker("gone", 3_600_000, "sms", List.of()));
    assertThat(List.of("view", "ticket", "spam", "gone", "solved", "clicked", "sent"))
        .allMatch(catalogue::isKnown);
  }

  /** Each error says where it is: file, line and field. */
  @ParameterizedTest(name = "{3} in line {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // a field that is misspelt or not there
        "shared_limit: 3  | shard_limit: 3      | 3 | shard_limit",
        "other: [sent     | others: [sent       | 1 | other",
        "rank: 10,        | ``                  | 2 | rank",
        "name: mail,      | ``                  | 2 | name",
        "weight: 0.9,     | ``                  | 3 | weight",
        "class: platform, | ``                  | 3 | class",
        "tau_minutes: 15, | ``                  | 8 | tau_minutes",
        "name: email,     | ``                  | 5 | name",
        "clicks: [clicked]| ``                  | 1 | clicks",
        // numbers
        "rank: 10         | rank: ten           | 2 | rank",
        "rank: 10         | rank: 0             | 2 | rank",
        "rank: 10         | rank: 32768         | 2 | rank",
        "rank: 10         | rank: 5.5           | 2 | rank",
        "rank: 10         | rank: [10]          | 2 | rank",
        "rank: 10         | rank:               | 2 | rank",
        "weight: 0.9      | weight: 1.01        | 3 | weight",
        "weight: 0.9      | weight: 0           | 3 | weight",
        "weight: 0.9      | weight: -0.5        | 3 | weight",
        "weight: 0.9      | weight: NaN         | 3 | weight",
        "shared_limit: 3  | shared_limit: 0     | 3 | shared_limit",
        "shared_limit: 3  | shared_limit: 1.5   | 3 | shared_limit",
        "amplitude: 2.5   | amplitude: lots     | 8 | amplitude",
        "amplitude: 2.5   | amplitude: 0        | 8 | amplitude",
        "tau_minutes: 15  | tau_minutes: 0      | 8 | tau_minutes",
        "fresh_minutes: 0.5 | fresh_minutes: -1 | 8 | fresh_minutes",
        "window_hours: 48 | window_hours: soon  | 11 | window_hours",
        "window_hours: 48 | window_hours: 0     | 11 | window_hours",
        "window_hours: 48 | window_hours: -48   | 11 | window_hours",
        "window_hours: 48 | window_hours: 1e-9  | 11 | window_hours",
        "window_hours: 48 | window_hours: 2e6   | 11 | window_hours",
        "weight: 0.9      | weight: 0.9f        | 3 | weight",
        "weight: 0.9      | weight: 0x1p-1      | 3 | weight",
        "weight: 0.9      | weight: Infinity    | 3 | weight",
        // names
        "name: shop       | name: 'shop:id'     | 3 | name",
        "name: email      | name: 'e mail'      | 5 | name",
        "type: view       | type: ''            | 8 | type",
        "clicks: [clicked] | clicks: ['']       | 14 | clicks",
        "[Nobody,         | [' ',               | 6 | placeholders",
        // one of few
        "class: platform  | class: plattform    | 3 | class",
        "form: email_hash | form: md5           | 2 | form",
        "permanent: true  | permanent: maybe    | 12 | permanent",
        // either a window or for good
        "permanent: true  | permanent: true, window_hours: 3 | 12 | window_hours",
        "window_hours: 48, | ``                 | 11 | window_hours",
        "permanent: true  | permanent: true, permanent_channel: sms | 12 | permanent_channel",
        // what ends nothing, or would end what it cannot
        "[solved]         | [sloved]            | 11 | ended_by",
        "[solved]         | solved              | 11 | ended_by",
        // twice
        "rank: 10         | rank: 5             | 3 | rank",
        "name: shop       | name: mail          | 3 | name",
        "name: email      | name: shop          | 5 | name",
        "type: spam       | type: ticket        | 12 | type",
        "rank: 10         | rank: 10, rank: 11  | 2 | rank",
        "type: visit      | type: view          | 9 | type",
        "[Nobody,         | [None,              | 6 | placeholders",
        "[clicked]        | [clicked, clicked]  | 14 | clicks",
        "[sent,           | [sent, sent,        | 15 | other",
        "[solved]         | [solved, solved]    | 11 | ended_by",
        "[sent,           | [view,              | 15 | other",
        "[sent,           | [ticket,            | 15 | other",
        "[sent,           | [clicked,           | 15 | other",
        // an alias of nothing
        "type: mail       | type: male          | 5 | type",
        // the wrong shape
        "clicks: [clicked] | clicks: clicked    | 14 | clicks",
        "other: [sent     | other: [[sent]      | 15 | other",
        "{name: email, type: mail} | email      | 5 | aliases"
      })
  void errorsNameFileLineAndField(String good, String bad, int line, String field) {
    String yaml = VALID.replace(good, bad);

    assertThat(yaml).isNotEqualTo(VALID);
    assertThatThrownBy(() -> CatalogueReader.read(FILE, yaml))
        .isInstanceOf(CatalogueException.class)
        .hasMessageStartingWith(FILE + ":" + line + ": ")
        .hasMessageContaining(field);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "identifiers: [\n  {name: x\nhot_paths: ]",
        "identifiers:\n\t- tabs",
        "identifiers: \"never closed",
        "identifiers: *nothing",
        "identifiers: []\n--- \nanother: document",
        "identifiers: [\u0007]"
      })
  void whatIsNoYamlIsNamedWithItsFile(String yaml) {
    assertThatThrownBy(() -> CatalogueReader.read(FILE, yaml))
        .isInstanceOf(CatalogueException.class)
        .hasMessageContaining(FILE)
        .hasMessageContaining("YAML")
        .satisfies(failure -> assertThat(failure.getMessage()).hasLineCount(1));
  }

  @Test
  void brokenYamlIsNamedWithItsLine() {
    assertThatThrownBy(() -> CatalogueReader.read(FILE, "a: 1\nb: 2\nc: ]\n"))
        .isInstanceOf(CatalogueException.class)
        .hasMessageStartingWith(FILE + ":3: ");
    assertThatThrownBy(() -> CatalogueReader.read(FILE, "a: 1\nb: 2\nc: \u0007\n"))
        .isInstanceOf(CatalogueException.class)
        .hasMessageStartingWith(FILE + ":3: ");
  }

  @Test
  void aFieldNobodyAskedForIsNamedAtTheTopToo() {
    assertThatThrownBy(() -> CatalogueReader.read(FILE, VALID + "extra: 1\n"))
        .isInstanceOf(CatalogueException.class)
        .hasMessageStartingWith(FILE + ":16: extra ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing but a comment\n", "- a\n- list\n", "just a word"})
  void whatHasNoFieldsIsRefused(String yaml) {
    assertThatThrownBy(() -> CatalogueReader.read(FILE, yaml))
        .isInstanceOf(CatalogueException.class)
        .hasMessageStartingWith(FILE);
  }

  @Test
  void readsAFile(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve(FILE), VALID);

    assertThat(CatalogueReader.read(file).isClick("clicked")).isTrue();
    Files.writeString(file, VALID.replace("clicks:", "clycks:"));
    assertThatThrownBy(() -> CatalogueReader.read(file))
        .isInstanceOf(CatalogueException.class)
        .hasMessageStartingWith(file + ":1: clicks ");
  }

  @Test
  void aFileThatCannotBeReadIsNamed(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("missing.yaml");
    Path latin = Files.write(folder.resolve("latin.yaml"), new byte[] {'#', (byte) 0xe9, '\n'});

    assertThatThrownBy(() -> CatalogueReader.read(missing))
        .isInstanceOf(CatalogueException.class)
        .hasMessage(missing + ": there is no such file");
    assertThatThrownBy(() -> CatalogueReader.read(folder))
        .isInstanceOf(CatalogueException.class)
        .hasMessageStartingWith(folder + ": cannot be read");
    assertThatThrownBy(() -> CatalogueReader.read(latin))
        .isInstanceOf(CatalogueException.class)
        .hasMessage(latin + ": is not UTF-8");
  }
}
