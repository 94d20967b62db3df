package io.sendflowr.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sendflowr.connectors.platform.DescriptorFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookRecordTest {
  private static final long NOW = 1_768_046_400_000L;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Test
  void jsonStaysAsItWasWrittenOnOneLine() {
    assertThat(record("{\n \"id\": 92233720368547758079,\r\n \"x\": 1.10e2}\n"))
        .contains("\"body\":{  \"id\": 92233720368547758079,   \"x\": 1.10e2}}")
        .doesNotContain("\n")
        .doesNotContain("\r");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a=1&b=%20", "{\"id\":", "{\"id\":1} {}", "\"text\"", "17", "null", "{\"a\":01}"})
  void whatIsNoObjectOrArrayIsText(String body) throws IOException {
    assertThat(JSON.readTree(record(body)).path("body").textValue()).isEqualTo(body);
  }

  @Test
  void whatIsTooDeepIsTextAndCanBeRead() throws IOException {
    String deep = "[".repeat(1000) + "]".repeat(1000);
    assertThat(JSON.readTree(record(deep)).path("body").isTextual()).isTrue();
    String lessDeep = "[".repeat(999) + "]".repeat(999);
    assertThat(JSON.readTree(record(lessDeep)).path("body").isArray()).isTrue();
  }

  @Test
  void bytesThatAreNoUtf8AreText() throws IOException {
    byte[] record =
        WebhookRecord.of(
            "acme", NOW, Map.of(), Optional.empty(), "", new byte[] {'{', (byte) 0xff, '}'});
    assertThat(JSON.readTree(record).path("body").textValue()).isEqualTo("{\ufffd}");
  }

  @Test
  void proofsAndPeopleStayBehind() throws IOException {
    JsonNode record =
        JSON.readTree(
            WebhookRecord.of(
                "acme",
                NOW,
                Map.of(
                    "x-acme", "proof",
                    "authorization", "Bearer x",
                    "cookie", "a=b",
                    "x-forwarded-for", "198.51.100.7",
                    "user-agent", "curl",
                    "x-acme-topic", "sold",
                    "content-type", "application/json"),
                Optional.of("x-acme"),
                "orders/sold",
                "{}".getBytes(StandardCharsets.UTF_8)));
    assertThat(record.toString())
        .isEqualTo(
            "{\"platform\":\"acme\",\"received_at\":\"2026-01-10T12:00:00Z\",\"headers\":{\"content-type\":"
                + "\"application/json\",\"x-acme-topic\":\"sold\"},\"path\":\"orders/sold\",\"body\":{}}");
  }

  @Test
  void whatDescriptorsReadGoesOn() throws IOException {
    Pattern read = Pattern.compile("/headers/([a-z0-9-]+)");
    for (DescriptorFile file : DescriptorFile.builtIn()) {
      Matcher matcher = read.matcher(file.toString());
      while (matcher.find()) {
        assertThat(WebhookRecord.goesOn(matcher.group(1))).as(matcher.group(1)).isTrue();
      }
    }
  }

  private static String record(String body) {
    return new String(
        WebhookRecord.of(
            "acme", NOW, Map.of(), Optional.empty(), "", body.getBytes(StandardCharsets.UTF_8)),
        StandardCharsets.UTF_8);
  }
}
