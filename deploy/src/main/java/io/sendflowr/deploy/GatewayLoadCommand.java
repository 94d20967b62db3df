package io.sendflowr.deploy;

import io.sendflowr.deploy.load.GatewayLoad;
import io.sendflowr.deploy.load.Hostile;
import io.sendflowr.deploy.load.Target;
import io.sendflowr.gateway.Limits;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sendflowr gateway-load}, for {@code benchmarks/gateway}. */
@Command(
    name = "gateway-load",
    hidden = true,
    description =
        "Send signed webhooks through a gateway to a broker on this machine, restart the broker meanwhile, and look that"
            + " none was lost; then send hostile requests, and look that none came through.")
final class GatewayLoadCommand extends Subcommand {
  private static final int MAX_RATE = 100_000;
  private static final int ATTACKERS = 64;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Webhooks a second. Default: ${DEFAULT-VALUE}.")
  private int rate;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "30",
      description = "How long to send them. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(names = "--no-restart", description = "Leave the broker as it is.")
  private boolean noRestart;

  @Option(
      names = "--hostile",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Hostile requests. Default: ${DEFAULT-VALUE}.")
  private int hostile;

  @Override
  public Integer call() throws Exception {
    check(rate > 0 && rate <= MAX_RATE, "--rate must be from 1 to " + MAX_RATE);
    check(seconds > 0, "--seconds must be at least 1");
    check(hostile >= 0, "--hostile must not be negative");
    PrintWriter out = spec().commandLine().getOut();
    try (LocalBroker broker = LocalBroker.start()) {
      Topics.create(broker.bootstrapServers());
      try (Target target = Target.start(broker.bootstrapServers(), Limits.DEFAULT)) {
        boolean good = load(broker, target, out);
        return attack(target, out) && good ? 0 : 1;
      }
    }
  }

  private boolean load(LocalBroker broker, Target target, PrintWriter out)
      throws InterruptedException {
    new GatewayLoad(target, "warm", rate, rate).run(() -> {});
    GatewayLoad.Result result =
        new GatewayLoad(target, "load", rate * seconds, rate).run(() -> restart(broker, out));
    out.println(
        String.format(
            Locale.ROOT,
            "webhooks %d, %.0f/s; answered in %.1f ms (median), %.1f ms (99 of 100), %.0f ms (longest); sent again %d;"
                + " lost %d; in Kafka twice %d; CPU of the gateway %.0f us a webhook",
            result.count(),
            result.perSecond(),
            result.millis().median(),
            result.millis().p99(),
            result.millis().longest(),
            result.repeated(),
            result.lost(),
            result.twice(),
            result.cpuMicros()));
    return result.lost() == 0;
  }

  private void restart(LocalBroker broker, PrintWriter out) {
    if (noRestart) {
      return;
    }
    long begin = System.nanoTime();
    try {
      broker.kill();
      broker.restart();
    } catch (IOException e) {
      throw new IllegalStateException("The broker could not be restarted", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The broker could not be restarted", e);
    }
    out.println(
        String.format(
            Locale.ROOT, "the broker was away for %.1f s", (System.nanoTime() - begin) / 1e9));
  }

  private boolean attack(Target target, PrintWriter out) throws InterruptedException {
    long before = target.written().size();
    Hostile attackers = new Hostile(target, Clock.systemUTC());
    long begin = System.nanoTime();
    long accepted = attackers.attack(hostile, ATTACKERS);
    long written = target.written().size() - before;
    out.println(
        String.format(
            Locale.ROOT,
            "hostile requests %d in %.0f s; with a valid signature %d; written to Kafka %d",
            hostile,
            (System.nanoTime() - begin) / 1e9,
            accepted,
            written));
    attackers.outcomes().forEach((what, count) -> out.println("  " + what + ": " + count));
    return written == accepted;
  }
}
