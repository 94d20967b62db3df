package io.sendflowr.connectors.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.sendflowr.connectors.OutputTopic;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Decision.AppliedWeight;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.SendRequest;
import io.sendflowr.timing.WeekGrid;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;

/** Send schedules as written (SPEC section 6). */
public final class ScheduleJson implements JsonOutput<Schedule> {
  private static final long serialVersionUID = 1L;
  static final String MODEL_VERSION = "minute_click_v1";
  private static final int MILLIS_DIGITS = 3;

  @Override
  public byte[] key(Schedule schedule) {
    return schedule.request().requestId().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] value(Schedule schedule) {
    return Json.object(json -> write(schedule, json));
  }

  @Override
  public CloudEvent event(Schedule schedule) {
    return event(OutputTopic.SEND_SCHEDULES, decisionId(schedule), schedule);
  }

  /** A decision, or what is written of it elsewhere. */
  static CloudEvent event(OutputTopic topic, String id, Schedule schedule) {
    Decision decision = schedule.decision();
    return CloudEvent.of(topic, id, decision.decidedAt(), UniversalId.format(decision.person()))
        .revised(schedule.revision());
  }

  /** The id of a decision: the same whenever it is made. */
  static String decisionId(Schedule schedule) {
    return UUID.nameUUIDFromBytes(revision(schedule).getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** Where a decision is explained. */
  static String explanationRef(Schedule schedule) {
    return "explain:" + revision(schedule);
  }

  private static String revision(Schedule schedule) {
    return schedule.request().requestId() + ":" + schedule.revision();
  }

  private static void write(Schedule schedule, JsonGenerator json) throws IOException {
    SendRequest request = schedule.request();
    Decision decision = schedule.decision();
    boolean scheduled = decision.status() == Status.SCHEDULED;

    json.writeStringField("decision_id", decisionId(schedule));
    json.writeStringField("request_id", request.requestId());
    json.writeNumberField("revision", schedule.revision());
    json.writeStringField("status", decision.status().name().toLowerCase(Locale.ROOT));
    if (decision.status() == Status.CANCELLED) {
      json.writeStringField("cancel_reason", decision.cancelReason());
    }
    json.writeStringField("universal_id", UniversalId.format(decision.person()));
    if (scheduled) {
      json.writeNumberField("target_minute_utc", WeekGrid.slot(decision.target()));
      json.writeStringField("target_timestamp_utc", Timestamps.format(decision.target()));
      json.writeStringField("trigger_timestamp_utc", Timestamps.format(decision.trigger()));
    } else {
      json.writeNullField("target_minute_utc");
      json.writeNullField("target_timestamp_utc");
      json.writeNullField("trigger_timestamp_utc");
    }
    json.writeFieldName("latency_estimate_seconds");
    json.writeNumber(seconds(decision.latencyMillis()));
    json.writeNumberField("confidence_score", decision.confidence());
    json.writeNumberField("identity_confidence", decision.identityConfidence());
    json.writeStringField("model_version", MODEL_VERSION);
    json.writeStringField("explanation_ref", explanationRef(schedule));
    json.writeStringField("created_at_utc", Timestamps.format(decision.decidedAt()));
    writeDebug(decision, json);
    writeSuppression(decision, json);
    json.writeStringField("channel", request.channel());
    json.writeStringField("provider", request.provider());
    json.writeStringField("campaign_type", request.campaignType());
    json.writeStringField("intent_id", request.intentId());
    json.writeStringField("campaign_id", request.campaignId());
    json.writeStringField("template", request.template());
  }

  private static void writeDebug(Decision decision, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("debug");
    json.writeNumberField("base_curve_peak_minute", decision.baseCurvePeak());
    json.writeArrayFieldStart("applied_weights");
    for (AppliedWeight weight : decision.appliedWeights()) {
      json.writeStartObject();
      json.writeStringField("signal", weight.signal());
      json.writeNumberField("weight", weight.weight());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeBooleanField("suppressed", decision.isSuppressionActive());
    json.writeEndObject();
  }

  private static void writeSuppression(Decision decision, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("suppression");
    json.writeBooleanField("active", decision.isSuppressionActive());
    json.writeStringField("reason", decision.suppressionReason());
    boolean ends = decision.isSuppressionActive() && decision.suppressedUntil() != Long.MAX_VALUE;
    json.writeStringField("until", ends ? Timestamps.format(decision.suppressedUntil()) : null);
    json.writeEndObject();
  }

  /** Seconds without needless zeros. */
  static BigDecimal seconds(long millis) {
    BigDecimal seconds = BigDecimal.valueOf(millis, MILLIS_DIGITS).stripTrailingZeros();
    return seconds.scale() < 0 ? seconds.setScale(0) : seconds;
  }
}
