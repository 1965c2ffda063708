package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

final class LogLineTest {
  private final LogLine line = new LogLine(false);

  @Test
  void holdsInstantLevelLoggerAndMessage() {
    assertThat(line.format(record("listening")))
        .isEqualTo("2026-11-22T08:00:00.000Z WARN Listener: listening\n");
  }

  @Test
  void keepsWhatAPeerSentOnItsLine() {
    String text =
        line.format(record("peer said a\r\n2026-11-22T08:00:00Z INFO x: forged\u2028\u202e"));

    assertThat(text.lines()).hasSize(1);
    assertThat(text).contains("a\\u000d\\u000a2026").contains("forged\\u2028\\u202e");
  }

  @Test
  void keepsWhatAnExceptionSaysOnItsLine() {
    LogRecord record = record("handshake failed");
    record.setThrown(
        new IllegalStateException("a\nb", new IllegalArgumentException("root\rcause")));

    assertThat(line.format(record))
        .endsWith("handshake failed: java.lang.IllegalStateException: a\\u000ab;"
            + " caused by java.lang.IllegalArgumentException: root\\u000dcause\n");
  }

  @Test
  void showsStackTracesOnlyWhenAsked() {
    LogRecord record = record("failed");
    record.setThrown(new IllegalStateException("a\nb"));

    assertThat(line.format(record)).doesNotContain("at dev.countersign");
    assertThat(new LogLine(true).format(record))
        .contains(
            "\n    java.lang.IllegalStateException: a\\u000ab\n      at dev.countersign.cli.");
  }

  @Test
  void fillsInParametersWithoutALocale() {
    LogRecord record = record("{0} of {1}");
    record.setParameters(new Object[] {1_234_567, "x{2}"});

    assertThat(line.format(record)).endsWith(": 1,234,567 of x{2}\n");
  }

  @Test
  void keepsAMessageThatIsNoPattern() {
    LogRecord record = record("frame {");
    record.setParameters(new Object[] {1});

    assertThat(line.format(record)).endsWith(": frame {\n");
  }

  @Test
  void cutsALongMessage() {
    assertThat(line.format(record("x".repeat(100_000)))).hasSizeLessThan(5_000).endsWith("x...\n");
  }

  private static LogRecord record(String message) {
    LogRecord record = new LogRecord(Level.WARNING, message);
    record.setInstant(Instant.parse("2026-11-22T08:00:00Z"));
    record.setLoggerName("dev.countersign.server.Listener");
    return record;
  }
}
