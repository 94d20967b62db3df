package io.sendflowr.timing.operator;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flink.States;
import io.sendflowr.flow.PersonChange;
import io.sendflowr.flow.PersonChange.Claimed;
import io.sendflowr.flow.PersonChange.EventGiven;
import io.sendflowr.flow.PersonChange.EventWithdrawn;
import io.sendflowr.flow.PersonChange.RequestErased;
import io.sendflowr.flow.PersonChange.RequestGiven;
import io.sendflowr.flow.PersonChange.RequestWithdrawn;
import io.sendflowr.flow.RevisionInput;
import io.sendflowr.identity.Claim;
import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.Horizon;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.Patterns;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.DecisionEngine;
import io.sendflowr.timing.PersonRequest;
import io.sendflowr.timing.SendRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Decides the requests of a person, keyed by universal id, whenever what is effective for that
 * person changes.
 *
 * <p>Everything that counts for the person arrives with the instant from which it counts, and every
 * instant at which something changes is looked at once, by a timer, when the watermark has reached
 * it: nothing stamped up to it can be missing then. The function keeps no memory of its earlier
 * answers. What is effective is computed twice, with and without what came at the instant, and a
 * request is decided again when the two differ. Timers are set only while a request is pending; an
 * event of a person whom nobody asks about costs one append.
 */
public final class SendDecisionFunction
    extends KeyedProcessFunction<Long, PersonChange, RevisionInput> {
  private static final long serialVersionUID = 1L;

  private static final long NEVER = Long.MAX_VALUE;

  private final Catalogue catalogue;

  private transient Horizon horizon;
  private transient DecisionEngine engine;
  private transient ListState<PersonChange> events;
  private transient ListState<PersonRequest> requests;
  private transient ListState<PersonChange> claims;

  public SendDecisionFunction(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /** An event and the time during which it counts for the person. */
  private record Entry(long holder, PersonEvent event, long from, long until) {
    boolean countsAt(long instant) {
      return from <= instant && instant < until;
    }
  }

  @Override
  public void open(OpenContext context) {
    horizon = new Horizon(catalogue);
    engine = new DecisionEngine(catalogue);
    events = getRuntimeContext().getListState(States.personEvents());
    requests = getRuntimeContext().getListState(States.personRequests());
    claims = getRuntimeContext().getListState(States.personClaims());
  }

  @Override
  public void processElement(PersonChange change, Context context, Collector<RevisionInput> out)
      throws Exception {
    if (change instanceof EventGiven given) {
      events.add(given);
      // Not before the event arrived: a timer of an instant that is over would decide it once more.
      context.timerService().registerEventTimeTimer(checkOf(given.event(), given.at()));
      wakeIfAsked(given.at(), context);
    } else if (change instanceof EventWithdrawn) {
      events.add(change);
      context.timerService().registerEventTimeTimer(change.at());
    } else if (change instanceof RequestGiven given) {
      List<PersonRequest> standing = closed(given.request(), given.at());
      standing.add(PersonRequest.given(given.request(), given.claim(), given.at()));
      requests.update(standing);
      context.timerService().registerEventTimeTimer(given.at());
    } else if (change instanceof RequestWithdrawn withdrawn) {
      requests.update(closed(withdrawn.request(), withdrawn.at()));
      context.timerService().registerEventTimeTimer(withdrawn.at());
    } else if (change instanceof Claimed claimed) {
      claims.add(claimed);
      context.timerService().registerEventTimeTimer(claimed.at());
    } else if (change instanceof RequestErased erased) {
      requests.update(closed(erased.request(), erased.at()));
      context.timerService().registerEventTimeTimer(erased.at());
      out.collect(new RevisionInput.Erased(erased.request(), erased.at()));
    }
  }

  @Override
  public void onTimer(long now, OnTimerContext context, Collector<RevisionInput> out)
      throws Exception {
    List<Entry> entries = entries();
    List<Claimed> claimed = claimed(now);
    List<PersonRequest> standing = new ArrayList<>();
    Set<Long> idle = new TreeSet<>();
    boolean changed = false;
    for (PersonRequest request : requests.get()) {
      PersonRequest after = request;
      if (request.isAt(now)) {
        PersonRequest read = request.from() == now ? read(request, claimed) : request;
        after = decide(read, entries, context.getCurrentKey(), now, out);
      }
      changed |= !after.equals(request);
      if (after.pendingUntil() != request.pendingUntil()) {
        idle.add(request.pendingUntil());
      }
      if (after.isOver(now)) {
        changed = true;
        idle.add(after.pendingUntil());
      } else {
        standing.add(after);
      }
    }
    if (changed) {
      requests.update(standing);
    }
    if (Horizon.checkAfter(now) == now || entries.stream().anyMatch(e -> e.until() <= now)) {
      entries = forget(entries, context.getCurrentKey(), now, idle);
    }
    deleteTimers(idle, entries, now, context);
    long next = standing.isEmpty() ? NEVER : nextInstant(entries, standing, now);
    if (next != NEVER) {
      context.timerService().registerEventTimeTimer(next);
    }
  }

  private long checkOf(PersonEvent event, long from) {
    return Math.max(horizon.nextCheck(event.observation()), Horizon.checkAfter(from));
  }

  private long checkOf(Entry entry) {
    return checkOf(entry.event(), entry.from());
  }

  /**
   * Deletes timers that nobody waits for any more: each bears the key of the person, of whom
   * nothing may be left for weeks after an erasure.
   */
  private void deleteTimers(Set<Long> idle, List<Entry> entries, long now, OnTimerContext context)
      throws Exception {
    idle.removeIf(instant -> instant <= now || instant == NEVER);
    if (idle.isEmpty()) {
      return;
    }
    for (Entry entry : entries) {
      idle.remove(entry.from());
      idle.remove(entry.until());
      idle.remove(checkOf(entry));
    }
    for (PersonRequest request : requests.get()) {
      idle.remove(request.from());
      idle.remove(request.until());
    }
    for (PersonChange claim : claims.get()) {
      idle.remove(claim.at());
    }
    idle.forEach(instant -> context.timerService().deleteEventTimeTimer(instant));
  }

  /** The claims of this instant; they are not needed again. */
  private List<Claimed> claimed(long now) throws Exception {
    List<Claimed> current = new ArrayList<>();
    List<PersonChange> later = new ArrayList<>();
    for (PersonChange claim : claims.get()) {
      if (claim.at() > now) {
        later.add(claim);
      } else if (claim.at() == now) {
        current.add((Claimed) claim);
      }
    }
    if (!current.isEmpty()) {
      claims.update(later);
    }
    return current;
  }

  /** Reads the identity confidence of a request that is given to the person just now. */
  private static PersonRequest read(PersonRequest request, List<Claimed> claimed) {
    List<Claim> together = new ArrayList<>(List.of(request.claim()));
    claimed.stream()
        .filter(one -> one.request().isSameAs(request.request()))
        .map(Claimed::claim)
        .forEach(together::add);
    return request.withConfidence(Claim.together(together));
  }

  private PersonRequest decide(
      PersonRequest request,
      List<Entry> entries,
      long person,
      long now,
      Collector<RevisionInput> out) {
    SendRequest asked = request.request();
    EffectiveSignals after = effective(entries, now, now, asked.effectiveChannel());
    boolean arrives = request.from() == now;
    if (!arrives && after.equals(effective(entries, now - 1, now, asked.effectiveChannel()))) {
      return request;
    }
    Decision decision = engine.decide(asked, person, request.identityConfidence(), after, now);
    out.collect(new RevisionInput.Decided(asked, decision));
    return request.decided(decision);
  }

  private EffectiveSignals effective(List<Entry> entries, long upTo, long now, String channel) {
    List<PersonEvent> counting =
        entries.stream().filter(e -> e.countsAt(upTo)).map(Entry::event).toList();
    return EffectiveSignals.at(catalogue, counting, upTo, now, channel);
  }

  private static long nextInstant(List<Entry> entries, List<PersonRequest> standing, long now) {
    long next = NEVER;
    List<Observation> counting = new ArrayList<>();
    for (Entry entry : entries) {
      next = Math.min(next, after(entry.from(), now));
      next = Math.min(next, after(entry.until(), now));
      if (entry.countsAt(now) && !entry.event().guardOnly()) {
        counting.add(entry.event().observation());
      }
    }
    next = Math.min(next, Patterns.nextDue(counting, now));
    for (PersonRequest request : standing) {
      next = Math.min(next, after(request.from(), now));
      next = Math.min(next, after(request.until(), now));
      next = Math.min(next, after(request.pendingUntil(), now));
    }
    return next;
  }

  private static long after(long instant, long now) {
    return instant > now ? instant : NEVER;
  }

  /** The requests, where the standing of {@code request} ends at an instant. */
  private List<PersonRequest> closed(SendRequest request, long end) throws Exception {
    List<PersonRequest> standing = new ArrayList<>();
    for (PersonRequest one : requests.get()) {
      standing.add(one.request().isSameAs(request) ? one.endingAt(end) : one);
    }
    return standing;
  }

  private void wakeIfAsked(long instant, Context context) throws Exception {
    if (requests.get().iterator().hasNext()) {
      context.timerService().registerEventTimeTimer(instant);
    }
  }

  private List<Entry> entries() throws Exception {
    List<Entry> entries = new ArrayList<>();
    for (PersonChange change : events.get()) {
      if (change instanceof EventGiven given) {
        entries.add(new Entry(given.holder(), given.event(), given.at(), NEVER));
      } else if (change instanceof EventWithdrawn withdrawn) {
        close(entries, withdrawn);
      }
    }
    return entries;
  }

  private static void close(List<Entry> entries, EventWithdrawn withdrawn) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.get(i);
      if (entry.until() == NEVER
          && entry.holder() == withdrawn.holder()
          && entry.event().equals(withdrawn.event())) {
        entries.set(i, new Entry(entry.holder(), entry.event(), entry.from(), withdrawn.at()));
        return;
      }
    }
  }

  /**
   * Drops what can act on no decision after an instant. An event stays as long as what repeats it,
   * which would take its place: what repeats it may have been seen on another identifier, and count
   * again when that one leaves the person.
   *
   * @param idle gets the instants at which what goes would have been looked at
   * @return what stays
   */
  private List<Entry> forget(List<Entry> entries, long person, long now, Set<Long> idle)
      throws Exception {
    Map<List<String>, Long> ends = new HashMap<>();
    for (Entry entry : entries) {
      if (entry.until() > now) {
        ends.merge(keyOf(entry), horizon.of(entry.event().observation()), Math::max);
      }
    }
    List<Entry> kept = new ArrayList<>();
    List<PersonChange> changes = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.until() > now && ends.get(keyOf(entry)) > now) {
        kept.add(entry);
        changes.add(new EventGiven(person, entry.holder(), entry.event(), entry.from()));
        if (entry.until() != NEVER) {
          changes.add(new EventWithdrawn(person, entry.holder(), entry.event(), entry.until()));
        }
      } else {
        idle.add(checkOf(entry));
      }
    }
    events.update(changes);
    return kept;
  }

  private static List<String> keyOf(Entry entry) {
    Observation observation = entry.event().observation();
    return List.of(observation.source(), observation.eventId());
  }
}
