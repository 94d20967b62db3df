package io.sendflowr.flink;

import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.Claim;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.Lead;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.Sighting;
import io.sendflowr.latency.DeliveryMetadata;
import io.sendflowr.latency.DeliveryReport;
import io.sendflowr.latency.Latency;
import io.sendflowr.latency.LatencyEstimate;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.record.DeadLetterReason;
import io.sendflowr.record.Origin;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Decision.AppliedWeight;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.Grounds;
import io.sendflowr.timing.Grounds.Boost;
import io.sendflowr.timing.Grounds.Hold;
import io.sendflowr.timing.Ranking;
import io.sendflowr.timing.Ranking.Scored;
import io.sendflowr.timing.SendRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** How the parts of messages and state are written: the first released form. */
final class Wire {
  private static final int LINKED = 0;
  private static final int CONSENTED = 1;
  private static final int ERASED = 2;

  /**
   * Header of a text that is null; others are twice one more than the length, and {@link #WIDE}.
   */
  private static final int NO_TEXT = 0;

  private static final int WIDE = 1;
  private static final int MOST_NAMES = 4_096;
  private static final Map<String, String> NAMES = new ConcurrentHashMap<>();

  private Wire() {}

  /** A text, or null. */
  static void writeText(String text, DataOutputView out) throws IOException {
    if (text == null) {
      writeCount(NO_TEXT, out);
      return;
    }
    byte[] narrow = text.getBytes(StandardCharsets.ISO_8859_1);
    // What does not fit a byte has become a question mark.
    if (isLossless(text, narrow)) {
      writeCount((narrow.length + 1) << 1, out);
      out.write(narrow);
    } else {
      writeCount(((text.length() + 1) << 1) | WIDE, out);
      out.writeChars(text);
    }
  }

  /**
   * A text, or null. Flink's own form of texts is read char by char, by way of a buffer of the
   * thread: half of what it took to read an event.
   */
  static String readText(DataInputView in) throws IOException {
    int header = readCount(in);
    if (header == NO_TEXT) {
      return null;
    }
    int length = (header >>> 1) - 1;
    if ((header & WIDE) == 0) {
      byte[] narrow = new byte[length];
      in.readFully(narrow);
      return new String(narrow, StandardCharsets.ISO_8859_1);
    }
    char[] chars = new char[length];
    for (int i = 0; i < length; i++) {
      chars[i] = in.readChar();
    }
    return new String(chars);
  }

  /**
   * A text of which there are few, as event types and sources: the same object whenever it is read,
   * so that it is hashed once and not for every rule that asks for it.
   */
  static String readName(DataInputView in) throws IOException {
    String read = readText(in);
    String known = NAMES.get(read);
    if (known != null) {
      return known;
    }
    if (NAMES.size() < MOST_NAMES) {
      NAMES.put(read, read);
    }
    return read;
  }

  private static boolean isLossless(String text, byte[] narrow) {
    for (int i = 0; i < narrow.length; i++) {
      if (narrow[i] == '?' && text.charAt(i) != '?') {
        return false;
      }
    }
    return narrow.length == text.length();
  }

  /** Seven bits a byte, the least first. */
  private static void writeCount(int count, DataOutputView out) throws IOException {
    int rest = count;
    while ((rest & ~0x7F) != 0) {
      out.writeByte((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }

  private static int readCount(DataInputView in) throws IOException {
    int count = 0;
    int shift = 0;
    byte next = in.readByte();
    while (next < 0) {
      count |= (next & 0x7F) << shift;
      shift += 7;
      next = in.readByte();
    }
    return count | (next << shift);
  }

  static void writeIdentifier(Identifier identifier, DataOutputView out) throws IOException {
    out.writeShort(identifier.rank());
    writeText(identifier.value(), out);
  }

  static Identifier readIdentifier(DataInputView in) throws IOException {
    return new Identifier(in.readShort(), readText(in));
  }

  static void writeIdentifiers(List<Identifier> identifiers, DataOutputView out)
      throws IOException {
    out.writeInt(identifiers.size());
    for (Identifier identifier : identifiers) {
      writeIdentifier(identifier, out);
    }
  }

  static List<Identifier> readIdentifiers(DataInputView in) throws IOException {
    int count = in.readInt();
    List<Identifier> identifiers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      identifiers.add(readIdentifier(in));
    }
    return identifiers;
  }

  static void writeLink(LinkChange link, DataOutputView out) throws IOException {
    out.writeBoolean(link.unlink());
    writeIdentifier(link.a(), out);
    writeIdentifier(link.b(), out);
    out.writeDouble(link.weight());
    writeText(link.source(), out);
    out.writeLong(link.time());
  }

  static LinkChange readLink(DataInputView in) throws IOException {
    return new LinkChange(
        in.readBoolean(),
        readIdentifier(in),
        readIdentifier(in),
        in.readDouble(),
        readText(in),
        in.readLong());
  }

  static void writeGraphChange(GraphChange change, DataOutputView out) throws IOException {
    if (change instanceof GraphChange.Linked linked) {
      out.writeByte(LINKED);
      writeLink(linked.change(), out);
      out.writeLong(linked.reportedTime());
    } else if (change instanceof GraphChange.Consented consented) {
      out.writeByte(CONSENTED);
      out.writeLong(consented.holder());
      writeText(consented.type(), out);
      out.writeLong(consented.time());
      out.writeLong(consented.reportedTime());
    } else if (change instanceof GraphChange.Erased erased) {
      out.writeByte(ERASED);
      writeErasure(erased.erasure(), out);
    }
  }

  static GraphChange readGraphChange(DataInputView in) throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case LINKED -> new GraphChange.Linked(readLink(in), in.readLong());
      case CONSENTED ->
          new GraphChange.Consented(in.readLong(), readText(in), in.readLong(), in.readLong());
      case ERASED -> new GraphChange.Erased(readErasure(in));
      default -> throw new IOException("There is no kind " + kind + " of change to the link graph");
    };
  }

  static void writeClaim(Claim claim, DataOutputView out) throws IOException {
    writeText(claim.kind().name(), out);
    out.writeDouble(claim.confidence());
  }

  static Claim readClaim(DataInputView in) throws IOException {
    return new Claim(IdentifierClass.valueOf(readText(in)), in.readDouble());
  }

  private static void writeLead(Lead lead, DataOutputView out) throws IOException {
    out.writeBoolean(lead.presented() != null);
    if (lead.presented() != null) {
      writeIdentifier(lead.presented(), out);
    }
    writeClaim(lead.claim(), out);
    writeOwner(lead.owner(), out);
    out.writeInt(lead.path().size());
    for (LiveLink link : lead.path()) {
      writeLiveLink(link, out);
    }
  }

  private static Lead readLead(DataInputView in) throws IOException {
    Identifier presented = in.readBoolean() ? readIdentifier(in) : null;
    Claim claim = readClaim(in);
    LiveLink owner = readOwner(in);
    int count = in.readInt();
    List<LiveLink> path = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      path.add(readLiveLink(in));
    }
    return new Lead(presented, claim, owner, path);
  }

  static void writeLeads(List<Lead> leads, DataOutputView out) throws IOException {
    out.writeInt(leads.size());
    for (Lead lead : leads) {
      writeLead(lead, out);
    }
  }

  static List<Lead> readLeads(DataInputView in) throws IOException {
    int count = in.readInt();
    List<Lead> leads = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      leads.add(readLead(in));
    }
    return leads;
  }

  /** The link by which what an identifier holds counts for a person, or null. */
  static void writeOwner(LiveLink owner, DataOutputView out) throws IOException {
    out.writeBoolean(owner != null);
    if (owner != null) {
      writeLiveLink(owner, out);
    }
  }

  static LiveLink readOwner(DataInputView in) throws IOException {
    return in.readBoolean() ? readLiveLink(in) : null;
  }

  private static void writeLiveLink(LiveLink link, DataOutputView out) throws IOException {
    writeIdentifier(link.a(), out);
    writeIdentifier(link.b(), out);
    out.writeDouble(link.weight());
    writeText(link.source(), out);
    out.writeLong(link.firstTime());
    out.writeLong(link.bridgesSince());
  }

  private static LiveLink readLiveLink(DataInputView in) throws IOException {
    return new LiveLink(
        readIdentifier(in),
        readIdentifier(in),
        in.readDouble(),
        readText(in),
        in.readLong(),
        in.readLong());
  }

  static void writeSighting(Sighting sighting, DataOutputView out) throws IOException {
    out.writeLong(sighting.time());
    out.writeInt(sighting.others().size());
    for (long other : sighting.others()) {
      out.writeLong(other);
    }
  }

  static Sighting readSighting(DataInputView in) throws IOException {
    long time = in.readLong();
    int count = in.readInt();
    List<Long> others = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      others.add(in.readLong());
    }
    return new Sighting(time, others);
  }

  static void writeTexts(List<String> texts, DataOutputView out) throws IOException {
    out.writeInt(texts.size());
    for (String text : texts) {
      writeText(text, out);
    }
  }

  static List<String> readTexts(DataInputView in) throws IOException {
    int count = in.readInt();
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      texts.add(readText(in));
    }
    return texts;
  }

  static void writeErasure(Erasure erasure, DataOutputView out) throws IOException {
    writeIdentifiers(erasure.identifiers(), out);
    out.writeLong(erasure.time());
    out.writeLong(erasure.reportedTime());
  }

  static Erasure readErasure(DataInputView in) throws IOException {
    return new Erasure(readIdentifiers(in), in.readLong(), in.readLong());
  }

  static void writeResolve(ResolveRequest request, DataOutputView out) throws IOException {
    writeText(request.requestId(), out);
    out.writeLong(request.time());
    out.writeLong(request.reportedTime());
    writeIdentifiers(request.identifiers(), out);
    out.writeLong(request.personKey());
    writeTexts(request.dropped(), out);
  }

  static ResolveRequest readResolve(DataInputView in) throws IOException {
    return new ResolveRequest(
        readText(in),
        in.readLong(),
        in.readLong(),
        readIdentifiers(in),
        in.readLong(),
        readTexts(in));
  }

  static void writeDeadLetter(DeadLetter letter, DataOutputView out) throws IOException {
    writeOrigin(letter.origin(), out);
    writeText(letter.reason().name(), out);
    writeText(letter.detail(), out);
    out.writeLong(letter.timestamp());
  }

  static DeadLetter readDeadLetter(DataInputView in) throws IOException {
    return new DeadLetter(
        readOrigin(in), DeadLetterReason.valueOf(readText(in)), readText(in), in.readLong());
  }

  static void writeObservation(Observation event, DataOutputView out) throws IOException {
    writeText(event.source(), out);
    writeText(event.eventId(), out);
    writeText(event.type(), out);
    out.writeLong(event.time());
    out.writeLong(event.reportedTime());
  }

  static Observation readObservation(DataInputView in) throws IOException {
    return new Observation(readName(in), readText(in), readName(in), in.readLong(), in.readLong());
  }

  static void writePersonEvent(PersonEvent event, DataOutputView out) throws IOException {
    writeObservation(event.observation(), out);
    out.writeBoolean(event.guardOnly());
    out.writeBoolean(event.lastingOnly());
  }

  static PersonEvent readPersonEvent(DataInputView in) throws IOException {
    return new PersonEvent(readObservation(in), in.readBoolean(), in.readBoolean());
  }

  static void writeRequest(SendRequest request, DataOutputView out) throws IOException {
    writeText(request.requestId(), out);
    out.writeLong(request.time());
    out.writeLong(request.reportedTime());
    writeIdentifiers(request.identifiers(), out);
    out.writeLong(request.personKey());
    out.writeLong(request.sendAfter());
    out.writeLong(request.sendBefore());
    out.writeLong(request.latencyMillis());
    writeText(request.channel(), out);
    writeText(request.provider(), out);
    writeText(request.campaignType(), out);
    writeText(request.intentId(), out);
    writeText(request.campaignId(), out);
    writeText(request.template(), out);
  }

  static SendRequest readRequest(DataInputView in) throws IOException {
    String requestId = readText(in);
    long time = in.readLong();
    long reportedTime = in.readLong();
    List<Identifier> identifiers = readIdentifiers(in);
    return new SendRequest(
        requestId,
        time,
        reportedTime,
        identifiers,
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        readText(in),
        readText(in),
        readText(in),
        readText(in),
        readText(in),
        readText(in));
  }

  static void writeDecision(Decision decision, DataOutputView out) throws IOException {
    writeText(decision.status().name(), out);
    out.writeLong(decision.person());
    out.writeLong(decision.target());
    writeLatency(decision.latency(), out);
    out.writeDouble(decision.confidence());
    out.writeDouble(decision.identityConfidence());
    out.writeLong(decision.decidedAt());
    out.writeInt(decision.baseCurvePeak());
    out.writeInt(decision.appliedWeights().size());
    for (AppliedWeight weight : decision.appliedWeights()) {
      writeText(weight.signal(), out);
      out.writeDouble(weight.weight());
    }
    writeText(decision.suppressionReason(), out);
    out.writeLong(decision.suppressedUntil());
    writeText(decision.cancelReason(), out);
  }

  static Decision readDecision(DataInputView in) throws IOException {
    Status status = Status.valueOf(readText(in));
    long person = in.readLong();
    long target = in.readLong();
    Latency latency = readLatency(in);
    double confidence = in.readDouble();
    double identityConfidence = in.readDouble();
    long decidedAt = in.readLong();
    int peak = in.readInt();
    int count = in.readInt();
    List<AppliedWeight> weights = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      weights.add(new AppliedWeight(readText(in), in.readDouble()));
    }
    return new Decision(
        status,
        person,
        target,
        latency,
        confidence,
        identityConfidence,
        decidedAt,
        peak,
        weights,
        readText(in),
        in.readLong(),
        readText(in));
  }

  static void writeOptionalDecision(Decision decision, DataOutputView out) throws IOException {
    out.writeBoolean(decision != null);
    if (decision != null) {
      writeDecision(decision, out);
    }
  }

  static Decision readOptionalDecision(DataInputView in) throws IOException {
    return in.readBoolean() ? readDecision(in) : null;
  }

  static void writeSchedule(Schedule schedule, DataOutputView out) throws IOException {
    writeRequest(schedule.request(), out);
    out.writeInt(schedule.revision());
    writeDecision(schedule.decision(), out);
  }

  static Schedule readSchedule(DataInputView in) throws IOException {
    return new Schedule(readRequest(in), in.readInt(), readDecision(in));
  }

  static void writeGrounds(Grounds grounds, DataOutputView out) throws IOException {
    writeIdentifiers(grounds.members(), out);
    writeLeads(grounds.leads(), out);
    out.writeInt(grounds.boosts().size());
    for (Boost boost : grounds.boosts()) {
      writeText(boost.signal(), out);
      out.writeLong(boost.time());
      out.writeDouble(boost.weight());
      writeSignalOrigin(boost.origin(), out);
    }
    out.writeInt(grounds.holds().size());
    for (Hold hold : grounds.holds()) {
      writeText(hold.reason(), out);
      out.writeLong(hold.start());
      out.writeLong(hold.end());
      writeSignalOrigin(hold.origin(), out);
    }
    out.writeInt(grounds.clicks().size());
    for (long click : grounds.clicks()) {
      out.writeLong(click);
    }
    Ranking ranking = grounds.ranking();
    out.writeLong(ranking.first());
    out.writeInt(ranking.candidates());
    out.writeInt(ranking.best().size());
    for (Scored scored : ranking.best()) {
      out.writeLong(scored.minute());
      out.writeDouble(scored.score());
    }
  }

  static Grounds readGrounds(DataInputView in) throws IOException {
    List<Identifier> members = readIdentifiers(in);
    List<Lead> leads = readLeads(in);
    List<Boost> boosts = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      boosts.add(new Boost(readText(in), in.readLong(), in.readDouble(), readSignalOrigin(in)));
    }
    List<Hold> holds = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      holds.add(new Hold(readText(in), in.readLong(), in.readLong(), readSignalOrigin(in)));
    }
    List<Long> clicks = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      clicks.add(in.readLong());
    }
    long first = in.readLong();
    int candidates = in.readInt();
    List<Scored> best = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      best.add(new Scored(in.readLong(), in.readDouble()));
    }
    return new Grounds(members, leads, boosts, holds, clicks, new Ranking(first, candidates, best));
  }

  private static void writeSignalOrigin(Grounds.Origin origin, DataOutputView out)
      throws IOException {
    writeText(origin.source(), out);
    writeText(origin.eventId(), out);
    out.writeLong(origin.reportedTime());
  }

  private static Grounds.Origin readSignalOrigin(DataInputView in) throws IOException {
    return new Grounds.Origin(readText(in), readText(in), in.readLong());
  }

  static void writeLatency(Latency latency, DataOutputView out) throws IOException {
    out.writeLong(latency.millis());
    out.writeLong(latency.samples());
  }

  static Latency readLatency(DataInputView in) throws IOException {
    return new Latency(in.readLong(), in.readLong());
  }

  static void writeEstimate(LatencyEstimate estimate, DataOutputView out) throws IOException {
    writeText(estimate.provider(), out);
    out.writeLong(estimate.from());
    out.writeBoolean(estimate.latency() != null);
    if (estimate.latency() != null) {
      writeLatency(estimate.latency(), out);
    }
  }

  static LatencyEstimate readEstimate(DataInputView in) throws IOException {
    return new LatencyEstimate(
        readText(in), in.readLong(), in.readBoolean() ? readLatency(in) : null);
  }

  static void writeDeliveryMetadata(DeliveryMetadata metadata, DataOutputView out)
      throws IOException {
    out.writeBoolean(metadata != null);
    if (metadata != null) {
      writeText(metadata.messageId(), out);
      out.writeLong(metadata.latencyMillis());
    }
  }

  static DeliveryMetadata readDeliveryMetadata(DataInputView in) throws IOException {
    return in.readBoolean() ? new DeliveryMetadata(readText(in), in.readLong()) : null;
  }

  static void writeDeliveryReport(DeliveryReport report, DataOutputView out) throws IOException {
    writeText(report.provider(), out);
    writeText(report.messageId(), out);
    writeText(report.eventId(), out);
    writeText(report.kind().name(), out);
    out.writeLong(report.time());
    out.writeLong(report.latencyMillis());
  }

  static DeliveryReport readDeliveryReport(DataInputView in) throws IOException {
    return new DeliveryReport(
        readText(in),
        readText(in),
        readText(in),
        DeliveryReport.Kind.valueOf(readText(in)),
        in.readLong(),
        in.readLong());
  }

  static void writeOrigin(Origin origin, DataOutputView out) throws IOException {
    writeText(origin.topic(), out);
    out.writeInt(origin.partition());
    out.writeLong(origin.offset());
    out.writeInt(origin.value().length);
    out.write(origin.value());
    out.writeLong(origin.receivedAt());
  }

  static Origin readOrigin(DataInputView in) throws IOException {
    String topic = readText(in);
    int partition = in.readInt();
    long offset = in.readLong();
    byte[] value = new byte[in.readInt()];
    in.readFully(value);
    return new Origin(topic, partition, offset, value, in.readLong());
  }
}
