package io.sendflowr.flow;

import io.sendflowr.timing.Grounds;

/**
 * A send schedule and why it is as it is (SPEC section 6, "Explanation").
 *
 * @param schedule the schedule
 * @param grounds what was decided from; null if the request was not decided but cancelled
 */
public record Explanation(Schedule schedule, Grounds grounds) {}
