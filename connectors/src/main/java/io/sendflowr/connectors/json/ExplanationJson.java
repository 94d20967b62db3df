package io.sendflowr.connectors.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.flow.Explanation;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Lead;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Grounds;
import io.sendflowr.timing.Grounds.Boost;
import io.sendflowr.timing.Grounds.Hold;
import io.sendflowr.timing.Ranking;
import io.sendflowr.timing.Ranking.Scored;
import io.sendflowr.timing.SendRequest;
import io.sendflowr.timing.WeekGrid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Why schedules are as they are, as written (SPEC section 6, "Explanation"): with the catalogue all
 * that it takes to compute the decision again. Numbers are not rounded.
 */
public final class ExplanationJson implements JsonOutput<Explanation> {
  private static final long serialVersionUID = 1L;

  private final Catalogue catalogue;

  /**
   * @param catalogue names of the identifier types; it must have every type that occurs
   */
  public ExplanationJson(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  @Override
  public byte[] key(Explanation explanation) {
    return ScheduleJson.explanationRef(explanation.schedule()).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] value(Explanation explanation) {
    return Json.object(json -> write(explanation, json));
  }

  @Override
  public CloudEvent event(Explanation explanation) {
    OutputTopic topic = OutputTopic.EXPLANATIONS;
    // Not the reference itself: a request id may hold characters that no attribute can.
    return ScheduleJson.event(
        topic, CloudEvent.idOf(topic, key(explanation)), explanation.schedule());
  }

  private void write(Explanation explanation, JsonGenerator json) throws IOException {
    Schedule schedule = explanation.schedule();
    Decision decision = schedule.decision();
    json.writeStringField("explanation_ref", ScheduleJson.explanationRef(schedule));
    json.writeStringField("decision_id", ScheduleJson.decisionId(schedule));
    json.writeStringField("request_id", schedule.request().requestId());
    json.writeNumberField("revision", schedule.revision());
    json.writeStringField("status", decision.status().name().toLowerCase(Locale.ROOT));
    json.writeStringField("universal_id", UniversalId.format(decision.person()));
    json.writeStringField("decided_at_utc", Timestamps.format(decision.decidedAt()));
    json.writeStringField("model_version", ScheduleJson.MODEL_VERSION);
    if (explanation.grounds() == null) {
      json.writeStringField("cancel_reason", decision.cancelReason());
      json.writeStringField("previous_explanation_ref", previous(schedule));
      return;
    }
    Grounds grounds = explanation.grounds();
    writeRequest(schedule.request(), json);
    ResolutionJson.writeIdentifiers("identifiers", grounds.members(), catalogue, json);
    writeResolution(schedule.request(), grounds, json);
    json.writeNumberField("identity_confidence", decision.identityConfidence());
    writeHotPaths(grounds, json);
    writeSuppressions(grounds, json);
    json.writeObjectFieldStart("latency");
    json.writeFieldName("seconds");
    json.writeNumber(ScheduleJson.seconds(decision.latencyMillis()));
    boolean measured = decision.latency().isMeasured();
    json.writeStringField("from", measured ? "provider" : "request");
    json.writeNumberField("samples", decision.latency().samples());
    json.writeEndObject();
    json.writeObjectFieldStart("clicks");
    json.writeNumberField("count", grounds.clicks().size());
    json.writeArrayFieldStart("timestamps");
    for (long click : grounds.clicks()) {
      json.writeString(Timestamps.format(click));
    }
    json.writeEndArray();
    json.writeEndObject();
    writeRanking(grounds.ranking(), json);
  }

  private static String previous(Schedule schedule) {
    return ScheduleJson.explanationRef(
        new Schedule(schedule.request(), schedule.revision() - 1, schedule.decision()));
  }

  private static void writeRequest(SendRequest request, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("request");
    json.writeStringField("timestamp", Timestamps.format(request.time()));
    json.writeStringField("reported_timestamp", Timestamps.format(request.reportedTime()));
    json.writeStringField("send_after", Timestamps.format(request.sendAfter()));
    json.writeStringField("send_before", Timestamps.format(request.sendBefore()));
    json.writeFieldName("latency_estimate_seconds");
    json.writeNumber(ScheduleJson.seconds(request.latencyMillis()));
    json.writeStringField("channel", request.effectiveChannel());
    json.writeStringField("provider", request.provider());
    json.writeEndObject();
  }

  private void writeResolution(SendRequest request, Grounds grounds, JsonGenerator json)
      throws IOException {
    json.writeArrayFieldStart("resolution");
    for (Lead lead : grounds.leads()) {
      json.writeStartObject();
      json.writeStringField(
          "identifier",
          lead.presented() == null
              ? UniversalId.format(request.personKey())
              : lead.presented().text(catalogue));
      json.writeStringField("class", lead.claim().kind().name().toLowerCase(Locale.ROOT));
      json.writeNumberField("confidence", lead.claim().confidence());
      json.writeFieldName("owner_link");
      if (lead.owner() == null) {
        json.writeNull();
      } else {
        writeLink(lead.owner(), json);
      }
      json.writeArrayFieldStart("path");
      for (LiveLink link : lead.path()) {
        writeLink(link, json);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("resolved_elsewhere");
    for (Identifier identifier : request.identifiers()) {
      if (grounds.leads().stream().noneMatch(lead -> identifier.equals(lead.presented()))) {
        json.writeString(identifier.text(catalogue));
      }
    }
    json.writeEndArray();
  }

  private void writeLink(LiveLink link, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("identifier_a", link.a().text(catalogue));
    json.writeStringField("identifier_b", link.b().text(catalogue));
    json.writeNumberField("weight", link.weight());
    json.writeStringField("source", link.source());
    json.writeEndObject();
  }

  private static void writeHotPaths(Grounds grounds, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("hot_paths");
    for (Boost boost : grounds.boosts()) {
      json.writeStartObject();
      json.writeStringField("signal", boost.signal());
      json.writeStringField("timestamp", Timestamps.format(boost.time()));
      writeOrigin(boost.origin(), json);
      json.writeNumberField("weight", boost.weight());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeSuppressions(Grounds grounds, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("suppressions");
    for (Hold hold : grounds.holds()) {
      json.writeStartObject();
      json.writeStringField("reason", hold.reason());
      json.writeStringField("start", Timestamps.format(hold.start()));
      json.writeStringField(
          "end", hold.end() == Long.MAX_VALUE ? null : Timestamps.format(hold.end()));
      writeOrigin(hold.origin(), json);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeOrigin(Grounds.Origin origin, JsonGenerator json) throws IOException {
    json.writeStringField("source", origin.source());
    json.writeStringField("event_id", origin.eventId());
    json.writeStringField("reported_timestamp", Timestamps.format(origin.reportedTime()));
  }

  private static void writeRanking(Ranking ranking, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("candidates");
    json.writeNumberField("count", ranking.candidates());
    boolean any = ranking.candidates() > 0;
    long last = ranking.first() + (ranking.candidates() - 1) * WeekGrid.MINUTE;
    json.writeStringField("first", any ? Timestamps.format(ranking.first()) : null);
    json.writeStringField("last", any ? Timestamps.format(last) : null);
    json.writeArrayFieldStart("best");
    for (Scored scored : ranking.best()) {
      json.writeStartObject();
      json.writeStringField("timestamp", Timestamps.format(scored.minute()));
      json.writeNumberField("minute_utc", WeekGrid.slot(scored.minute()));
      json.writeNumberField("score", scored.score());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
