package io.sendflowr.deploy;

import java.lang.reflect.Proxy;

/**
 * Signals of the operating system.
 *
 * <p>Without a handler of ours the JVM answers Ctrl-C by running every library's shutdown hook at
 * once, while the job still runs, and ends with status 130.
 */
final class Signals {
  private Signals() {}

  /**
   * Runs an action, on a thread of the JVM's, each time the process receives a signal, in place of
   * what the JVM would do.
   *
   * @param signal its name without {@code SIG}
   * @param action brief and without failure
   * @throws IllegalStateException if this JVM does not let the signal be handled
   */
  static void handle(String signal, Runnable action) {
    try {
      // By reflection because javac warns of this package in a way that cannot be switched off.
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handlerType},
              (proxy, method, arguments) -> {
                action.run();
                return null;
              });
      signalType
          .getMethod("handle", signalType, handlerType)
          .invoke(null, signalType.getConstructor(String.class).newInstance(signal), handler);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot handle the signal " + signal, e);
    }
  }
}
