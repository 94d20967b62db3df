package io.sendflowr.identity;

import java.io.Serializable;

/**
 * One statement about two identifiers (SPEC section 4): that they are linked, or that their links
 * up to now are void.
 *
 * @param unlink whether the links of the pair stamped at or before {@code time} are taken back
 * @param a one identifier
 * @param b the other, never equal to {@code a}
 * @param weight trust in the link, in (0, 1]; without meaning in an unlink
 * @param source who says so
 * @param time effective event time, epoch ms
 */
public record LinkChange(
    boolean unlink, Identifier a, Identifier b, double weight, String source, long time)
    implements Serializable {}
