package io.sendflowr.identity;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CircuitBreaker;
import io.sendflowr.identity.store.LongTable;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * When identifiers last withdrew consent for good and last gave it back: what has to outlive an
 * erasure, known to every subtask beforehand because afterwards nobody could be asked. Not
 * thread-safe.
 */
final class Consents {
  private static final long NEVER = Long.MIN_VALUE;

  private final Catalogue catalogue;
  private final Map<String, Long> typeKeys = new LinkedHashMap<>();
  private final LongTable latest = new LongTable();

  Consents(Catalogue catalogue) {
    this.catalogue = catalogue;
    catalogue.consentTypes().forEach(type -> typeKeys.put(type, UniversalId.keyOf(type)));
  }

  void note(GraphChange.Consented consented) {
    Long typeKey = typeKeys.get(consented.type());
    if (typeKey != null) {
      // An ending that is read again long after it happened must not end what came since.
      long time =
          catalogue.isEnding(consented.type())
              ? Math.min(consented.time(), consented.reportedTime())
              : consented.time();
      latest.raise(Hashes.pair(consented.holder(), typeKey), time);
    }
  }

  /**
   * The withdrawals of some identifiers together that none of them took back.
   *
   * @param carried withdrawals that they already carry on from an earlier erasure
   * @return by event type, when it last happened, epoch ms
   */
  Map<String, Long> withdrawn(Collection<Long> identifiers, Map<String, Long> carried) {
    Map<String, Long> times = new TreeMap<>(carried);
    for (long identifier : identifiers) {
      typeKeys.forEach(
          (type, typeKey) -> {
            long time = latest.get(Hashes.pair(identifier, typeKey), NEVER);
            if (time != NEVER) {
              times.merge(type, time, Math::max);
            }
          });
    }
    Map<String, Long> standing = new TreeMap<>();
    times.forEach(
        (type, time) -> {
          CircuitBreaker breaker = catalogue.circuitBreaker(type);
          if (breaker != null && breaker.longestMillis() == CircuitBreaker.PERMANENT) {
            boolean ended =
                breaker.endedBy().stream()
                    .anyMatch(ending -> times.getOrDefault(ending, NEVER) >= time);
            if (!ended) {
              standing.put(type, time);
            }
          }
        });
    return standing;
  }

  void forget(long identifier) {
    typeKeys.values().forEach(typeKey -> latest.remove(Hashes.pair(identifier, typeKey)));
  }

  LongTable table() {
    return latest;
  }
}
