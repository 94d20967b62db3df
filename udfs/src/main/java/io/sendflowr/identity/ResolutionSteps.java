package io.sendflowr.identity;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.catalogue.IdentifierClass;
import io.sendflowr.catalogue.IdentifierType;
import io.sendflowr.identity.LinkGraph.LiveLink;
import io.sendflowr.identity.LinkGraph.Way;
import java.util.ArrayList;
import java.util.List;

/** How a presented identifier leads to a person, in sentences (SPEC section 4, "Asking"). */
public final class ResolutionSteps {
  private final Catalogue catalogue;

  /**
   * @param catalogue identifier types
   */
  public ResolutionSteps(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /**
   * Says how an identifier was followed.
   *
   * @param graph links as of the question
   * @param presented the identifier, or null if a universal id was presented
   * @param holder its key
   * @param owner key of the identifier for whose person its records count
   * @param first whether it is the first of those presented, which leads to the person
   */
  public List<String> of(
      LinkGraph graph, Identifier presented, long holder, long owner, boolean first) {
    List<String> steps = new ArrayList<>();
    Identifier known = graph.identifier(holder);
    String name = presented == null ? UniversalId.format(holder) : presented.text(catalogue);
    if (presented == null) {
      steps.add(
          known == null
              ? name + " was presented; no identifier that it was made from has a link."
              : name + " was presented; it was made from " + known.text(catalogue) + ".");
    } else {
      steps.add(name + " was presented.");
    }
    if (known == null) {
      if (presented != null) {
        steps.add(name + " has no link and is a person of its own.");
      }
    } else if (graph.givesOut(holder)) {
      steps.add(givenOut(graph, known, holder, owner));
    }
    if (presented != null && !isDeterministic(presented)) {
      Way way = graph.bestWay(holder, owner);
      way.links().forEach(link -> steps.add("Confidence follows " + told(link) + "."));
    }
    if (first) {
      for (LiveLink link : graph.treeFrom(owner)) {
        steps.add("One person by " + told(link) + ".");
      }
    }
    return steps;
  }

  private boolean isDeterministic(Identifier identifier) {
    return catalogue.typeOf(identifier.rank()).kind() == IdentifierClass.DETERMINISTIC;
  }

  private String givenOut(LinkGraph graph, Identifier known, long holder, long owner) {
    IdentifierType type = catalogue.typeOf(known.rank());
    String why =
        graph.isShared(holder)
            ? " is shared (linked to more than "
                + type.sharedLimit()
                + " identifiers of one kind) and joins nobody"
            : " is weak and joins nobody";
    if (owner == holder) {
      return known.text(catalogue) + why + "; it is linked to nobody who could own it.";
    }
    LiveLink link = graph.link(holder, owner);
    return known.text(catalogue) + why + "; it was last seen with its owner by " + told(link) + ".";
  }

  private String told(LiveLink link) {
    return "the link of "
        + link.a().text(catalogue)
        + " and "
        + link.b().text(catalogue)
        + " (weight "
        + link.weight()
        + (link.source().isEmpty() ? ")" : ", from " + link.source() + ")");
  }
}
