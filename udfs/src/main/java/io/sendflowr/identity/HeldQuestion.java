package io.sendflowr.identity;

/**
 * A question that presented an identifier and whose time has not come.
 *
 * @param request the question
 * @param rank rank of the identifier's type, 0 if a universal id was presented
 */
public record HeldQuestion(ResolveRequest request, int rank) {}
