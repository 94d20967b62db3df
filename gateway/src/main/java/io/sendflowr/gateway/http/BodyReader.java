package io.sendflowr.gateway.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Reads a body as it comes, without a thread that waits for it. Room is taken for what has come,
 * not for what was announced.
 */
final class BodyReader {
  private final Exchange exchange;
  private final Request request;
  private final Budget bytes;
  private final int most;
  private final Consumer<byte[]> then;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private Scheduler.Task deadline;
  private boolean ended;

  private BodyReader(Exchange exchange, Budget bytes, int most, Consumer<byte[]> then) {
    this.exchange = exchange;
    this.request = exchange.request();
    this.bytes = bytes;
    this.most = most;
    this.then = then;
  }

  /**
   * Reads the body of a request.
   *
   * @param exchange is answered if the body does not come in time, is too large or finds no room
   * @param bytes room for bodies
   * @param most bytes of this one
   * @param time it may take
   * @param then is given the body
   */
  static void read(
      Exchange exchange, Budget bytes, int most, Duration time, Consumer<byte[]> then) {
    if (exchange.request().getLength() > most) {
      exchange.refuse(Problem.TOO_LARGE);
      return;
    }
    BodyReader reader = new BodyReader(exchange, bytes, most, then);
    reader.start(time);
    reader.onContent();
  }

  private synchronized void start(Duration time) {
    deadline =
        request
            .getComponents()
            .getScheduler()
            .schedule(this::onDeadline, time.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void onContent() {
    byte[] whole;
    synchronized (this) {
      if (ended || !readAvailable()) {
        return;
      }
      whole = body.toByteArray();
    }
    then.accept(whole);
  }

  /** True if that was all of it. */
  private boolean readAvailable() {
    while (true) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        request.demand(this::onContent);
        return false;
      }
      if (Content.Chunk.isFailure(chunk)) {
        end();
        exchange.fail(chunk.getFailure());
        return false;
      }
      boolean last = chunk.isLast();
      boolean taken = take(chunk.getByteBuffer());
      chunk.release();
      if (!taken) {
        return false;
      }
      if (last) {
        end();
        return true;
      }
    }
  }

  private boolean take(ByteBuffer content) {
    int length = content.remaining();
    if (body.size() + length > most) {
      end();
      exchange.refuse(Problem.TOO_LARGE);
      return false;
    }
    if (!exchange.take(bytes, length)) {
      end();
      exchange.refuse(Problem.BUSY);
      return false;
    }
    byte[] copy = new byte[length];
    content.get(copy);
    body.write(copy, 0, length);
    return true;
  }

  private void end() {
    ended = true;
    deadline.cancel();
  }

  private void onDeadline() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
    }
    exchange.refuse(Problem.SLOW);
  }
}
