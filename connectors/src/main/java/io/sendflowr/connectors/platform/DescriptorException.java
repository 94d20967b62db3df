package io.sendflowr.connectors.platform;

/** A descriptor cannot be used; the message names file, line and field and what is expected. */
public final class DescriptorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message file, line, field and what is expected
   */
  public DescriptorException(String message) {
    super(message);
  }
}
