package io.sendflowr.record;

import java.io.Serializable;

/**
 * Where a record was read, and the record as it was.
 *
 * @param topic topic it was read from
 * @param partition Kafka partition; 0 in replay
 * @param offset Kafka offset; in replay the number of the line, from 0
 * @param value bytes as received
 * @param receivedAt Kafka timestamp, epoch ms; in replay its {@code received_at}, else {@link
 *     Long#MIN_VALUE}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and copying it would double the cost
public record Origin(String topic, int partition, long offset, byte[] value, long receivedAt)
    implements Serializable {

  /** No time of receipt is known. */
  public static final long UNKNOWN_TIME = Long.MIN_VALUE;
}
