package io.sendflowr.connectors.json;

import io.sendflowr.connectors.OutputTopic;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * What a written record is as a CloudEvent (specification 1.0, with its extension "sequence"). Its
 * source is the same for all records, and known to the end that writes them.
 *
 * @param topic where it is written, which says its type
 * @param id unique among all records of all topics, and the same on a replay
 * @param time event time, as written in the record; empty if none is known
 * @param subject universal id of the person it is about; empty if it is about none
 * @param sequence digits by which, as texts, the records of one request are in order; empty if they
 *     have none
 */
public record CloudEvent(
    OutputTopic topic,
    String id,
    Optional<String> time,
    Optional<String> subject,
    Optional<String> sequence) {

  /**
   * No text in UTF-8 has this byte: parts cannot run into each other, nor be taken for what a
   * decision's id is made from, which is one text.
   */
  private static final int BETWEEN_PARTS = 0xff;

  /** An event of a person that is no revision of another. */
  static CloudEvent of(OutputTopic topic, String id, long time, String universalId) {
    return new CloudEvent(
        topic,
        id,
        Optional.of(Timestamps.format(time)),
        Optional.of(universalId),
        Optional.empty());
  }

  /** The same as a revision, from 0. */
  CloudEvent revised(int revision) {
    // Ten digits hold any revision, so that texts sort as the numbers do.
    return new CloudEvent(
        topic, id, time, subject, Optional.of(String.format(Locale.ROOT, "%010d", revision)));
  }

  /** A version 3 UUID of what makes a record unique in its topic. */
  static String idOf(OutputTopic topic, byte[]... parts) {
    ByteArrayOutputStream name = new ByteArrayOutputStream();
    name.writeBytes(topic.defaultName().getBytes(StandardCharsets.UTF_8));
    for (byte[] part : parts) {
      name.write(BETWEEN_PARTS);
      name.writeBytes(part);
    }
    return UUID.nameUUIDFromBytes(name.toByteArray()).toString();
  }
}
