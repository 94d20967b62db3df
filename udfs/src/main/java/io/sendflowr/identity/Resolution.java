package io.sendflowr.identity;

import java.util.List;

/**
 * The answer to a {@link ResolveRequest}.
 *
 * @param request what was asked
 * @param person key of the person's universal id
 * @param members all identifiers of the person, ascending
 * @param steps how the answer was found, each a sentence
 * @param confidence how sure it is that the presented identifiers mean the person, 0 to 1
 */
public record Resolution(
    ResolveRequest request,
    long person,
    List<Identifier> members,
    List<String> steps,
    double confidence) {
  public Resolution {
    members = List.copyOf(members);
    steps = List.copyOf(steps);
  }
}
