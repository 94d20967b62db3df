package io.sendflowr.oracle;

import io.sendflowr.flow.Inbound;
import io.sendflowr.flow.Schedule;
import io.sendflowr.identity.Erasure;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.IdentityChange;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.Resolution;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.UniversalId;
import io.sendflowr.oracle.JobRig.Written;
import io.sendflowr.oracle.Worlds.World;
import io.sendflowr.record.DeadLetter;
import io.sendflowr.signal.Observation;
import io.sendflowr.timing.SendRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Many little worlds in one run: to start the operators takes longer than a world does. Each world
 * gets identifiers and request ids of its own, so that none knows of the others.
 *
 * @param worlds as they are in the run, each with the number of its place before every name
 */
record Crowd(List<World> worlds) {
  Crowd {
    worlds = List.copyOf(worlds);
  }

  /** Worlds in which persons are of one greatest size, nobody is erased, and no id is taken. */
  static Crowd of(List<World> worlds) {
    List<World> named = new ArrayList<>();
    for (World world : worlds) {
      named.add(named(world, named(named.size(), "")));
    }
    return new Crowd(named);
  }

  /** How something is called in the run. */
  static String named(int number, String name) {
    return number + "." + name;
  }

  /** All that happens in them. */
  World together() {
    return new World(
        worlds.get(0).maxPersonSize(),
        worlds.stream().flatMap(world -> world.records().stream()).toList());
  }

  /** What was written of each of them, by their place. */
  List<Written> apart(Written written) {
    List<Written> apart = new ArrayList<>();
    worlds.forEach(world -> apart.add(new Written()));
    for (Schedule schedule : written.schedules) {
      apart.get(numberOf(schedule.request().requestId())).schedules.add(schedule);
    }
    for (Resolution resolution : written.resolutions) {
      apart.get(numberOf(resolution.request().requestId())).resolutions.add(resolution);
    }
    for (IdentityChange change : written.identityChanges) {
      apart.get(numberOf(change.identifiers().get(0).value())).identityChanges.add(change);
    }
    List<DeadLetter> letters = new ArrayList<>(written.rejected);
    letters.addAll(written.unusable);
    if (!letters.isEmpty()) {
      throw new AssertionError("Nothing here is to be a dead letter: " + letters);
    }
    return apart;
  }

  private static int numberOf(String name) {
    return Integer.parseInt(name.substring(0, name.indexOf('.')));
  }

  /** The same world with other identifiers and ids: what has this before every name. */
  static World named(World world, String prefix) {
    return named(
        world,
        prefix,
        identifier -> new Identifier(identifier.rank(), prefix + identifier.value()));
  }

  /** The same world with other identifiers. */
  static World named(World world, UnaryOperator<Identifier> name) {
    return named(world, "", name);
  }

  private static World named(World world, String prefix, UnaryOperator<Identifier> name) {
    Map<Long, Identifier> renamed = new HashMap<>();
    identifiersOf(world).forEach(i -> renamed.put(key(i), name.apply(i)));
    for (Inbound record : world.records()) {
      if (record instanceof Inbound.Erase erase) {
        erase.erasure().identifiers().forEach(i -> renamed.put(key(i), name.apply(i)));
      }
    }
    return new World(
        world.maxPersonSize(),
        world.records().stream().map(record -> named(record, prefix, renamed)).toList());
  }

  /** All that its records name. */
  static Set<Identifier> identifiersOf(World world) {
    Set<Identifier> named = new TreeSet<>();
    for (Inbound record : world.records()) {
      named.addAll(identifiersOf(record));
    }
    return named;
  }

  /** What a record links with each other; one identifier if it links nothing. */
  static List<Identifier> identifiersOf(Inbound record) {
    if (record instanceof Inbound.Event event) {
      return event.identifiers();
    } else if (record instanceof Inbound.Link link) {
      return List.of(link.change().a(), link.change().b());
    } else if (record instanceof Inbound.Request asked) {
      return asked.request().identifiers();
    } else if (record instanceof Inbound.Resolve asked) {
      return asked.request().identifiers();
    }
    return List.of();
  }

  private static Inbound named(Inbound record, String prefix, Map<Long, Identifier> renamed) {
    if (record instanceof Inbound.Event event) {
      Observation o = event.observation();
      return new Inbound.Event(
          new Observation(o.source(), prefix + o.eventId(), o.type(), o.time(), o.reportedTime()),
          named(event.identifiers(), renamed),
          event.delivery(),
          event.clock());
    } else if (record instanceof Inbound.Link link) {
      LinkChange c = link.change();
      return new Inbound.Link(
          new LinkChange(
              c.unlink(),
              named(c.a(), renamed),
              named(c.b(), renamed),
              c.weight(),
              c.source(),
              c.time()),
          link.clock());
    } else if (record instanceof Inbound.Request asked) {
      SendRequest r = asked.request();
      return new Inbound.Request(
          new SendRequest(
              prefix + r.requestId(),
              r.time(),
              r.reportedTime(),
              named(r.identifiers(), renamed),
              holder(r.identifiers(), r.personKey(), renamed),
              r.sendAfter(),
              r.sendBefore(),
              r.latencyMillis(),
              r.channel(),
              r.provider(),
              r.campaignType(),
              r.intentId(),
              r.campaignId(),
              r.template()),
          asked.origin(),
          asked.clock());
    } else if (record instanceof Inbound.Resolve asked) {
      ResolveRequest r = asked.request();
      return new Inbound.Resolve(
          new ResolveRequest(
              prefix + r.requestId(),
              r.time(),
              r.reportedTime(),
              named(r.identifiers(), renamed),
              holder(r.identifiers(), r.personKey(), renamed)),
          asked.clock());
    } else if (record instanceof Inbound.Cancel cancel) {
      return new Inbound.Cancel(prefix + cancel.requestId(), cancel.time(), cancel.clock());
    }
    Inbound.Erase erase = (Inbound.Erase) record;
    Erasure e = erase.erasure();
    return new Inbound.Erase(
        new Erasure(named(e.identifiers(), renamed), e.time(), e.reportedTime()),
        erase.origin(),
        erase.clock());
  }

  private static List<Identifier> named(
      List<Identifier> identifiers, Map<Long, Identifier> renamed) {
    return identifiers.stream().map(identifier -> named(identifier, renamed)).sorted().toList();
  }

  private static Identifier named(Identifier identifier, Map<Long, Identifier> renamed) {
    return renamed.get(key(identifier));
  }

  /** The key of a universal id that belongs to nobody here stays. */
  private static long holder(List<Identifier> presented, long key, Map<Long, Identifier> renamed) {
    if (!presented.isEmpty()) {
      return key(named(presented, renamed).get(0));
    }
    return renamed.containsKey(key) ? key(renamed.get(key)) : key;
  }

  static long key(Identifier identifier) {
    return UniversalId.keyOf(identifier.text(Worlds.CATALOGUE));
  }
}
