package io.sendflowr.flow;

import io.sendflowr.timing.Decision;
import io.sendflowr.timing.SendRequest;

/**
 * A send schedule: a decision that differs from the one before it (SPEC section 6, "Revisions").
 *
 * @param request what was asked
 * @param revision 0 for the first answer
 * @param decision the answer
 */
public record Schedule(SendRequest request, int revision, Decision decision) {}
