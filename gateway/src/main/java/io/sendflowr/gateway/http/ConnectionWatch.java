package io.sendflowr.gateway.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections that do not come to ask anything. The server's own idle time begins anew with
 * each byte, so that one who sends a header letter by letter would keep a connection for hours.
 */
public final class ConnectionWatch extends AbstractLifeCycle implements Connection.Listener {
  private static final long BUSY = Long.MIN_VALUE;
  private static final int LOOK_MILLIS = 1_000;

  private final Map<Connection, Long> waitingSince = new ConcurrentHashMap<>();
  private final Scheduler scheduler;
  private final Duration most;

  /**
   * @param scheduler when to look
   * @param most how long a connection may be open and ask nothing
   */
  public ConnectionWatch(Scheduler scheduler, Duration most) {
    this.scheduler = scheduler;
    this.most = most;
  }

  @Override
  protected void doStart() {
    lookLater();
  }

  @Override
  public void onOpened(Connection connection) {
    waitingSince.put(connection, System.nanoTime());
  }

  @Override
  public void onClosed(Connection connection) {
    waitingSince.remove(connection);
  }

  /** A connection has asked something. */
  void begins(Request request) {
    Connection connection = request.getConnectionMetaData().getConnection();
    waitingSince.replace(connection, BUSY);
    Request.addCompletionListener(
        request, failure -> waitingSince.replace(connection, System.nanoTime()));
  }

  /** How many connections are open. */
  public int open() {
    return waitingSince.size();
  }

  private void lookLater() {
    scheduler.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (!isRunning() && !isStarting()) {
      return;
    }
    long now = System.nanoTime();
    waitingSince.forEach(
        (connection, since) -> {
          if (since != BUSY && now - since > most.toNanos()) {
            connection.getEndPoint().close();
          }
        });
    lookLater();
  }
}
