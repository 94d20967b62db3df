package io.sendflowr.identity;

import io.sendflowr.identity.LinkGraph.LiveLink;
import java.util.List;

/**
 * How one presented identifier led to a person when it was asked last.
 *
 * @param presented the identifier; null if a universal id was presented
 * @param claim what it says of the person
 * @param owner the link by which what the identifier holds counts for the person; null if it is one
 *     of theirs, or a person of its own
 * @param path the links walked for its confidence, from the identifier to a deterministic one;
 *     empty if it is deterministic itself, or the person has none
 */
public record Lead(Identifier presented, Claim claim, LiveLink owner, List<LiveLink> path) {
  public Lead {
    path = List.copyOf(path);
  }

  /** The same by another link of what the identifier holds to the person, or by none (null). */
  public Lead ownedBy(LiveLink link) {
    return new Lead(presented, claim, link, path);
  }
}
