package io.sendflowr.record;

import java.io.Serializable;

/**
 * A record that could not be used, whole, and why (SPEC section 8).
 *
 * @param origin the record and where it was read
 * @param reason stable code
 * @param detail one sentence that names what, where and what to do
 * @param timestamp when: the time of receipt, or, where none is known, the watermark reached; epoch
 *     ms
 */
public record DeadLetter(Origin origin, DeadLetterReason reason, String detail, long timestamp)
    implements Serializable {}
