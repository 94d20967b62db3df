package io.sendflowr.flow;

import io.sendflowr.identity.Claim;
import io.sendflowr.identity.Identifier;
import io.sendflowr.identity.ResolveRequest;
import java.util.List;

/**
 * What one presented identifier contributes to the answer to a {@link ResolveRequest}.
 *
 * @param request the question
 * @param place which of its identifiers it is, from 0; the first one leads to the person
 * @param person key of the universal id that it leads to
 * @param members identifiers of that person, ascending; only of the first
 * @param claim what it says of the person
 * @param steps how it leads there, each a sentence
 */
public record ResolutionPart(
    ResolveRequest request,
    int place,
    long person,
    List<Identifier> members,
    Claim claim,
    List<String> steps) {
  public ResolutionPart {
    members = List.copyOf(members);
    steps = List.copyOf(steps);
  }
}
