package io.sendflowr.identity.operator;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.flink.States;
import io.sendflowr.flow.ResolutionPart;
import io.sendflowr.identity.Claim;
import io.sendflowr.identity.Resolution;
import io.sendflowr.identity.ResolveRequest;
import io.sendflowr.identity.UniversalId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Puts together what the presented identifiers of a question contribute, keyed by request id: each
 * knows its own links, and none those of the others.
 */
public final class ResolutionFunction
    extends KeyedProcessFunction<String, ResolutionPart, Resolution> {
  private static final long serialVersionUID = 1L;

  private static final Comparator<ResolveRequest> ORDER =
      Comparator.comparing(ResolveRequest::toString);

  private final Catalogue catalogue;
  private transient ListState<ResolutionPart> parts;

  /**
   * @param catalogue identifier types
   */
  public ResolutionFunction(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  @Override
  public void open(OpenContext context) {
    parts = getRuntimeContext().getListState(States.resolutionParts());
  }

  @Override
  public void processElement(ResolutionPart part, Context context, Collector<Resolution> out)
      throws Exception {
    parts.add(part);
    context.timerService().registerEventTimeTimer(part.request().time());
  }

  @Override
  public void onTimer(long now, OnTimerContext context, Collector<Resolution> out)
      throws Exception {
    List<ResolutionPart> later = new ArrayList<>();
    // Two different questions may bear one id.
    Map<ResolveRequest, Set<ResolutionPart>> questions = new TreeMap<>(ORDER);
    for (ResolutionPart part : parts.get()) {
      if (part.request().time() > now) {
        later.add(part);
      } else {
        questions.computeIfAbsent(part.request(), q -> new LinkedHashSet<>()).add(part);
      }
    }
    parts.update(later);
    questions.forEach((question, answers) -> answer(question, answers, out));
  }

  private void answer(
      ResolveRequest question, Set<ResolutionPart> answers, Collector<Resolution> out) {
    List<ResolutionPart> ordered =
        answers.stream().sorted(Comparator.comparingInt(ResolutionPart::place)).toList();
    ResolutionPart first = ordered.get(0);
    if (first.place() != 0) {
      // The identifier that leads was erased at this very instant: there is nobody to tell of.
      return;
    }
    List<Claim> claims = new ArrayList<>();
    List<String> steps = new ArrayList<>(question.dropped());
    for (ResolutionPart part : ordered) {
      steps.addAll(part.steps());
      if (part.person() == first.person()) {
        claims.add(part.claim());
      } else {
        steps.add(
            question.identifiers().get(part.place()).text(catalogue)
                + " leads to "
                + UniversalId.format(part.person())
                + " and was left out.");
      }
    }
    out.collect(
        new Resolution(question, first.person(), first.members(), steps, Claim.together(claims)));
  }
}
