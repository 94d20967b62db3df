package io.sendflowr.connectors.platform;

import java.util.List;

/**
 * What became of one delivery. At least one of the lists has an entry; both have where a batch
 * could be used in part.
 *
 * @param records in the order in which the delivery tells them, an event before its links
 * @param rejections at most one of each code, however many items of a batch are concerned
 */
public record MappedDelivery(List<CanonicalRecord> records, List<Rejection> rejections) {
  /** Takes copies. */
  public MappedDelivery {
    records = List.copyOf(records);
    rejections = List.copyOf(rejections);
  }
}
