package io.sendflowr.connectors.json;

import static io.sendflowr.connectors.json.Readings.EMAIL_HASH;
import static io.sendflowr.connectors.json.Readings.at;
import static org.assertj.core.api.Assertions.assertThat;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.flow.Explanation;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.Claim;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Lead;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.latency.Latency;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.Grounds;
import io.sendflowr.timing.Grounds.Boost;
import io.sendflowr.timing.Grounds.Hold;
import io.sendflowr.timing.Grounds.Origin;
import io.sendflowr.timing.Ranking;
import io.sendflowr.timing.Ranking.Scored;
import io.sendflowr.timing.SendRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExplanationJsonTest {
  private static final long PERSON = 0x00000000acf720ccL;
  private static final long NOON = at("2026-01-10T12:00:00Z");
  private static final Identifier USER = new Identifier(100, EMAIL_HASH);
  private static final Identifier PROFILE = new Identifier(500, "k-1");
  private static final Identifier COOKIE = new Identifier(1800, "c-1");
  private static final Identifier ELSEWHERE = new Identifier(1800, "c-2");
  private static final LiveLink LINK = new LiveLink(USER, PROFILE, 0.9, "crm", 0, 0);
  private static final LiveLink SEEN = new LiveLink(PROFILE, COOKIE, 1.0, "shopify", 0, 0);
  private static final SendRequest REQUEST =
      new SendRequest(
          "r-1",
          NOON,
          NOON - 250,
          List.of(PROFILE, COOKIE, ELSEWHERE),
          PERSON,
          NOON,
          NOON + 3_600_000,
          300_000,
          null,
          null,
          null,
          null,
          null,
          null);
  private static final Decision DECISION =
      new Decision(
          Status.SCHEDULED,
          PERSON,
          NOON + 300_000,
          new Latency(300_000, 20),
          0,
          1.0,
          NOON,
          540,
          List.of(),
          "unsubscribed",
          Long.MAX_VALUE);

  private final ExplanationJson json = new ExplanationJson(CatalogueReader.builtIn());

  @Test
  void tellsEverythingThatADecisionWasMadeFrom() {
    Grounds grounds =
        new Grounds(
            List.of(USER, PROFILE),
            List.of(
                new Lead(PROFILE, new Claim(IdentifierClass.PLATFORM, 0.855), null, List.of(LINK)),
                new Lead(COOKIE, new Claim(IdentifierClass.WEAK, 0.45), SEEN, List.of(SEEN, LINK))),
            List.of(new Boost("product_view", NOON, 2.0, new Origin("shopify", "e-1", NOON - 9))),
            List.of(
                new Hold("fatigue", NOON, NOON + 1, Origin.derived(NOON)),
                new Hold("unsubscribed", NOON, Long.MAX_VALUE, new Origin("klaviyo", "e-2", NOON))),
            List.of(NOON - 60_000),
            new Ranking(NOON + 300_000, 55, List.of(new Scored(NOON + 300_000, 0.00015))));

    assertThat(written(new Explanation(new Schedule(REQUEST, 0, DECISION), grounds)))
        .isEqualTo(
            """
            {"explanation_ref":"explain:r-1:0",\
            "decision_id":"95ac55c6-0eb3-303c-b0f0-8c13fd517409","request_id":"r-1","revision":0,\
            "status":"scheduled","universal_id":"sf_00000000acf720cc",\
            "decided_at_utc":"2026-01-10T12:00:00Z","model_version":"minute_click_v1",\
            "request":{"timestamp":"2026-01-10T12:00:00Z",\
            "reported_timestamp":"2026-01-10T11:59:59.750Z","send_after":"2026-01-10T12:00:00Z",\
            "send_before":"2026-01-10T13:00:00Z","latency_estimate_seconds":300,\
            "channel":"email","provider":null},\
            "identifiers":{"email_hash":["%1$s"],"klaviyo_id":["k-1"]},\
            "resolution":[{"identifier":"klaviyo_id:k-1","class":"platform","confidence":0.855,\
            "owner_link":null,"path":[{"identifier_a":"email_hash:%1$s",\
            "identifier_b":"klaviyo_id:k-1","weight":0.9,"source":"crm"}]},\
            {"identifier":"cookie_id:c-1","class":"weak","confidence":0.45,\
            "owner_link":{"identifier_a":"klaviyo_id:k-1","identifier_b":"cookie_id:c-1",\
            "weight":1.0,"source":"shopify"},"path":[{"identifier_a":"klaviyo_id:k-1",\
            "identifier_b":"cookie_id:c-1","weight":1.0,"source":"shopify"},\
            {"identifier_a":"email_hash:%1$s","identifier_b":"klaviyo_id:k-1","weight":0.9,\
            "source":"crm"}]}],"resolved_elsewhere":["cookie_id:c-2"],\
            "identity_confidence":1.0,\
            "hot_paths":[{"signal":"product_view","timestamp":"2026-01-10T12:00:00Z",\
            "source":"shopify","event_id":"e-1","reported_timestamp":"2026-01-10T11:59:59.991Z",\
            "weight":2.0}],"suppressions":[{"reason":"fatigue",\
            "start":"2026-01-10T12:00:00Z","end":"2026-01-10T12:00:00.001Z","source":"derived",\
            "event_id":null,"reported_timestamp":"2026-01-10T12:00:00Z"},\
            {"reason":"unsubscribed","start":"2026-01-10T12:00:00Z","end":null,\
            "source":"klaviyo","event_id":"e-2","reported_timestamp":"2026-01-10T12:00:00Z"}],\
            "latency":{"seconds":300,"from":"provider","samples":20},\
            "clicks":{"count":1,"timestamps":["2026-01-10T11:59:00Z"]},\
            "candidates":{"count":55,"first":"2026-01-10T12:05:00Z",\
            "last":"2026-01-10T12:59:00Z","best":[{"timestamp":"2026-01-10T12:05:00Z",\
            "minute_utc":7925,"score":1.5E-4}]}}"""
                .formatted(EMAIL_HASH));
  }

  @Test
  void aCancelledRequestRefersToItsLastDecision() {
    Schedule cancelled = new Schedule(REQUEST, 3, DECISION.cancelled(Decision.REQUESTED, NOON));

    assertThat(written(new Explanation(cancelled, null)))
        .isEqualTo(
            """
            {"explanation_ref":"explain:r-1:3",\
            "decision_id":"%s","request_id":"r-1","revision":3,\
            "status":"cancelled","universal_id":"sf_00000000acf720cc",\
            "decided_at_utc":"2026-01-10T12:00:00Z","model_version":"minute_click_v1",\
            "cancel_reason":"requested","previous_explanation_ref":"explain:r-1:2"}"""
                .formatted(ScheduleJson.decisionId(cancelled)));
  }

  @Test
  void isKeyedByWhatTheScheduleRefersTo() {
    byte[] key = json.key(new Explanation(new Schedule(REQUEST, 0, DECISION), null));

    assertThat(new String(key, StandardCharsets.UTF_8)).isEqualTo("explain:r-1:0");
  }

  @Test
  void isAnEventOfItsOwn() {
    Schedule schedule = new Schedule(REQUEST, 3, DECISION);
    assertThat(json.event(new Explanation(schedule, null)))
        .isEqualTo(
            new CloudEvent(
                OutputTopic.EXPLANATIONS,
                CloudEvent.idOf(
                    OutputTopic.EXPLANATIONS, "explain:r-1:3".getBytes(StandardCharsets.UTF_8)),
                Optional.of("2026-01-10T12:00:00Z"),
                Optional.of("sf_00000000acf720cc"),
                Optional.of("0000000003")));
  }

  private String written(Explanation explanation) {
    return new String(json.value(explanation), StandardCharsets.UTF_8);
  }
}
