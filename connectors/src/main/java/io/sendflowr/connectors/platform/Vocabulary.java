package io.sendflowr.connectors.platform;

/**
 * The names that descriptors may use. A misspelt one would be dropped in silence where records are
 * read, and with it what it tells; so it is an error when descriptors are loaded.
 */
public interface Vocabulary {
  /** Whether records may carry an identifier under this name. */
  boolean isIdentifierType(String name);

  /** Whether this is the type of an event that something is known about. */
  boolean isEventType(String name);
}
