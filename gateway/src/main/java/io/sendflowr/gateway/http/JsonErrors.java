package io.sendflowr.gateway.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** What the server itself refuses is said in the form of everything else, without echoing it. */
public final class JsonErrors implements Request.Handler {
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    Problem problem =
        status >= HttpStatus.INTERNAL_SERVER_ERROR_500
            ? new Problem(status, "failed", "The gateway failed; the same may work later.")
            : new Problem(
                status, "bad_request", "HTTP as it was sent is not taken: " + reason(status));
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.write(true, ByteBuffer.wrap(Exchange.json(problem)), callback);
    return true;
  }

  private static String reason(int status) {
    return HttpStatus.getMessage(status) + ".";
  }
}
