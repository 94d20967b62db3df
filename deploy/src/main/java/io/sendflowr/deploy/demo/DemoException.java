package io.sendflowr.deploy.demo;

/** The demo could not go on. */
public final class DemoException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Says why.
   *
   * @param message for a person to read
   */
  public DemoException(String message) {
    super(message);
  }

  /**
   * Says why.
   *
   * @param message for a person to read
   * @param cause what failed
   */
  public DemoException(String message, Throwable cause) {
    super(message, cause);
  }
}
