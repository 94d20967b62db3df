package io.sendflowr.flow.operator;

import java.io.Serializable;

/**
 * How event time follows the wall clock while a source is idle.
 *
 * @param outOfOrdernessMillis how far behind the wall clock event time stays: as far as a record
 *     may arrive out of order
 * @param patienceMillis how long after its start an operator waits for a first record, because a
 *     source that has not begun to read looks idle, too; and how long, in a backlog, for the next
 */
public record WallClock(long outOfOrdernessMillis, long patienceMillis) implements Serializable {}
