package io.sendflowr.signal;

/**
 * Something that acts on decisions: an event or a derived signal.
 *
 * @param type event type or name of the derived signal
 * @param time when it happened, epoch ms
 */
public record Signal(String type, long time) {}
