package io.sendflowr.deploy.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.platform.DescriptorFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** All of it: broker, job, people. */
class DemoTest {
  private static final int SEED = 7;
  private static final int RATE = 20;

  private final StringWriter screen = new StringWriter();

  @Test
  void viewerSeesEveryStoryAndItEndsWhenAsked() throws Exception {
    Demo demo = demo(Optional.empty());
    CompletableFuture<Void> ended =
        CompletableFuture.runAsync(
            () -> {
              try {
                demo.run();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });

    await()
        .atMost(Duration.ofMinutes(3))
        .until(
            () ->
                ended.isDone()
                    || (sees(" x3.00")
                        && sees("ticket")
                        && sees("same person")
                        && sees("took it back")));
    demo.stop();
    ended.get(1, TimeUnit.MINUTES);

    assertThat(screen.toString().lines())
        .anyMatch(
            line -> line.matches(".* maya a +scheduled .* in \\d+ s .*product_view x.*\\(r0\\)"))
        .anyMatch(line -> line.matches(".* scheduled .*zendesk_ticket_created until .*\\(r0\\)"))
        .anyMatch(
            line -> line.matches(".*klaviyo_id k_\\d+ turned out to be the same person \\(r1\\)"))
        .anyMatch(line -> line.matches(".* cancelled .*the campaign took it back \\(r1\\)"))
        .anyMatch(line -> line.matches(" +decisions +scheduled [1-9]\\d* +revised [1-9].*"))
        .anyMatch(line -> line.matches(" +dead letters +0"));
  }

  @Test
  void nothingDecidedIsAFailure() {
    assertThatThrownBy(() -> demo(Optional.of(Duration.ZERO)).run())
        .isInstanceOf(DemoException.class)
        .hasMessage("nothing was decided in 0 s");
  }

  private boolean sees(String text) {
    return screen.toString().contains(text);
  }

  private Demo demo(Optional<Duration> length) {
    return new Demo(
        new Demo.Settings(
            length, RATE, SEED, 0, CatalogueReader.builtIn(), DescriptorFile.builtIn(), false),
        Clock.systemUTC(),
        new PrintWriter(screen, true));
  }
}
