package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PaceTest {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private Instant now = Instant.parse("2026-11-22T08:00:00Z");
  private final PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);
  private final Terminal terminal =
      new Terminal(Map.of(), InputStream.nullInputStream(), err, err, () -> now);

  @Test
  void saysEveryTwoSecondsHowFarItIs() {
    assertThat(afterStepsOf(5, 700)).isEqualTo("4 of 5 identities\n");
  }

  @Test
  void quickWorkSaysNothing() {
    assertThat(afterStepsOf(100, 10)).isEmpty();
  }

  @Test
  void theEndIsNoNews() {
    assertThat(afterStepsOf(2, 9_000)).isEmpty();
  }

  private String afterStepsOf(int steps, long millis) {
    Pace pace = new Pace(steps, "identities");
    for (int i = 0; i < steps; i++) {
      pace.step(terminal);
      now = now.plusMillis(millis);
    }
    return said.toString(StandardCharsets.UTF_8);
  }
}
