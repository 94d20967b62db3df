package io.sendflowr.benchmarks.micro;

import io.sendflowr.identity.ErasureMarks;
import io.sendflowr.identity.GraphChange;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.LinkChange;
import io.sendflowr.identity.LinkGraph;
import io.sendflowr.identity.LinkGraph.Applied;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What links cost where they are applied, in a graph of {@value #PERSONS} persons with three
 * identifiers each, and what it costs to say who somebody is.
 */
@State(Scope.Thread)
public class GraphBenchmark {
  private static final int PERSONS = 50_000;
  private static final int MAX_PERSON = 500;

  private static final int STRIPE = Inputs.CATALOGUE.typeNamed("stripe_customer_id").rank();

  /** A graph that has grown to so many links is made anew. */
  private static final int MOST_LINKS = 500_000;

  private LinkGraph graph;
  private List<Identifier> emails;
  private List<Identifier> profiles;
  private long time;
  private int next;
  private int newcomer;

  /** Makes the graph. */
  @Setup
  public void prepare() {
    emails = new ArrayList<>();
    profiles = new ArrayList<>();
    for (int person = 0; person < PERSONS; person++) {
      emails.add(Inputs.email(person));
      profiles.add(Inputs.klaviyo(person));
    }
    populate();
  }

  private void populate() {
    graph = new LinkGraph(Inputs.CATALOGUE, MAX_PERSON, new ErasureMarks(null));
    time = Inputs.NOW;
    newcomer = 0;
    for (int person = 0; person < PERSONS; person++) {
      apply(false, emails.get(person), profiles.get(person));
      apply(false, emails.get(person), Inputs.device(person));
    }
  }

  private Applied apply(boolean unlink, Identifier a, Identifier b) {
    time++;
    LinkChange change = new LinkChange(unlink, a, b, 1.0, "shopify", time);
    return graph.apply(List.of(new GraphChange.Linked(change, time)));
  }

  private int next() {
    next = (next + 1) % PERSONS;
    return next;
  }

  /** A link that brings a new identifier to a person; to make the identifier is part of it. */
  @Benchmark
  public Applied link() {
    if (graph.links() > MOST_LINKS) {
      populate();
    }
    return apply(false, emails.get(next()), new Identifier(STRIPE, "cus_" + newcomer++));
  }

  /** A link that was there before. */
  @Benchmark
  public Applied linkAgain() {
    int person = next();
    return apply(false, emails.get(person), profiles.get(person));
  }

  /** A link that makes two persons one, and the unlink that takes it back. */
  @Benchmark
  public Applied mergeAndUnlink() {
    int person = next();
    Identifier other = profiles.get((person + 1) % PERSONS);
    apply(false, emails.get(person), other);
    return apply(true, emails.get(person), other);
  }

  /** The key of an identifier: part of its SHA-256. */
  @Benchmark
  public long key() {
    return Inputs.key(emails.get(next()));
  }

  /** From an identifier to the universal id of its person. */
  @Benchmark
  public long resolve() {
    return graph.personOf(Inputs.key(profiles.get(next())));
  }
}
