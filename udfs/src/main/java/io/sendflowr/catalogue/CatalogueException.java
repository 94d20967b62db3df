package io.sendflowr.catalogue;

/**
 * The catalogue cannot be used; the message names file, line and field and says what is expected.
 */
public final class CatalogueException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CatalogueException(String message) {
    super(message);
  }
}
