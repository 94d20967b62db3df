package io.sendflowr.oracle;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.CircuitBreaker;
import io.sendflowr.catalogue.HotPath;
import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.identity.IdentityChange.Kind;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.NaiveIdentity;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.latency.DeliveryMetadata;
import io.sendflowr.latency.Latency;
import io.sendflowr.latency.LatencySample;
import io.sendflowr.oracle.Outcome.Answer;
import io.sendflowr.oracle.Outcome.Line;
import io.sendflowr.signal.DistinctEvents;
import io.sendflowr.signal.EffectiveSignals;
import io.sendflowr.signal.Horizon;
import io.sendflowr.signal.NaiveSignals;
import io.sendflowr.signal.Observation;
import io.sendflowr.signal.PersonEvent;
import io.sendflowr.signal.Suppression;
import io.sendflowr.signal.cep.DerivedPatterns;
import io.sendflowr.timing.Decision;
import io.sendflowr.timing.Decision.Status;
import io.sendflowr.timing.DecisionEngine;
import io.sendflowr.timing.SendRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The whole job, sentence by sentence of the contract and without regard to cost: what a set of
 * records must lead to. Nothing is carried along from one instant to the next; at each instant
 * everything is worked out anew from all records stamped at or before it.
 *
 * <p>Records come with the time by which they are used; their own timestamp is the reported one, of
 * a link its clock. Where the contract leaves something open, it is read so:
 *
 * <ul>
 *   <li>The first time of a bridging pair is when it first had a weight of 0.80 since its last
 *       unlink; pairs of one time go by the smaller of their two {@code type:value}, then by the
 *       larger.
 *   <li>A request or question is held by its first identifier, one that presents a universal id by
 *       the identifier of that key. Of a universal id that no live link leads to, the members are
 *       not known.
 *   <li>A request's identity confidence is read again whenever the identifiers of the person it
 *       counts for are others than before, with all links of then and the request's own stamp.
 *   <li>Identity changes compare who each identifier belongs to before an instant and after all of
 *       it. All that moved from one universal id to another are one change: a merge if nothing of
 *       the old one is elsewhere, else a split. One that becomes shared is quarantined instead, but
 *       was part of what it leaves; so was one that is erased, of which nothing is said. A pair is
 *       quarantined when the size of the person begins to keep its link from bridging.
 *   <li>An erasure acts after the links of its instant and before all else of it; those of one
 *       instant are one. Forgotten are the named identifiers, the persons of those that are neither
 *       weak nor shared, and, again and again until nothing changes, weak and shared ones linked to
 *       what is forgotten whose live links all lead there or to each other. With them goes what
 *       they hold and every link of theirs whose own timestamp is not after the erasure, read
 *       before or read after; requests of theirs that pend are cancelled, those that come with the
 *       erasure are not answered at all. What a weak or shared identifier holds that stays, stays.
 *       A name that was forgotten at or after the erasure's own timestamp counts as not named.
 *   <li>Of permanent suppressions on what is forgotten, or on a weak or shared identifier linked to
 *       it, the latest of each type that nothing on any of these has ended goes on: each forgotten
 *       identifier holds it from then on as if it had been seen there, but only for what is
 *       permanent in it. Repeated reports are not told apart in this, so that an ending counts by
 *       its own timestamp: read again late, it must not end what came since. What is forgotten at
 *       one instant is taken apart for this: together is what one record names, a person, and the
 *       weak and shared ones that are forgotten with whom they are linked to.
 *   <li>An event that is reported twice is one where one identifier holds both reports, whoever
 *       they count for, and where both count for one person.
 *   <li>Of two requests with one id and stamp, the one with the smaller own timestamp comes first;
 *       then the order of their fields decides. Once 7 days have passed since a request was closed,
 *       its id can stand for another one, whose revisions begin at 0; for the same one only if its
 *       window is over, too, so that to read it again sends nothing twice. A request that is
 *       rejected still links its identifiers.
 *   <li>A request that is cancelled and forgotten at one instant is forgotten.
 *   <li>A message took from the last time at which it was sent, at or before its delivery. What is
 *       said of a message is told apart by its id, or by the event's where it names none, and
 *       stands for what repeats it for 61 minutes. The latencies in the middle of an even number
 *       count as their mean, half a millisecond up, and the cap is put on that.
 * </ul>
 */
public final class Oracle {
  private static final long ID_STANDS = Duration.ofDays(7).toMillis();
  private static final long SAMPLES_COUNT = Duration.ofHours(1).toMillis();
  private static final long DELIVERIES_STAND = Duration.ofMinutes(61).toMillis();
  private static final long CART_WAITS = Duration.ofHours(1).toMillis();

  /** So that of several requests one comes first whatever the order in which they are told. */
  private static final Comparator<SendRequest> FIRST =
      Comparator.comparingLong(SendRequest::time)
          .thenComparingLong(SendRequest::reportedTime)
          .thenComparing(SendRequest::toString);

  private final Catalogue catalogue;
  private final int maxPersonSize;
  private final DecisionEngine engine;

  private final Set<HeldEvent> events = new HashSet<>();
  private final Set<Inbound.Event> deliveries = new HashSet<>();
  private final Set<SaidLink> links = new HashSet<>();
  private final Set<SendRequest> requests = new HashSet<>();
  private final Set<Inbound.Cancel> cancels = new HashSet<>();
  private final Set<ResolveRequest> questions = new HashSet<>();
  private final Set<Erasure> erasures = new HashSet<>();
  private final Set<Identifier> identifiers = new TreeSet<>();
  private final Map<Long, Identifier> identifierOfKey = new HashMap<>();
  private final TreeMap<Long, Moment> moments = new TreeMap<>();

  /** An event, and who holds it. */
  private record HeldEvent(Identifier holder, Observation event) {}

  /** A link or unlink, and its own timestamp. */
  private record SaidLink(LinkChange change, long reportedTime) {}

  /** A permanent suppression that outlived its event. */
  private record Lasting(String type, long start) {}

  /** What an erasure did. */
  private record Forgetting(long at, Set<Identifier> identifiers, Set<Lasting> lasting) {

    /** Whether what this identifier holds, or a link of it, is not to be known any more. */
    boolean concerns(Identifier identifier, long reportedTime) {
      return identifiers.contains(identifier) && reportedTime <= at;
    }
  }

  /** Who is who at an instant, and who was forgotten up to it. */
  private record Moment(long time, NaiveIdentity identity, List<Forgetting> forgettings) {

    boolean isForgotten(Identifier identifier, long reportedTime) {
      return forgettings.stream().anyMatch(f -> f.concerns(identifier, reportedTime));
    }

    /** Who is forgotten at this very instant. */
    Set<Identifier> forgottenNow() {
      Set<Identifier> forgotten = new TreeSet<>();
      forgettings.stream()
          .filter(f -> f.at() == time)
          .forEach(f -> forgotten.addAll(f.identifiers()));
      return forgotten;
    }
  }

  /** What is effective for a request (SPEC section 6, "Revisions"). */
  private record Effective(long person, Set<Identifier> members, EffectiveSignals signals) {}

  private Oracle(Catalogue catalogue, int maxPersonSize, Collection<? extends Inbound> records) {
    this.catalogue = catalogue;
    this.maxPersonSize = maxPersonSize;
    this.engine = new DecisionEngine(catalogue);
    records.forEach(this::read);
    identifiers.forEach(i -> identifierOfKey.put(key(i), i));
    List<Forgetting> forgettings = new ArrayList<>();
    for (long instant : instants()) {
      NaiveIdentity identity = identity(instant, forgettings);
      Set<Identifier> named = named(instant, forgettings);
      if (!named.isEmpty()) {
        forgettings.addAll(forgotten(instant, named, identity, List.copyOf(forgettings)));
        identity = identity(instant, forgettings);
      }
      moments.put(instant, new Moment(instant, identity, List.copyOf(forgettings)));
    }
  }

  /**
   * What a set of records leads to.
   *
   * @param catalogue what identifiers and event types mean
   * @param maxPersonSize how many identifiers a person can have
   * @param records in any order, repetitions included
   */
  public static Outcome of(
      Catalogue catalogue, int maxPersonSize, Collection<? extends Inbound> records) {
    return new Oracle(catalogue, maxPersonSize, records).outcome();
  }

  private Outcome outcome() {
    Map<String, List<Line>> schedules = new TreeMap<>();
    Set<SendRequest> rejected = new HashSet<>();
    answerRequests(schedules, rejected);
    Moment end = moments.isEmpty() ? before(Long.MAX_VALUE) : moments.lastEntry().getValue();
    Map<Identifier, Long> persons = new TreeMap<>();
    identifiers.forEach(i -> persons.put(i, end.identity().universalKeyOf(i)));
    return new Outcome(schedules, rejected, answers(), identityChanges(), persons);
  }

  // Records

  private void read(Inbound record) {
    if (record instanceof Inbound.Event event) {
      identifiers.addAll(event.identifiers());
      events.add(new HeldEvent(first(event.identifiers()), event.observation()));
      if (event.delivery() != null) {
        deliveries.add(event);
      }
      Observation observation = event.observation();
      linkPairwise(
          event.identifiers(),
          observation.source(),
          observation.time(),
          observation.reportedTime());
    } else if (record instanceof Inbound.Link link) {
      identifiers.add(link.change().a());
      identifiers.add(link.change().b());
      links.add(new SaidLink(link.change(), link.clock()));
    } else if (record instanceof Inbound.Request asked) {
      SendRequest request = asked.request();
      identifiers.addAll(request.identifiers());
      requests.add(request);
      linkPairwise(request.identifiers(), "send-request", request.time(), request.reportedTime());
    } else if (record instanceof Inbound.Resolve asked) {
      ResolveRequest request = asked.request();
      identifiers.addAll(request.identifiers());
      questions.add(request);
      linkPairwise(
          request.identifiers(), "resolve-request", request.time(), request.reportedTime());
    } else if (record instanceof Inbound.Cancel cancel) {
      cancels.add(cancel);
    } else if (record instanceof Inbound.Erase erase) {
      identifiers.addAll(erase.erasure().identifiers());
      erasures.add(erase.erasure());
    } else {
      throw new IllegalArgumentException("Only usable records have a meaning: " + record);
    }
  }

  private void linkPairwise(
      List<Identifier> together, String source, long time, long reportedTime) {
    for (Identifier a : together) {
      for (Identifier b : together) {
        if (a.compareTo(b) < 0) {
          links.add(new SaidLink(new LinkChange(false, a, b, 1.0, source, time), reportedTime));
        }
      }
    }
  }

  private static Identifier first(Collection<Identifier> presented) {
    return presented.stream().min(Comparator.naturalOrder()).orElseThrow();
  }

  private long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(catalogue));
  }

  /** Null for a universal id that was made from no identifier any record names. */
  private Identifier holder(List<Identifier> presented, long key) {
    return presented.isEmpty() ? identifierOfKey.get(key) : first(presented);
  }

  private Identifier holder(SendRequest request) {
    return holder(request.identifiers(), request.personKey());
  }

  // Time

  /** Every instant at which something is stamped, or at which something may end by itself. */
  private Set<Long> instants() {
    Set<Long> instants = new TreeSet<>();
    links.forEach(l -> instants.add(l.change().time()));
    cancels.forEach(c -> instants.add(c.time()));
    questions.forEach(q -> instants.add(q.time()));
    erasures.forEach(e -> instants.add(e.time()));
    for (SendRequest request : requests) {
      instants.add(request.time());
      instants.add(request.sendAfter());
      instants.add(request.sendBefore());
      instants.add(request.sendBefore() - request.latencyMillis());
    }
    for (HeldEvent held : events) {
      long time = held.event().time();
      instants.add(time);
      if (held.event().type().equals("cart_add")) {
        instants.add(time + CART_WAITS);
        addEnds(instants, "cart_abandonment", time + CART_WAITS);
      }
      for (String signal :
          List.of(held.event().type(), "browse_surge", "repeated_bounces", "fatigue")) {
        addEnds(instants, signal, time);
      }
    }
    return instants;
  }

  private void addEnds(Set<Long> instants, String signal, long start) {
    HotPath hotPath = catalogue.hotPath(signal);
    if (hotPath != null) {
      instants.add(start + hotPath.freshMillis());
    }
    CircuitBreaker breaker = catalogue.circuitBreaker(signal);
    if (breaker != null && breaker.windowMillis() != CircuitBreaker.PERMANENT) {
      instants.add(start + breaker.windowMillis());
    }
  }

  /** The moment of an instant at which something is stamped. */
  private Moment at(long instant) {
    return Objects.requireNonNull(moments.get(instant), "not an instant at which anything is");
  }

  /** What counts when only what is stamped before an instant does. */
  private Moment before(long instant) {
    Map.Entry<Long, Moment> before = moments.lowerEntry(instant);
    return before != null
        ? before.getValue()
        : new Moment(Long.MIN_VALUE, identity(Long.MIN_VALUE, List.of()), List.of());
  }

  // Section 4

  private NaiveIdentity identity(long instant, List<Forgetting> forgettings) {
    NaiveIdentity identity = new NaiveIdentity(catalogue, maxPersonSize);
    identity.say(
        links.stream()
            .filter(link -> link.change().time() <= instant)
            .filter(link -> forgettings.stream().noneMatch(f -> isForgotten(link, f)))
            .map(SaidLink::change)
            .toList());
    return identity;
  }

  private static boolean isForgotten(SaidLink link, Forgetting forgetting) {
    return forgetting.concerns(link.change().a(), link.reportedTime())
        || forgetting.concerns(link.change().b(), link.reportedTime());
  }

  private Set<IdentityChange> identityChanges() {
    Set<IdentityChange> changes = new HashSet<>();
    for (Moment now : moments.values()) {
      Moment before = before(now.time());
      moves(before, now, changes);
      quarantinedPairs(before.identity(), now, changes);
    }
    return changes;
  }

  private void moves(Moment before, Moment now, Set<IdentityChange> changes) {
    Set<Identifier> quarantined = new TreeSet<>();
    for (Identifier identifier : identifiers) {
      if (isShared(now.identity(), identifier) && !isShared(before.identity(), identifier)) {
        quarantined.add(identifier);
        changes.add(
            new IdentityChange(
                Kind.QUARANTINED,
                now.identity().universalKeyOf(identifier),
                before.identity().universalKeyOf(identifier),
                List.of(identifier),
                null,
                now.time()));
      }
    }
    Map<Long, Set<Identifier>> old = byPerson(before.identity());
    Map<Long, Set<Identifier>> present = byPerson(now.identity());
    old.forEach(
        (previous, oldMembers) ->
            present.forEach(
                (person, members) -> {
                  Set<Identifier> moved = new TreeSet<>(oldMembers);
                  moved.retainAll(members);
                  boolean all = moved.size() == oldMembers.size();
                  moved.removeAll(quarantined);
                  moved.removeAll(now.forgottenNow());
                  if (!person.equals(previous) && !moved.isEmpty()) {
                    changes.add(
                        new IdentityChange(
                            all ? Kind.MERGED : Kind.SPLIT,
                            person,
                            previous,
                            List.copyOf(moved),
                            null,
                            now.time()));
                  }
                }));
  }

  private Map<Long, Set<Identifier>> byPerson(NaiveIdentity identity) {
    Map<Long, Set<Identifier>> persons = new TreeMap<>();
    for (Identifier identifier : identifiers) {
      persons
          .computeIfAbsent(identity.universalKeyOf(identifier), k -> new TreeSet<>())
          .add(identifier);
    }
    return persons;
  }

  private boolean isShared(NaiveIdentity identity, Identifier identifier) {
    return !catalogue.typeOf(identifier.rank()).isWeak() && !identity.joins(identifier);
  }

  private void quarantinedPairs(NaiveIdentity before, Moment now, Set<IdentityChange> changes) {
    for (Set<Identifier> pair : now.identity().refused()) {
      if (!before.refused().contains(pair)) {
        List<Identifier> byText =
            pair.stream().sorted(Comparator.comparing(i -> i.text(catalogue))).toList();
        changes.add(
            new IdentityChange(
                Kind.QUARANTINED,
                now.identity().universalKeyOf(byText.get(0)),
                now.identity().universalKeyOf(byText.get(1)),
                pair.stream().sorted().toList(),
                null,
                now.time()));
      }
    }
  }

  private Set<Answer> answers() {
    Set<Answer> answers = new HashSet<>();
    for (ResolveRequest question : questions) {
      Moment now = at(question.time());
      Identifier holder = holder(question.identifiers(), question.personKey());
      if (holder == null) {
        answers.add(
            new Answer(
                question.requestId(), question.time(), question.personKey(), List.of(), 1.0));
      } else if (!now.isForgotten(holder, question.reportedTime())) {
        NaiveIdentity identity = now.identity();
        boolean named = !question.identifiers().isEmpty();
        long person = identity.owner(holder, question.time());
        answers.add(
            new Answer(
                question.requestId(),
                question.time(),
                person,
                named || !identity.linkedTo(holder).isEmpty()
                    ? identity.members(holder, question.time()).stream().sorted().toList()
                    : List.of(),
                named
                    ? identity.confidence(question.identifiers(), person, question.time())
                    : 1.0));
      }
    }
    return answers;
  }

  // Section 5

  /** Who is named by the erasures of an instant. */
  private Set<Identifier> named(long instant, List<Forgetting> earlier) {
    Set<Identifier> named = new TreeSet<>();
    for (Erasure erasure : erasures) {
      if (erasure.time() == instant) {
        for (Identifier identifier : erasure.identifiers()) {
          if (earlier.stream().noneMatch(f -> f.concerns(identifier, erasure.reportedTime()))) {
            named.add(identifier);
          }
        }
      }
    }
    return named;
  }

  private List<Forgetting> forgotten(
      long instant, Set<Identifier> named, NaiveIdentity identity, List<Forgetting> earlier) {
    Set<Identifier> forgotten = new TreeSet<>(named);
    for (Identifier identifier : named) {
      forgotten.addAll(identity.person(identifier));
    }
    boolean more = true;
    while (more) {
      Set<Identifier> near = new TreeSet<>();
      for (Identifier identifier : identifiers) {
        if (!identity.joins(identifier)
            && !forgotten.contains(identifier)
            && identity.linkedTo(identifier).stream().anyMatch(forgotten::contains)) {
          near.add(identifier);
        }
      }
      boolean fewer = true;
      while (fewer) {
        Set<Identifier> theirs = new TreeSet<>(forgotten);
        theirs.addAll(near);
        fewer = near.removeIf(one -> !theirs.containsAll(identity.linkedTo(one)));
      }
      more = forgotten.addAll(near);
    }
    List<Forgetting> apart = new ArrayList<>();
    Set<Identifier> left = new TreeSet<>(forgotten);
    while (!left.isEmpty()) {
      Set<Identifier> together = together(left.iterator().next(), instant, forgotten, identity);
      left.removeAll(together);
      Set<Identifier> guarding = new TreeSet<>(together);
      for (Identifier identifier : identifiers) {
        if (!identity.joins(identifier)
            && identity.linkedTo(identifier).stream().anyMatch(together::contains)) {
          guarding.add(identifier);
        }
      }
      apart.add(
          new Forgetting(
              instant,
              Set.copyOf(together),
              lasting(instant, guarding, new Moment(instant, identity, earlier))));
    }
    return apart;
  }

  /** What is forgotten of the same people: the person, who is named with them, what they share. */
  private Set<Identifier> together(
      Identifier first, long instant, Set<Identifier> forgotten, NaiveIdentity identity) {
    Set<Identifier> together = new TreeSet<>(Set.of(first));
    boolean more = true;
    while (more) {
      Set<Identifier> near = new TreeSet<>();
      for (Identifier one : together) {
        near.addAll(identity.person(one));
        for (Identifier other : identity.linkedTo(one)) {
          if (!identity.joins(one) || !identity.joins(other)) {
            near.add(other);
          }
        }
        for (Erasure erasure : erasures) {
          if (erasure.time() == instant && erasure.identifiers().contains(one)) {
            near.addAll(erasure.identifiers());
          }
        }
      }
      near.retainAll(forgotten);
      more = together.addAll(near);
    }
    return together;
  }

  /** The permanent suppressions on these identifiers that nothing on them has ended. */
  private Set<Lasting> lasting(long instant, Set<Identifier> guarding, Moment earlier) {
    Set<Lasting> on = new HashSet<>();
    List<Observation> seen = new ArrayList<>();
    for (HeldEvent held : counting(earlier, instant)) {
      if (guarding.contains(held.holder())) {
        seen.add(asItHappened(held.event()));
        if (isPermanent(held.event().type())) {
          on.add(new Lasting(held.event().type(), held.event().time()));
        }
      }
    }
    guarding.forEach(identifier -> on.addAll(lastingOn(identifier, earlier)));
    Map<String, Lasting> latest = new TreeMap<>();
    for (Lasting lasting : on) {
      if (endOf(lasting, seen) == CircuitBreaker.PERMANENT) {
        latest.merge(
            lasting.type(), lasting, (one, other) -> one.start() > other.start() ? one : other);
      }
    }
    return Set.copyOf(latest.values());
  }

  private static Observation asItHappened(Observation event) {
    long time = Math.min(event.time(), event.reportedTime());
    return new Observation(event.source(), event.eventId(), event.type(), time, time);
  }

  private boolean isPermanent(String type) {
    CircuitBreaker breaker = catalogue.circuitBreaker(type);
    return breaker != null
        && (breaker.windowMillis() == CircuitBreaker.PERMANENT
            || !breaker.permanentChannel().isEmpty());
  }

  /** What an identifier still holds of permanent suppressions from before it was forgotten. */
  private static Set<Lasting> lastingOn(Identifier identifier, Moment moment) {
    Set<Lasting> lasting = new HashSet<>();
    for (Forgetting forgetting : moment.forgettings()) {
      if (forgetting.identifiers().contains(identifier)) {
        // What it held before is among what goes on, or was ended.
        lasting.clear();
        lasting.addAll(forgetting.lasting());
      }
    }
    return lasting;
  }

  /** When the first of these events ends it; never if none does. */
  private long endOf(Lasting lasting, List<Observation> events) {
    CircuitBreaker breaker = catalogue.circuitBreaker(lasting.type());
    return events.stream()
        .filter(e -> breaker.endedBy().contains(e.type()) && e.time() >= lasting.start())
        .mapToLong(Observation::time)
        .min()
        .orElse(CircuitBreaker.PERMANENT);
  }

  // Section 3

  /** The events that are known in a moment, those stamped up to an instant. */
  private List<HeldEvent> counting(Moment moment, long stampedUpTo) {
    return events.stream()
        .filter(held -> held.event().time() <= stampedUpTo)
        .filter(held -> !moment.isForgotten(held.holder(), held.event().reportedTime()))
        .toList();
  }

  /** The same without what repeats an event of the same identifier. */
  private List<HeldEvent> distinct(List<HeldEvent> counting) {
    Map<Identifier, List<HeldEvent>> byHolder = new TreeMap<>();
    counting.forEach(e -> byHolder.computeIfAbsent(e.holder(), h -> new ArrayList<>()).add(e));
    return byHolder.values().stream()
        .flatMap(
            reports ->
                DistinctEvents.of(
                    reports,
                    Comparator.comparing(HeldEvent::event, Observation.ORDER),
                    HeldEvent::event,
                    new Horizon(catalogue, DerivedPatterns.derivations()))
                    .stream())
        .toList();
  }

  private EffectiveSignals signals(
      long person, Moment moment, long stampedUpTo, long now, String channel) {
    List<PersonEvent> reports = new ArrayList<>();
    for (HeldEvent held : distinct(counting(moment, stampedUpTo))) {
      Observation event = held.event();
      // Its own timestamp has no effect any more, so that two reports that differ in it are one.
      Observation used =
          new Observation(
              event.source(), event.eventId(), event.type(), event.time(), event.time());
      if (moment.identity().owner(held.holder(), event.time()) == person) {
        reports.add(new PersonEvent(used, false));
      } else if (isGuard(event.type())
          && moment.identity().doubtfulOwners(held.holder(), event.time()).contains(person)) {
        reports.add(new PersonEvent(used, true));
      }
    }
    List<PersonEvent> distinct =
        DistinctEvents.of(
            reports,
            PersonEvent.ORDER,
            PersonEvent::observation,
            new Horizon(catalogue, DerivedPatterns.derivations()));
    EffectiveSignals signals =
        NaiveSignals.effective(catalogue, distinct, stampedUpTo, now, channel);
    Set<Suppression> suppressions = new HashSet<>(signals.suppressions());
    List<Observation> observations = distinct.stream().map(PersonEvent::observation).toList();
    for (Lasting lasting : lastingFor(person, moment)) {
      Suppression suppression =
          new Suppression(lasting.type(), lasting.start(), endOf(lasting, observations));
      if (isPermanentFor(lasting.type(), channel) && now < suppression.end()) {
        suppressions.add(suppression);
      }
    }
    return new EffectiveSignals(
        signals.hotPaths(),
        suppressions.stream()
            .sorted(
                Comparator.comparing(Suppression::end)
                    .thenComparing(Suppression::start)
                    .thenComparing(Suppression::reason, Comparator.reverseOrder()))
            .toList(),
        signals.clicks());
  }

  private boolean isGuard(String type) {
    return catalogue.circuitBreaker(type) != null || catalogue.isEnding(type);
  }

  private boolean isPermanentFor(String type, String channel) {
    CircuitBreaker breaker = catalogue.circuitBreaker(type);
    return breaker.windowMillis() == CircuitBreaker.PERMANENT
        || breaker.permanentChannel().equals(channel);
  }

  private Set<Lasting> lastingFor(long person, Moment moment) {
    Set<Lasting> counting = new HashSet<>();
    for (Identifier identifier : identifiers) {
      for (Lasting lasting : lastingOn(identifier, moment)) {
        if (moment.identity().owner(identifier, lasting.start()) == person
            || moment.identity().doubtfulOwners(identifier, lasting.start()).contains(person)) {
          counting.add(lasting);
        }
      }
    }
    return counting;
  }

  // Section 6

  private void answerRequests(Map<String, List<Line>> schedules, Set<SendRequest> rejected) {
    Map<String, SendRequest> standing = new HashMap<>();
    Map<String, Long> closed = new HashMap<>();
    for (SendRequest request : requests.stream().sorted(FIRST).toList()) {
      String id = request.requestId();
      Identifier holder = holder(request);
      if (holder != null && at(request.time()).isForgotten(holder, request.reportedTime())) {
        continue;
      }
      SendRequest first = standing.get(id);
      if (first != null && asksTheSame(request, first)) {
        if (request.time() <= closed.get(id) + ID_STANDS || request.time() < first.overAt()) {
          continue;
        }
      } else if (first != null && request.time() <= closed.get(id) + ID_STANDS) {
        rejected.add(request);
        continue;
      }
      List<Line> lines = revisions(request);
      schedules.computeIfAbsent(id, i -> new ArrayList<>()).addAll(lines);
      standing.put(id, request);
      Decision last = lines.get(lines.size() - 1).schedule().decision();
      closed.put(id, Math.max(last.decidedAt(), pendingUntil(last, request)));
    }
  }

  /** Whether they differ in nothing but when they were read. */
  private static boolean asksTheSame(SendRequest one, SendRequest other) {
    return one.stamped(0).equals(other.stamped(0));
  }

  private List<Line> revisions(SendRequest request) {
    List<Line> lines = new ArrayList<>();
    Identifier holder = holder(request);
    Decision last = null;
    double identityConfidence = 0;
    for (Moment now : moments.tailMap(request.time(), true).values()) {
      long instant = now.time();
      if (last != null && instant > pendingUntil(last, request)) {
        break;
      }
      boolean cancelled =
          cancels.stream()
              .anyMatch(c -> c.requestId().equals(request.requestId()) && c.time() == instant);
      if (last != null && holder != null && now.forgottenNow().contains(holder)) {
        lines.add(
            line(request, lines.size(), last.cancelled(Outcome.ERASED, instant), Outcome.ERASED));
        break;
      }
      if (last != null && cancelled) {
        lines.add(
            line(
                request,
                lines.size(),
                last.cancelled(Outcome.REQUESTED, instant),
                Outcome.REQUESTED));
        break;
      }
      Effective effective = effective(request, now, instant, instant);
      Effective previous = effective(request, before(instant), instant - 1, instant);
      if (last != null && effective.equals(previous)) {
        continue;
      }
      if (last == null || !effective.members().equals(previous.members())) {
        identityConfidence =
            request.identifiers().isEmpty()
                ? 1.0
                : now.identity()
                    .confidence(request.identifiers(), effective.person(), request.time());
      }
      Decision decision =
          engine.decide(
              request,
              latency(request, instant),
              effective.person(),
              identityConfidence,
              effective.signals(),
              instant);
      if (last == null || differs(decision, last)) {
        lines.add(line(request, lines.size(), decision, null));
        last = decision;
      }
      if (cancelled && instant <= pendingUntil(last, request)) {
        lines.add(
            line(
                request,
                lines.size(),
                last.cancelled(Outcome.REQUESTED, instant),
                Outcome.REQUESTED));
        break;
      }
    }
    return lines;
  }

  private static Line line(
      SendRequest request, int revision, Decision decision, String cancelReason) {
    return new Line(new Schedule(request, revision, decision), cancelReason);
  }

  private Effective effective(SendRequest request, Moment moment, long stampedUpTo, long now) {
    Identifier holder = holder(request);
    long person =
        holder == null ? request.personKey() : moment.identity().owner(holder, request.time());
    return new Effective(
        person,
        holder == null ? Set.of() : Set.copyOf(moment.identity().members(holder, request.time())),
        signals(person, moment, stampedUpTo, now, request.effectiveChannel()));
  }

  /** The last instant at which what changes still matters. */
  private static long pendingUntil(Decision decision, SendRequest request) {
    return switch (decision.status()) {
      case SCHEDULED -> decision.target() - decision.latencyMillis();
      case SUPPRESSED -> request.sendBefore() - decision.latencyMillis();
      case UNREACHABLE, CANCELLED -> Long.MIN_VALUE;
    };
  }

  private static boolean differs(Decision decision, Decision written) {
    return decision.status() != written.status()
        || decision.person() != written.person()
        || (decision.status() == Status.SCHEDULED && decision.target() != written.target())
        || !Objects.equals(decision.suppressionReason(), written.suppressionReason())
        || (decision.suppressionReason() != null
            && decision.suppressedUntil() != written.suppressedUntil());
  }

  // Section 7

  private Latency latency(SendRequest request, long instant) {
    long end = instant - Math.floorMod(instant, Duration.ofMinutes(1).toMillis());
    List<Long> samples =
        samples(request.provider()).stream()
            .filter(s -> end - SAMPLES_COUNT <= s.deliveredAt() && s.deliveredAt() < end)
            .map(LatencySample::latencyMillis)
            .sorted()
            .toList();
    int size = samples.size();
    if (size < 20) {
      return Latency.ofRequest(request.latencyMillis());
    }
    double median = (samples.get((size - 1) / 2) + samples.get(size / 2)) / 2.0;
    return new Latency(Math.min(Math.round(median), Duration.ofSeconds(900).toMillis()), size);
  }

  private List<LatencySample> samples(String provider) {
    Map<String, List<Inbound.Event>> byMessage = new TreeMap<>();
    for (Inbound.Event event : deliveries) {
      String message = event.delivery().messageId();
      if (event.observation().source().equals(provider)) {
        byMessage
            .computeIfAbsent(
                message.isEmpty() ? "event " + event.observation().eventId() : "message " + message,
                m -> new ArrayList<>())
            .add(event);
      }
    }
    List<LatencySample> samples = new ArrayList<>();
    for (List<Inbound.Event> reports : byMessage.values()) {
      List<Inbound.Event> standing = standing(reports);
      for (Inbound.Event event : standing) {
        long deliveredAt = event.observation().time();
        long measured = event.delivery().latencyMillis();
        if (event.observation().type().equals("delivered")) {
          (measured == DeliveryMetadata.NO_LATENCY
                  ? standing.stream()
                      .filter(e -> e.observation().type().equals("sent"))
                      .map(e -> deliveredAt - e.observation().time())
                      .filter(took -> took >= 0 && took <= Duration.ofHours(1).toMillis())
                      .min(Comparator.naturalOrder())
                  : Optional.of(measured))
              .ifPresent(took -> samples.add(new LatencySample(provider, deliveredAt, took)));
        }
      }
    }
    return samples;
  }

  /** The reports of one message that repeat none. */
  private static List<Inbound.Event> standing(List<Inbound.Event> reports) {
    List<Inbound.Event> standing = new ArrayList<>();
    for (Inbound.Event event :
        reports.stream()
            .sorted(Comparator.comparing(Inbound.Event::observation, Observation.ORDER))
            .toList()) {
      Observation one = event.observation();
      if (standing.stream()
          .map(Inbound.Event::observation)
          .noneMatch(
              first ->
                  first.eventId().equals(one.eventId())
                      && one.time() < first.time() + DELIVERIES_STAND)) {
        standing.add(event);
      }
    }
    return standing;
  }
}
