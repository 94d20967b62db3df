package io.sendflowr.deploy.demo;

import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.gateway.Gateway;
import io.sendflowr.gateway.GatewaySettings;
import io.sendflowr.gateway.Limits;
import io.sendflowr.gateway.http.AccessLog;
import io.sendflowr.gateway.kafka.KafkaSettings;
import io.sendflowr.gateway.signature.FetchedCertificates;
import io.sendflowr.gateway.signature.Secrets;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The gateway of a demo: for this machine only, and without secrets. */
final class DemoGateway implements AutoCloseable {
  private static final String HOST = "127.0.0.1";

  private final Gateway gateway;

  private DemoGateway(Gateway gateway) {
    this.gateway = gateway;
  }

  /**
   * Looks early whether a port is free, before all the rest is started.
   *
   * @throws DemoException if it is taken
   * @throws IOException if it cannot be had for another reason
   */
  static void checkPort(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try (socket) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (BindException e) {
      throw taken(port, e);
    }
  }

  /**
   * Starts it.
   *
   * @param port where it listens; 0 for any that is free
   * @param readers catalogue and platforms that the job goes by
   * @throws DemoException if the port is taken
   * @throws Exception if it does not start
   */
  static DemoGateway start(
      String bootstrapServers, int port, RecordReaderFactory readers, Clock clock)
      throws Exception {
    GatewaySettings settings =
        new GatewaySettings(
            HOST,
            port,
            true,
            Optional.empty(),
            Secrets.none(),
            List.of(),
            GatewaySettings.DEFAULT_REPLAY_WINDOW,
            Map.of(),
            readers,
            new KafkaSettings(bootstrapServers, "", Map.of(), true),
            Limits.DEFAULT,
            FetchedCertificates.byHttps(clock),
            AccessLog.NONE,
            clock,
            () -> UUID.randomUUID().toString());
    try {
      return new DemoGateway(Gateway.start(settings));
    } catch (BindException e) {
      throw taken(port, e);
    }
  }

  String url() {
    return "http://" + HOST + ":" + gateway.port();
  }

  @Override
  public void close() throws Exception {
    gateway.close();
  }

  private static DemoException taken(int port, Exception cause) {
    return new DemoException(
        "the port " + port + " is taken; choose another for the gateway with --gateway-port",
        cause);
  }
}
