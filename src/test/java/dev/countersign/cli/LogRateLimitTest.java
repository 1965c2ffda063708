package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

final class LogRateLimitTest {
  private static final Instant START = Instant.parse("2026-11-22T08:00:00Z");
  private final LogRateLimit limit = new LogRateLimit();

  @Test
  void leavesOutWhatRepeatsAndCountsIt() {
    for (int i = 0; i < LogRateLimit.PER_KIND; i++) {
      assertThat(limit.admit(record("peer 10.0.0." + i + " sent \"" + i + "\"", 0)))
          .isZero();
    }
    assertThat(limit.admit(record("peer 10.0.0.9 sent \"zz\"", 9)))
        .isEqualTo(LogRateLimit.SUPPRESSED);
    assertThat(limit.admit(record("peer 10.0.0.7 sent \"y\"", 9)))
        .isEqualTo(LogRateLimit.SUPPRESSED);

    assertThat(limit.admit(record("peer 10.0.0.8 sent \"z\"", 10))).isEqualTo(2);
    assertThat(limit.admit(record("peer 10.0.0.8 sent \"z\"", 10))).isZero();
  }

  @Test
  void letsAnotherKindThroughWhileOneIsLimited() {
    for (int i = 0; i <= LogRateLimit.PER_KIND; i++) {
      limit.admit(record("bad frame", 0));
    }

    assertThat(limit.admit(record("bad frame", 0))).isEqualTo(LogRateLimit.SUPPRESSED);
    assertThat(limit.admit(record("policy reloaded", 0))).isZero();
  }

  @Test
  void limitsALoggerWhosePeersMakeUpNewMessages() {
    int admitted = 0;
    for (int i = 0; i < 1_000; i++) {
      String word = Integer.toString(i, 26).replaceAll("[0-9]", "Q") + "x".repeat(i % 50);
      admitted += limit.admit(record("unknown " + word, 0)) == LogRateLimit.SUPPRESSED ? 0 : 1;
    }

    assertThat(admitted).isEqualTo(LogRateLimit.PER_LOGGER);
  }

  @Test
  void saysOnTheNextLineHowManyWereLeftOut() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    LogHandler handler = new LogHandler(
        new PrintStream(err, true, StandardCharsets.UTF_8), new LogLine(false), limit);
    for (int i = 0; i < LogRateLimit.PER_KIND + 3; i++) {
      handler.publish(record("bad frame", 0));
    }
    handler.publish(record("bad frame", 10));

    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .hasSize(LogRateLimit.PER_KIND + 1)
        .last()
        .isEqualTo(
            "2026-11-22T08:00:10.000Z WARN Frames: bad frame (3 more like this were left out)");
  }

  private static LogRecord record(String message, int seconds) {
    LogRecord record = new LogRecord(Level.WARNING, message);
    record.setInstant(START.plusSeconds(seconds));
    record.setLoggerName("dev.countersign.server.Frames");
    return record;
  }
}
